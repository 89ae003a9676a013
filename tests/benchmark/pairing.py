"""P10: what it costs to count what is bought together; run inside Odoo.

Ten orders a customer with one to five lines of 2,000 products, of which few are bought often and
most seldom; a minimum support of 0.1 percent. Counted in one bare statement whose rows are thrown
away, by the addon, by efficient-apriori on baskets in memory, and again with the newest orders
added to a count without them. The database is a copy that is thrown away.
``AssertionError`` when the library or the added orders give other counts.
"""

import time
from datetime import timedelta

from efficient_apriori import itemsets_from_transactions
from measuring import Meter
from session import run_job

PRODUCTS = 2000
SUPPORT = 0.1  # percent
DAYS = 100  # so that the newest day has one percent of the orders
ROWS = """
    SELECT SETSEED(0.19);
    INSERT INTO sale_order (
        name, partner_id, partner_invoice_id, partner_shipping_id, company_id, currency_id, state,
        date_order, picking_policy, warehouse_id
    )
    SELECT 'P10/' || number, %(partner)s, %(partner)s, %(partner)s, %(company)s, %(currency)s,
           'sale', %(last)s::timestamp - (number %% %(days)s) * INTERVAL '1 day', 'direct',
           %(warehouse)s
      FROM GENERATE_SERIES(1, %(orders)s) number;
    INSERT INTO sale_order_line (
        order_id, product_id, product_uom_qty, name, price_unit, customer_lead
    )
    SELECT made.id, %(first_product)s + FLOOR(%(products)s * POWER(RANDOM(), 3))::int,
           1, 'P10', 1, 0
      FROM sale_order made, GENERATE_SERIES(1, 1 + made.id %% 5)
     WHERE made.name LIKE 'P10/%%';
    ANALYZE sale_order;
    ANALYZE sale_order_line;
"""
BARE = """
    WITH basket AS MATERIALIZED (
        SELECT DISTINCT line.order_id, line.product_id
          FROM sale_order_line line JOIN sale_order ON sale_order.id = line.order_id
         WHERE sale_order.state = 'sale' AND sale_order.company_id = %(company)s
    ), frequent AS (
        SELECT product_id FROM basket GROUP BY product_id HAVING COUNT(*) >= %(least)s
    ), kept AS MATERIALIZED (
        SELECT order_id, product_id FROM basket JOIN frequent USING (product_id)
    )
    SELECT COUNT(*) FROM (
        SELECT one.product_id, other.product_id, COUNT(*)
          FROM kept one
          JOIN kept other ON other.order_id = one.order_id AND other.product_id > one.product_id
         GROUP BY 1, 2 HAVING COUNT(*) >= %(least)s
    ) pair
"""
BASKETS = """
    SELECT ARRAY_AGG(DISTINCT line.product_id)
      FROM sale_order_line line JOIN sale_order ON sale_order.id = line.order_id
     WHERE sale_order.state = 'sale' GROUP BY sale_order.id
"""


class Pairing:
    """Orders of a hundred days, and one count of them."""

    def __init__(self, session, orders):
        self.session = session
        self.orders = int(orders)
        with session.environment() as env:
            company = env.company
            self.last = company._business_today() - timedelta(days=1)
            products = env["product.product"].create(
                [{"name": f"P10 {number}", "type": "service"} for number in range(PRODUCTS)]
            )
            warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
            self.values = {
                "partner": company.partner_id.id,
                "company": company.id,
                "currency": company.currency_id.id,
                "warehouse": warehouse.id,
                "first_product": min(products.ids),
                "products": PRODUCTS,
                "orders": self.orders,
                "days": DAYS,
                "last": company._start_of_day(self.last) + timedelta(hours=12),
                "least": self.orders * SUPPORT // 100,
            }
            assert max(products.ids) - min(products.ids) == PRODUCTS - 1
            env.cr.execute(ROWS, self.values)
            values = {"min_support": SUPPORT, "months": 12}
            self.affinity = env["crm.affinity"].create(values).id

    def costs(self) -> dict:
        """Return the costs ``[cpu, wall]`` by what was done."""
        bare = self._cost(self._bare)
        full = self._cost(lambda affinity: affinity._count_anew())
        counted = self._counts()
        again = self._cost(lambda affinity: affinity._count_anew())
        library = self._of_library(counted)
        with self.session.environment() as env:
            self._count_without_newest_day(env["crm.affinity"].browse(self.affinity))
        added = self._cost(lambda affinity: affinity._add_new_orders())
        assert self._counts() == counted
        return {
            "bare": bare,
            "full": full,
            "again": again,
            "added": added,
            "library": library,
            "pairs": len(counted),
        }

    def _cost(self, work):
        with self.session.environment() as env:
            env.cr.execute("SET LOCAL jit = off")
            affinity = env["crm.affinity"].browse(self.affinity)
            return list(Meter(env.cr).cost_of(lambda: work(affinity)))

    def _bare(self, affinity):
        affinity.env.cr.execute(BARE, self.values)
        affinity.env.cr.fetchall()

    def _counts(self):
        with self.session.environment() as env:
            pairs = env["crm.affinity.pair"].search_fetch(
                [("affinity_id", "=", self.affinity)], ["item_id", "other_item_id", "together"]
            )
            return {
                (pair.item_id, pair.other_item_id): pair.together
                for pair in pairs
                if pair.item_id < pair.other_item_id
            }

    def _of_library(self, counted):
        """Return what the library costs without reading the baskets: ``[cpu, wall]``."""
        with self.session.environment() as env:
            env.cr.execute(BASKETS)
            baskets = [tuple(products) for (products,) in env.cr.fetchall()]
        cpu, wall = time.process_time(), time.perf_counter()
        itemsets, _number = itemsets_from_transactions(
            baskets, min_support=SUPPORT / 100, max_length=2
        )
        cost = [time.process_time() - cpu, time.perf_counter() - wall]
        assert {tuple(sorted(pair)): count for pair, count in itemsets[2].items()} == counted
        return cost

    def _count_without_newest_day(self, affinity):
        affinity._count_anew()
        affinity.env.cr.execute(
            "UPDATE sale_order SET state = 'draft' WHERE date_order >= %s",
            [affinity.company_id._start_of_day(self.last)],
        )
        affinity._count_anew()
        affinity.date_until = self.last - timedelta(days=1)
        affinity.env.cr.execute("UPDATE sale_order SET state = 'sale' WHERE state = 'draft'")


def costs(session, orders: str) -> dict:
    """Return what counting the pairs of so many orders costs."""
    return Pairing(session, orders).costs()


if __name__ == "__main__":
    run_job(costs)
