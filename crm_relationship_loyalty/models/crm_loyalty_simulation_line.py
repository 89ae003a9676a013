from odoo import fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.simulation import BENEFITS

AMOUNTS = ("revenue", "delivered_cost", "margin", *BENEFITS, "benefit_cost", "margin_after")


class CrmLoyaltySimulationLine(models.Model):
    """A tier in a month of a simulation; without a tier, all that no member bought.

    Amounts are those of documents on whose day the customer held the tier.
    """

    _name = "crm.loyalty.simulation.line"
    _description = "Simulated Month of a Tier"
    _order = "simulation_id, month, tier_rank desc"
    _rec_name = "month"

    simulation_id = fields.Many2one(
        comodel_name="crm.loyalty.simulation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="simulation_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, readonly=True, help="Its first day.")
    tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier", readonly=True, index=True, ondelete="set null"
    )
    tier_rank = fields.Integer(string="Rank", readonly=True, aggregator=None)
    tier_name = fields.Char(string="Name of the Tier", readonly=True)
    members = fields.Integer(
        readonly=True,
        help="Customers who hold the tier at the end of the month, or today. Add up tiers, not"
        " months.",
    )
    entered = fields.Integer(
        readonly=True,
        help="Who came in during the month, from below or above; not who was there on the first"
        " day of the period.",
    )
    left = fields.Integer(readonly=True, help="Who went out during the month, up or down.")
    risen = fields.Integer(string="Came from Below", readonly=True)
    fallen = fields.Integer(string="Went Below", readonly=True)
    revenue = fields.Monetary(
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Lines of invoices less those of credit notes, without taxes, in the company's"
        " currency, on days on which the customer held the tier.",
    )
    delivered_cost = fields.Monetary(
        string="Cost",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Quantities of those lines at the cost of their order lines where Margins in Sales"
        " Orders is installed, or else at the product's cost today.",
    )
    margin = fields.Monetary(
        string="Margin before Benefits",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Revenue less cost.",
    )
    extra_points = fields.Float(
        digits=(16, 2),
        readonly=True,
        help="Points that orders earned without any tier, times the multiplier less one.",
    )
    points_cost = fields.Monetary(
        string="Extra Points (Cost)",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Extra points times the fair value of a point of their program.",
    )
    price_cost = fields.Monetary(
        string="Price Lists",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="For each line: what was invoiced above today's net price on the price list of the"
        " tier's level, for products that the list has a rule for; never below zero.",
    )
    entry_count = fields.Integer(string="First Entries", readonly=True)
    entry_cost = fields.Monetary(
        string="Entry Coupons",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="First entries times the value of the coupon.",
    )
    birthday_count = fields.Integer(string="Birthdays", readonly=True)
    birthday_cost = fields.Monetary(
        string="Birthday Coupons",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Birthdays of members times the value of the coupon.",
    )
    service_cost = fields.Monetary(
        string="Service and Gifts",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="For each day of each member, a 365th of the yearly cost on the tier.",
    )
    benefit_cost = fields.Monetary(
        string="Cost of Benefits",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Extra points, price lists, coupons, service and gifts together.",
    )
    margin_after = fields.Monetary(
        string="Margin after Benefits",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="The margin less the cost of the benefits.",
    )
