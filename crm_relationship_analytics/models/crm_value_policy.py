from odoo import fields, models
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

    def _ladder_grades(self):
        return super()._ladder_grades().filtered(lambda grade: not grade.is_for_negative)

    def _exceptional_grades(self) -> list[ExceptionalGrade]:
        return [
            *super()._exceptional_grades(),
            *(
                ExceptionalGrade(
                    SQL("contribution < 0"),
                    grade.id,
                    self.env._("The customer costs more than he brings."),
                )
                for grade in self._grades().filtered("is_for_negative")[:1]
            ),
        ]

    def _window_kinds(self):
        return (*super()._window_kinds(), *CONTRIBUTION_KINDS)
