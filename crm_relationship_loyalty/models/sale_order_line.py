from odoo import api, models

from .loyalty_history import LATER

CHANGE_THE_AWARD = {
    "product_id",
    "product_uom_qty",
    "product_uom_id",
    "price_unit",
    "discount",
    "tax_ids",
}


class SaleOrderLine(models.Model):
    """Lines of confirmed orders change what the order earns and spends."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        later = self.with_context(loyalty_posting=LATER)
        lines = super(SaleOrderLine, later).create(vals_list).with_env(self.env)
        lines._have_points_posted(award=True)
        return lines

    def write(self, vals):
        result = super(SaleOrderLine, self.with_context(loyalty_posting=LATER)).write(vals)
        if CHANGE_THE_AWARD & vals.keys():
            self._have_points_posted(award=True)
        elif {"points_cost", "coupon_id", "qty_delivered"} & vals.keys():
            self._have_points_posted()
        return result

    def unlink(self):
        orders = self.order_id
        result = super(SaleOrderLine, self.with_context(loyalty_posting=LATER)).unlink()
        orders.order_line._have_points_posted(award=True)
        return result

    def _have_points_posted(self, award=False):
        """Post what these lines change on confirmed orders; with `award`, work it out anew."""
        orders = self.order_id.filtered(lambda order: order.state == "sale")
        for order in orders if award else ():
            order._work_out_award()
        if orders:
            orders._post_points()
