from odoo import models


class CrmCaseCause(models.Model):
    """What was behind a complaint or after-sales matter, for the statistics of it."""

    _name = "crm.case.cause"
    _description = "Case Cause"
    _inherit = ["crm.named.option"]
