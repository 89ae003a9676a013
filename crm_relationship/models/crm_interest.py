from odoo import models


class CrmInterest(models.Model):
    """Something that customers like or dislike: a sport, a dish, a way of being called."""

    _name = "crm.interest"
    _description = "Interest"
    _inherit = ["crm.named.option"]
