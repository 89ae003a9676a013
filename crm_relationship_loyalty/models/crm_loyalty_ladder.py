from itertools import pairwise

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError

from ..logic.tier import Rules, in_cents
from ..logic.tier_window import Window

RULE_FIELDS = frozenset(
    {
        "company_id",
        "metric",
        "scope",
        "window",
        "window_months",
        "downgrade_policy",
        "grace_days",
        "published_on",
    }
)
POINT_DIGITS = 2


class CrmLoyaltyLadder(models.Model):
    """How customers earn their tiers: what counts, whose it is, for how long.

    Once published the rules stay, as the tiers of days gone by follow from them, too. Who wants
    others makes a new version, and publishes it with the day on which it takes this one's place.
    """

    _name = "crm.loyalty.ladder"
    _description = "Loyalty Ladder"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        selection=[("draft", "Draft"), ("published", "Published")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    published_on = fields.Date(
        string="In Force from",
        copy=False,
        tracking=True,
        help="From this day on customers hold tiers; what counts on it may be older. Empty: from"
        " the day of publishing.",
    )
    metric = fields.Selection(
        selection=[
            ("invoiced", "Net invoiced revenue"),
            ("paid", "Paid revenue"),
            ("ordered", "Confirmed orders"),
            ("margin", "Margin of confirmed orders"),
            ("points", "Points earned"),
        ],
        string="What Counts",
        default="invoiced",
        required=True,
        tracking=True,
        help="Without taxes, in the company's currency at the document's date; credit notes count"
        " negative. Paid revenue counts on the day of the payment. Spending points never costs a"
        " tier.",
    )
    scope = fields.Selection(
        selection=[
            ("person", "Each contact"),
            ("company", "The company with all its contacts"),
            ("household", "The household, for each of its members"),
        ],
        string="Whose It Is",
        default="company",
        required=True,
        tracking=True,
    )
    window = fields.Selection(
        selection=[
            ("rolling", "Months back from today"),
            ("year", "Calendar year"),
            ("fiscal_year", "Fiscal year"),
            ("anniversary", "Year of membership"),
            ("lifetime", "All time"),
        ],
        default="rolling",
        required=True,
        tracking=True,
        help="A tier that is reached in a year is kept to the end of the next one. A year of"
        " membership begins with the first member number, or else with the first document.",
    )
    window_months = fields.Integer(string="Months", default=12, required=True, tracking=True)
    downgrade_policy = fields.Selection(
        selection=[
            ("never", "Never: a tier is kept"),
            ("one_step", "One step at a time"),
            ("requalify", "To the tier of what still counts"),
        ],
        string="Downgrade",
        default="requalify",
        required=True,
        tracking=True,
        help="One step at a time: the lower tier is kept for as long as the window, or to the end"
        " of the year.",
    )
    grace_days = fields.Integer(
        tracking=True,
        help="For so many days a customer keeps a tier that he does not reach any more.",
    )
    warning_days = fields.Integer(
        default=30, help="From so many days before its last day on, a tier is shown as ending."
    )
    tier_ids = fields.One2many(
        comodel_name="crm.loyalty.tier", inverse_name="ladder_id", string="Tiers", copy=True
    )
    year_end_month = fields.Integer(
        readonly=True,
        copy=False,
        help="The month in which the fiscal year ended when the ladder was published.",
    )
    year_end_day = fields.Integer(
        readonly=True, copy=False, help="The day on which that fiscal year ended."
    )
    evaluated_at = fields.Datetime(string="Last Evaluated", readonly=True, copy=False)
    evaluated_for = fields.Date(string="Evaluated as of", readonly=True, copy=False)
    problem = fields.Char(readonly=True, copy=False)

    _window_range = models.Constraint(
        "CHECK (window_months BETWEEN 1 AND 120)", "The window has 1 to 120 months."
    )
    _grace_range = models.Constraint(
        "CHECK (grace_days BETWEEN 0 AND 366)", "The days of grace are 0 to 366."
    )
    _warning_range = models.Constraint(
        "CHECK (warning_days BETWEEN 0 AND 366)", "Tiers are shown as ending 0 to 366 days before."
    )

    @api.constrains("metric")
    def _check_metric(self):
        for ladder in self:
            if ladder.metric == "margin" and "margin" not in self.env["sale.order"]._fields:
                raise ValidationError(
                    self.env._(
                        "There are no margins on orders here: install Margins in Sales Orders, or"
                        " choose something else that counts."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if RULE_FIELDS & vals.keys():
            self._check_is_draft()
        if {"state", "active", "metric", "company_id"} & vals.keys():
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self._check_is_draft()

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" in (default or {}):
            return vals_list
        return [
            vals | {"name": self.env._("%s (copy)", ladder.name)}
            for ladder, vals in zip(self, vals_list, strict=True)
        ]

    def action_evaluate(self):
        """Evaluate all customers of these ladders now."""
        self._check_may_manage()
        for ladder in self.filtered(lambda one: one.state == "published"):
            ladder._evaluate()
        return True

    def action_view_memberships(self):
        """Open who holds which tier."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_loyalty_membership_action"
        )
        return action | {"domain": [("ladder_id", "=", self.id)]}

    @api.model
    def _check_may_manage(self):
        if self.env.su or self.env.user.has_group("crm_relationship.group_relationship_manager"):
            return
        raise AccessError(
            self.env._("Only a manager of customer relationships gives tiers: ask one.")
        )

    def _check_is_draft(self):
        for ladder in self:
            if ladder.state == "published":
                raise UserError(
                    self.env._(
                        "The rules of %(ladder)s are published: make a new version, change it, and"
                        " publish it with the day from which it holds.",
                        ladder=ladder.name,
                    )
                )

    def _check_tiers(self):
        if not self.tier_ids:
            raise ValidationError(self.env._("%(ladder)s has no tiers: add one.", ladder=self.name))
        tiers = self.tier_ids.sorted(lambda tier: (tier.sequence, tier.id))
        for lower, higher in pairwise(tiers):
            if lower.threshold >= higher.threshold:
                raise ValidationError(
                    self.env._(
                        "%(higher)s comes after %(lower)s and must begin at a greater value:"
                        " correct the values or the order.",
                        higher=higher.name,
                        lower=lower.name,
                    )
                )

    def _tiers(self):
        """Return the tiers from the lowest to the highest: a rank is a place among them."""
        return self.tier_ids.sorted("threshold")

    def _digits(self):
        """Return how many decimals of the value count."""
        return POINT_DIGITS if self.metric == "points" else self.currency_id.decimal_places

    def _rules(self) -> Rules:
        digits = self._digits()
        return Rules(
            tuple(in_cents(tier.threshold, digits) for tier in self._tiers()),
            self._window(),
            self.published_on,
            self.downgrade_policy,
            self.grace_days,
            self.ends_on or None,
        )

    def _window(self) -> Window:
        if self.window == "fiscal_year":
            company = self.company_id
            month = self.year_end_month or int(company.fiscalyear_last_month)
            day = self.year_end_day or company.fiscalyear_last_day
            return Window("year", year_end=(month, day))
        return Window(self.window, self.window_months)

    def _holder_of(self, partner):
        """Return the contact who holds the tier that counts for another."""
        return partner.commercial_partner_id if self.scope == "company" else partner

    @api.model
    @tools.ormcache()
    def _published(self):
        """Return ``{ladder's id: metric}`` of the ladders in force, of all companies."""
        # sudo: what counts is no secret, and documents of all companies ask for it
        ladders = self.sudo().search([("state", "=", "published")])
        return {ladder.id: ladder.metric for ladder in ladders}

    @api.model
    @tools.ormcache()
    def _held_by_firms(self):
        """Return the ids of the ladders in force whose tiers a firm holds for its contacts."""
        # sudo: as above
        ladders = self.sudo().search([("state", "=", "published"), ("scope", "=", "company")])
        return frozenset(ladders.ids)
