from odoo import models


class AccountMove(models.Model):
    """Invoices and credit notes change what their orders have earned."""

    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._have_points_posted()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._have_points_posted()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._have_points_posted()
        return result

    def _have_points_posted(self):
        """Bring the orders of these documents to what they have earned by now."""
        # sudo: an accountant need not see the orders that his documents come from
        lines = self.sudo().filtered(lambda move: move.is_sale_document()).invoice_line_ids
        orders = lines.sale_line_ids.order_id.filtered("coupon_point_ids")
        if orders:
            causes = self.filtered(lambda move: move.move_type == "out_refund") or self
            orders._post_points(causes._points_cause() if len(causes) == 1 else None)

    def _points_cause(self):
        """Return what the customer reads of this document in his history of points."""
        if self.move_type == "out_refund":
            return self.env._("credit note %s", self.name)
        return self.name
