from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # core's index is made of trigrams, which all order numbers share
    _name_lookup = models.Index("(name)")

    def _action_confirm(self):
        result = super()._action_confirm()
        for company, orders in self.grouped("company_id").items():
            self.env["crm.member.scheme"]._issue_at(
                "first_order", orders.partner_id.commercial_partner_id, company
            )
        return result

    @api.model
    def _under_way_domain(self):
        """Return the domain of confirmed orders that the customer still waits for.

        With deliveries, until all is delivered; services, and all without, until it is invoiced.
        """
        is_confirmed = Domain("state", "=", "sale")
        to_invoice = Domain("invoice_status", "in", ("no", "to invoice"))
        if "delivery_status" not in self._fields:
            return is_confirmed & to_invoice
        to_deliver = Domain("delivery_status", "in", ("pending", "started", "partial"))
        nothing_to_deliver = Domain("delivery_status", "=", False)
        return is_confirmed & (to_deliver | (nothing_to_deliver & to_invoice))

    @api.model
    def _delivery_date_sql(self) -> SQL:
        """Return the company's day on which an order is to be delivered.

        What was promised, else what the open transfers are planned for, else the order's date and
        the longest lead time of its lines.
        """
        by_lead_time = SQL(
            """
            sale_order.date_order + (
                SELECT MAX(line.customer_lead) FROM sale_order_line line
                 WHERE line.order_id = sale_order.id
            ) * INTERVAL '1 day'
            """
        )
        planned = [SQL("sale_order.commitment_date"), by_lead_time]
        if "picking_ids" in self._fields:
            self.env["stock.picking"].flush_model()
            by_transfer = SQL(
                """
                (SELECT MIN(picking.scheduled_date) FROM stock_picking picking
                  WHERE picking.sale_id = sale_order.id
                    AND picking.state NOT IN ('done', 'cancel'))
                """
            )
            planned.insert(1, by_transfer)
        moment = SQL("COALESCE(%s)", SQL(", ").join(planned))
        timezone = self.env["res.company"]._business_timezone_sql(SQL("sale_order.company_id"))
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, timezone)
