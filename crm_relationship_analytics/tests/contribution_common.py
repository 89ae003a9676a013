"""Goods with a cost, deliveries and rates, for the tests of what a customer leaves."""

from odoo.fields import Command
from odoo.tests import Form

from .common import AnalyticsCommon


class ContributionCommon(AnalyticsCommon):
    """Goods cost 40.00 a piece and sell for 100.00; customers are graded by what is invoiced."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("stock.group_stock_manager")
        cls.policy.basis = "invoiced"
        cls.Fact = cls.env["crm.customer.fact"]
        cls.Rate = cls.env["crm.service.rate"]
        cls.phone = cls.env.ref("crm_relationship.crm_contact_channel_phone")
        cls.email = cls.env.ref("crm_relationship.crm_contact_channel_email")
        cls.goods = cls.env["product.product"].create(
            {
                "name": "Goods",
                "type": "consu",
                "is_storable": True,
                "invoice_policy": "order",
                "list_price": 100.0,
                "standard_price": 40.0,
                "taxes_id": False,
            }
        )

    @classmethod
    def _rate(cls, kind, amount=0.0, date="2025-01-01", **values):
        return cls.Rate.create({"kind": kind, "amount": amount, "date_from": date, **values})

    @classmethod
    def _sold(cls, partner, quantity=1.0, price=100.0, date="2025-06-01 05:00:00", **values):
        """Confirm an order of goods; its date is UTC."""
        line = {"product_id": cls.goods.id, "product_uom_qty": quantity, "price_unit": price}
        values.setdefault("order_line", [Command.create({**line, "tax_ids": False})])
        order = cls.env["sale.order"].create({"partner_id": partner.id, **values})
        order.action_confirm()
        order.date_order = date
        return order

    @classmethod
    def _deliver(cls, order, date="2025-06-02 05:00:00"):
        picking = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking.button_validate()
        picking.date_done = date
        return picking

    @classmethod
    def _return(cls, picking, quantity, date="2025-07-02 05:00:00"):
        wizard = Form(
            cls.env["stock.return.picking"].with_context(
                active_ids=picking.ids, active_id=picking.id, active_model="stock.picking"
            )
        ).save()
        wizard.product_return_moves.write({"quantity": quantity, "to_refund": True})
        back = cls.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.write({"quantity": quantity, "picked": True})
        back.button_validate()
        back.date_done = date
        return back

    @classmethod
    def _invoice_order(cls, order, date="2025-06-01", **advance):
        """Post the invoice of an order, or a down payment on it."""
        before = order.invoice_ids
        cls.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids, active_id=order.id
        ).create({"advance_payment_method": "delivered", **advance}).create_invoices()
        invoice = order.invoice_ids - before
        invoice.write({"invoice_date": date, "date": date, "invoice_date_due": date})
        invoice.action_post()
        return invoice

    @classmethod
    def _credit(cls, invoice, quantity, date="2025-06-20"):
        """Post a credit note of so many of the goods on an invoice."""
        reversal = cls.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        action = reversal.create({"journal_id": invoice.journal_id.id, "date": date}).refund_moves()
        note = cls.env["account.move"].browse(action["res_id"])
        note.invoice_date = note.date = date
        note.invoice_line_ids.filtered("product_id").quantity = quantity
        note.action_post()
        return note

    @classmethod
    def _contact(cls, partner, channel, duration=0, date="2025-08-01 05:00:00", **values):
        return cls.env["crm.interaction"].create(
            {
                "partner_id": partner.id,
                "channel_id": channel.id,
                "duration": duration,
                "date": date,
                **values,
            }
        )

    @classmethod
    def _case(cls, partner, date="2025-08-02 05:00:00", **values):
        return cls.env["crm.case"].create(
            {"subject": "Broken", "partner_id": partner.id, "opened_date": date, **values}
        )

    def _amounts(self, partner, **values):
        """Return ``{kind: sum}`` of what makes the contribution and the income of a customer."""
        self.env.flush_all()
        kinds = self.Fact._read_group(
            [
                ("partner_id", "=", partner.id),
                ("kind", "not in", ("order", "invoice", "refund")),
                *((name, "=", value) for name, value in values.items()),
            ],
            ["kind"],
            ["amount:sum"],
        )
        return dict(kinds)

    def _measured(self, partner, company=None):
        """Return the six measures of a customer's contribution, as they stand after a refresh."""
        standing = self._standing_of(partner, company)
        return [
            standing[name]
            for name in (
                "net_revenue",
                "reward_cost",
                "goods_cost",
                "points_cost",
                "service_cost",
                "contribution",
            )
        ]
