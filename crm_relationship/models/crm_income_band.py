from odoo import models


class CrmIncomeBand(models.Model):
    """A span of yearly or monthly income, as the company likes to divide it."""

    _name = "crm.income.band"
    _description = "Income Band"
    _inherit = ["crm.named.option"]
