from odoo import models

from ..models.loyalty_history import Posting


class LoyaltyGenerateWizard(models.TransientModel):
    """Cards made in bulk come with one entry each that says why."""

    _inherit = "loyalty.generate.wizard"

    def generate_coupons(self):
        cards = self.env["loyalty.card"].browse()
        for wizard in self:
            opening = Posting("opening", wizard.description or self.env._("Gift For Customer"))
            marked = wizard.with_context(loyalty_opening=opening)
            cards |= super(LoyaltyGenerateWizard, marked).generate_coupons().with_env(self.env)
        return cards
