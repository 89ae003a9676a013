from odoo import models


class SaleOrder(models.Model):
    """Offers to the customer of a quotation are accepted into it."""

    _inherit = "sale.order"

    def action_view_offers(self):
        """Show what fits the customer of this quotation, to be presented and answered there."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "crm_relationship_loyalty.customer_offers",
            "name": self.env._("Offers to %s", self.partner_id.display_name),
            "target": "new",
            "params": {"partner_id": self.partner_id.id, "order_id": self.id},
        }
