from odoo import api, models


class AccountPartialReconcile(models.Model):
    """Payments, and payments taken back, change what orders have earned."""

    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._paid_invoices()._have_points_posted()
        return partials

    def unlink(self):
        invoices = self._paid_invoices()
        result = super().unlink()
        invoices._have_points_posted()
        return result

    def _paid_invoices(self):
        # sudo: whoever reconciles, points follow
        lines = self.sudo().debit_move_id | self.sudo().credit_move_id
        return lines.move_id.filtered(lambda move: move.is_sale_document())
