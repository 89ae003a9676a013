"""B8: what it costs to let customers into segments and out of them; run inside Odoo.

Twenty segments by scores, class and revenue of the standing, each customer in four or five: the
first time, then again, and after the recency of one customer in a hundred has changed. The
yardstick are the bare SELECTs of the same twenty rules, counted and thrown away. The database is a
copy that is thrown away. ``AssertionError`` when evaluating again moves anybody.
"""

from measuring import Meter, forget_peak, median_of, memory, peak_memory
from session import run_job

from odoo.tools import SQL

ROUNDS = 3
RULES = (
    *((f"standing_ids.{letter}_score", "=", score) for letter in "rfm" for score in range(1, 6)),
    *(("standing_ids.abc_class", "=", abc_class) for abc_class in "abc"),
    ("standing_ids.revenue", ">", 1000),
    ("standing_ids.last_date", ">=", "2025-06-01"),
)
CHANGE = """
    UPDATE crm_customer_standing SET r_score = 1 + r_score %% 5
     WHERE company_id = %s AND partner_id %% 100 = 0
"""


class Moving:
    """Twenty segments of a company whose customers are graded."""

    def __init__(self, session):
        self.session = session
        with session.environment() as env:
            self.company = env.company.id
            env["crm.customer.standing"].refresh()
            env.cr.execute("ANALYZE crm_customer_standing")
            self.segments = (
                env["crm.segment"]
                .create([{"name": f"B8 {rule}", "audience": repr([rule])} for rule in RULES])
                .ids
            )

    def costs(self) -> dict:
        """Return the costs ``[cpu, wall]`` by what was done, members, and memory in megabytes."""
        bare = [self._cost(self._select) for _round in range(ROUNDS)]
        before = memory()
        forget_peak()
        first = self._cost(self._evaluate)
        growth = peak_memory() - before
        with self.session.environment() as env:
            env.cr.execute("ANALYZE crm_segment_membership")
            members = env["crm.segment.membership"].search_count([("date_to", "=", False)])
        again = [self._cost(self._evaluate_again) for _round in range(ROUNDS)]
        with self.session.environment() as env:
            env.cr.execute(CHANGE, [self.company])
        return {
            "bare": list(median_of(bare)),
            "first": list(first),
            "again": list(median_of(again)),
            "changed": list(self._cost(self._evaluate)),
            "overlap": list(self._cost(self._overlap)),
            "members": members,
            "memory": growth,
        }

    def _cost(self, work):
        with self.session.environment() as env:
            env.cr.execute("SET LOCAL jit = off")
            env.cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            segments = env["crm.segment"].browse(self.segments)
            segments.mapped("audience")
            return Meter(env.cr).cost_of(lambda: work(segments))

    @staticmethod
    def _select(segments):
        for segment in segments:
            found = segment._customers()._search(segment._audience_domain())
            segment.env.execute_query(SQL("SELECT COUNT(*) FROM %s found", found.subselect()))

    @staticmethod
    def _evaluate(segments):
        assert sum(sum(segment._evaluate()) for segment in segments), "Nobody has moved."

    @staticmethod
    def _evaluate_again(segments):
        for segment in segments:
            moved = segment._evaluate()
            assert tuple(moved) == (0, 0), moved

    @staticmethod
    def _overlap(segments):
        overlaps = segments.env["crm.segment.overlap"]
        overlaps._read_group([], ["segment_id", "other_segment_id"], ["shared_count:sum"])


def costs(session) -> dict:
    """Return what letting customers in and out costs."""
    return Moving(session).costs()


if __name__ == "__main__":
    run_job(costs)
