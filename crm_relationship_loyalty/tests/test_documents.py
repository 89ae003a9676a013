from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestDocuments(LoyaltyCommon):
    """What deliveries, returns, rewards and currencies make of an award, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Tea",
                "type": "consu",
                "list_price": 100.0,
                "taxes_id": False,
                "invoice_policy": "order",
            }
        )

    def _order_of_goods(self, quantity):
        line = {"product_id": self.goods.id, "product_uom_qty": quantity, "price_unit": 100.0}
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
        return order

    def _deliver(self, order, quantity):
        """Deliver a part; the rest waits in a transfer of its own."""
        picking = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    def _return(self, picking, quantity):
        wizard = self.env["stock.return.picking"].with_context(
            active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
        )
        form = wizard.create({})
        form.product_return_moves.quantity = quantity
        form.product_return_moves.to_refund = True
        back = self.env["stock.picking"].browse(form.action_create_returns()["res_id"])
        back.move_ids.picked = True
        back.button_validate()

    def _figures(self):
        card = self._card_of()
        return card.points, card.pending_points

    def test_goods_earn_as_they_are_delivered_and_lose_as_they_come_back(self):
        """10 x 100.00 at one in ten: 100 points; 6 delivered, 4 of them returned, and credited."""
        self.program.earn_on = "delivery"
        order = self._order_of_goods(10)
        self.assertEqual(self._figures(), (0.0, 100.0))
        delivery = self._deliver(order, 6)
        self.assertEqual(self._figures(), (60.0, 40.0))
        self._return(delivery, 4)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(self._figures(), (20.0, 40.0))
        self._credit(self._bill(order), quantity=4)
        self.assertEqual(self._figures(), (20.0, 40.0), "the return was taken back already")
        self.assertLedgerHolds()

    def test_a_return_and_its_credit_note_take_back_once(self):
        order = self._order_of_goods(10)
        self.assertEqual(self._figures(), (100.0, 0.0))
        invoice = self._bill(order)
        self._return(self._deliver(order, 10), 3)
        self.assertEqual(self._figures(), (70.0, 0.0))
        self._credit(invoice, quantity=3)
        self.assertEqual(self._figures(), (70.0, 0.0))
        self._credit(invoice, quantity=2)
        self.assertEqual(self._figures(), (50.0, 0.0))
        self.assertLedgerHolds()

    def test_what_was_paid_with_rewards_earns_nothing_where_the_program_says_so(self):
        """100.00 less a reward of 5.00: ten points on the full price, nine on what is left."""
        for basis, earned in (("gross", 10.0), ("net", 9.0)):
            with self.subTest(basis=basis):
                self.program.earn_basis = basis
                partner = self._customer(basis)
                card = self._give(50.0, partner=partner)
                order = self._draft(100.0, partner=partner)
                self._spend(order, card=card)
                order._update_programs_and_rewards()
                order.action_confirm()
                self.assertEqual(card.points, earned)

    def test_an_invoice_in_draft_or_cancelled_earns_nothing(self):
        self.program.earn_on = "invoice"
        invoice = self._bill(self._sale(300.0))
        self.assertEqual(self._figures(), (30.0, 0.0))
        invoice.button_draft()
        self.assertEqual(self._figures(), (0.0, 30.0))
        invoice.action_post()
        self.assertEqual(self._figures(), (30.0, 0.0))
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self._figures(), (0.0, 30.0))
        self.assertLedgerHolds()

    def test_a_payment_taken_back_takes_the_points_back(self):
        self.program.earn_on = "payment"
        invoice = self._bill(self._sale(300.0))
        self._pay(invoice)
        self.assertEqual(self._figures(), (30.0, 0.0))
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self._figures(), (0.0, 30.0))
        self.assertLedgerHolds()

    def test_rounding_is_the_programs(self):
        """99.99 at one in ten are 9.999 points."""
        for rounding, earned in (("down", 9.0), ("nearest", 10.0), ("exact", 9.99)):
            with self.subTest(rounding=rounding):
                self.program.points_rounding = rounding
                partner = self._customer(rounding)
                self._sale(99.99, partner=partner)
                self.assertEqual(self._card_of(partner).points, earned)
