"""B9: what the triangle of cohorts and the list of wallets cost; run inside Odoo.

The cohorts of all customers, and the wallets of each of them estimated for everything that he buys;
beside each a bare statement, written apart from the product, whose rows are thrown away. The
database is a copy that is thrown away. ``AssertionError`` when figures differ.
"""

import statistics

from measuring import Meter
from session import run_job

ROUNDS = 3
BARE_COHORTS = """
    WITH bought AS (
        SELECT partner.commercial_partner_id AS customer,
               DATE_TRUNC('month', sale.date_order AT TIME ZONE 'UTC'
                          AT TIME ZONE company.business_timezone) AS month
          FROM sale_order sale
          JOIN res_partner partner ON partner.id = sale.partner_id
          JOIN res_company company ON company.id = sale.company_id
         WHERE sale.state = 'sale' AND sale.company_id = %(company)s
           AND sale.date_order < %(until)s
         GROUP BY 1, 2
    ), first AS (
        SELECT customer, month, MIN(month) OVER (PARTITION BY customer) AS cohort FROM bought
    )
    SELECT cohort, month, COUNT(*) FROM first GROUP BY 1, 2
"""
BARE_WALLETS = """
    SELECT estimate.partner_id, estimate.amount - COALESCE(SUM(line.price_subtotal), 0)
      FROM crm_wallet_estimate estimate
      LEFT JOIN (sale_order_line line
                 JOIN sale_order sale ON sale.id = line.order_id AND sale.state = 'sale'
                  AND sale.date_order >= %(since)s AND sale.date_order < %(until)s
                  AND sale.company_id = %(company)s
                 JOIN res_partner partner ON partner.id = sale.partner_id)
        ON partner.commercial_partner_id = estimate.partner_id
     GROUP BY estimate.id
     ORDER BY 2 DESC LIMIT 80
"""
ESTIMATES = """
    INSERT INTO crm_wallet_estimate (
        partner_id, company_id, amount, date, source, confidence
    )
    SELECT DISTINCT partner.commercial_partner_id, sale.company_id, 1000000, '2025-01-01'::date,
           'staff', 'low'
      FROM sale_order sale JOIN res_partner partner ON partner.id = sale.partner_id
     WHERE sale.company_id = %s;
    ANALYZE crm_wallet_estimate;
"""


class Cohorting:
    """The screens of one company, and the statements beside them."""

    def __init__(self, session):
        self.session = session
        with session.environment() as env:
            policy = env["crm.value.policy"]._of_company(env.company)
            policy.basis = "ordered"
            since, until = env["crm.wallet.share"]._moments(policy)
            self.values = {"company": env.company.id, "since": since, "until": until}
            env.cr.execute(ESTIMATES, [env.company.id])
        self.costs = {name: [] for name in ("table", "cohorts", "list", "wallets", "one")}

    def measured(self) -> dict:
        """Return the medians of the costs, each screen in turn with its statement."""
        for _round in range(ROUNDS):
            for name, work in (
                ("table", self._table),
                ("cohorts", self._bare(BARE_COHORTS)),
                ("list", self._list),
                ("wallets", self._bare(BARE_WALLETS)),
                ("one", self._one),
            ):
                with self.session.environment("admin") as env:
                    env.cr.execute("SET LOCAL jit = off")
                    cost = Meter(env.cr).cost_of(lambda env=env, work=work: work(env))
                    self.costs[name].append(cost)
        medians = {name: _median(costs) for name, costs in self.costs.items()}
        with self.session.environment() as env:
            env.cr.execute("SELECT COUNT(*) FROM crm_wallet_estimate")
            return medians | {"estimates": env.cr.fetchone()[0]}

    def _table(self, env):
        assert env["crm.cohort.retention"].cohort_table(months=36)["cohorts"]

    def _list(self, env):
        shares = env["crm.wallet.share"].search_fetch([], ["left_to_win"], limit=80)
        assert len(shares) == 80

    def _one(self, env):
        partner = env["crm.wallet.estimate"].search([], limit=1).partner_id
        assert env["crm.wallet.share"].search([("partner_id", "=", partner.id)])

    def _bare(self, statement):
        return lambda env: env.cr.execute(statement, self.values)


def _median(costs) -> list:
    """Return the medians of the processor's seconds, if they are known, and of the clock's."""
    cpu, wall = zip(*costs, strict=True)
    return [None if None in cpu else statistics.median(cpu), statistics.median(wall)]


def costs(session) -> dict:
    """Return what the screens and the statements cost."""
    return Cohorting(session).measured()


if __name__ == "__main__":
    run_job(costs)
