from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_customer_standing_statement import ExceptionalGrade

from ..report.crm_customer_fact import CONTRIBUTION_KINDS


class CrmValuePolicy(models.Model):
    """Grades may go by what a customer leaves after all costs, and who costs has one of his own."""

    _inherit = "crm.value.policy"

    basis = fields.Selection(
        selection_add=[("contribution", "Net contribution")],
        ondelete={"contribution": lambda policies: policies.write({"basis": "invoiced"})},
        help="Invoiced: posted invoices less credit notes. Ordered: confirmed orders. Net"
        " contribution: what is left of income after all costs, with purchases counted from"
        " invoices. All without taxes, in the company's currency at the document's date.",
    )
    negative_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        string="Grade of Negative Contributors",
        ondelete="restrict",
        tracking=True,
        domain="[('company_id', 'in', (False, company_id))]",
        help="Who costs more than he brings has this grade, whatever else he would have reached;"
        " nobody else gets it by rule. Empty: he is graded as everybody else.",
    )

    def write(self, vals):
        if "negative_grade_id" in vals:
            vals = {**vals, "refreshed_at": False}
        return super().write(vals)

    @api.constrains("negative_grade_id", "method")
    def _check_bounds(self):
        return super()._check_bounds()

    def _ladder_grades(self):
        return super()._ladder_grades() - self.negative_grade_id

    def _exceptional_grades(self) -> list[ExceptionalGrade]:
        exceptions = super()._exceptional_grades()
        if self.negative_grade_id:
            exceptions.append(
                ExceptionalGrade(
                    SQL("contribution < 0"),
                    self.negative_grade_id.id,
                    self.env._("The customer costs more than he brings."),
                )
            )
        return exceptions

    def _window_kinds(self):
        return (*super()._window_kinds(), *CONTRIBUTION_KINDS)
