from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..logic.target import (
    achievement,
    elapsed_share,
    pace,
    period_first,
    period_last,
    period_next,
)

AMOUNT_METRICS = frozenset({"revenue", "contribution"})
# These hold on a day; the others grow day by day.
LEVEL_METRICS = frozenset({"kept_customers"})
PERIOD_NAMES = {"month": "LLLL yyyy", "quarter": "QQQ yyyy", "year": "yyyy"}
MEASURED_FIELDS = frozenset({"actual_value", "late_value", "measured_on", "closed_on"})


class CrmTarget(models.Model):
    """What a person, a team or the whole company is to reach in a period, and what it has.

    Amounts are in the company's currency. The actual value is measured from the documents; once
    the period is over it is measured for the last time and stays.
    """

    _name = "crm.target"
    _description = "Target"
    _inherit = ["crm.target.sum", "crm.company.job"]
    _order = "date_from desc, metric, team_id, user_id, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    metric = fields.Selection(
        selection=[
            ("revenue", "Revenue"),
            ("contribution", "Net Contribution"),
            ("new_customers", "New Customers"),
            ("kept_customers", "A Customers Kept"),
            ("interactions", "Interactions"),
        ],
        required=True,
        default="revenue",
        help="Revenue: what the company grades by, of the salesperson and team on the document."
        " Net contribution: after all costs; a cost that is on no invoice and no order is its"
        " customer's salesperson's. New customers: the first purchase ever, of the salesperson on"
        " it. A customers kept: who had the best grade the day before the period and has it still,"
        " of the customer's salesperson. Interactions: contacts logged, of the staff.",
    )
    team_id = fields.Many2one(
        comodel_name="crm.team",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Person",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('share', '=', False)]",
    )
    scope = fields.Selection(
        selection=[("person", "Person"), ("team", "Team"), ("company", "Whole Company")],
        compute="_compute_scope",
        store=True,
        precompute=True,
        help="What people have reached is in that of their team and of the company: sum up one.",
    )
    person_team_id = fields.Many2one(related="user_id.sale_team_id", string="Person's Team")
    period_kind = fields.Selection(
        selection=[("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        string="Period",
        required=True,
        default="month",
    )
    date_from = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: period_first(self.env.company._business_today(), "month"),
    )
    date_to = fields.Date(
        string="Last Day", compute="_compute_date_to", store=True, precompute=True
    )
    period_name = fields.Char(string="When", compute="_compute_period_name")
    target_value = fields.Float(string="Target", required=True, digits=(16, 2))
    unit = fields.Char(compute="_compute_unit")
    actual_value = fields.Float(string="Actual", digits=(16, 2), readonly=True, copy=False)
    late_value = fields.Float(
        string="Changed Since",
        digits=(16, 2),
        readonly=True,
        copy=False,
        help="What documents that came, or were changed, in the year after the period was closed"
        " would make the actual value more or less.",
    )
    measured_on = fields.Date(
        string="Measured as of", readonly=True, copy=False, help="The last day that is counted."
    )
    closed_on = fields.Date(
        readonly=True,
        copy=False,
        help="The day on which the period, being over, was measured for the last time.",
    )
    achievement = fields.Float(
        compute="_compute_progress",
        aggregator="avg",
        help="The share of the target that is reached; of several, all that is reached by all that"
        " was to be, or the average where they do not add up.",
    )
    elapsed_share = fields.Float(string="Days Gone", compute="_compute_progress")
    pace = fields.Float(
        compute="_compute_progress",
        help="The share reached to the share of the days gone: 100% or more is in time.",
    )

    _target_unique = models.UniqueIndex(
        "(company_id, metric, period_kind, date_from, COALESCE(team_id, 0), COALESCE(user_id, 0))",
        "There is a target of this kind for the same period already: change that one.",
    )
    _one_owner = models.Constraint(
        "CHECK (team_id IS NULL OR user_id IS NULL)",
        "A target is that of a team or of a person: leave one of them empty, or both for the whole"
        " company.",
    )
    _first_day = models.Constraint(
        "CHECK (DATE_TRUNC(period_kind, date_from::timestamp)::date = date_from)",
        "A month begins on its first day, a quarter on 1 January, April, July or October, and a"
        " year on 1 January: correct the first day.",
    )
    _period_range = models.Constraint(
        "CHECK (date_from >= '1990-01-01' AND date_from < '2100-01-01')",
        "A period lies between 1990 and 2099 of the Christian era: correct the first day.",
    )
    _target_range = models.Constraint(
        "CHECK (target_value >= 0 AND target_value < 1e13)",
        "A target is zero or more, and not above 9,999,999,999,999: correct the number.",
    )

    @api.depends("metric", "period_name", "team_id", "user_id", "company_id")
    def _compute_display_name(self):
        metrics = dict(self._fields["metric"]._description_selection(self.env))
        for target in self:
            owner = target.user_id or target.team_id or target.company_id
            parts = (metrics.get(target.metric), owner.display_name, target.period_name)
            target.display_name = ", ".join(filter(None, parts))

    @api.depends("team_id", "user_id")
    def _compute_scope(self):
        for target in self:
            team_or_company = "team" if target.team_id else "company"
            target.scope = "person" if target.user_id else team_or_company

    @api.depends("date_from", "period_kind")
    def _compute_date_to(self):
        for target in self:
            is_known = target.date_from and target.period_kind
            target.date_to = is_known and period_last(target.date_from, target.period_kind)

    @api.depends("date_from", "period_kind")
    def _compute_period_name(self):
        for target in self:
            is_known = target.date_from and target.period_kind
            target.period_name = is_known and format_date(
                self.env, target.date_from, date_format=PERIOD_NAMES[target.period_kind]
            )

    @api.depends("metric", "currency_id")
    def _compute_unit(self):
        units = self._units()
        for target in self:
            is_amount = target.metric in AMOUNT_METRICS
            target.unit = target.currency_id.symbol if is_amount else units.get(target.metric)

    @api.depends("actual_value", "target_value", "date_from", "date_to", "company_id", "metric")
    def _compute_progress(self):
        policies = self.env["crm.value.policy"]._known_of(self.company_id)
        as_of_by_company = {policy.company_id: policy._as_of() for policy in policies}
        for target in self:
            as_of = as_of_by_company.get(target.company_id)
            is_known = target.date_from and target.date_to and as_of
            gone = elapsed_share(target.date_from, target.date_to, as_of) if is_known else 0.0
            reached = achievement(target.actual_value, target.target_value)
            target.achievement = reached
            target.elapsed_share = gone
            target.pace = pace(reached, 1.0 if target.metric in self._level_metrics() else gone)

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr == "achievement":
            return SQL(
                "COALESCE(%s / NULLIF(%s, 0), 0)",
                self._field_to_sql(alias, "actual_value", query),
                self._field_to_sql(alias, "target_value", query),
            )
        return super()._field_to_sql(alias, field_expr, query)

    def _read_group_select(self, aggregate_spec, query) -> SQL:
        if aggregate_spec == "achievement:avg":
            reached = SQL(
                "COALESCE(SUM(%s) / NULLIF(SUM(%s), 0), 0)",
                self._field_to_sql(self._table, "actual_value", query),
                self._field_to_sql(self._table, "target_value", query),
            )
            average = SQL("AVG(%s)", self._field_to_sql(self._table, "achievement", query))
            return self._where_comparable(reached, average, query)
        return super()._read_group_select(aggregate_spec, query)

    @api.onchange("date_from", "period_kind")
    def _onchange_period(self):
        if self.date_from and self.period_kind:
            self.date_from = period_first(self.date_from, self.period_kind)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_measured(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Write what is to be reached; of a closed period nothing is changed any more."""
        self._refuse_measured(vals)
        if closed := self.filtered("closed_on")[:1]:
            closed._refuse_as_closed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_closed(self):
        if closed := self.filtered("closed_on")[:1]:
            closed._refuse_as_closed()

    def action_reopen(self):
        """Open closed targets, so that they are measured anew, with what came late, and closed."""
        self.check_access("write")
        self.env.cr.execute(
            SQL(
                "UPDATE crm_target SET closed_on = NULL, late_value = 0 WHERE id = ANY(%s)",
                self.ids,
            )
        )
        self.invalidate_recordset(["closed_on", "late_value"])

    def action_copy_to_next_period(self):
        """Give the same owners the same targets for the period after, where they have none yet."""
        following = self.browse()
        for target in self:
            following |= target._following() or target.copy(
                {"date_from": period_next(target.date_from, target.period_kind)}
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_target_action"
        )
        return action | {"domain": [("id", "in", following.ids)], "context": {}}

    def action_view_actuals(self):
        """Open what the actual value is made of."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_target_actual_action"
        )
        return action | {
            "name": self.display_name,
            "domain": [("target_id", "=", self.id)],
            "context": {},
        }

    @api.model
    def _units(self):
        """Hook: return ``{metric: unit}`` of the metrics that are no amounts."""
        return {
            "new_customers": self.env._("customers"),
            "kept_customers": self.env._("customers"),
            "interactions": self.env._("interactions"),
        }

    @api.model
    def _level_metrics(self):
        """Hook: return the metrics that hold on a day, so that no days have to go by for them."""
        return LEVEL_METRICS

    def _following(self):
        self.ensure_one()
        return self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("metric", "=", self.metric),
                ("team_id", "=", self.team_id.id),
                ("user_id", "=", self.user_id.id),
                ("period_kind", "=", self.period_kind),
                ("date_from", "=", period_next(self.date_from, self.period_kind)),
            ]
        )

    @api.model
    def _refuse_measured(self, vals):
        if MEASURED_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "What was reached is measured from the documents: leave it out, and press"
                    " Measure Now."
                )
            )

    def _refuse_as_closed(self):
        raise UserError(
            self.env._(
                "%(target)s is over and closed, so that its history can be relied on: reopen it to"
                " change or delete it.",
                target=self.display_name,
            )
        )
