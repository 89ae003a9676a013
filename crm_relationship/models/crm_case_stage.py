from odoo import fields, models


class CrmCaseStage(models.Model):
    """A step on the way of a case from its opening to its end."""

    _name = "crm.case.stage"
    _description = "Case Stage"
    _inherit = ["crm.named.option"]

    is_closed = fields.Boolean(help="A case in this stage is done.")
    fold = fields.Boolean(string="Folded in Kanban")
