from odoo import fields, models


class CrmNamedOption(models.AbstractModel):
    """A choice of which a company makes a list for itself."""

    _name = "crm.named.option"
    _description = "Named Option"
    _inherit = ["crm.cached.name"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
