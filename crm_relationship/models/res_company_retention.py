from odoo import fields, models

from ..logic.retention import first_free_day


class ResCompany(models.Model):
    """How long the company has to keep its accounting documents."""

    _inherit = "res.company"

    accounting_retention_years = fields.Integer(
        string="Keep Accounting Documents for (Years)",
        default=5,
        required=True,
        help="Counted from the closing of the accounts. Thailand's Accounting Act, section 14, asks"
        " for five years, or up to seven where it is so ordered. A customer cannot be anonymised"
        " before, as his name stands on the invoices.",
    )

    _accounting_retention_range = models.Constraint(
        "CHECK (accounting_retention_years BETWEEN 0 AND 100)",
        "Accounting documents are kept for 0 to 100 years: correct the number.",
    )

    def _accounting_law(self):
        """Hook: return the name of the law that has the company keep accounting documents."""
        self.ensure_one()
        if self.account_fiscal_country_id.code == "TH":
            return self.env._("Accounting Act B.E. 2543, section 14")
        return self.env._("the law on accounting documents")

    def _documents_free_from(self, day):
        """Return the first day on which a document dated on a day need not be kept any more."""
        self.ensure_one()
        closing = self.compute_fiscalyear_dates(day)["date_to"]
        return first_free_day(closing, self.accounting_retention_years)
