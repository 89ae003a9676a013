from odoo import models


class SaleOrder(models.Model):
    """The tier that multiplies the points of an order, beside them."""

    _inherit = "sale.order"

    def _points_of_card(self, card, figures):
        """Add which tier multiplies what is earned, and by how much."""
        shown = super()._points_of_card(card, figures)
        ladder = card.program_id.ladder_id
        tier = self.env["crm.loyalty.tier"]
        if ladder:
            versions = ladder._versions(ladder.id)
            tier = self._benefiting_tiers().filtered(lambda one: one.ladder_id.id in versions)
        is_multiplied = bool(tier) and tier.points_multiplier != 1.0
        return shown | {
            "tier": is_multiplied and tier.name,
            "multiplier": is_multiplied and f"× {tier.points_multiplier:g}",
        }
