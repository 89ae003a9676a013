"""Whether the affinity of offers finds what customers buy next; run inside Odoo.

On a database with the orders of a real shop, such as the grocery chain that
``./setup/load_complete_journey`` loads: what is bought together is counted in the orders up to a
day; each customer is recommended three categories that he did not buy in the 90 days before; and a
recommendation is a hit when he buys one of the three afterwards. The same is done by the pair of
the greatest lift times confidence, and by the categories that are in most orders. Nothing is kept.

``python tests/benchmark/recommending.py CONFIG_FILE [LAST_DAY]`` prints JSON; the day is 2017-10-31
when it is not given. ``AssertionError`` when the counts differ from efficient-apriori's.
"""

import time
from collections import Counter, defaultdict
from datetime import date, timedelta

from efficient_apriori import itemsets_from_transactions
from session import run_job

SUPPORT = 0.1  # percent
PICKS = 3
PAUSE = timedelta(days=90)
ONE_DAY = timedelta(days=1)
ORDERED_SQL = """
    SELECT sale_order.id, sale_order.partner_id, template.categ_id, sale_order.date_order
      FROM sale_order_line line
      JOIN sale_order ON sale_order.id = line.order_id
      JOIN product_product product ON product.id = line.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
     WHERE sale_order.state = 'sale' AND sale_order.company_id = %s
       AND line.product_uom_qty > 0 AND line.display_type IS NULL AND line.reward_id IS NULL
       AND line.is_downpayment IS NOT TRUE
"""
PAIRS_SQL = """
    SELECT item_id, other_item_id, confidence::float, lift::float
      FROM crm_affinity_pair WHERE affinity_id = %s
"""


class Recommending:
    """Customers before a day, and what they bought after it."""

    def __init__(self, env, last):
        self.env = env
        self.last = last
        env.cr.execute(
            "SELECT company_id FROM sale_order GROUP BY company_id ORDER BY COUNT(*) DESC LIMIT 1"
        )
        self.company = env["res.company"].browse(env.cr.fetchone()[0])
        self.until = self.company._start_of_day(last + ONE_DAY)
        since = self.company._start_of_day(last + ONE_DAY - PAUSE)
        env.cr.execute(ORDERED_SQL, [self.company.id])
        self.baskets, self.of_year = defaultdict(set), defaultdict(set)
        self.recent, self.after = defaultdict(set), defaultdict(set)
        for order, partner, category, moment in env.cr.fetchall():
            self.of_year[order].add(category)
            if moment >= self.until:
                self.after[partner].add(category)
                continue
            self.baskets[order].add(category)
            if moment >= since:
                self.recent[partner].add(category)
        self.customers = sorted(self.recent.keys() & self.after.keys())
        self.orders = Counter(item for basket in self.baskets.values() for item in basket)
        self.affinity = env["crm.affinity"].create(
            {
                "level": "category",
                "company_id": self.company.id,
                "min_support": SUPPORT,
                "months": 12,
            }
        )

    def results(self) -> dict:
        """Return the share of hits, in percent, by the way of recommending."""
        counted = self._count(date(self.last.year, 1, 1), date(self.last.year, 12, 31))
        assert counted == self._of_library()
        self._count(date(self.last.year, 1, 1), self.last)
        # what comes after the day is not known yet
        self.env.cr.execute(
            "UPDATE sale_order SET state = 'draft' WHERE state = 'sale' AND date_order >= %s",
            [self.until],
        )
        started = time.perf_counter()
        picks = {
            "sum of confidences, as offers are chosen": self._by_offers(),
            "best pair by lift times confidence": self._by_best_pair(),
            "most popular": self._by_popularity(),
        }
        popular = self._hits(picks["most popular"])
        return {
            "orders": len(self.of_year),
            "pairs of all orders, equal to the library": len(counted),
            "customers": len(self.customers),
            "seconds": round(time.perf_counter() - started, 1),
        } | {way: self._figures(of_way, popular) for way, of_way in picks.items()}

    def _count(self, first, last):
        """Count the pairs of some days; return ``{(item, other): orders with both}``."""
        from odoo.addons.crm_relationship_loyalty.models.crm_affinity_counting import Counting

        self.affinity.baskets = Counting(self.affinity, first, last).anew()
        self.env.cr.execute(
            """
            SELECT item_id, other_item_id, together FROM crm_affinity_pair
             WHERE affinity_id = %s AND item_id < other_item_id
            """,
            [self.affinity.id],
        )
        return {(item, other): together for item, other, together in self.env.cr.fetchall()}

    def _of_library(self):
        baskets = [tuple(basket) for basket in self.of_year.values()]
        itemsets, _number = itemsets_from_transactions(
            baskets, min_support=SUPPORT / 100, max_length=2
        )
        return {tuple(sorted(pair)): together for pair, together in itemsets[2].items()}

    def _by_offers(self):
        """Return what the query of the offers recommends, each category being one offer."""
        from odoo.addons.crm_relationship_loyalty.logic.offer_obstacle import Goods, Rule
        from odoo.addons.crm_relationship_loyalty.models.crm_offer_choosing import Choosing

        rules = [
            Rule(category, "bundle", goods=(Goods(0, category, 1.0, False),))
            for category in self.orders
        ]
        picks = {}
        for partner in self.env["res.partner"].browse(self.customers):
            choosing = Choosing(partner, self.company, rules, "in_person")
            choosing.today = self.last
            found = choosing.affinities(rules)["category"]
            scores = {category: one.strength for category, one in found.items()}
            picks[partner.id] = self._best(partner.id, scores)
        return picks

    def _by_best_pair(self):
        self.env.cr.execute(PAIRS_SQL, [self.affinity.id])
        pairs = defaultdict(list)
        for item, other, confidence, lift in self.env.cr.fetchall():
            pairs[item].append((other, confidence * lift))
        picks = {}
        for customer in self.customers:
            scores = {}
            for item in self.recent[customer]:
                for other, worth in pairs[item]:
                    scores[other] = max(worth, scores.get(other, 0.0))
            picks[customer] = self._best(customer, scores)
        return picks

    def _by_popularity(self):
        return {customer: self._best(customer, self.orders) for customer in self.customers}

    def _best(self, customer, scores):
        """Return the best categories of those that he did not buy lately; of equals the older."""
        new = [category for category in scores if category not in self.recent[customer]]
        return set(sorted(new, key=lambda category: (-scores[category], category))[:PICKS])

    def _hits(self, picks):
        return {one for one in self.customers if picks[one] & self.after[one]}

    def _figures(self, picks, popular):
        hits = self._hits(picks)
        bought = sum(len(picks[one] & self.after[one]) for one in self.customers)
        return {
            "customers with a hit, percent": round(100 * len(hits) / len(self.customers), 1),
            "of what was recommended, percent": round(
                100 * bought / PICKS / len(self.customers), 1
            ),
            "hit where the most popular did not": len(hits - popular),
            "did not hit where the most popular did": len(popular - hits),
        }


def results(session, last: str = "2017-10-31") -> dict:
    """Return how often what is recommended is bought."""
    with session.registry.cursor() as cr:
        from odoo import SUPERUSER_ID, api

        cr.execute("SET LOCAL jit = off")
        found = Recommending(api.Environment(cr, SUPERUSER_ID, {}), date.fromisoformat(last))
        try:
            return found.results()
        finally:
            cr.rollback()


if __name__ == "__main__":
    run_job(results)
