from odoo import fields, models


class CrmCase(models.Model):
    """A complaint or after-sales matter of a customer, with the day it was promised for."""

    _name = "crm.case"
    _description = "Case"
    _inherit = ["crm.customer.dimension", "rating.mixin", "mail.activity.mixin"]
    _order = "is_closed, promise_date, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, index=True, default="New")
    subject = fields.Char(required=True)
    partner_id = fields.Many2one(
        readonly=False, ondelete="restrict", check_company=True, tracking=True
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        selection=[
            ("complaint", "Complaint"),
            ("after_sales", "After-sales"),
            ("question", "Question"),
            ("return", "Return"),
        ],
        required=True,
        default="question",
    )
    severity = fields.Selection(
        selection=[("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Critical")], default="1"
    )
    stage_id = fields.Many2one(comodel_name="crm.case.stage", ondelete="restrict")
    is_closed = fields.Boolean(related="stage_id.is_closed", store=True)
    user_id = fields.Many2one(comodel_name="res.users", string="Owner", tracking=True)
    promise_date = fields.Date(string="Promised for")
    interaction_ids = fields.One2many(
        comodel_name="crm.interaction", inverse_name="case_id", string="Interactions"
    )
    value_grade_id = fields.Many2one(related="partner_id.value_grade_id")
