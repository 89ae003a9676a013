from odoo import fields, models
from odoo.tools import format_amount

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.simulation import BENEFITS, rate
from .crm_loyalty_simulation_line import AMOUNTS

# the rows of the table of margins from above to below
ROWS = {
    "revenue": "",
    "delivered_cost": "",
    "margin": "sum",
    "margin_rate": "rate",
    **dict.fromkeys(BENEFITS, ""),
    "benefit_cost": "sum",
    "margin_after": "sum",
    "margin_after_rate": "rate",
}


class CrmLoyaltySimulation(models.Model):
    """The two tables that a manager reads first: who would move, and what it would cost."""

    _inherit = "crm.loyalty.simulation"

    matrix = fields.Html(
        string="From Tier to Tier",
        compute="_compute_matrix",
        sanitize=False,
        help="Customers by the tier that they hold today, and the one that they would hold.",
    )
    economics = fields.Html(
        string="Margin by Tier",
        compute="_compute_economics",
        sanitize=False,
        groups=AMOUNT_GROUPS,
        help="Revenue, cost, benefits and margin of the period, by the tier of the day.",
    )

    def _compute_matrix(self):
        for simulation in self:
            simulation.matrix = simulation.state == "done" and self.env["ir.qweb"]._render(
                "crm_relationship_loyalty.crm_loyalty_simulation_matrix",
                simulation._prepare_matrix(),
            )

    def _prepare_matrix(self):
        """Return the columns, and rows of counts, each with which way that is."""
        counts = {
            (before, after): (count, ways[0])
            for before, after, count, ways in self.env[
                "crm.loyalty.simulation.customer"
            ]._read_group(
                [("simulation_id", "=", self.id)],
                ["from_tier_id", "to_tier_id"],
                ["__count", "direction:array_agg"],
            )
        }
        none = self.env["crm.loyalty.tier"]
        # sudo: names of tiers are no secret
        simulation = self.sudo()
        columns = [none, *simulation.ladder_id._tiers()]
        rows = [none, *simulation.compared_id._tiers()]
        nothing = (0, "same")
        return {
            "columns": [self._name_of(tier) for tier in columns],
            "rows": [
                (
                    self._name_of(before),
                    [counts.get((before, after), nothing) for after in columns],
                )
                for before in rows
            ],
        }

    def _name_of(self, tier):
        return tier.name or self.env._("No Tier")

    def _compute_economics(self):
        for simulation in self:
            simulation.economics = simulation.state == "done" and self.env["ir.qweb"]._render(
                "crm_relationship_loyalty.crm_loyalty_simulation_economics",
                simulation._prepare_economics(),
            )

    def _prepare_economics(self):
        """Return the names of the columns, and rows of formatted amounts and percentages."""
        groups = self.env["crm.loyalty.simulation.line"]._read_group(
            [("simulation_id", "=", self.id)],
            ["tier_rank", "tier_name"],
            [f"{name}:sum" for name in AMOUNTS],
            order="tier_rank",
        )
        columns = [
            (name or self.env._("No Tier"), dict(zip(AMOUNTS, amounts, strict=True)))
            for _rank, name, *amounts in groups
        ]
        columns.append((self.env._("Total"), {name: self[name] for name in AMOUNTS}))
        labels = self.fields_get(ROWS, ["string"])
        return {
            "columns": [name for name, _amounts in columns],
            "rows": [
                (
                    labels[name]["string"],
                    kind,
                    [self._cell(kind, name, amounts) for _name, amounts in columns],
                )
                for name, kind in ROWS.items()
            ],
        }

    def _cell(self, kind, name, amounts):
        if kind == "rate":
            percent = rate(amounts[name.removesuffix("_rate")], amounts["revenue"])
            return f"{percent:.1f} %"
        return format_amount(self.env, amounts[name], self.currency_id)
