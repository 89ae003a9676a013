"""Benefits of tiers that wait until overdue invoices are paid."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierPause(TierCommon):
    """The customer is Gold; an invoice of his may be overdue for ten days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()
        cls.ladder.write({"pause_overdue": True, "overdue_days": 10})
        cls.program.ladder_id = cls.ladder
        paid = cls._invoice(cls.customer, 5000.0, cls.today - timedelta(60))
        cls._pay(paid)
        cls.ladder._evaluate()

    def _owe(self, due_days_ago, partner=None, **values):
        day = self.today - timedelta(due_days_ago)
        return self._invoice(partner or self.customer, 100.0, day, invoice_date_due=day, **values)

    def _earned(self, order):
        self.env.invalidate_all()
        order._work_out_award()
        return order.coupon_point_ids.points

    def test_points_are_not_multiplied_after_the_tolerance(self):
        self._owe(10)
        self.assertEqual(self._sale(100.0).coupon_point_ids.points, 15)
        self._owe(11)
        self.assertEqual(self._sale(100.0).coupon_point_ids.points, 10)

    def test_the_tier_stays(self):
        self._owe(11)
        order = self._draft(100.0)
        self.assertEqual(order.loyalty_tier_ids, self.gold)
        self.assertEqual(order.paused_tier_ids, self.gold)
        self.assertEqual(self._evaluate().tier_id, self.gold)

    def test_a_reward_says_why_it_waits(self):
        self._give(500.0)
        self.reward.tier_ids = self.gold
        order = self._draft(100.0)
        self._spend(order)
        invoice = self._owe(11)
        self.env.invalidate_all()
        sentence = "is paused while Somchai Jaidee's invoices are overdue"
        with self.assertRaisesRegex(ValidationError, sentence):
            order.action_confirm()
        self.assertIn(sentence, order._apply_program_reward(self.reward, self._card_of())["error"])
        self._pay(invoice, self.today)
        self.env.invalidate_all()
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_who_never_had_the_tier_is_told_of_the_tier(self):
        self.reward.tier_ids = self.gold
        other = self._customer("Malee")
        self._owe(11, other)
        self._give(500.0, other)
        order = self._draft(100.0, partner=other)
        error = order._apply_program_reward(self.reward, self._card_of(other))["error"]
        self.assertIn("is not for the customer's tier", error)

    def test_customers_are_told_less(self):
        self.reward.tier_ids = self.gold
        self._owe(11)
        order = self._draft(100.0)
        portal = self.env["res.users"].create(
            {
                "name": "Somchai",
                "login": "somchai",
                "partner_id": self.customer.id,
                "group_ids": [fields.Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        told = order.with_user(portal).sudo()._refusal("paused", self.reward)
        self.assertEqual(told, "This offer is paused while invoices are overdue.")

    def test_what_was_owed_on_the_day_of_an_order_counts_for_it_for_ever(self):
        invoice = self._owe(30)
        order = self._sale(100.0)
        order.date_order = fields.Datetime.now() - timedelta(days=15)
        self.assertEqual(self._earned(order), 10)
        self._pay(invoice, self.today - timedelta(14))
        self.assertEqual(self._earned(order), 10)
        self.assertEqual(self._earned(self._sale(100.0)), 15)
        earlier = self._sale(100.0)
        earlier.date_order = fields.Datetime.now() - timedelta(days=22)
        self.assertEqual(self._earned(earlier), 15)

    def test_a_credit_note_settles_an_invoice_too(self):
        invoice = self._owe(30)
        refund = self._credit(invoice)
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertTrue(refund)
        self.assertEqual(self._sale(100.0).coupon_point_ids.points, 15)

    def test_half_paid_is_still_owed(self):
        invoice = self._owe(30)
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"payment_date": self.today, "amount": 50.0}).action_create_payments()
        self.assertEqual(self._sale(100.0).coupon_point_ids.points, 10)

    def test_what_another_contact_of_the_firm_owes_counts(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer, other = (self._customer(name, parent_id=firm.id) for name in ("Nok", "Noi"))
        self._pay(self._invoice(firm, 5000.0, self.today - timedelta(60)))
        self.ladder._evaluate()
        self.assertEqual(self._sale(100.0, partner=buyer).coupon_point_ids.points, 15)
        self._owe(30, other)
        self.assertEqual(self._sale(100.0, partner=buyer).coupon_point_ids.points, 10)

    def test_drafts_and_invoices_of_others_do_not_count(self):
        self._owe(30).button_draft()
        self._owe(30, self._customer("Malee"))
        there = self.env["account.move"].search([("company_id", "!=", self.company.id)], limit=1)
        self.assertNotIn(there.partner_id, self.customer)
        self.assertEqual(self._sale(100.0).coupon_point_ids.points, 15)

    def test_a_ladder_that_does_not_pause_gives_all(self):
        self.ladder.pause_overdue = False
        self._owe(30)
        self.assertEqual(self._sale(100.0).coupon_point_ids.points, 15)

    def test_it_costs_one_query_and_none_where_no_ladder_pauses(self):
        self._owe(30)
        order = self._draft(100.0).sudo()
        for pauses, queries in ((True, 1), (False, 0)):
            self.ladder.pause_overdue = pauses
            self.env.flush_all()
            order.mapped("loyalty_tier_ids")
            order.partner_id.commercial_partner_id.mapped("name")
            self.env["crm.loyalty.ladder"]._pausing()
            order.invalidate_recordset(["paused_tier_ids"])
            with self.assertQueryCount(queries):
                order.mapped("paused_tier_ids")
