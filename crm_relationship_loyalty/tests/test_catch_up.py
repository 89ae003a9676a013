from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestCatchUp(LoyaltyCommon):
    def _catch_up(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship_loyalty.ir_cron_post_points").method_direct_trigger()
        self.env.invalidate_all()

    def test_what_no_document_announced_is_earned_in_the_night(self):
        self.program.earn_on = "delivery"
        order = self._sale(100.0, quantity=4)
        self.assertEqual(self._card_of().pending_points, 40.0)
        # as a module does that counts hours: no line is written, no transfer is made
        self.env.cr.execute(
            "UPDATE sale_order_line SET qty_delivered = 3 WHERE order_id = %s", [order.id]
        )
        self.env.invalidate_all()
        self._catch_up()
        self.assertEqual((self._card_of().points, self._card_of().pending_points), (30.0, 10.0))
        rows = self.History.search_count([])
        self._catch_up()
        self.assertEqual(self.History.search_count([]), rows)
        self.assertLedgerHolds()

    def test_a_delivered_quantity_entered_by_hand_is_earned_at_once(self):
        self.program.earn_on = "delivery"
        order = self._sale(100.0, quantity=4)
        order.order_line.qty_delivered = 1
        self.assertEqual((self._card_of().points, self._card_of().pending_points), (10.0, 30.0))
