"""Why an offer is not made to a customer."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .offer_common import OfferCommon


@tagged("post_install", "-at_install")
class TestOfferObstacle(OfferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._product("Machine")
        cls.offer = cls._offer(cls.product, name="Descaler")

    def _obstacle(self, partner=None):
        return self.offer._obstacle_of(partner or self.customer)

    def _assert_only_for(self, chosen, *others):
        """Check that the offer is chosen for one customer, and not for others."""
        self.assertIsNone(self._obstacle(chosen))
        self.assertEqual(self._chosen_offers(partner=chosen), self.offer.ids)
        for other in others:
            self.assertTrue(self._obstacle(other))
            self.assertEqual(self._chosen_offers(partner=other), [])

    def _other(self, name, **values):
        other = self._customer(name, **values)
        self._agree(other)
        return other

    def test_nothing_is_in_the_way(self):
        self._assert_only_for(self.customer)

    def test_offer_that_is_not_made_today(self):
        sentence = "Descaler is not made today: it is not running, or outside its dates."
        tomorrow, yesterday = (self.today + timedelta(days=days) for days in (1, -1))
        self.offer.date_from = tomorrow
        self.assertEqual(self._obstacle(), sentence)
        self.offer.write({"date_from": False, "date_until": yesterday})
        self.assertEqual(self._obstacle(), sentence)
        self.offer.date_until = self.today
        self.assertIsNone(self._obstacle())
        self.offer.action_stop()
        self.assertEqual(self._obstacle(), sentence)

    def test_total_is_used_up_by_others(self):
        self.offer.cap_total = 1
        other = self._other("Malee")
        self._present(self.offer, other).accept()
        self.assertEqual(self._obstacle(), "Descaler was accepted as often as it may be in all.")
        self.assertEqual(self._chosen_offers(), [])

    def test_who_did_not_agree_is_told_nothing(self):
        silent = self._customer("Silent")
        self._assert_only_for(self.customer, silent)
        self.assertEqual(self._obstacle(silent), "The customer did not agree to this.")

    def test_audience(self):
        other = self._other("Malee", city="Phuket")
        self.offer.audience = "[('city', '=', 'Phuket')]"
        self._assert_only_for(other, self.customer)
        self.assertEqual(self._obstacle(), "Descaler is not for this customer.")

    def test_audience_by_what_is_linked_to_the_customer(self):
        other = self._other("Malee", parent_id=self._customer("Firm", is_company=True).id)
        self.offer.audience = "[('parent_id.name', '=', 'Firm')]"
        self._assert_only_for(other, self.customer)
        self._buy([self._product("Beans")])
        self.offer.audience = "[('sale_order_ids', 'any', [('state', '=', 'sale')])]"
        self._assert_only_for(self.customer, other)

    def test_archived_customer_is_of_no_audience(self):
        self.customer.active = False
        self.assertEqual(self._obstacle(), "Descaler is not for this customer.")

    def test_audience_that_cannot_be_read_is_nobodys(self):
        self._offer(self.product, name="Other")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_alliance_offer SET audience = '[(''gone'', ''='', 1)]' WHERE id = %s",
            [self.offer.id],
        )
        self.env.invalidate_all()
        self.registry.clear_cache()
        with self.assertLogs("odoo.addons.crm_relationship.models.crm_audience", "WARNING"):
            self.assertEqual(len(self._chosen_offers()), 1)

    def test_tier_of_the_customer_or_of_his_firm(self):
        ladder = self.env["crm.loyalty.ladder"].create(
            {"name": "Club", "tier_ids": [Command.create({"name": "Gold", "threshold": 1e6})]}
        )
        ladder.action_publish()
        firm = self._customer("Firm", is_company=True)
        member = self._other("Member", parent_id=firm.id)
        self.env["crm.loyalty.floor"].create(
            {
                "ladder_id": ladder.id,
                "partner_id": firm.id,
                "tier_id": ladder.tier_ids.id,
                "date_until": "2099-12-31",
                "reason": "Status match",
            }
        )
        self.offer.tier_ids = ladder.tier_ids
        self._assert_only_for(member, self.customer)

    def test_grade_is_not_told(self):
        self._order(self.customer, 1000.0)
        other = self._other("Malee")
        self._refresh()
        self.offer.value_grade_ids = self._standing_of(self.customer).value_grade_id
        self._assert_only_for(self.customer, other)
        self.assertEqual(self._obstacle(other), "Descaler is not for this customer.")

    def test_product_that_is_bought_only_once(self):
        self.offer.is_durable = True
        firm = self._customer("Firm", is_company=True)
        buyer = self._customer("Buyer", parent_id=firm.id)
        colleague = self._other("Colleague", parent_id=firm.id)
        self._buy([self.product], buyer, days_ago=3000)
        self._assert_only_for(self.customer, colleague)

    def test_what_was_refunded_is_not_owned(self):
        self.offer.is_durable = True
        order = self._buy([self.product])
        invoice = self._bill(order)
        self.assertTrue(self._obstacle())
        self._credit(invoice)
        self.assertIsNone(self._obstacle())

    def test_what_was_returned_is_not_owned(self):
        self.offer.is_durable = True
        self.product.write({"type": "consu", "is_storable": True})
        self._stock(self.product, 2)
        order = self._buy([self.product])
        picking = order.picking_ids
        picking.move_ids.quantity = 1
        picking.button_validate()
        self.assertTrue(self._obstacle())
        returning = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        returning.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(returning.action_create_returns()["res_id"])
        back.move_ids.quantity = 1
        back.button_validate()
        self.assertIsNone(self._obstacle())

    def test_what_was_invoiced_without_an_order_is_owned(self):
        self.offer.is_durable = True
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "tax_ids": False})
                ],
            }
        )
        self.assertIsNone(self._obstacle())
        invoice.action_post()
        self.assertTrue(self._obstacle())

    def test_refusal_pauses_it(self):
        self.offer.cooloff_days = 30
        presentation = self._present(self.offer)
        self.assertIsNone(self._obstacle())  # shown, and not answered yet
        presentation.decline("price")
        self.assertEqual(self._obstacle(), "The customer declined Descaler a short while ago.")
        presentation.sudo().answered_on = fields.Datetime.now() - timedelta(days=29)
        self.assertTrue(self._obstacle())
        presentation.sudo().answered_on = fields.Datetime.now() - timedelta(days=30)
        self._assert_only_for(self.customer)

    def test_maximum_of_a_customer_and_his_firm(self):
        firm = self._customer("Firm", is_company=True)
        one, other = (self._other(name, parent_id=firm.id) for name in ("One", "Other"))
        self._present(self.offer, one).accept()
        self._assert_only_for(self.customer, one, other)
        self.offer.cap_per_customer = 2
        self.assertIsNone(self._obstacle(other))

    def test_offers_of_one_visit_are_one_contact(self):
        self.env["crm.contact.rule"].create({"name": "Rarely", "cap": 1, "cap_days": 30})
        other = self._offer(self.product, name="Other")
        first = self._present(self.offer)
        second = self._present(other)
        self.assertEqual(second.interaction_id, first.interaction_id)
        self.assertEqual(len(self._chosen_offers()), 2)
        third = self._offer(self.product, name="Third")
        self.assertTrue(third._obstacle_of(self.customer, "email"))
        (first | second).sudo().date = fields.Datetime.now() - timedelta(days=1)
        self.assertEqual(
            third._obstacle_of(self.customer),
            "The customer was contacted often enough, say the contact rules.",
        )

    def test_obstacle_keeps_it_from_being_presented(self):
        self.offer.audience = "[('city', '=', 'Phuket')]"
        with self.assertRaisesRegex(UserError, "Descaler is not for this customer."):
            self._present(self.offer)

    def test_obstacles_of_many_at_once(self):
        other = self._offer(self.product, name="Other")
        other.action_stop()
        found = (self.offer | other)._obstacles(self.customer)
        self.assertEqual(list(found), [other])

    def _stock(self, product, quantity):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)])[0]
        location = warehouse.lot_stock_id
        self.env["stock.quant"]._update_available_quantity(product, location, quantity)
