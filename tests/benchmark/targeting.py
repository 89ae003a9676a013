"""B11: what it costs to measure fifty targets; run inside Odoo.

Ten sellers in five teams share the orders, invoices, contacts and customers of a company that was
graded at the end of 2024 and of 2025. Of each of the five metrics there are ten targets: of 2025
and of its December, for the whole company, two teams and two sellers. Beside it the statements of
targets.sql, one a metric, which give the same figures by seller. The database is a copy that is
thrown away. ``AssertionError`` when the figures differ, or a second run writes a row.
"""

import re
from datetime import date
from pathlib import Path

from measuring import Meter, median_of
from session import run_job

ROUNDS = 3
SELLERS, TEAMS = 10, 5
STATEMENTS = dict(
    re.findall(
        r"^------ (\w+)\n(.*?)(?=^------ |\Z)",
        Path(__file__).with_name("targets.sql").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
)
PERIODS = {"year": date(2025, 1, 1), "month": date(2025, 12, 1)}
# Seller and team of a row by its number; a document's team is its seller's.
SHARING = """
    CREATE TEMP TABLE seller ON COMMIT DROP AS
    SELECT id AS user_id, sale_team_id AS team_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS place
      FROM res_users WHERE id = ANY(%(sellers)s);
    UPDATE sale_order SET user_id = seller.user_id, team_id = seller.team_id
      FROM seller WHERE place = sale_order.id %% 10;
    UPDATE account_move SET invoice_user_id = seller.user_id, team_id = seller.team_id
      FROM seller WHERE place = account_move.id %% 10;
    UPDATE crm_interaction SET user_id = seller.user_id
      FROM seller WHERE place = crm_interaction.id %% 10;
    UPDATE res_partner SET user_id = seller.user_id
      FROM seller WHERE place = res_partner.id %% 10 AND customer_rank > 0
"""
UNGRADE = "DELETE FROM crm_value_grade_change; DELETE FROM crm_customer_standing"
FORGET = "UPDATE crm_target SET actual_value = 0, measured_on = NULL"
TABLES = ("sale_order", "account_move", "crm_interaction", "res_partner", "crm_value_grade_change")


class Targeting:
    """The targets of one company."""

    def __init__(self, session):
        self.session = session
        with session.environment() as env:
            self._share(env)
            self._grade(env)
            self._set_targets(env)
        with session.registry.cursor() as cr:
            cr._cnx.autocommit = True
            for table in TABLES:
                cr.execute(f"VACUUM ANALYZE {table}")

    def costs(self) -> dict:
        """Return the costs ``[cpu, wall]`` of measuring, again, and of each bare statement."""
        bare = {metric: self._bare(statement) for metric, statement in STATEMENTS.items()}
        measured = [self._measure(forget=True) for _round in range(ROUNDS)]
        self._check()
        again = [self._measure() for _round in range(ROUNDS)]
        assert not any(written for _cost, written in again), "a second run writes"
        return {
            "measuring": median_of([cost for cost, _written in measured]),
            "again": median_of([cost for cost, _written in again]),
            "targets": measured[0][1],
            "bare": bare,
        }

    def _share(self, env):
        teams = env["crm.team"].create([{"name": f"Team {number}"} for number in range(TEAMS)])
        users = env["res.users"].create(
            [{"name": f"Seller {number}", "login": f"b11_{number}"} for number in range(SELLERS)]
        )
        env["crm.team.member"].create(
            [
                {"user_id": user.id, "crm_team_id": teams[number % TEAMS].id}
                for number, user in enumerate(users)
            ]
        )
        env.flush_all()
        env.cr.execute(SHARING, {"sellers": users.ids})
        env.invalidate_all()
        self.users, self.teams = users.ids, teams.ids

    def _grade(self, env):
        policy = env["crm.value.policy"]._of_company(env.company)
        env.cr.execute(UNGRADE)
        env.invalidate_all()
        for day in ("2024-12-31", "2025-12-31"):
            policy.reference_date = day
            env["crm.customer.standing"].refresh()
            env.invalidate_all()

    def _set_targets(self, env):
        owners = [{}]
        owners += [{"team_id": team} for team in self.teams[:2]]
        owners += [{"user_id": user} for user in self.users[:2]]
        env["crm.target"].create(
            [
                {"metric": metric, "period_kind": kind, "date_from": first, "target_value": 1}
                | owner
                for metric in STATEMENTS
                for kind, first in PERIODS.items()
                for owner in owners
            ]
        )

    def _measure(self, forget: bool = False):
        with self.session.environment() as env:
            if forget:
                env.cr.execute(FORGET)
            written = []
            cost = Meter(env.cr).cost_of(lambda: written.append(env["crm.target"].measure()))
            return cost, written[0]

    def _bare(self, statement):
        """Return the cost of a metric's statement; its rows are made and thrown away."""
        return median_of([self._bare_once(statement) for _round in range(ROUNDS)])

    def _bare_once(self, statement):
        with self.session.environment() as env:
            env.cr.execute("SET LOCAL jit = off")
            values = self._values(env)
            return Meter(env.cr).cost_of(lambda: env.cr.execute(statement, values))

    def _values(self, env) -> dict:
        policy = env["crm.value.policy"]._of_company(env.company)
        moments = {
            name: env.company._start_of_day(day)
            for name, day in {
                "start": date(2025, 1, 1),
                "late": date(2025, 12, 1),
                "stop": date(2026, 1, 1),
            }.items()
        }
        return {
            "company": env.company.id,
            "best": policy._grades()[0].id,
            "year": date(2025, 1, 1),
            "december": date(2025, 12, 1),
            "end": date(2025, 12, 31),
            **moments,
        }

    def _check(self):
        with self.session.environment() as env:
            for metric, statement in STATEMENTS.items():
                env.cr.execute(statement, self._values(env))
                rows = env.cr.fetchall()
                assert rows, f"{metric}: nothing is reached"
                for target in env["crm.target"].search([("metric", "=", metric)]):
                    users = target.user_id or target.team_id.member_ids
                    column = 1 if target.period_kind == "year" else 2
                    wanted = sum(
                        row[column] or 0 for row in rows if not users or row[0] in users.ids
                    )
                    difference = abs(float(wanted) - target.actual_value)
                    assert difference < 0.005, f"{target.display_name}: {wanted} by hand"


if __name__ == "__main__":
    run_job(lambda session: Targeting(session).costs())
