from odoo import fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS


class CrmLoyaltySimulationCustomer(models.Model):
    """Where a customer stands today, and where he would stand by the simulated rules.

    Only customers with a tier on either side are kept. Rows are written by SQL, by no user.
    """

    _name = "crm.loyalty.simulation.customer"
    _description = "Customer of a Simulation"
    _inherit = ["crm.customer.dimension"]
    _order = "simulation_id desc, id"  # written from the highest tier and revenue on
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(required=True, ondelete="cascade")
    simulation_id = fields.Many2one(
        comodel_name="crm.loyalty.simulation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier",
        string="Tier Today",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Of the ladder that the simulated one replaces, or of itself where it is published.",
    )
    to_tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier",
        string="Simulated Tier",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    to_rank = fields.Integer(readonly=True, aggregator=None)
    direction = fields.Selection(
        selection=[("up", "Up"), ("down", "Down"), ("same", "Same")], required=True, readonly=True
    )
    value = fields.Monetary(
        string="Qualifying Value",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What counts today by the simulated rules; of a ladder of points, points.",
    )
    revenue_year = fields.Monetary(
        string="Revenue, 12 Months",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Invoiced within twelve months up to today, less credit notes, without taxes.",
    )
    revenue = fields.Monetary(
        string="Revenue, Period",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="The same of all months that were simulated.",
    )
