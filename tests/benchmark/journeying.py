"""B13: what journeys cost, beside a bare statement, and what their screens cost; run inside Odoo.

The database is a copy that is thrown away. ``AssertionError`` when a second run writes a row, or
when the days of orders are not those of the statement, which was written apart from the product.
"""

import statistics
from pathlib import Path

from measuring import Meter
from session import run_job

TIMES = 3
STATEMENT = Path(__file__).with_name("journey_yardstick.sql").read_text(encoding="utf-8")
LIST_LENGTH = 80
COLUMNS = ("display_name", "stage", "state", "contact_date", "order_date", "order_days")
MEASURES = ("reached:sum", "waiting:sum", "dropped:sum", "conversion:avg", "median_days:avg")


class Journeying:
    """Journeys of all customers, and how they are looked at."""

    def __init__(self, env):
        self.env = env
        self.journeys = env["crm.customer.journey"]
        self.steps = env["crm.journey.step"]
        self.meter = Meter(env.cr)
        self.parameters = {
            "zone": env.company.business_timezone,
            "company": env.company.id,
        }

    def costs(self) -> dict:
        """Return ``{what: [cpu, wall]}``, the first run once, the others in the middle of some."""
        written = {}
        result = {"first": self.meter.cost_of(lambda: written.update(self.journeys.refresh()))}
        assert written["written"] == self.journeys.search_count([]), written
        self.env.cr.execute("ANALYZE crm_customer_journey")
        self._compare()
        for name, work in (
            ("bare", self._read_bare),
            ("again", self._refresh_again),
            ("line", self._read_line),
            ("list", self._read_list),
            ("funnel", self._read_funnel),
        ):
            costs = [self.meter.cost_of(work) for _time in range(TIMES)]
            result[name] = [statistics.median(part) for part in zip(*costs, strict=True)]
        return {"customers": written["written"], **result}

    def _read_bare(self):
        self.env.cr.execute("SET LOCAL jit = off")
        self.env.cr.execute(f"DECLARE bare CURSOR FOR {STATEMENT}", self.parameters)
        self.env.cr.execute("MOVE FORWARD ALL IN bare")
        self.env.cr.execute("CLOSE bare")

    def _refresh_again(self):
        written = self.journeys.refresh()
        assert not any(written.values()), written

    def _read_line(self):
        self.env["res.partner"].search([("customer_rank", ">", 0)], limit=1).customer_journey()

    def _read_list(self):
        self.env.invalidate_all()
        specification = {name: {} for name in COLUMNS}
        self.journeys.web_search_read([], specification, limit=LIST_LENGTH, count_limit=10001)

    def _read_funnel(self):
        self.steps.formatted_read_grouping_sets([], [[], ["stage"]], list(MEASURES))

    def _compare(self):
        self.env.cr.execute(
            f"""
            SELECT COUNT(*) FROM ({STATEMENT}) bare
              FULL JOIN crm_customer_journey journey ON journey.partner_id = bare.id
             WHERE journey.company_id = %(company)s
               AND (journey.quotation_date, journey.order_date, journey.repeat_date)
                   IS DISTINCT FROM (bare.quotation_date, bare.order_date, bare.repeat_date)
            """,
            self.parameters,
        )
        [different] = self.env.cr.fetchone()
        assert not different, f"{different} journeys are not those of the statement"


def costs(session) -> dict:
    """Return the costs for the administrator."""
    with session.environment(login="admin") as env:
        return Journeying(env).costs()


if __name__ == "__main__":
    run_job(costs)
