from odoo import models


class CrmInteractionOutcome(models.Model):
    """What a contact led to: an answer, an order, a promise to call back."""

    _name = "crm.interaction.outcome"
    _description = "Interaction Outcome"
    _inherit = ["crm.named.option"]
