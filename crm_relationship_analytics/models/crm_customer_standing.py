from odoo import fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS


class CrmCustomerStanding(models.Model):
    """What a customer leaves in the window after all that he costs.

    All amounts are in the company's currency; costs are negative, so that the contribution is the
    sum of the columns before it.
    """

    _inherit = "crm.customer.standing"

    net_revenue = fields.Monetary(
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What was booked on income accounts for him, less credit notes, before rewards and"
        " without down payments and gift cards, which are means of payment.",
    )
    goods_cost = fields.Monetary(
        string="Cost of Goods",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What the goods and services invoiced to him have cost, negative.",
    )
    reward_cost = fields.Monetary(
        string="Rewards",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Discounts and free products by rewards, negative.",
    )
    points_cost = fields.Monetary(
        string="Points",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="What the points that he earned are worth, less those spent and expired, negative.",
    )
    service_cost = fields.Monetary(
        string="Cost to Serve",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Interactions, cases, deliveries, returns, order lines and late payment by the rate"
        " card, negative.",
    )
    contribution = fields.Monetary(
        string="Net Contribution",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="Net revenue less the cost of goods, rewards, points and the cost to serve.",
    )
