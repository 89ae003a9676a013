from odoo import models


class StockPicking(models.Model):
    """Deliveries and returns change what their orders have earned."""

    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        # sudo: a warehouse user need not see the orders that he delivers
        orders = self.sudo().move_ids.sale_line_id.order_id.filtered("coupon_point_ids")
        for picking in self if orders else ():
            (picking.sudo().move_ids.sale_line_id.order_id & orders)._post_points(picking.name)
        return result
