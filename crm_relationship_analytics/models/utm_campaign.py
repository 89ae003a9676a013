from odoo import models


class UtmCampaign(models.Model):
    """A campaign leads to what it has brought."""

    _inherit = "utm.campaign"

    def action_open_effect(self):
        """Open what this campaign has brought."""
        self.ensure_one()
        return self.env["crm.effect"]._action_of("campaign", self)
