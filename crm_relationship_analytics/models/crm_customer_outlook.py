from odoo import api, fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

STATES = [
    ("new", "New"),
    ("active", "Active"),
    ("at_risk", "At Risk"),
    ("lapsed", "Lapsed"),
    ("won_back", "Won Back"),
]


class CrmCustomerOutlook(models.Model):
    """What is to be expected of a commercial customer of a company.

    One row per customer who has bought and company, written by batches only, so there are no
    columns for who did.
    """

    _name = "crm.customer.outlook"
    _description = "Customer Outlook"
    _inherit = ["crm.customer.dimension"]
    _order = "expected_purchases desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(required=True, ondelete="cascade", index=False)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    fit_id = fields.Many2one(
        comodel_name="crm.outlook.fit",
        string="Forecast",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    as_of = fields.Date(string="As of", required=True, readonly=True)

    state = fields.Selection(selection=STATES, required=True, readonly=True)
    state_since = fields.Date(
        string="Since", readonly=True, help="The day on which he came to be in this state."
    )
    purchases = fields.Integer(
        readonly=True, help="Days on which he bought, up to the day of the forecast."
    )
    first_date = fields.Date(string="First Purchase", readonly=True)
    last_date = fields.Date(string="Last Purchase", readonly=True)
    gap_days = fields.Float(
        string="Usual Gap (Days)",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="The median of the days between his purchases, or that of the customer in the middle"
        " while he has bought too seldom.",
    )
    is_own_rhythm = fields.Boolean(string="Own Rhythm", readonly=True)
    due_date = fields.Date(
        string="Next Purchase Due",
        readonly=True,
        help="The last purchase and the usual gap.",
    )
    overdue_ratio = fields.Float(
        string="Gaps since Last Purchase",
        readonly=True,
        digits=(16, 2),
        aggregator="avg",
        help="Days since the last purchase over the usual gap; above 1 he is later than usual.",
    )

    alive_probability = fields.Float(
        string="Probably Active",
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
        help="The probability that he still buys here; by BG/NBD only.",
    )
    expected_purchases_quarter = fields.Float(
        string="Expected Purchases, 3 Months", readonly=True, digits=(16, 3)
    )
    expected_purchases = fields.Float(
        string="Expected Purchases, 12 Months", readonly=True, digits=(16, 3)
    )
    expected_spend = fields.Monetary(
        string="Expected Spend per Purchase",
        readonly=True,
        aggregator="avg",
        groups=AMOUNT_GROUPS,
    )
    expected_revenue = fields.Monetary(
        string="Expected Revenue, 12 Months",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Expected purchases times the expected spend, not discounted.",
    )
    margin_rate = fields.Float(
        string="Margin",
        readonly=True,
        digits=(6, 4),
        aggregator="avg",
        groups=AMOUNT_GROUPS,
        help="His net contribution over his net revenue in the window, from -100% to 100%; that of"
        " all customers where he has no revenue there.",
    )
    clv = fields.Monetary(
        string="Lifetime Value",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Purchases to come within the horizon, times the expected spend, times the margin, at"
        " today's value.",
    )

    method = fields.Selection(related="fit_id.method")
    problem = fields.Selection(related="fit_id.problem")
    is_cost_known = fields.Boolean(related="fit_id.is_cost_known")
    tested_since = fields.Date(related="fit_id.tested_since")
    tested_customers = fields.Integer(related="fit_id.tested_customers")
    mean_error = fields.Float(related="fit_id.mean_error")
    simple_mean_error = fields.Float(related="fit_id.simple_mean_error")
    bias = fields.Float(related="fit_id.bias")
    simple_bias = fields.Float(related="fit_id.simple_bias")
    spend_error = fields.Monetary(related="fit_id.spend_error", groups=AMOUNT_GROUPS)
    change_ids = fields.Many2many(
        comodel_name="crm.customer.state.change",
        string="History",
        compute="_compute_change_ids",
    )

    _company_partner_unique = models.Constraint(
        "UNIQUE (company_id, partner_id)", "A customer has one outlook in each company."
    )
    _partner_index = models.Index("(partner_id)")
    _state_index = models.Index("(company_id, state)")

    def _compute_change_ids(self):
        changes = self.env["crm.customer.state.change"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        by_customer = changes.grouped(lambda change: (change.partner_id, change.company_id))
        for outlook in self:
            outlook.change_ids = by_customer.get((outlook.partner_id, outlook.company_id))

    def action_view_customer(self):
        """Open the contact."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def action_view_fit(self):
        """Open the estimates and errors behind this forecast."""
        self.ensure_one()
        return self.fit_id.get_formview_action()

    @api.model
    def _state_names(self):
        """Return the names of the states in the reader's language."""
        return dict(self._fields["state"]._description_selection(self.env))
