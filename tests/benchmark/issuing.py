"""B1: what it costs to give a number to every customer a company has already; run inside Odoo.

Beside it the bare statement that inserts the same rows into a table with the same indices. The
database is a copy that is thrown away. ``AssertionError`` when a customer has not exactly one
number, two have the same, a barcode is not the number, or a second run issues another.
"""

from measuring import Meter
from session import run_job

CUSTOMERS = """
    SELECT COUNT(*) FROM res_partner
     WHERE active AND customer_rank > 0 AND commercial_partner_id = id
"""
ISSUED = """
    SELECT COUNT(*), COUNT(DISTINCT partner_id), COUNT(DISTINCT number)
      FROM crm_member_number WHERE state = 'active'
"""
MIRRORED = """
    SELECT COUNT(*) FROM crm_member_number number
      JOIN res_partner partner ON partner.id = number.partner_id
     WHERE partner.barcode = JSONB_BUILD_OBJECT(%s::text, number.number)
"""
FORGET = """
    DELETE FROM crm_member_number;
    UPDATE res_partner SET barcode = NULL WHERE barcode IS NOT NULL
"""
# What the numbers would cost if they lay ready: without composing, locks and foreign keys.
COPY = """
    CREATE TABLE bare_number (LIKE crm_member_number INCLUDING DEFAULTS INCLUDING INDEXES);
    CREATE TEMP TABLE ready AS SELECT * FROM crm_member_number;
    ANALYZE ready
"""


class Issuing:
    """The bulk issue on one database, as the scheduled job does it."""

    def __init__(self, session):
        self.session = session

    def costs(self) -> dict:
        """Return the cost of each way to issue, as (cpu, wall) in seconds."""
        costs = {"plain": self._first(mirror=False), "bare": self._bare()}
        costs["mirror"] = self._first(mirror=True)
        costs["again"] = self._issue()
        self._check(mirror=True)
        return costs

    def _first(self, mirror: bool):
        """Return the cost of issuing to a company without numbers."""
        with self.session.environment() as env:
            self._scheme(env).mirror_barcode = mirror
            env.flush_all()
            env.cr.execute(FORGET)
        with self.session.registry.cursor() as cr:
            cr._cnx.autocommit = True
            for table in ("crm_member_number", "res_partner"):
                cr.execute(f"VACUUM ANALYZE {table}")
        cost = self._issue()
        self._check(mirror)
        return cost

    def _issue(self):
        with self.session.environment() as env:
            scheme = self._scheme(env)
            scheme.action_issue_to_customers()
            return Meter(env.cr).cost_of(scheme._cron_issue)

    def _bare(self):
        with self.session.environment() as env:
            env.cr.execute(COPY)

            def insert():
                env.cr.execute("INSERT INTO bare_number SELECT * FROM ready")

            cost = Meter(env.cr).cost_of(insert)
            env.cr.execute("DROP TABLE bare_number; DROP TABLE ready")
            return cost

    def _check(self, mirror: bool):
        with self.session.environment() as env:
            env.cr.execute(CUSTOMERS)
            [customers] = env.cr.fetchone()
            env.cr.execute(ISSUED)
            issued = env.cr.fetchone()
            assert issued == (customers, customers, customers), f"{customers}: {issued}"
            env.cr.execute(MIRRORED, [env.company.id])
            assert env.cr.fetchone()[0] == (customers if mirror else 0), "barcodes are not numbers"
            assert not self._scheme(env).is_issuing, "the job has not come to its end"

    def _scheme(self, env):
        return env["crm.member.scheme"].search([], limit=1)


if __name__ == "__main__":
    run_job(lambda session: Issuing(session).costs())
