"""An alliance with goods of both companies, for tests of this addon and others."""

from odoo import fields
from odoo.fields import Command

from .common import LoyaltyCommon


class AllianceCommon(LoyaltyCommon):
    """A hotel: 10 % of what customers pay for its goods is ours, 5 % of ours is its own.

    A voucher of 60.00 of the hotel and a bag of 40.00 of ours cost 80.00 together: 48.00 and 32.00.
    A customer who is sent there brings 25.00; a point costs 0.08 there and is worth 0.05.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hotel = cls._customer("Hotel Chiang Mai", is_company=True)
        cls.voucher = cls._good("Voucher", 60.0)
        cls.bag = cls._good("Bag", 40.0)
        cls.settling = cls._good("Settlement", 0.0)
        cls.share = cls.env["crm.contact.purpose"].create(
            {"name": "Share with the Hotel", "code": "hotel"}
        )
        cls.alliance = cls._alliance()
        cls.bundle = cls._offer(
            price=80.0,
            line_ids=[
                Command.create({"product_id": cls.voucher.id, "is_of_partner": True}),
                Command.create({"product_id": cls.bag.id}),
            ],
        )
        cls.link = cls._offer(name="Spa", kind="link", url="https://hotel.example/spa")

    @classmethod
    def _good(cls, name, price):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "list_price": price,
                "invoice_policy": "order",
                "taxes_id": False,
                "supplier_taxes_id": False,
            }
        )

    @classmethod
    def _alliance(cls, **values):
        alliance = cls.env["crm.alliance"].create(
            {
                "name": "Hotel",
                "partner_id": cls.hotel.id,
                "role": "both",
                "program_id": cls.program.id,
                "commission_earned": 10.0,
                "commission_paid": 5.0,
                "fee_earned": 25.0,
                "point_price": 0.08,
                "point_reimbursement": 0.05,
                "settlement_product_id": cls.settling.id,
                **values,
            }
        )
        alliance.action_start()
        return alliance

    @classmethod
    def _offer(cls, **values):
        offer = cls.env["crm.alliance.offer"].create(
            {
                "name": "Weekend",
                "alliance_id": cls.alliance.id,
                "cap_per_customer": 0,
                **values,
            }
        )
        offer.action_start()
        return offer

    @classmethod
    def _accepted(cls, offer, partner=None, **answer):
        """Return a presentation that the customer has accepted."""
        today = cls.company._business_today()
        # sudo: staff present offers by a method, which asks whom an offer fits
        presentations = cls.env["crm.offer.presentation"].sudo()
        presentation = presentations.create(
            {
                "partner_id": (partner or cls.customer).id,
                "offer_id": offer.id,
                "company_id": offer.company_id.id,
                "date": fields.Datetime.now(),
                "last_day": fields.Date.add(today, days=13),
            }
        ).sudo(False)
        presentation.accept(**answer)
        presentation.flush_recordset()
        return presentation

    @classmethod
    def _invoiced(cls, day, partner=None, **answer):
        """Return the posted invoice of an accepted bundle, dated on a day."""
        order = cls._accepted(cls.bundle, partner, **answer).order_id
        order.action_confirm()
        invoice = order._create_invoices(final=True)
        invoice.invoice_date = invoice.date = day
        invoice.action_post()
        return invoice

    @classmethod
    def _credited(cls, invoice, day, quantities=None):
        """Post a credit note on a day, of all lines or of quantities by product."""
        wizard = cls.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        form = wizard.create({"journal_id": invoice.journal_id.id, "date": day})
        refund = cls.env["account.move"].browse(form.refund_moves()["res_id"])
        for line in refund.invoice_line_ids:
            if quantities is not None:
                line.quantity = quantities.get(line.product_id, 0.0)
        refund.invoice_date = refund.date = day
        refund.action_post()
        return refund

    @classmethod
    def _settlement(cls, first="2026-10-01", last="2026-10-31", alliance=None):
        return cls.env["crm.alliance.settlement"].create(
            {
                "alliance_id": (alliance or cls.alliance).id,
                "date_from": first,
                "date_until": last,
            }
        )

    @classmethod
    def _settled(cls, *period, **values):
        """Return a settlement with its sources and documents."""
        settlement = cls._settlement(*period, **values)
        settlement.action_collect()
        settlement.action_invoice()
        return settlement

    @staticmethod
    def _amounts(settlement):
        """Return ``[(kind, amount)]`` of the sources, in the order in which they are listed."""
        return [(line.kind, line.amount) for line in settlement.line_ids.sorted("id")]
