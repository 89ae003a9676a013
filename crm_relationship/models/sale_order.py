from odoo import models


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
