"""Offers, and customers who may be told of them, for tests of this addon and others."""

from datetime import timedelta

from odoo.fields import Command

from .common import LoyaltyCommon


class OfferCommon(LoyaltyCommon):
    """A customer who agreed to marketing in person, and products at 20.00 that cost 10.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.active = False
        cls.env["crm.contact.rule"].search([]).active = False
        cls.Offer = cls.env["crm.alliance.offer"]
        cls.Presentation = cls.env["crm.offer.presentation"]
        cls.Offer.search([("state", "=", "running")]).action_stop()
        cls.today = cls.company._business_today()
        cls._agree(cls.customer)
        cls.clerk = cls.salesman
        cls.clerk.write(
            {"company_ids": [Command.set(cls.company.ids)], "company_id": cls.company.id}
        )

    @classmethod
    def _agree(cls, partner):
        cls.env["crm.contact.consent"].create(
            {
                "partner_id": partner.id,
                "channel_id": cls.env.ref("crm_relationship.crm_contact_channel_in_person").id,
                "purpose_id": cls.env.ref("crm_relationship.crm_contact_purpose_marketing").id,
                "state": "granted",
                "date": "2020-01-01 05:00:00",
            }
        )

    @classmethod
    def _product(cls, name, **values):
        product = cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": 20.0,
                "standard_price": 10.0,
                "taxes_id": False,
                "invoice_policy": "order",
                **values,
            }
        )
        product.standard_price = values.get("standard_price", 10.0)
        return product

    @classmethod
    def _offer(cls, products, quantity=1.0, is_of_partner=False, **values):
        """Return a running offer of products at 20.00."""
        lines = [
            Command.create(
                {
                    "product_id": product.id,
                    "quantity": quantity,
                    "is_of_partner": is_of_partner,
                }
            )
            for product in products
        ]
        offer = cls.Offer.create(
            {"name": "Offer", "company_id": cls.company.id, "price": 20.0, "line_ids": lines}
            | values
        )
        offer.action_start()
        return offer

    @classmethod
    def _buy(cls, products, partner=None, days_ago=10):
        """Confirm an order of products, of some days ago."""
        lines = [Command.create({"product_id": product.id}) for product in products]
        order = cls.env["sale.order"].create(
            {"partner_id": (partner or cls.customer).id, "order_line": lines}
        )
        order.action_confirm()
        moment = cls.company._start_of_day(cls.today - timedelta(days=days_ago))
        order.date_order = moment + timedelta(hours=8)
        return order

    @classmethod
    def _present(cls, offer, partner=None):
        given = cls.Presentation.present((partner or cls.customer).id, offer.id)
        return cls.Presentation.browse(given["presentation_id"])

    def _chosen(self, limit=10, partner=None, **values):
        """Return what is chosen for a customer."""
        return self.Offer.next_best_offers((partner or self.customer).id, limit, **values)

    def _chosen_offers(self, **values):
        return [one["offer_id"] for one in self._chosen(**values)]
