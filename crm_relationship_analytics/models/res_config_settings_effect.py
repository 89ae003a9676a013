from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    effect_days = fields.Integer(related="company_id.effect_days", readonly=False)
