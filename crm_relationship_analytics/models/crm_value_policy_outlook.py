import logging

from psycopg2 import DatabaseError

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..logic.forecast import Needs
from ..logic.lifetime_value import MONTHS_OF_QUARTER, Horizon

_logger = logging.getLogger(__name__)

OUTLOOK_RULES = frozenset(
    {
        "basis",
        "reference_date",
        "outlook_risk_gaps",
        "outlook_lapse_gaps",
        "outlook_least_purchases",
        "outlook_first_gap_days",
    }
)


class CrmValuePolicy(models.Model):
    """When a customer is late, and how his expected value is worked out."""

    _inherit = "crm.value.policy"

    outlook_risk_gaps = fields.Float(
        string="At Risk after",
        default=1.5,
        required=True,
        tracking=True,
        help="Times the customer's usual days between two purchases, without a purchase.",
    )
    outlook_lapse_gaps = fields.Float(
        string="Lapsed after",
        default=3.0,
        required=True,
        tracking=True,
        help="Times the customer's usual days between two purchases, without a purchase.",
    )
    outlook_least_purchases = fields.Integer(
        string="Own Rhythm from",
        default=3,
        required=True,
        tracking=True,
        help="Purchases from which on a customer's own rhythm counts; before, that of the customer"
        " in the middle does.",
    )
    outlook_first_gap_days = fields.Integer(
        string="Without Any Rhythm",
        default=90,
        required=True,
        tracking=True,
        help="The usual days between two purchases while no customer has bought twice.",
    )
    outlook_method = fields.Selection(
        selection=[
            ("bg_nbd", "BG/NBD and Gamma-Gamma"),
            ("best", "Whichever was less off in the back-test"),
            ("simple", "Simple formula"),
        ],
        string="Forecast by",
        default="bg_nbd",
        required=True,
        tracking=True,
        help="BG/NBD: purchases to come by how often and how lately each customer bought, spending"
        " by Gamma-Gamma. Simple: last year's purchases times the share of customers who stay."
        " Where the models cannot be fitted the simple formula is used.",
    )
    outlook_least_customers = fields.Integer(
        string="Fitted from",
        default=100,
        required=True,
        tracking=True,
        help="With fewer customers the simple formula is used.",
    )
    outlook_least_repeaters = fields.Integer(
        string="Of Whom Came Again",
        default=30,
        required=True,
        tracking=True,
        help="With fewer customers who bought twice the simple formula is used.",
    )
    outlook_horizon_months = fields.Integer(
        string="Lifetime Value Looks Ahead",
        default=36,
        required=True,
        tracking=True,
        help="Months, in whole quarters.",
    )
    outlook_discount_rate = fields.Float(
        string="Discount Rate",
        default=0.1,
        required=True,
        tracking=True,
        digits=(5, 4),
        help="A year: by how much money of a year later is worth less.",
    )
    outlook_held_out_days = fields.Integer(
        string="Back-test of",
        default=90,
        required=True,
        tracking=True,
        help="The last days, which are forecast as if they were to come and compared with what"
        " came. 0: no back-test.",
    )
    outlook_refreshed_at = fields.Datetime(string="Last Forecast", readonly=True)
    outlook_refreshed_for = fields.Date(string="Forecast as of", readonly=True)
    outlook_problem = fields.Char(string="Forecast Failed", readonly=True)

    _outlook_gaps_range = models.Constraint(
        "CHECK (outlook_risk_gaps >= 1 AND outlook_risk_gaps < outlook_lapse_gaps"
        " AND outlook_lapse_gaps <= 100)",
        "A customer is at risk after 1 gap or more, and lapsed later than that, after 100 at most.",
    )
    _outlook_least_range = models.Constraint(
        "CHECK (outlook_least_purchases BETWEEN 2 AND 100 AND outlook_first_gap_days BETWEEN 1"
        " AND 3650 AND outlook_least_customers >= 1 AND outlook_least_repeaters >= 1)",
        "A rhythm takes 2 to 100 purchases, the gap without one 1 to 3,650 days, and a fit at least"
        " one customer.",
    )
    _outlook_horizon_range = models.Constraint(
        f"CHECK (outlook_horizon_months BETWEEN {MONTHS_OF_QUARTER} AND 120"
        f" AND outlook_horizon_months % {MONTHS_OF_QUARTER} = 0)",
        "The lifetime value looks 3 to 120 months ahead, in whole quarters such as 12 or 36.",
    )
    _outlook_discount_range = models.Constraint(
        "CHECK (outlook_discount_rate BETWEEN 0 AND 1)",
        "The discount rate lies between 0% and 100% a year.",
    )
    _outlook_held_out_range = models.Constraint(
        "CHECK (outlook_held_out_days BETWEEN 0 AND 3650)",
        "The back-test holds 0 to 3,650 days out.",
    )

    def write(self, vals):
        if OUTLOOK_RULES & vals.keys():
            vals = {**vals, "outlook_refreshed_at": False}
        return super().write(vals)

    def action_refresh_outlook(self):
        """Forecast the customers of these companies now."""
        self.env["crm.customer.outlook"].with_context(
            allowed_company_ids=self.company_id.ids
        ).refresh()
        return True

    def _outlook_needs(self) -> Needs:
        return Needs(self.outlook_least_customers, self.outlook_least_repeaters)

    def _outlook_horizon(self) -> Horizon:
        return Horizon(self.outlook_horizon_months, self.outlook_discount_rate)

    def _is_outlook_continued(self):
        """Tell whether states change by what customers do, not by other rules or an earlier day."""
        return bool(self.outlook_refreshed_at) and self.outlook_refreshed_for <= self._as_of()

    def _mark_outlook_refreshed(self):
        self.write(
            {
                "outlook_refreshed_at": self.env.cr.now(),
                "outlook_refreshed_for": self._as_of(),
                "outlook_problem": False,
            }
        )

    def _forecast_or_report(self, forecast):
        """Forecast one company; what goes wrong is said on its policy, and the others go on."""
        try:
            with self.env.cr.savepoint():
                forecast(self)
        except (UserError, DatabaseError) as error:
            _logger.warning("Customers of %s are not forecast: %s", self.company_id.id, error)
            self.outlook_problem = str(error)

    @api.model
    def _bought_kinds(self):
        """Return the kinds of facts that are purchases."""
        return tuple(kind for kind in self._kinds() if kind != "refund")
