from odoo import fields, models


class CrmCaseStage(models.Model):
    """A step on the way of a case from its opening to its end."""

    _name = "crm.case.stage"
    _description = "Case Stage"
    _inherit = ["crm.named.option"]

    is_closed = fields.Boolean(string="Closed", help="A case in this stage is done.")
    needs_resolution = fields.Boolean(
        help="A complaint, after-sales matter or return comes to this stage only when somebody has"
        " written how it was resolved.",
    )
    rating_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Satisfaction Request",
        domain="[('model', '=', 'crm.case')]",
        ondelete="set null",
        help="Sent to the customer once each time his case is closed in this stage.",
    )
    fold = fields.Boolean(string="Folded in Kanban")
