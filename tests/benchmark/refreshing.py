"""P1 and P2: what grading all customers costs, beside the bare statement; run inside Odoo.

Each job is repeated in turn with its yardstick, and the medians are compared. What a refresh has
written is compared with what the bare statement gives: ``AssertionError`` when they differ.
"""

from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from measuring import Meter, median_of
from session import run_job

YARDSTICK = Path(__file__).with_name("yardstick.sql").read_text(encoding="utf-8")
UTC = ZoneInfo("UTC")
# A document of each nth customer, the newest in the window, has changed its amount.
CHANGE = """
    UPDATE sale_order SET amount_untaxed = amount_untaxed * 1.1 + 1, write_date = %(now)s
      FROM (SELECT DISTINCT ON (partner.commercial_partner_id) orders.id
              FROM res_partner partner
              JOIN sale_order orders ON orders.partner_id = partner.id
             WHERE partner.commercial_partner_id %% %(each)s = %(shift)s
             ORDER BY partner.commercial_partner_id, orders.date_order DESC, orders.id) newest
     WHERE sale_order.id = newest.id
"""
FORGET = """
    UPDATE sale_order SET write_date = date_order WHERE write_date > '2026-01-01';
    UPDATE res_partner SET write_date = '2025-12-31' WHERE write_date > '2026-01-01'
"""
COLUMNS = "partner_id, revenue, order_count, first_date, last_date, r_score, f_score, m_score"


class Refreshing:
    """The jobs on one database."""

    statement, change, forget, columns = YARDSTICK, CHANGE, FORGET, COLUMNS
    last_column = "abc_class"
    changed_table = "sale_order"

    def __init__(self, session):
        self.session = session
        self.changes = 0

    def medians(self, rounds: int) -> dict:
        """Return the medians of all jobs by name, each as (cpu, wall) in seconds."""
        jobs = {
            "yardstick": (lambda: None, self.bare),
            "first": (self.forget_standings, self.full),
            "every row": (self.spoil_standings, self.full),
            "nightly": (lambda: self.change_documents(each=10), self.full),
            "full": (lambda: self.change_documents(each=100), self.full),
            "incremental": (lambda: self.change_documents(each=100), self.incremental),
            "nothing": (self.forget_changes, self.nothing),
            "nothing, full": (self.forget_changes, self.full),
        }
        self.forget_changes()
        costs = {name: [] for name in jobs}
        for _round in range(rounds):
            for name, (prepare, job) in jobs.items():
                prepare()
                costs[name].append(job())
                self.check(name)
        return {name: median_of(of_job) for name, of_job in costs.items()}

    # what is measured

    def bare(self):
        """Return the cost of the bare statement; its rows are made and thrown away."""
        with self.session.environment() as env:
            cr = env.cr
            cr.execute("SET LOCAL jit = off")
            cr.execute("SET LOCAL cursor_tuple_fraction = 1")
            parameters = self.parameters(env)

            def run():
                cr.execute(f"DECLARE yardstick CURSOR FOR {self.statement}", parameters)
                cr.execute("MOVE FORWARD ALL IN yardstick")

            return Meter(cr).cost_of(run)

    def full(self):
        """Return the cost of grading all customers."""
        return self._refresh(lambda standing, policy: standing._refresh_company(policy))

    def incremental(self):
        """Return the cost of grading after the customers of changed documents."""
        return self._refresh(lambda standing, policy: standing._refresh_changed(policy))

    def nothing(self):
        """Return the cost of looking for changed documents when there are none."""
        cost = self.incremental()
        assert not any(self.refreshed), f"rows were written: {self.refreshed}"
        return cost

    def _refresh(self, refresh):
        with self.session.environment() as env:
            policy = env["crm.value.policy"]._of_company(env.company)
            standing = env["crm.customer.standing"]

            def run():
                self.refreshed = refresh(standing, policy)
                env.cr.commit()

            return Meter(env.cr).cost_of(run)

    # what comes before

    def forget_standings(self):
        """Leave a company that was never graded."""
        self._execute("TRUNCATE crm_customer_standing, crm_value_grade_change")

    def spoil_standings(self):
        """Make every row wrong."""
        self._execute("UPDATE crm_customer_standing SET revenue = revenue + 1")

    def change_documents(self, each: int):
        """Change an order of each nth customer; what changed before is older than the watermark."""
        self.forget_changes()
        self.changes += 1
        values = {"each": each, "shift": self.changes % each, "now": datetime.now(UTC)}
        self._execute(self.change, values)

    def forget_changes(self):
        """Let all documents and contacts be older than the watermark."""
        self._execute(self.forget)

    def _execute(self, statement, values=None):
        with self.session.environment() as env:
            env.cr.execute(statement, values)
        with self.session.registry.cursor() as cr:
            cr._cnx.autocommit = True
            for table in (self.changed_table, "crm_customer_standing", "crm_value_grade_change"):
                cr.execute(f"VACUUM ANALYZE {table}")

    # whether it is right

    def check(self, name: str):
        """Compare what is stored with the bare statement."""
        if name in ("yardstick", "nothing"):
            return
        with self.session.environment() as env:
            env.cr.execute("SET LOCAL jit = off")
            bare = self.statement
            stored = f"SELECT {self.columns}, {self.last_column}::text FROM crm_customer_standing"
            env.cr.execute(
                f"(({bare}) EXCEPT ({stored})) UNION ALL (({stored}) EXCEPT ({bare}))",
                self.parameters(env),
            )
            differences = env.cr.fetchmany(3)
        assert not differences, (
            f"{name}: the standings are not what the statement gives: {differences}"
        )

    def parameters(self, env) -> dict:
        """Return the parameters of the yardstick, as the policy of the company sets them."""
        policy = env["crm.value.policy"]._of_company(env.company)
        timezone = ZoneInfo(env.company.business_timezone)
        window = policy._window()
        return {
            "company": env.company.id,
            "timezone": timezone.key,
            "first_moment": _in_utc(window.first, timezone),
            "end_moment": _in_utc(window.last + timedelta(days=1), timezone),
            "share_a": policy.share_class_a,
            "share_b": policy.share_class_b,
        }


def _in_utc(day, timezone) -> datetime:
    return datetime.combine(day, time(), timezone).astimezone(UTC).replace(tzinfo=None)


if __name__ == "__main__":
    run_job(lambda session, rounds: Refreshing(session).medians(int(rounds)))
