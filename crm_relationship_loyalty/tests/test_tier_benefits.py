"""Offers only for a tier, and points multiplied by it."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierBenefits(TierCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()

    def _make_gold(self):
        self._invoice(self.customer, 5000.0, self.today)
        self._evaluate()

    def test_points_are_multiplied_by_the_tier_and_rounded_once(self):
        self.program.ladder_id = self.ladder
        self._sale(150.0)
        self.assertEqual(self._card_of().points, 15)
        self._make_gold()
        # 13.9 points one and a half times are 20.85
        self._sale(139.0)
        self.assertEqual(self._card_of().points, 35)

    def test_the_tier_of_the_day_of_an_order_counts_for_it(self):
        self.program.ladder_id = self.ladder
        order = self._sale(100.0)
        order.date_order = fields.Datetime.now() - timedelta(days=2)
        self._make_gold()
        order._work_out_award()
        self.assertEqual(order.coupon_point_ids.points, 10)

    def test_a_reward_for_a_tier_is_for_nobody_else(self):
        self._give(500.0)
        self.reward.tier_ids = self.gold
        order = self._draft(100.0)
        self.assertIn("tier", order._apply_program_reward(self.reward, self._card_of())["error"])
        self._make_gold()
        self._spend(order)
        self.assertEqual(order._barred_offers(), {})

    def test_who_loses_the_tier_cannot_confirm_with_its_reward(self):
        self._give(500.0)
        self.reward.tier_ids = self.gold
        self._make_gold()
        order = self._draft(100.0)
        self._spend(order)
        self._invoice(self.customer, 5000.0, self.today, move_type="out_refund")
        self._evaluate()
        with self.assertRaisesRegex(ValidationError, "tier"):
            order.action_confirm()

    def test_a_program_for_a_tier_gives_no_points_to_others(self):
        self.program.tier_ids = self.silver
        self._sale(100.0)
        self.assertFalse(self._card_of())
        self.program.tier_ids = self.gold
        self._make_gold()
        self._sale(100.0)
        self.assertEqual(self._card_of().points, 10)

    def test_a_contact_has_the_tier_of_his_firm(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        self._invoice(firm, 1000.0, self.today)
        self._evaluate()
        self.assertEqual(self._draft(10.0, partner=buyer).loyalty_tier_ids, self.silver)

    def test_the_number_of_tiers_costs_no_query(self):
        """One query for the tiers of an order, however many tiers there are."""
        self._make_gold()
        order = self._draft(100.0)
        self.env.flush_all()
        self.env.invalidate_all()
        order.sudo().partner_id.commercial_partner_id.name  # noqa: B018
        order.sudo().company_id.business_timezone  # noqa: B018
        with self.assertQueryCount(2):  # the changes, and the ladder's scope
            order.sudo().loyalty_tier_ids  # noqa: B018
