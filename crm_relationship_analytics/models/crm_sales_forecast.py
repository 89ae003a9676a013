from odoo import api, fields, models
from odoo.tools import date_utils

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

TOLD_MONTHS = 6  # whose errors are shown beside the next forecast


class CrmSalesForecast(models.Model):
    """What a company will probably sell in a month, and how far off that was.

    ``next``: the three months to come, as of the last day that has passed. ``kept``: the same as it
    was at the beginning of a month, never changed. ``tested``: what the rhythm alone would have
    forecast for months that are over. Written by batches only.
    """

    _name = "crm.sales.forecast"
    _description = "Sales Forecast"
    _inherit = ["crm.company.job"]
    _order = "kind desc, made_for desc, month, id"
    _rec_name = "month"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        selection=[
            ("next", "To Come"),
            ("kept", "Kept"),
            ("tested", "Back-test of the Rhythm"),
        ],
        required=True,
        readonly=True,
        help="Kept: as it was forecast at the beginning of a month. Back-test: what the rhythm"
        " alone would have forecast; what was ordered and offered on a day gone by is not known any"
        " more.",
    )
    month = fields.Date(required=True, readonly=True, help="Its first day.")
    made_for = fields.Date(
        string="Made in",
        required=True,
        readonly=True,
        help="The first of the three months of the forecast.",
    )
    as_of = fields.Date(
        string="Known up to", required=True, readonly=True, help="The last day that was known."
    )
    horizon = fields.Integer(string="Months Ahead", required=True, readonly=True, aggregator=None)

    so_far_amount = fields.Monetary(
        string="Sold So Far",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Of a month that has begun: what was sold up to the day.",
    )
    committed_amount = fields.Monetary(
        string="Committed",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Ordered and not invoiced, in the month of delivery. Where the policy counts orders, a"
        " confirmed order is sold already: only those dated later are committed.",
    )
    weighted_amount = fields.Monetary(
        string="Weighted Pipeline",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Opportunities by their probability in the month in which they are to close;"
        " quotations without an opportunity by the probability of the policy.",
    )
    rhythm_amount = fields.Monetary(
        string="By Rhythm",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Purchases a day since the first of a customer, in the year before, times what he"
        " usually spends, beyond what is committed and in the pipeline of him.",
    )
    other_amount = fields.Monetary(
        string="Other Customers",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What customers without a rhythm bought in the last 90 days, for the days to come.",
    )
    amount = fields.Monetary(
        string="Forecast", readonly=True, groups=AMOUNT_GROUPS, help="The five before together."
    )
    last_amount = fields.Monetary(
        string="Same as Last Month",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What the last whole month before the forecast brought.",
    )
    year_amount = fields.Monetary(
        string="Same Month Last Year", readonly=True, groups=AMOUNT_GROUPS
    )

    actual_amount = fields.Monetary(
        string="Actually Sold", readonly=True, groups=AMOUNT_GROUPS, help="Once the month is over."
    )
    error_amount = fields.Monetary(
        string="Off by",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="The forecast less what was sold: positive when it was too high.",
    )
    is_over = fields.Boolean(string="Month Is Over", readonly=True)
    error_share = fields.Float(string="Error", readonly=True, aggregator="avg")
    last_error_share = fields.Float(
        string="Error of Same as Last Month", readonly=True, aggregator="avg"
    )
    year_error_share = fields.Float(
        string="Error of Same Month Last Year", readonly=True, aggregator="avg"
    )

    past_count = fields.Integer(string="Months Compared", compute="_compute_past", aggregator=None)
    past_error = fields.Float(
        string="Error So Far",
        compute="_compute_past",
        aggregator=None,
        help="The mean error of the last six months that were forecast as far ahead: of those kept,"
        " or of the back-test while none is over.",
    )
    past_last_error = fields.Float(
        string="Same as Last Month: Error So Far", compute="_compute_past", aggregator=None
    )

    _made_once = models.Constraint(
        "UNIQUE (company_id, kind, made_for, month)", "A month is forecast once in each month."
    )

    @api.depends("company_id", "horizon", "made_for", "kind")
    def _compute_past(self):
        """Take the means of what is over; of the forecasts to come only."""
        by_first = self.filtered(lambda row: row.kind == "next").grouped("made_for")
        past = {first: rows._past_errors(first) for first, rows in by_first.items()}
        for forecast in self:
            means = past.get(forecast.made_for, {}) if forecast.kind == "next" else {}
            found = next(
                filter(
                    None,
                    (
                        means.get((forecast.company_id, forecast.horizon, kind))
                        for kind in ("kept", "tested")
                    ),
                ),
                (0, 0.0, 0.0),
            )
            forecast.past_count, forecast.past_error, forecast.past_last_error = found

    def _past_errors(self, first):
        """Return ``{(company, horizon, kind): (months, error, error of the month before)}``."""
        rows = self._read_group(
            [
                ("company_id", "in", self.company_id.ids),
                ("kind", "in", ("kept", "tested")),
                ("is_over", "=", True),
                ("month", ">=", date_utils.subtract(first, months=TOLD_MONTHS)),
                ("month", "<", first),
            ],
            ["company_id", "horizon", "kind"],
            ["error_share:count", "error_share:avg", "last_error_share:avg"],
        )
        return {
            (company, horizon, kind): (count, error or 0.0, last or 0.0)
            for company, horizon, kind, count, error, last in rows
        }
