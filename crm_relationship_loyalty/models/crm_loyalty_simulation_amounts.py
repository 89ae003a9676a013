from odoo import api, fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.simulation import rate
from .crm_loyalty_simulation_line import AMOUNTS


class CrmLoyaltySimulation(models.Model):
    """The figures that a manager looks for first: the sums of the lines."""

    _inherit = "crm.loyalty.simulation"

    revenue = fields.Monetary(
        compute="_compute_amounts",
        groups=AMOUNT_GROUPS,
        help="Invoiced in the period, less credit notes, without taxes: of all customers.",
    )
    delivered_cost = fields.Monetary(
        string="Cost",
        compute="_compute_amounts",
        groups=AMOUNT_GROUPS,
        help="What was invoiced, at cost.",
    )
    margin = fields.Monetary(
        string="Margin before Benefits",
        compute="_compute_amounts",
        groups=AMOUNT_GROUPS,
        help="Revenue less cost.",
    )
    margin_rate = fields.Float(
        string="Margin before (%)", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )
    points_cost = fields.Monetary(
        string="Extra Points", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )
    price_cost = fields.Monetary(
        string="Price Lists", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )
    entry_cost = fields.Monetary(
        string="Entry Coupons", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )
    birthday_cost = fields.Monetary(
        string="Birthday Coupons", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )
    service_cost = fields.Monetary(
        string="Service and Gifts", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )
    benefit_cost = fields.Monetary(
        string="Cost of Benefits",
        compute="_compute_amounts",
        groups=AMOUNT_GROUPS,
        help="Extra points, price lists, coupons, service and gifts together.",
    )
    margin_after = fields.Monetary(
        string="Margin after Benefits",
        compute="_compute_amounts",
        groups=AMOUNT_GROUPS,
        help="The margin less the cost of the benefits.",
    )
    margin_after_rate = fields.Float(
        string="Margin after (%)", compute="_compute_amounts", groups=AMOUNT_GROUPS
    )

    @api.depends("line_ids")
    def _compute_amounts(self):
        """Add up the lines, in one query for all simulations."""
        groups = self.env["crm.loyalty.simulation.line"]._read_group(
            [("simulation_id", "in", self.ids)],
            ["simulation_id"],
            [f"{name}:sum" for name in AMOUNTS],
        )
        sums = {simulation: amounts for simulation, *amounts in groups}
        nothing = [0.0] * len(AMOUNTS)
        for simulation in self:
            for name, amount in zip(AMOUNTS, sums.get(simulation, nothing), strict=True):
                simulation[name] = amount
            simulation.margin_rate = rate(simulation.margin, simulation.revenue)
            simulation.margin_after_rate = rate(simulation.margin_after, simulation.revenue)
