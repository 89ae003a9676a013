from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_customer_standing_measures import Measure
from odoo.addons.crm_relationship.models.crm_customer_standing_ranks import ShareClass
from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..report.crm_customer_fact import (
    CONTRIBUTION_KINDS,
    REWARD_KINDS,
    SERVICE_KINDS,
)

# The columns and the kinds of facts that make them.
MEASURED_KINDS = {
    "net_revenue": ("income",),
    "goods_cost": ("cost",),
    "reward_cost": REWARD_KINDS,
    "points_cost": ("points",),
    "service_cost": SERVICE_KINDS,
    "contribution": CONTRIBUTION_KINDS,
}


class CrmCustomerStanding(models.Model):
    """How the contribution of a customer is measured, classed, and opened to its documents."""

    _inherit = "crm.customer.standing"

    contribution_class = fields.Selection(
        selection=[("a", "A"), ("b", "B"), ("c", "C"), ("negative", "Negative")],
        readonly=True,
        help="The ABC class by net contribution, with the shares of the grading policy. Who costs"
        " more than he brings is in a class of its own.",
    )
    service_cost_per_order = fields.Monetary(
        string="Cost to Serve per Purchase",
        compute="_compute_service_cost_per_order",
        groups=AMOUNT_GROUPS,
        aggregator="avg",
        help="The cost to serve by the number of purchases; of several customers, all their costs"
        " by all their purchases.",
    )

    @api.depends("service_cost", "order_count")
    def _compute_service_cost_per_order(self):
        for standing in self:
            count = standing.order_count
            standing.service_cost_per_order = count and standing.service_cost / count

    def _field_to_sql(self, alias, field_expr, query=None) -> SQL:
        if field_expr == "service_cost_per_order":
            return self._per_order_sql(
                super()._field_to_sql(alias, "service_cost", query),
                super()._field_to_sql(alias, "order_count", query),
            )
        return super()._field_to_sql(alias, field_expr, query)

    def _read_group_select(self, aggregate_spec, query) -> SQL:
        if aggregate_spec == "service_cost_per_order:avg":
            return self._per_order_sql(
                SQL("SUM(%s)", self._field_to_sql(self._table, "service_cost", query)),
                SQL("SUM(%s)", self._field_to_sql(self._table, "order_count", query)),
            )
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _per_order_sql(self, cost: SQL, count: SQL) -> SQL:
        return SQL("COALESCE(%s / NULLIF(%s, 0), 0)", cost, count)

    def action_view_contribution(self):
        """Open the documents that made this customer's contribution in the window, by kind."""
        self.ensure_one()
        window = self.env["crm.value.policy"]._known_of(self.company_id)._window()
        domain = [
            ("partner_id", "in", self.partner_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("kind", "in", CONTRIBUTION_KINDS),
            ("date", ">=", window.first),
            ("date", "<=", window.last),
        ]
        shown = {"domain": domain, "context": {"search_default_group_kind": 1}}
        return self.action_view_facts() | shown | {"name": self.env._("Net Contribution")}

    @api.model
    def _measures(self, policy) -> list[Measure]:
        return super()._measures(policy) + [
            Measure(
                name,
                SQL("SUM(fact.amount) FILTER (WHERE fact.kind IN %s)", kinds),
                SQL("SUM"),
                0,
            )
            for name, kinds in MEASURED_KINDS.items()
        ]

    @api.model
    def _share_classes(self, policy) -> list[ShareClass]:
        return [
            *super()._share_classes(policy),
            ShareClass("contribution_class", SQL("measured.contribution"), "negative"),
        ]

    @api.model
    def _statement(self, policy):
        """Grade by contribution where that is what counts; the ABC class stays that of revenue."""
        statement = super()._statement(policy)
        if policy.basis == "contribution":
            [statement.graded] = (
                share_class
                for share_class in statement.classes
                if share_class.name == "contribution_class"
            )
        return statement
