from odoo import api, models
from odoo.exceptions import AccessError

from .loyalty_history import LATER

CHANGE_THE_AWARD = {
    "product_id",
    "product_uom_qty",
    "product_uom_id",
    "price_unit",
    "discount",
    "tax_ids",
}
CLAIM = {"reward_id", "coupon_id", "points_cost"}


class SaleOrderLine(models.Model):
    """Lines of confirmed orders change what the order earns and spends."""

    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_claim({name for name in CLAIM if vals.get(name)})
        later = self.with_context(loyalty_posting=LATER)
        lines = super(SaleOrderLine, later).create(vals_list).with_env(self.env)
        lines._have_points_posted(award=True)
        return lines

    def write(self, vals):
        self._check_claim(CLAIM & vals.keys())
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

    def _reset_loyalty(self, complete=False):
        later = self.with_context(loyalty_posting=LATER)
        return super(SaleOrderLine, later)._reset_loyalty(complete).with_env(self.env)

    def _check_claim(self, names):
        """Raise when a user writes what a line costs in points: only core's ways to rewards do."""
        if names and not self.env.su and self.env.context.get("loyalty_posting") is not LATER:
            raise AccessError(
                self.env._(
                    "What a reward costs in points follows from the reward: add it with Reward, or"
                    " delete its line."
                )
            )

    def _have_points_posted(self, award=False):
        """Post what these lines change on confirmed orders; with `award`, work it out anew."""
        orders = self.order_id.filtered(lambda order: order.state == "sale")
        for order in orders if award else ():
            order._work_out_award()
        if orders:
            orders._post_points()
