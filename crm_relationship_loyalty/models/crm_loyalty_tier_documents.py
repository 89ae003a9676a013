"""Documents of customers change their tiers, soon after they are committed."""

from odoo import api, models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._have_tiers_evaluated()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._have_tiers_evaluated()
        return result

    def _have_tiers_evaluated(self):
        if any(move.is_sale_document(include_receipts=True) for move in self):
            self.env["crm.loyalty.ladder"]._documents_changed("invoiced", "paid", "points")


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        self.env["crm.loyalty.ladder"]._documents_changed("paid", "points")
        return partials

    def unlink(self):
        result = super().unlink()
        self.env["crm.loyalty.ladder"]._documents_changed("paid", "points")
        return result


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        result = super()._action_confirm()
        self.env["crm.loyalty.ladder"]._documents_changed("ordered", "margin", "points")
        return result

    def _action_cancel(self):
        result = super()._action_cancel()
        self.env["crm.loyalty.ladder"]._documents_changed("ordered", "margin", "points")
        return result
