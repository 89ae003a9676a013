"""P7: the timeline and the card of customers at the front desk; run inside Odoo.

The database is a copy that is thrown away, in which customers have a history. Besides three
customers with much of it, the cards of a hundred others are read. ``AssertionError`` when the list
behind the timeline has not as many events as the tables, or a page is not the newest of them.
"""

import statistics
from functools import partial
from pathlib import Path

from measuring import Meter
from session import run_job

EVENTS = Path(__file__).with_name("events.sql").read_text(encoding="utf-8")
TIMES = 15
OTHERS = 100
GROUPS = "crm_relationship.group_relationship_manager", "account.group_account_invoice"
# The events of a customer, counted in the tables one by one.
COUNT = """
    SELECT (SELECT COUNT(*) FROM crm_interaction WHERE partner_id = %(id)s)
         + (SELECT COUNT(*) FROM mail_message WHERE author_id = %(id)s)
         + (SELECT COUNT(*) FROM sale_order WHERE partner_id = %(id)s)
         + (SELECT COUNT(*) FROM account_move
             WHERE partner_id = %(id)s AND move_type = 'out_invoice' AND state = 'posted')
"""


class Seeing:
    """The timeline and the card, as a user at the desk reads them."""

    def __init__(self, env):
        self.env = env
        self.meter = Meter(env.cr)

    def costs(self) -> dict:
        """Return ``{customer: {screen: [ms in SQL, ms whole, queries]}}``."""
        self.env.cr.execute("SELECT name, id FROM subjects ORDER BY name")
        subjects = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            """
            SELECT id FROM res_partner
             WHERE customer_rank > 0 AND id NOT IN (SELECT id FROM subjects)
             ORDER BY HASHINT8(id), id LIMIT %s
            """,
            [OTHERS],
        )
        others = [row_id for (row_id,) in self.env.cr.fetchall()]
        for partner_id in subjects.values():
            self._check(partner_id)
        costs = {name: self._screens([partner_id] * TIMES) for name, partner_id in subjects.items()}
        return {**costs, "any customer": self._screens(others)}

    def _screens(self, partner_ids) -> dict:
        return {
            "timeline": self._cost(partner_ids, lambda partner: partner.customer_timeline()),
            "list of the timeline": self._cost(partner_ids, self._read_list),
            "card": self._cost(partner_ids, lambda partner: partner.customer_card()),
        }

    def _read_list(self, partner):
        domain = partner.action_view_timeline()["domain"]
        fields = ("date", "kind", "title", "status", "direction", "amount")
        self.env["crm.timeline"].web_search_read(
            domain, {name: {} for name in fields}, limit=80, count_limit=10001
        )

    def _cost(self, partner_ids, screen) -> list:
        """Return the median milliseconds in SQL and as a whole, and the most queries."""
        Partner = self.env["res.partner"]
        screen(Partner.browse(partner_ids[0]))  # what a process does once is done before
        in_sql, whole, queries = [], [], 0
        for partner in map(Partner.browse, partner_ids):
            self.env.invalidate_all()
            count, seconds = self.env.cr.sql_log_count, self.meter.seconds_in_database()
            whole.append(1000 * self.meter.cost_of(partial(screen, partner)).seconds)
            in_sql.append(1000 * (self.meter.seconds_in_database() - seconds))
            queries = max(queries, self.env.cr.sql_log_count - count)
        return [statistics.median(in_sql), statistics.median(whole), queries]

    def _check(self, partner_id):
        """Compare the timeline with the tables."""
        partner = self.env["res.partner"].browse(partner_id)
        domain = partner.action_view_timeline()["domain"]
        self.env.cr.execute(COUNT, {"id": partner_id})
        [expected] = self.env.cr.fetchone()
        counted = self.env["crm.timeline"].search_count(domain)
        assert counted == expected, f"{counted} events of {partner_id} instead of {expected}"
        page = partner.customer_timeline()["rows"]
        newest = (
            self.env["crm.timeline"]
            .search(domain)
            .sorted(lambda event: (event.date, event.id), reverse=True)
        )
        assert [row["id"] for row in page] == newest[: len(page)].ids, "not the newest events"


def costs(session) -> dict:
    """Give the customers their history and return what it costs to see it."""
    with session.environment() as env:
        env.cr.execute(EVENTS)
        env.ref("base.user_admin").group_ids += sum(map(env.ref, GROUPS), env["res.groups"])
    with session.environment(login="admin") as env:
        return Seeing(env).costs()


if __name__ == "__main__":
    run_job(costs)
