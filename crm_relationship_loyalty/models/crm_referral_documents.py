"""Documents of friends' first orders have their referrals settled soon after a commit."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _have_points_posted(self):
        """Invoices, credit notes and payments all come by here."""
        result = super()._have_points_posted()
        companies = self.env["crm.referral.program"]._company_ids()
        if companies and any(move.company_id.id in companies for move in self):
            # sudo: an accountant need not see the orders that his documents come from
            lines = self.sudo().filtered(lambda move: move.is_sale_document()).invoice_line_ids
            lines.sale_line_ids.order_id._have_referrals_settled()
        return result


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_cancel(self):
        result = super()._action_cancel()
        self._have_referrals_settled()
        return result

    def _have_referrals_settled(self):
        if any(order.referral_number_id for order in self):
            self.env["crm.referral"]._documents_changed()
