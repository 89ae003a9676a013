from odoo import api, fields, models

SERVICE_KINDS = {
    "interaction": "Interaction",
    "case": "Case",
    "delivery": "Delivery",
    "return": "Return",
    "order_line": "Order Line",
    "late_payment": "Late Payment",
}


class CrmServiceRate(models.Model):
    """What it costs a company to serve a customer once, from a day on until the next rate.

    Without a rate a service costs nothing. No rates are shipped: each company sets its own.
    """

    _name = "crm.service.rate"
    _description = "Service Rate"
    _inherit = ["mail.thread"]
    _order = "company_id, kind, channel_id, date_from desc, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        selection=list(SERVICE_KINDS.items()), required=True, default="interaction", tracking=True
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Empty: every channel that has no rate of its own.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="The first day on which it costs this, until the next rate of the same kind.",
    )
    date_to = fields.Date(string="Until", compute="_compute_date_to")
    amount = fields.Monetary(tracking=True, help="What each of them costs.", aggregator=None)
    minute_amount = fields.Monetary(
        string="Amount per Minute",
        tracking=True,
        aggregator=None,
        help="What each minute of an interaction costs, beside the amount.",
    )
    yearly_rate = fields.Float(
        string="Rate per Year",
        digits=(7, 6),
        tracking=True,
        aggregator=None,
        help="What it costs to wait a year for money, as a share of the amount. A year has 365"
        " days.",
    )

    _one_from_a_day = models.UniqueIndex(
        "(company_id, kind, COALESCE(channel_id, 0), date_from)",
        "There is a rate of this kind from this day on: change that one, or choose another day.",
    )
    _not_negative = models.Constraint(
        "CHECK (amount >= 0 AND minute_amount >= 0 AND yearly_rate BETWEEN 0 AND 10)",
        "A rate is 0 or more, and a rate per year not above 1,000%: correct it.",
    )
    _of_contacts = models.Constraint(
        "CHECK (kind = 'interaction' OR (channel_id IS NULL AND COALESCE(minute_amount, 0) = 0))",
        "Only interactions have a channel and an amount per minute: leave them empty.",
    )
    _of_late_payment = models.Constraint(
        "CHECK (CASE kind WHEN 'late_payment' THEN COALESCE(amount, 0)"
        " ELSE COALESCE(yearly_rate, 0) END = 0)",
        "Late payment has a rate per year and no amount, everything else an amount: correct it.",
    )

    @api.depends("company_id", "kind", "channel_id", "date_from")
    def _compute_date_to(self):
        days = self._days_of_rates()
        for rate in self:
            later = [day for day in days.get(rate._subject(), ()) if day > rate.date_from]
            rate.date_to = later and fields.Date.subtract(min(later), days=1)

    @api.depends("kind", "channel_id", "date_from")
    def _compute_display_name(self):
        for rate in self:
            what = rate.channel_id.name or rate._shown_kind()
            rate.display_name = f"{what}, {rate.date_from}" if rate.date_from else what

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind != "interaction":
            self.channel_id = False
            self.minute_amount = 0.0
        if self.kind == "late_payment":
            self.amount = 0.0
        else:
            self.yearly_rate = 0.0

    @api.model_create_multi
    def create(self, vals_list):
        rates = super().create(vals_list)
        self.env["crm.value.policy"]._rules_changed()
        return rates

    def write(self, vals):
        result = super().write(vals)
        self.env["crm.value.policy"]._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["crm.value.policy"]._rules_changed()
        return result

    def _subject(self):
        """Return what a rate is for: of two rates for the same, the later takes over."""
        return self.company_id, self.kind, self.channel_id

    def _days_of_rates(self):
        """Return ``{subject: days on which a rate of it begins}`` of these companies."""
        rows = self._read_group(
            [("company_id", "in", self.company_id.ids)],
            ["company_id", "kind", "channel_id"],
            ["date_from:array_agg"],
        )
        return {(company, kind, channel): days for company, kind, channel, days in rows}

    def _shown_kind(self):
        return dict(self._fields["kind"]._description_selection(self.env)).get(self.kind, "")
