from odoo import fields, models

from ..logic.demand import Rules


class CrmValuePolicy(models.Model):
    """How sure quotations are, and how the last runs of supply and forecast went."""

    _inherit = "crm.value.policy"

    quotation_probability = fields.Float(
        string="Quotations Come True",
        default=0.5,
        required=True,
        tracking=True,
        digits=(5, 4),
        help="The share of open quotations that count as demand and in the sales forecast; those of"
        " an opportunity count by its probability.",
    )
    supply_refreshed_at = fields.Datetime(string="Demand Last Compared", readonly=True)
    supply_problem = fields.Char(readonly=True)
    sales_forecast_problem = fields.Char(readonly=True)

    _quotation_probability_range = models.Constraint(
        "CHECK (quotation_probability BETWEEN 0 AND 1)",
        "Between 0% and 100% of the quotations come true.",
    )

    def _demand_rules(self) -> Rules:
        """Return when a customer has a rhythm and is late, and how sure a quotation is."""
        self.ensure_one()
        return Rules(
            least_purchases=self.outlook_least_purchases,
            at_risk=self.outlook_risk_gaps,
            lapsed=self.outlook_lapse_gaps,
            quotation_probability=self.quotation_probability,
        )
