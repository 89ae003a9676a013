from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    accounting_retention_years = fields.Integer(
        related="company_id.accounting_retention_years", readonly=False
    )
    interaction_lock_days = fields.Integer(
        related="company_id.interaction_lock_days", readonly=False
    )
    case_promise_days = fields.Integer(related="company_id.case_promise_days", readonly=False)
