"""Rewards go when the payment of the friend's first order goes, and come again with it."""

from odoo.tests import tagged

from .test_referral_settlement import SettlementCommon


@tagged("post_install", "-at_install")
class TestReferralTakenBack(SettlementCommon):
    def test_a_refund_takes_the_rewards_back(self):
        invoice = self._paid()
        self._credit(invoice)
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("reversed", "refunded"), (0.0, 0.0)))
        referral = self._referral()
        self.assertEqual((referral.referrer_points, referral.friend_points), (0.0, 0.0))
        self.assertEqual(
            self._rows(self._card_of(self.member, self.club)),
            [("referral", 50.0, "active"), ("referral", -50.0, "active")],
        )
        self.assertLedgerHolds()

    def test_points_spent_meanwhile_are_owed(self):
        invoice = self._paid()
        order = self._draft(100.0)
        self._spend(order, self.club.reward_ids, self._card_of(self.member, self.club))
        order.action_confirm()
        self._credit(invoice)
        self._settle()
        self.assertEqual(self._points(), -50.0)
        self.assertLedgerHolds()

    def test_a_partial_refund_counts_against_the_minimum(self):
        self.referrals.minimum_amount = 80.0
        invoice = self._paid()
        self._credit(invoice, 0.2)
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("rewarded", False), (50.0, 20.0)))
        self._credit(invoice, 0.01)
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("reversed", "refunded"), (0.0, 0.0)))

    def test_a_refund_before_the_payment_counts_too(self):
        self.referrals.minimum_amount = 80.0
        invoice = self._bill(self._confirmed())
        self._credit(invoice, 0.3)
        self._pay(invoice)
        self._settle()
        self.assertEqual(self._fate(), ("open", "minimum"))

    def test_a_refund_that_is_taken_back_gives_the_rewards_again_once(self):
        invoice = self._paid()
        refund = self._credit(invoice)
        self._settle()
        refund.button_draft()
        refund.button_cancel()
        for _time in range(2):
            self._settle()
        self.assertEqual((self._fate(), self._both()), (("rewarded", False), (50.0, 20.0)))
        self.assertLedgerHolds()

    def test_a_payment_that_is_taken_back_takes_the_rewards_along(self):
        invoice = self._paid()
        invoice.line_ids.remove_move_reconcile()
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("reversed", "unpaid"), (0.0, 0.0)))
        self._pay(invoice)
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("rewarded", False), (50.0, 20.0)))

    def test_points_given_again_are_those_given_first(self):
        invoice = self._paid()
        invoice.line_ids.remove_move_reconcile()
        self._settle()
        self.referrals.write({"referrer_points": 999.0, "friend_points": 999.0})
        self._pay(invoice)
        self._settle()
        self.assertEqual(self._both(), (50.0, 20.0))

    def test_a_cancelled_order_takes_the_rewards_along_until_it_is_confirmed_again(self):
        order = self._paid().invoice_line_ids.sale_line_ids.order_id
        order._action_cancel()
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("reversed", "cancelled"), (0.0, 0.0)))
        order.action_draft()
        order.action_confirm()
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("rewarded", False), (50.0, 20.0)))

    def test_an_unused_coupon_is_taken_out_of_use_and_comes_back(self):
        self.referrals.referrer_program_id = self.coupons
        invoice = self._paid()
        coupon = self._referral().referrer_card_id
        invoice.line_ids.remove_move_reconcile()
        self._settle()
        self.assertFalse(coupon.active)
        self.assertIn("not offered here", self._redeem(self._draft(100.0), coupon))
        self._pay(invoice)
        self._settle()
        self.assertTrue(coupon.active)
        self.assertEqual(self._referral().referrer_card_id, coupon)
        self.assertFalse(self._redeem(self._draft(100.0), coupon))

    def test_a_used_coupon_stays_used_and_the_referral_says_so(self):
        self.referrals.referrer_program_id = self.coupons
        invoice = self._paid()
        coupon = self._referral().referrer_card_id
        order = self._draft(100.0)
        self._redeem(order, coupon)
        order.action_confirm()
        self._credit(invoice)
        self._settle()
        self.assertEqual(self._fate(), ("reversed", "refunded"))
        self.assertEqual(self._referral().note, f"The coupon {coupon.code} had been used.")
        self.assertEqual(order.amount_total, 90.0)
