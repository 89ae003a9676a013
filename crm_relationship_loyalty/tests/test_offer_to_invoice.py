"""One offer's whole way in a browser: from the front desk to the invoice for the partner."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .offer_common import OfferCommon


@tagged("post_install", "-at_install")
class TestOfferToInvoice(HttpCase, OfferCommon):
    def test_an_accepted_offer_of_a_partner_becomes_his_invoice(self):
        alliance = self.env["crm.alliance"].create(
            {
                "name": "Hotel",
                "partner_id": self._customer("Hotel", is_company=True).id,
                "commission_earned": 10.0,
                "settlement_product_id": self._product("Settlement", supplier_taxes_id=False).id,
            }
        )
        alliance.action_start()
        self._offer(
            [self._product("Voucher")],
            is_of_partner=True,
            name="Weekend",
            alliance_id=alliance.id,
        )
        self.customer.name = "Tour Customer"
        self.clerk.password = "nok"
        self.clerk.group_ids += self.env.ref("crm_relationship.group_contact_point")
        address = f"/odoo/desk/{self.customer.id}"
        self.start_tour(address, "crm_relationship_loyalty_accept", login="nok")
        order = self.Presentation.search([("partner_id", "=", self.customer.id)]).order_id
        self.assertEqual((order.state, order.amount_untaxed), ("sale", 20.0))
        self._bill(order)
        settlement = self.env["crm.alliance.settlement"].create(
            {
                "alliance_id": alliance.id,
                "date_from": fields.Date.start_of(self.today, "month"),
                "date_until": self.today,
            }
        )
        accountant = new_test_user(
            self.env,
            "accountant",
            "account.group_account_invoice,crm_relationship.group_relationship_manager",
            password="accountant",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        address = f"/odoo/settlements/{settlement.id}"
        self.start_tour(address, "crm_relationship_loyalty_settle", login=accountant.login)
        self.assertEqual(settlement.invoice_id.partner_id.name, "Hotel")
        # ten percent of what the customer paid for the voucher
        self.assertEqual(settlement.invoice_id.amount_untaxed, 2.0)
        self.assertFalse(settlement.bill_id)
