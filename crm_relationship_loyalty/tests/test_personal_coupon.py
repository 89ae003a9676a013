from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import LoyaltyCommon


class CouponCommon(LoyaltyCommon):
    """Coupons that take 10.00 off."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupons = cls._coupons("Welcome Back")
        cls.other = cls._customer("Malee Suksan")

    @classmethod
    def _coupons(cls, name, **values):
        return cls.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "coupons",
                "applies_on": "current",
                "trigger": "with_code",
                "rule_ids": [Command.clear()],
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
    def _coupon(cls, partner=None, **values):
        return cls.env["loyalty.card"].create(
            {
                "program_id": cls.coupons.id,
                "partner_id": partner.id if partner else False,
                "points": 1,
                **values,
            }
        )

    @classmethod
    def _redeem(cls, order, coupon):
        """Type a coupon's code and take its reward; return the error if there is one."""
        status = order._try_apply_code(coupon.code)
        if "error" in status:
            return status["error"]
        return order._apply_program_reward(coupon.program_id.reward_ids, coupon).get("error")


@tagged("post_install", "-at_install")
class TestPersonalCoupon(CouponCommon):
    def test_a_personal_coupon_is_its_owners(self):
        coupon = self._coupon(self.customer)
        order = self._draft(100.0, partner=self.other)
        self.assertIn("belongs to Somchai Jaidee", self._redeem(order, coupon))
        self.assertFalse(order.applied_coupon_ids)
        order = self._draft(100.0)
        self.assertFalse(self._redeem(order, coupon))
        self.assertEqual(order.amount_total, 90.0)

    def test_a_coupon_of_nobody_is_anyones(self):
        order = self._draft(100.0, partner=self.other)
        self.assertFalse(self._redeem(order, self._coupon()))

    def test_a_household_shares_coupons_if_the_program_says_so(self):
        self.env["crm.household"].create(
            {
                "name": "Jaidee",
                "member_ids": [
                    Command.create({"partner_id": one.id}) for one in self.customer | self.other
                ],
            }
        )
        coupon = self._coupon(self.customer)
        stranger = self._customer("Stranger")
        self.assertTrue(self._redeem(self._draft(100.0, partner=self.other), coupon))
        self.coupons.owner_scope = "household"
        self.assertTrue(self._redeem(self._draft(100.0, partner=stranger), coupon))
        self.assertFalse(self._redeem(self._draft(100.0, partner=self.other), coupon))

    def test_a_company_shares_coupons_if_the_program_says_so(self):
        firm = self._customer("Firm", is_company=True)
        one, two = (self._customer(name, parent_id=firm.id) for name in ("Nid", "Noi"))
        coupon = self._coupon(one)
        self.assertTrue(self._redeem(self._draft(100.0, partner=two), coupon))
        self.coupons.owner_scope = "company"
        self.assertTrue(self._redeem(self._draft(100.0, partner=self.other), coupon))
        self.assertFalse(self._redeem(self._draft(100.0, partner=two), coupon))

    def test_gift_cards_are_given_away(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Gift",
                **self.env["loyalty.program"]._program_type_default_values()["gift_card"],
                "program_type": "gift_card",
            }
        )
        card = self._give(20.0, program=program)
        self.assertFalse(self._redeem(self._draft(100.0, partner=self.other), card))

    def test_another_customer_on_the_order_loses_the_coupon(self):
        coupon, order = self._coupon(self.customer), self._draft(100.0)
        self._redeem(order, coupon)
        order.partner_id = self.other
        with self.assertRaisesRegex(ValidationError, "belongs to Somchai"):
            order.action_confirm()
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 100.0)
        self.assertFalse(order.applied_coupon_ids)

    def test_another_customer_on_the_order_does_not_spend_the_points(self):
        card, order = self._give(60.0), self._draft(100.0)
        self._spend(order)
        order.partner_id = self.other
        order._update_programs_and_rewards()
        self.assertEqual(order.amount_total, 100.0)
        order.action_confirm()
        self.assertEqual(card.points, 60.0)

    def test_coupons_are_valid_for_the_days_of_their_program(self):
        self.coupons.coupon_valid_days = 30
        today = self.company._business_today()
        self.assertEqual(self._coupon().expiration_date, today + timedelta(30))
        chosen = fields.Date.to_date("2099-12-31")
        self.assertEqual(self._coupon(expiration_date=chosen).expiration_date, chosen)
        self.coupons.coupon_valid_days = 0
        self.assertFalse(self._coupon().expiration_date)

    def test_accounts_do_not_run_out(self):
        self.program.coupon_valid_days = 30
        self.assertFalse(self._give(10.0).expiration_date)

    def test_a_coupon_for_the_next_order_is_valid_from_confirmation(self):
        next_order = self._coupons("Next", program_type="next_order_coupons", applies_on="future")
        next_order.write(
            {
                "trigger": "auto",
                "coupon_valid_days": 7,
                "rule_ids": [Command.create({"reward_point_mode": "order", "minimum_qty": 0})],
            }
        )
        order = self._draft(100.0)
        coupon = order.coupon_point_ids.coupon_id.filtered(lambda c: c.program_id == next_order)
        coupon.expiration_date = "2020-01-01"
        order.action_confirm()
        self.assertEqual(coupon.expiration_date, self.company._business_today() + timedelta(7))
