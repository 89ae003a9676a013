from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    accounting_retention_years = fields.Integer(
        related="company_id.accounting_retention_years", readonly=False
    )
