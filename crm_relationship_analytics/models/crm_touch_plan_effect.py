from odoo import models


class CrmTouchPlan(models.Model):
    """A plan leads to what it has brought."""

    _inherit = "crm.touch.plan"

    def action_open_effect(self):
        """Open what this plan has brought."""
        self.ensure_one()
        return self.env["crm.effect"]._action_of("plan", self)
