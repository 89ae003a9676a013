from odoo import api, fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

PROBLEMS = [
    ("chosen", "The simple formula is used, as the grading policy says."),
    ("few_customers", "The simple formula is used: too few customers have bought."),
    ("few_repeaters", "The simple formula is used: too few customers have bought again."),
    ("not_found", "The simple formula is used: no stable rates of purchases were found."),
    ("spend", "The simple formula is used: spending does not follow the Gamma-Gamma model."),
    ("worse", "The simple formula is used: it was less off in the back-test."),
]


class CrmOutlookFit(models.Model):
    """What was estimated of a company's customers as of a day, and how far forecasts were off.

    Times are in days; amounts in the company's currency.
    """

    _name = "crm.outlook.fit"
    _description = "Forecast of Customers"
    _order = "as_of desc, id desc"
    _rec_name = "as_of"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(string="As of", required=True, readonly=True)
    method = fields.Selection(
        selection=[("bg_nbd", "BG/NBD and Gamma-Gamma"), ("simple", "Simple formula")],
        required=True,
        readonly=True,
    )
    problem = fields.Selection(selection=PROBLEMS, string="Why Not the Model", readonly=True)
    customers = fields.Integer(readonly=True)
    repeaters = fields.Integer(string="Bought Again", readonly=True)
    retention = fields.Float(
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
        help="The share of the customers of a year who bought again in the next one.",
    )
    usual_gap_days = fields.Float(
        string="Usual Gap (Days)", readonly=True, digits=(16, 1), aggregator="avg"
    )
    margin_rate = fields.Float(
        string="Margin",
        readonly=True,
        digits=(6, 4),
        aggregator="avg",
        groups=AMOUNT_GROUPS,
        help="Net contribution of all customers in the window over their net revenue.",
    )
    is_cost_known = fields.Boolean(readonly=True)

    rate_r = fields.Float(string="r", readonly=True, digits=(16, 6), aggregator=None)
    rate_alpha = fields.Float(string="alpha (days)", readonly=True, digits=(16, 6), aggregator=None)
    rate_a = fields.Float(string="a", readonly=True, digits=(16, 6), aggregator=None)
    rate_b = fields.Float(string="b", readonly=True, digits=(16, 6), aggregator=None)
    log_likelihood = fields.Float(readonly=True, digits=(16, 3), aggregator=None)
    spend_p = fields.Float(string="p", readonly=True, digits=(16, 6), aggregator=None)
    spend_q = fields.Float(string="q", readonly=True, digits=(16, 6), aggregator=None)
    spend_gamma = fields.Float(
        string="gamma", readonly=True, digits=(16, 6), aggregator=None, groups=AMOUNT_GROUPS
    )
    spend_log_likelihood = fields.Float(readonly=True, digits=(16, 3), aggregator=None)

    tested_since = fields.Date(string="Back-test Forecasts after", readonly=True)
    tested_customers = fields.Integer(string="Customers Tested", readonly=True)
    tested_purchases = fields.Integer(string="Purchases that Came", readonly=True)
    test_problem = fields.Selection(
        selection=PROBLEMS, string="Why the Model Was Not Tested", readonly=True
    )
    mean_error = fields.Float(
        readonly=True,
        digits=(16, 3),
        aggregator="avg",
        help="Purchases that a forecast of one customer was off, on average.",
    )
    simple_mean_error = fields.Float(
        string="Mean Error, Simple Formula", readonly=True, digits=(16, 3), aggregator="avg"
    )
    root_mean_square_error = fields.Float(
        readonly=True,
        digits=(16, 3),
        aggregator="avg",
        help="As the mean error, but great errors weigh more.",
    )
    simple_root_mean_square_error = fields.Float(
        string="Root Mean Square Error, Simple Formula",
        readonly=True,
        digits=(16, 3),
        aggregator="avg",
    )
    bias = fields.Float(
        readonly=True,
        digits=(16, 4),
        aggregator="avg",
        help="By how much more than what came was forecast for all customers together.",
    )
    simple_bias = fields.Float(
        string="Bias, Simple Formula", readonly=True, digits=(16, 4), aggregator="avg"
    )
    spend_error = fields.Monetary(
        string="Mean Error of Spending",
        readonly=True,
        aggregator="avg",
        groups=AMOUNT_GROUPS,
        help="What a forecast of the spending at one purchase was off, on average.",
    )
    simple_spend_error = fields.Monetary(
        string="Mean Error of Spending, Simple Formula",
        readonly=True,
        aggregator="avg",
        groups=AMOUNT_GROUPS,
    )

    _company_day_unique = models.Constraint(
        "UNIQUE (company_id, as_of)", "Customers of a company are forecast once as of a day."
    )

    @api.depends("as_of", "method")
    def _compute_display_name(self):
        names = dict(self._fields["method"]._description_selection(self.env))
        for fit in self:
            fit.display_name = f"{names.get(fit.method, '')}, {fit.as_of}"

    @api.model
    def _keep(self, company, as_of, values):
        """Return the row of a company and day with these values, written where they differ."""
        same_day = [("company_id", "=", company.id), ("as_of", "=", as_of)]
        fit = self.search_fetch(same_day, list(values))  # a write of what is known writes nothing
        if not fit:
            return self.create({"company_id": company.id, "as_of": as_of, **values})
        fit.write(values)
        return fit
