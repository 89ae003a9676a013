from odoo import fields, models


class CrmValueGradeChange(models.Model):
    """One move of a customer from one value grade to another; rows are only added."""

    _name = "crm.value.grade.change"
    _description = "Value Grade Change"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"
    _log_access = False  # a rule has no author; of a change by hand, `user_id` is

    partner_id = fields.Many2one(required=True, ondelete="restrict")
    company_id = fields.Many2one(comodel_name="res.company", required=True, ondelete="restrict")
    from_grade_id = fields.Many2one(comodel_name="crm.value.grade", ondelete="restrict")
    to_grade_id = fields.Many2one(comodel_name="crm.value.grade", ondelete="restrict")
    date = fields.Date(required=True, help="The day as of which the customer was graded.")
    method = fields.Selection(
        selection=[
            ("cumulative_share", "Cumulative share"),
            ("fixed_bounds", "Fixed bounds"),
            ("rfm", "RFM score"),
            ("manual", "By hand"),
        ],
        required=True,
    )
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="By",
        ondelete="restrict",
        help="Who changed the grade by hand.",
    )

    _partner_date_index = models.Index("(partner_id, company_id, date DESC, id DESC)")
