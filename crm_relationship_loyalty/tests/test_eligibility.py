from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon


class EligibilityCommon(LoyaltyCommon):
    """A promotion that takes 10.00 off each order, and a customer of grade A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.promotion = cls._promotion("Ten Off")
        cls.discount = cls.promotion.reward_ids
        cls._grade(cls.customer, cls.grade_a)

    @classmethod
    def _promotion(cls, name, **values):
        return cls.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "promotion",
                "applies_on": "current",
                "trigger": "auto",
                "rule_ids": [
                    Command.clear(),
                    Command.create({"reward_point_mode": "order", "minimum_qty": 0}),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_order",
                            "discount": 10.0,
                            "required_points": 1,
                        }
                    ),
                ],
                **values,
            }
        )

    @classmethod
    def _grade(cls, partner, grade):
        """Give a customer a grade in the company of the tests."""
        standing = cls._standing_of(partner).sudo()  # sudo: the job writes them
        if standing:
            standing.rule_grade_id = standing.value_grade_id = grade
        else:
            standing.create(
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "rule_grade_id": grade.id,
                    "value_grade_id": grade.id,
                }
            )
        cls.env.invalidate_all()

    @classmethod
    def _claim(cls, order, reward=None):
        """Apply what the customer may claim of a reward; return whether he may."""
        reward = reward or cls.discount
        for card, rewards in order._get_claimable_rewards().items():
            if reward in rewards:
                assert not order._apply_program_reward(reward, card)
                return True
        return False

    @classmethod
    def _used(cls, **values):
        """Return a confirmed order of 100.00 with the promotion's reward."""
        order = cls._draft(100.0, **values)
        assert cls._claim(order)
        order.action_confirm()
        return order


@tagged("post_install", "-at_install")
class TestEligibility(EligibilityCommon):
    def test_a_program_is_for_its_grades(self):
        self.promotion.value_grade_ids = self.grade_b
        self.assertFalse(self._claim(self._draft(100.0)))
        self.promotion.value_grade_ids += self.grade_a
        self.assertTrue(self._claim(self._draft(100.0)))
        nobody = self._customer("Nobody")
        self.assertFalse(self._claim(self._draft(100.0, partner=nobody)))

    def test_a_reward_is_for_its_grades(self):
        self.discount.value_grade_ids = self.grade_b
        order = self._draft(100.0)
        self.assertIn(self.promotion, order.coupon_point_ids.coupon_id.program_id)
        self.assertFalse(self._claim(order))
        card = order.coupon_point_ids.coupon_id.filtered(lambda c: c.program_id == self.promotion)
        result = order._apply_program_reward(self.discount, card)
        self.assertIn("only for customers of grade B", result["error"])

    def test_the_grade_of_a_firm_is_that_of_its_contacts(self):
        self.promotion.value_grade_ids = self.grade_a
        firm = self._customer("Firm", is_company=True)
        self._grade(firm, self.grade_a)
        contact = self._customer("Buyer", parent_id=firm.id)
        self.assertTrue(self._claim(self._draft(100.0, partner=contact)))

    def test_a_downgrade_takes_the_reward_off(self):
        for offer in (self.promotion, self.discount):
            with self.subTest(offer=offer._name):
                offer.value_grade_ids = self.grade_a
                self._grade(self.customer, self.grade_a)
                order = self._draft(100.0)
                self.assertTrue(self._claim(order))
                self.assertEqual(order.amount_total, 90.0)
                self._grade(self.customer, self.grade_b)
                order._update_programs_and_rewards()
                self.assertEqual(order.amount_total, 100.0)
                offer.value_grade_ids = False

    def test_a_downgrade_is_told_at_confirmation_and_spares_firm_orders(self):
        self.promotion.value_grade_ids = self.grade_a
        firm_order, order = self._used(), self._draft(100.0)
        self.assertTrue(self._claim(order))
        self._grade(self.customer, self.grade_b)
        with self.assertRaisesRegex(ValidationError, f"{order.name} cannot be confirmed. Ten Off"):
            order.action_confirm()
        firm_order._update_programs_and_rewards()
        self.assertEqual(firm_order.amount_total, 90.0)

    def test_members_only(self):
        self.promotion.is_members_only = True
        self.assertFalse(self._claim(self._draft(100.0)))
        self.customer.action_issue_member_number()
        self.env.invalidate_all()
        self.assertTrue(self._claim(self._draft(100.0)))

    def test_a_maximum_counts_confirmed_orders_of_the_firm(self):
        self.promotion.write({"max_per_customer": 1, "max_period": "ever"})
        firm = self._customer("Firm", is_company=True)
        buyers = [self._customer(name, parent_id=firm.id) for name in ("Nid", "Noi")]
        draft = self._draft(100.0, partner=buyers[0])
        self.assertTrue(self._claim(draft))
        used = self._used(partner=buyers[0])
        self.assertFalse(self._claim(self._draft(100.0, partner=buyers[1])))
        self.assertTrue(self._claim(self._draft(100.0)), "another customer")
        with self.assertRaisesRegex(ValidationError, "Firm has used Ten Off 1 of 1 times"):
            draft.action_confirm()
        used._action_cancel()
        draft.action_confirm()
        self.assertEqual(draft.state, "sale")

    def test_a_period_is_one_of_the_company(self):
        self.promotion.write({"max_per_customer": 1, "max_period": "day"})
        used = self._used()
        start = self.env["sale.order"]._start_of_period
        midnight = self._draft(100.0)._start_of_period(self.promotion)
        self.assertEqual(midnight.hour, 17, "midnight in Bangkok is 17:00 UTC of the day before")
        self.assertTrue(start)
        used.date_order = midnight
        self.assertFalse(self._claim(self._draft(100.0)))
        used.date_order = midnight.replace(hour=16, minute=59)
        self.assertTrue(self._claim(self._draft(100.0)))

    def test_a_maximum_of_a_reward_is_its_own(self):
        self.discount.write({"max_per_customer": 1, "max_period": "year"})
        self._used()
        order = self._draft(100.0)
        self.assertIn(self.promotion, order.coupon_point_ids.coupon_id.program_id)
        self.assertFalse(self._claim(order))

    def test_who_has_reached_the_maximum_still_earns(self):
        self.program.write({"max_per_customer": 1, "max_period": "ever"})
        self._give(200.0)
        order = self._draft(100.0)
        self._spend(order)
        order.action_confirm()
        balance = self._card_of().points
        later = self._sale(100.0)
        self.assertEqual(self._card_of().points, balance + 10.0)
        self.assertNotIn(self.reward, later._get_claimable_rewards().get(self._card_of(), ()))

    def test_two_orders_of_one_selection_share_the_maximum(self):
        self.promotion.write({"max_per_customer": 1, "max_period": "month"})
        orders = self._draft(100.0) | self._draft(100.0)
        for order in orders:
            self.assertTrue(self._claim(order))
        with self.assertRaisesRegex(ValidationError, "1 of 1 times, and can use it again from"):
            orders.action_confirm()

    def test_a_maximum_is_not_negative(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.promotion.max_per_customer = -1
            self.env.flush_all()

    def test_the_number_of_programs_costs_no_queries(self):
        def queries():
            order = self._draft(100.0)
            for _warm in range(2):  # the first time fills the caches that new programs emptied
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                order._update_programs_and_rewards()
            return self.env.cr.sql_log_count - before

        conditions = {
            "value_grade_ids": self.grade_b.ids,
            "is_members_only": True,
            "max_per_customer": 2,
            "max_period": "month",
        }
        self._promotion("One", **conditions)
        one = queries()
        for number in range(10):
            self._promotion(f"More {number}", **conditions)
        self.assertEqual(queries(), one)

    def test_a_domain_stays_a_plain_list(self):
        order = self._draft(100.0)
        self.promotion.value_grade_ids = self.grade_b
        for domain in (order._get_program_domain(), order._get_trigger_domain()):
            self.assertIsInstance(domain, list)
        self.assertIn(("id", "not in", self.promotion.ids), order._get_program_domain())

    def test_salespeople_sell_by_conditions_that_they_cannot_change(self):
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        self.promotion.value_grade_ids = self.grade_b
        order = self._draft(100.0, user_id=seller.id).with_user(seller)
        order._update_programs_and_rewards()
        self.assertFalse(self._claim(order))
        for offer in (self.promotion, self.discount):
            for values in (
                {"value_grade_ids": False},
                {"is_members_only": True},
                {"max_per_customer": 1},
                {"max_period": "day"},
            ):
                with self.subTest(offer=offer, values=values), self.assertRaises(AccessError):
                    offer.with_user(seller).write(values)
        for values in ({"owner_scope": "anyone"}, {"coupon_valid_days": 9}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.promotion.with_user(seller).write(values)

    def test_a_tier_can_keep_customers_away(self):
        order = self._draft(100.0)
        self.patch(
            self.registry["loyalty.program"], "_condition_fields", lambda self: ["sequence", "name"]
        )
        self.patch(
            self.registry["sale.order"],
            "_get_tier_domain",
            lambda self: [("name", "!=", "Ten Off")],
        )
        self.registry.clear_cache()
        self.addCleanup(self.registry.clear_cache)
        self.assertEqual(order._barred_offers().get(self.promotion), "tier")
        self.assertFalse(self._claim(order))
