"""What is bought together, in five orders counted by hand."""

from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon

ORDERS = ("AB", "ABC", "A", "BC", "D")


@tagged("post_install", "-at_install")
class TestAffinity(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.active = False
        cls.env.cr.execute("UPDATE sale_order SET state = 'cancel' WHERE state = 'sale'")
        cls.env.invalidate_all()
        cls.today = cls.company._business_today()
        fruit, fuel = cls.env["product.category"].create([{"name": "Fruit"}, {"name": "Fuel"}])
        cls.products = {
            letter: cls.env["product.product"].create(
                {
                    "name": letter,
                    "type": "service",
                    "list_price": 10.0,
                    "categ_id": (fuel if letter == "D" else fruit).id,
                }
            )
            for letter in "ABCD"
        }
        cls.affinity = cls.env["crm.affinity"].create({"min_support": 40.0, "months": 1})
        for letters in ORDERS:
            cls._buy(letters, 10)

    @classmethod
    def _buy(cls, letters, days_ago, partner=None):
        lines = [
            Command.create({"product_id": cls.products[letter].id, "tax_ids": False})
            for letter in letters
        ]
        order = cls.env["sale.order"].create(
            {"partner_id": (partner or cls.customer).id, "order_line": lines}
        )
        order.action_confirm()
        moment = cls.company._start_of_day(cls.today - timedelta(days=days_ago))
        order.date_order = moment + timedelta(hours=8)
        return order

    def _pairs(self):
        """Return ``{"AB": (orders with A, with B, with both, support, confidence, lift)}``."""
        self.env.invalidate_all()
        return {
            f"{pair.product_id.name}{pair.other_product_id.name}": (
                pair.baskets,
                pair.other_baskets,
                pair.together,
                pair.support,
                pair.confidence,
                pair.lift,
            )
            for pair in self.affinity.pair_ids
        }

    def test_pairs_have_support_confidence_and_lift(self):
        self.affinity.action_count()
        self.assertEqual(self.affinity.baskets, 5)
        # lift of A and B: (2/5) / (3/5 * 3/5) = 10/9; of B and C: (2/5) / (3/5 * 2/5) = 10/6
        self.assertEqual(
            self._pairs(),
            {
                "AB": (3, 3, 2, 40.0, 66.6667, 1.1111),
                "BA": (3, 3, 2, 40.0, 66.6667, 1.1111),
                "BC": (3, 2, 2, 40.0, 66.6667, 1.6667),
                "CB": (2, 3, 2, 40.0, 100.0, 1.6667),
            },
        )

    def test_what_is_too_rare_is_left_out(self):
        self.affinity.min_support = 40.01
        self.affinity.action_count()
        self.assertEqual(self._pairs(), {})

    def test_counting_again_writes_nothing(self):
        self.affinity.action_count()
        self.env.cr.execute("SELECT id, xmin::text FROM crm_affinity_pair ORDER BY id")
        before = self.env.cr.fetchall()
        with self.env.cr.savepoint():  # rows written from here on have another xmin
            self.affinity.action_count()
            self.env.cr.execute("SELECT id, xmin::text FROM crm_affinity_pair ORDER BY id")
            self.assertEqual(self.env.cr.fetchall(), before)

    def test_categories_of_an_order_count_once(self):
        of_categories = self.env["crm.affinity"].create(
            {"level": "category", "min_support": 1.0, "months": 1}
        )
        of_categories.action_count()
        self.assertFalse(of_categories.pair_ids)
        self._buy("ABD", 3)
        of_categories.action_count()
        pair = of_categories.pair_ids.filtered(lambda one: one.categ_id.name == "Fuel")
        # fuel in two of six orders, fruit in five, both in one
        self.assertEqual(
            (pair.baskets, pair.other_baskets, pair.together, pair.confidence), (2, 5, 1, 50.0)
        )

    def test_what_is_cancelled_or_too_old_or_of_today_is_no_order(self):
        self._buy("CD", 40)
        self._buy("CD", 0)
        self._buy("CD", 5)._action_cancel()
        self.affinity.min_support = 1.0
        self.affinity.action_count()
        self.assertEqual(self.affinity.baskets, 5)
        self.assertNotIn("CD", self._pairs())

    def test_a_pair_that_becomes_rare_among_more_orders_is_left_out(self):
        self.affinity.action_count()
        self.affinity.date_until = self.today - timedelta(days=8)
        for letters in ("AD", "AD", "D", "ABC", "A", "AD"):
            self._buy(letters, 2)
        self.affinity._add_new_orders()
        # 40 % of eleven orders are five; no pair is in more than three
        self.assertEqual((self.affinity.baskets, self._pairs()), (11, {}))

    def test_a_pair_that_becomes_frequent_is_looked_up_in_the_orders_before(self):
        self._buy("AD", 10)
        self.affinity.action_count()
        # one of six orders is too few
        self.assertNotIn("AD", self._pairs())
        self.affinity.date_until = self.today - timedelta(days=8)
        for _order in range(3):
            self._buy("AD", 2)
        self.affinity._add_new_orders()
        added = self._pairs()
        self.affinity.action_count()
        self.assertEqual(added, self._pairs())
        # four of nine orders; A is in seven, D in five
        self.assertEqual(added["AD"], (7, 5, 4, 44.4444, 57.1429, 1.0286))

    def test_the_job_counts_anew_after_a_week_or_by_new_rules(self):
        cron = self.env.ref("crm_relationship_loyalty.ir_cron_count_affinities")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.affinity.counted_anew_on, self.today - timedelta(days=1))
        self.affinity.write(
            {
                "counted_anew_on": self.today - timedelta(days=5),
                "date_from": self.today - timedelta(days=20),
            }
        )
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.affinity.date_from, self.today - timedelta(days=20))
        self.affinity.min_support = 50.0
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(self.affinity.counted_anew_on, self.today - timedelta(days=1))
        self.assertEqual(self._pairs(), {})

    def test_only_managers_count(self):
        user = new_test_user(self.env, "clerk", "crm_relationship.group_relationship_user")
        with self.assertRaises(AccessError):
            self.affinity.with_user(user).action_count()

    def test_a_support_of_nothing_is_refused(self):
        for percent in (0.0, -1.0, 100.5):
            with (
                self.subTest(percent=percent),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
            ):
                self.affinity.min_support = percent
                self.env.flush_all()
