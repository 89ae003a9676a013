from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

KINDS = {
    "plan": "Outreach Plan",
    "campaign": "Campaign",
    "offer": "Offer",
    "program": "Program",
}
VERDICTS = {
    "better": "Better",
    "worse": "Worse",
    "none": "No difference shown",
    "too_few": "Too few to tell",
    "no_group": "Nobody held out",
}
# What managers type; everything else is worked out from documents.
INPUTS = frozenset({"budget", "audience", "contacted_on", "window_days"})


class CrmEffect(models.Model):
    """What a plan, campaign, offer or program has brought to a company, and what it has cost.

    One row for each subject and company, worked out each night; :mod:`crm_effect_customer` is the
    list behind its figures.
    """

    _name = "crm.effect"
    _description = "Effect"
    _inherit = ["mail.thread", "crm.company.job"]
    _order = "date_from desc nulls last, id desc"

    name = fields.Char(required=True, readonly=True, translate=True)
    kind = fields.Selection(selection=list(KINDS.items()), required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Subject", model_field="res_model", required=True, readonly=True, aggregator=None
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    budget = fields.Monetary(
        string="Cost by Hand",
        tracking=True,
        groups=AMOUNT_GROUPS,
        help="What was paid for it beside the contacts: media, printing, an agency.",
    )
    window_days = fields.Integer(
        string="Response Window (Days)",
        tracking=True,
        aggregator=None,
        help="So many days after the day of the first contact count. 0: as set for the company.",
    )

    contacted = fields.Integer(readonly=True, help="Customers who were reached.")
    not_reached = fields.Integer(
        readonly=True,
        help="Customers for whom it was meant, and who were not allowed to be contacted, or not"
        " reached yet. They are compared together with those who were contacted, as those held"
        " out would not all have been reached, either.",
    )
    held_out = fields.Integer(readonly=True, help="Customers left alone, to compare with.")
    unasked = fields.Integer(
        string="Came Unasked", readonly=True, help="Customers who answered without a contact."
    )
    answered = fields.Integer(
        readonly=True, help="Contacted customers who answered since: any kind of answer, any time."
    )
    response = fields.Float(
        readonly=True, aggregator=None, help="The share of those contacted who answered."
    )
    response_low = fields.Float(string="Response, at Least", readonly=True, aggregator=None)
    response_high = fields.Float(string="Response, at Most", readonly=True, aggregator=None)

    buyers = fields.Integer(
        string="Bought", readonly=True, help="Contacted customers who bought in the window."
    )
    order_count = fields.Integer(
        string="Purchases", readonly=True, help="Their purchases in the window, whatever the cause."
    )
    revenue = fields.Monetary(
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What they bought in the window, less credit notes.",
    )
    contribution = fields.Monetary(
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What they left in the window after all costs but those of contacts; where orders are"
        " what counts, the margin of their orders.",
    )
    own_order_count = fields.Integer(
        string="Own Orders",
        readonly=True,
        help="Confirmed orders that name it: its campaign, its reward, its presentation, or the"
        " answer to its touch.",
    )
    own_revenue = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)
    own_contribution = fields.Monetary(
        string="Own Margin",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="The margin of its own orders.",
    )

    bought_share = fields.Float(
        string="Bought, Share",
        readonly=True,
        aggregator=None,
        help="Of all for whom it was meant, who was reached or not.",
    )
    held_out_share = fields.Float(
        string="Bought, Share Held Out", readonly=True, aggregator=None, help="Of those held out."
    )
    difference = fields.Float(readonly=True, aggregator=None, help="One share less the other.")
    difference_low = fields.Float(string="Difference, at Least", readonly=True, aggregator=None)
    difference_high = fields.Float(string="Difference, at Most", readonly=True, aggregator=None)
    verdict = fields.Selection(
        selection=list(VERDICTS.items()),
        readonly=True,
        help="Better or worse: the 95% confidence interval of the difference is on one side of 0."
        " Too few: fewer than 30 in a group, or fewer than 5 expected to buy or not to.",
    )
    value_difference = fields.Monetary(
        string="Difference per Customer",
        readonly=True,
        groups=AMOUNT_GROUPS,
        aggregator=None,
        help="The mean contribution of those for whom it was meant, less that of those held out.",
    )
    value_low = fields.Monetary(
        string="Difference per Customer, at Least",
        readonly=True,
        groups=AMOUNT_GROUPS,
        aggregator=None,
    )
    value_high = fields.Monetary(
        string="Difference per Customer, at Most",
        readonly=True,
        groups=AMOUNT_GROUPS,
        aggregator=None,
    )
    value_verdict = fields.Selection(
        selection=list(VERDICTS.items()),
        string="Verdict on Contribution",
        readonly=True,
        groups=AMOUNT_GROUPS,
    )

    contact_cost = fields.Monetary(
        string="Cost of Contacts",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="By the rate card, for each customer reached.",
    )
    cost = fields.Monetary(
        readonly=True, groups=AMOUNT_GROUPS, help="The cost by hand and that of the contacts."
    )
    gain = fields.Monetary(
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What it has brought: the difference of contribution for all for whom it was meant,"
        " or the margin of its own orders where nobody, or too few, were held out.",
    )
    gain_basis = fields.Selection(
        selection=[("held_out", "Compared with the held out"), ("own", "Its own orders")],
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Where the gain comes from.",
    )
    profit = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS, help="The gain less the cost.")
    return_rate = fields.Float(
        string="Return on Cost",
        readonly=True,
        groups=AMOUNT_GROUPS,
        aggregator=None,
        help="The gain less the cost, over the cost.",
    )

    date_from = fields.Date(string="First Contact", readonly=True)
    date_to = fields.Date(string="Last Contact", readonly=True)
    last_day = fields.Date(string="Last Day That Counts", readonly=True)
    as_of = fields.Date(string="As of", readonly=True)
    problem = fields.Char(readonly=True)

    _subject_unique = models.Constraint(
        "UNIQUE (kind, res_id, company_id)", "A subject has one effect in each company."
    )
    _window_range = models.Constraint(
        "CHECK (window_days BETWEEN 0 AND 365)",
        "The response window has 1 to 365 days, or 0 for that of the company.",
    )
    _budget_positive = models.Constraint(
        "CHECK (budget >= 0)", "A cost is 0 or more: correct the amount."
    )

    def write(self, vals):
        if not self.env.su and vals.keys() - INPUTS:
            raise AccessError(
                self.env._("Figures are worked out from documents: no user writes them.")
            )
        return super().write(vals)

    def action_refresh(self):
        """Work out the effects of the companies of these anew."""
        companies = self.company_id or self.env.companies
        self.with_context(allowed_company_ids=companies.ids).refresh()
        return True

    def action_open_subject(self):
        """Open the plan, campaign, offer or program."""
        self.ensure_one()
        subject = self.env[self.res_model].browse(self.res_id) if self.res_model in self.env else ()
        if not subject or not subject.exists():
            raise UserError(self.env._("%s is gone, or its app is not installed.", self.name))
        return subject.get_formview_action()

    def action_open_customers(self):
        """Open all customers of this."""
        return self._open_customers(self.env._("Customers"), Domain.TRUE)

    def action_open_contacted(self):
        """Open who was contacted."""
        return self._open_customers(
            self.env._("Contacted"), Domain("contact_group", "=", "contacted")
        )

    def action_open_held_out(self):
        """Open who was left alone."""
        return self._open_customers(
            self.env._("Held Out"), Domain("contact_group", "=", "held_out")
        )

    def action_open_answered(self):
        """Open who answered."""
        return self._open_customers(self.env._("Answered"), Domain("is_answer", "=", 1))

    def action_open_buyers(self):
        """Open the contacted customers who bought in the window."""
        return self._open_customers(
            self.env._("Bought"),
            Domain("contact_group", "=", "contacted") & Domain("is_buyer", "=", 1),
        )

    def action_open_own_orders(self):
        """Open the customers whose orders name it."""
        return self._open_customers(self.env._("Own Orders"), Domain("own_order_count", ">", 0))

    def _open_customers(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_effect_customer_action"
        )
        return action | {
            "name": name,
            "domain": list(Domain("effect_id", "=", self.id) & domain),
            "context": {},
        }

    @api.model
    def _action_of(self, kind, subject):
        """Return the action that opens the effects of a subject, worked out first if it has none.

        :raise UserError: when there is nothing to work out yet
        """
        domain = Domain("kind", "=", kind) & Domain("res_id", "=", subject.id)
        effects = self.search(domain)
        if not effects:
            self._register_subjects([kind], self.env.companies)
            effects = self.search(domain)
        if not effects:
            raise UserError(self.env._("%s was not started yet.", subject.display_name))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_effect_action"
        )
        if len(effects) > 1:
            return action | {"domain": list(domain), "context": {}}
        return action | {"view_mode": "form", "views": [(False, "form")], "res_id": effects.id}
