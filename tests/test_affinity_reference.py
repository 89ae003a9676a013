"""What is bought together, against a library that counts it in its own way."""

import random
from datetime import timedelta

from efficient_apriori import apriori

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_relationship_loyalty.models.crm_affinity import ONE_DAY

ORDERS = 600
PRODUCTS = 25
LINES = """
    INSERT INTO sale_order (
        name, partner_id, partner_invoice_id, partner_shipping_id, company_id, currency_id,
        state, date_order, picking_policy, warehouse_id
    )
    SELECT 'AFF' || basket, %(partner)s, %(partner)s, %(partner)s, %(company)s, %(currency)s,
           'sale', %(moment)s, 'direct', %(warehouse)s
      FROM UNNEST(%(baskets)s) basket;
    INSERT INTO sale_order_line (
        order_id, product_id, product_uom_qty, name, price_unit, customer_lead
    )
    SELECT sale_order.id, product, 1, 'AFF', 1, 0
      FROM UNNEST(%(of_baskets)s, %(products)s) line (basket, product)
      JOIN sale_order ON sale_order.name = 'AFF' || line.basket;
"""


@tagged("post_install", "-at_install")
class TestAffinityReference(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("UPDATE sale_order SET state = 'cancel'")
        cls.company = cls.env.company
        cls.partner = cls.env["res.partner"].create({"name": "Baskets"})
        cls.products = cls.env["product.product"].create(
            [{"name": f"Product {number}", "type": "service"} for number in range(PRODUCTS)]
        )
        cls.last = cls.company._business_today() - ONE_DAY
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1
        )
        chance = random.Random(19)
        # a few products are in most baskets, most in few: a product's weight is 1 / its place
        weights = [1 / (place + 1) for place in range(PRODUCTS)]
        cls.baskets = [
            set(chance.choices(cls.products.ids, weights, k=chance.randint(1, 9)))
            for _basket in range(ORDERS)
        ]

    def _insert(self, numbers, day):
        rows = [(number, product) for number in numbers for product in self.baskets[number]]
        self.env.cr.execute(
            LINES,
            {
                "partner": self.partner.id,
                "company": self.company.id,
                "currency": self.company.currency_id.id,
                "warehouse": self.warehouse.id,
                "moment": self.company._start_of_day(day),
                "baskets": list(numbers),
                "of_baskets": [number for number, _product in rows],
                "products": [product for _number, product in rows],
            },
        )
        self.env.invalidate_all()

    def _expected(self, percent):
        """Return ``{(product, other): (orders with both, confidence, lift)}`` of the library."""
        itemsets, rules = apriori(
            [tuple(basket) for basket in self.baskets],
            min_support=percent / 100,
            min_confidence=1e-9,
            max_length=2,
        )
        return {
            (rule.lhs[0], rule.rhs[0]): (
                itemsets[2][tuple(sorted(rule.lhs + rule.rhs))],
                round(100 * rule.confidence, 4),
                round(rule.lift, 4),
            )
            for rule in rules
        }

    def _counted(self, affinity):
        return {
            (pair.product_id.id, pair.other_product_id.id): (
                pair.together,
                pair.confidence,
                pair.lift,
            )
            for pair in affinity.pair_ids
        }

    def _assert_same(self, affinity):
        expected, counted = self._expected(affinity.min_support), self._counted(affinity)
        self.assertGreater(len(expected), 20)
        self.assertEqual(counted.keys(), expected.keys())
        for pair, figures in expected.items():
            for figure, of_library in zip(counted[pair], figures, strict=True):
                self.assertAlmostEqual(figure, of_library, delta=0.0001)

    def test_all_orders_at_once(self):
        self._insert(range(ORDERS), self.last)
        affinity = self.env["crm.affinity"].create({})
        for percent in (1.0, 2.5, 10.0):
            with self.subTest(percent=percent):
                affinity.min_support = percent
                affinity._count_anew()
                self._assert_same(affinity)

    def test_orders_added_day_by_day(self):
        first = self.last - timedelta(days=3)
        affinity = self.env["crm.affinity"].create({"min_support": 2.0})
        self._insert(range(300), first)
        affinity._count_anew()
        affinity.date_until = first
        self._insert(range(300, ORDERS), self.last)
        affinity._add_new_orders()
        self._assert_same(affinity)
