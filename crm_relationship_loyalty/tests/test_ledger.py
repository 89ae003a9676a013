from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestLedger(LoyaltyCommon):
    def test_an_order_earns_whole_points(self):
        self._sale(333.4)
        self.assertEqual(self._card_of().points, 33.0)
        self.assertEqual(self._rows(), [("earn", 33.0, "active")])
        self.assertLedgerHolds()

    def test_who_is_named_later_earns_on_his_own_account(self):
        order = self._draft(100.0, partner=self.env.ref("base.public_partner"))
        order = order.with_user(self.salesman)
        order.partner_id = self.customer
        order.action_confirm()
        self.assertEqual(self._card_of().points, 10)
        self.assertLedgerHolds()

    def test_spending_takes_the_oldest_expiry_first(self):
        card = self._give(30.0)
        late, soon = self.History.create(
            [
                {"card_id": card.id, "issued": 40.0, "description": "late"},
                {"card_id": card.id, "issued": 20.0, "description": "soon"},
            ]
        )
        late._keep({late: {"expiration_date": "2099-12-31"}})
        soon._keep({soon: {"expiration_date": "2098-12-31"}})
        order = self._draft(10.0)
        self._spend(order)
        order.action_confirm()
        taken = self.History.search([("card_id", "=", card.id), ("kind", "=", "redeem")])
        self.assertEqual({row.award_id: row.used for row in taken}, {soon: 20.0, late: 30.0})
        self.assertEqual((soon.remaining, late.remaining), (0.0, 10.0))
        # 10.00 less 5.00 of the reward, which is gross: one point
        self.assertEqual(card.points, 90.0 - 50.0 + 1.0)
        self.assertLedgerHolds()

    def test_nobody_sets_points(self):
        card = self._give(30.0)
        with self.assertRaisesRegex(AccessError, "Use Update Balance"):
            card.with_user(self.salesman).points = 9999
        with self.assertRaisesRegex(AccessError, "Use Update Balance"):
            card.with_user(self.env.user).write({"points": 9999})
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self.History.with_user(self.salesman).create(
                {"card_id": card.id, "issued": 9999, "description": "mine"}
            )
        with self.assertRaisesRegex(UserError, "never changed"):
            card.history_ids.write({"issued": 9999})
        with self.assertRaisesRegex(UserError, "never deleted"):
            card.history_ids.sudo().unlink()
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self.env["loyalty.card.update.balance"].with_user(self.salesman).create(
                {"card_id": card.id, "new_balance": 99, "description": "mine"}
            ).action_update_card_point()
        self.assertEqual(card.points, 30.0)
        self.assertLedgerHolds()

    def test_a_manager_adjusts_with_a_reason(self):
        card = self._give(30.0)
        manager = self.env.user
        self.env["loyalty.card.update.balance"].with_user(manager).create(
            {"card_id": card.id, "new_balance": 45, "description": "Goodwill for C00012"}
        ).action_update_card_point()
        row = self.History.search([("card_id", "=", card.id)], limit=1)
        self.assertEqual(
            (row.kind, row.points, row.description), ("adjust", 15.0, "Goodwill for C00012")
        )
        self.assertEqual(card.points, 45.0)
        self.assertLedgerHolds()

    def test_a_customer_has_one_card_of_a_program(self):
        card = self._give(30.0)
        with self.assertRaisesRegex(ValidationError, card.code):
            self._give(10.0)

    def test_a_cancelled_order_is_reversed(self):
        self._sale(500.0)
        order = self._draft(100.0)
        self._spend(order)
        order.action_confirm()
        self.assertEqual(self._card_of().points, 50.0 + 10.0 - 50.0)
        order._action_cancel()
        self.assertEqual(self._card_of().points, 50.0)
        self.assertEqual(
            self._rows()[-2:], [("reverse", 50.0, "active"), ("reverse", -10.0, "active")]
        )
        self.assertLedgerHolds()
        order.action_draft()
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(self._card_of().points, 60.0)
        self.assertLedgerHolds()

    def test_points_come_with_the_payment(self):
        self.program.earn_on = "payment"
        order = self._sale(100.0, quantity=10)
        card = self._card_of()
        self.assertEqual((card.points, card.pending_points), (0.0, 100.0))
        invoice = self._bill(order)
        self.assertEqual((card.points, card.pending_points), (0.0, 100.0))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"amount": 250.0}).action_create_payments()
        self.assertEqual((card.points, card.pending_points), (25.0, 75.0))
        self._pay(invoice)
        self.assertEqual((card.points, card.pending_points), (100.0, 0.0))
        self._credit(invoice, quantity=4)
        self.assertEqual((card.points, card.pending_points), (60.0, 0.0))
        self.assertLedgerHolds()

    def test_pending_points_cannot_be_spent(self):
        self.program.earn_on = "invoice"
        self._sale(1000.0)
        order = self._draft(1000.0)
        result = order._apply_program_reward(self.reward, self._card_of())
        self.assertIn("not have enough points", result["error"])

    def test_a_credit_note_leaves_a_debt(self):
        order = self._sale(500.0)
        invoice = self._bill(order)
        spending = self._draft(10.0)
        self._spend(spending)
        spending.action_confirm()
        self.assertEqual(self._card_of().points, 1.0)
        self._credit(invoice)
        self.assertEqual(self._card_of().points, -49.0)
        self._sale(600.0)
        self.assertEqual(self._card_of().points, 11.0)
        self.assertLedgerHolds()

    def test_a_changed_quantity_changes_the_award(self):
        order = self._sale(100.0, quantity=2)
        self.assertEqual(self._card_of().points, 20.0)
        order.order_line.write({"product_uom_qty": 5, "price_unit": 100.0})
        self.assertEqual(self._card_of().points, 50.0)
        order.order_line.write({"product_uom_qty": 1, "price_unit": 100.0})
        self.assertEqual(self._card_of().points, 10.0)
        self.assertEqual(
            [kind for kind, _points, _state in self._rows()], ["earn", "earn", "reverse", "reverse"]
        )
        self.assertLedgerHolds()

    def test_two_quotations_cannot_spend_the_same_points(self):
        self._give(60.0)
        orders = self._draft(10.0) | self._draft(10.0)
        for order in orders:
            self._spend(order)
        with self.assertRaisesRegex(UserError, f"{orders[1].name} needs 50 Points"):
            orders.action_confirm()

    def test_merged_customers_keep_all_points(self):
        other = self._customer("Somchai J.")
        self.program.earn_on = "invoice"
        order = self._sale(300.0, partner=other)
        card, gone = self._give(20.0), self._card_of(other)
        self.History.create({"card_id": gone.id, "issued": 5.0, "description": "gift"})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other | self.customer).ids, self.customer
        )
        self.assertEqual((card.points, card.pending_points), (25.0, 30.0))
        self.assertEqual((gone.points, gone.pending_points, gone.active), (0.0, 0.0, False))
        self._bill(order)
        self.assertEqual((card.points, card.pending_points), (55.0, 0.0))
        self.assertLedgerHolds()

    def test_coupons_and_promotions_balance(self):
        self.env["loyalty.program"].create(
            {
                "name": "Ten off",
                "program_type": "promotion",
                "trigger": "auto",
                "applies_on": "current",
                "rule_ids": [Command.create({"minimum_amount": 10})],
                "reward_ids": [Command.create({"discount": 10, "required_points": 1})],
            }
        )
        order = self._draft(100.0)
        for card, rewards in order._get_claimable_rewards().items():
            if card.program_id.name == "Ten off":
                order._apply_program_reward(rewards, card)
        order.action_confirm()
        self.assertEqual(order.amount_total, 90.0)
        self.assertLedgerHolds()
        order._action_cancel()
        self.assertLedgerHolds()
