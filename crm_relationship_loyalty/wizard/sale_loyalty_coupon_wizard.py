from odoo import models

from odoo.addons.crm_relationship.logic.member_number import normalise


class SaleLoyaltyCouponWizard(models.TransientModel):
    """A member's number is answered in words: it has no reward to choose from."""

    _inherit = "sale.loyalty.coupon.wizard"

    def action_apply(self):
        action = super().action_apply()
        order = self.order_id
        # sudo: who sells need not see numbers, but he has just typed this one
        number = order.sudo().referral_number_id.number
        if not number or normalise(self.coupon_code) != number:
            return action
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": order._referral_taken(),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
