from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ..logic.offer_supply import DEMAND_DAYS, PRIOR_ANSWERS, PRIOR_RATE

MONTHS_AHEAD = 3


class CrmOfferDemand(models.Model):
    """How many of each product running offers are expected to take, by warehouse and month.

    For who buys in: presentations of the last four weeks, by the share that is accepted, by the
    quantity, for the days of each month from today on on which the offer is made.
    """

    _name = "crm.offer.demand"
    _description = "Expected Demand of Offers"
    _auto = False
    _order = "month, product_id, id"
    _rec_name = "product_id"
    _depends = {
        "crm.alliance": ["date_from", "date_until", "state"],
        "crm.alliance.offer": ["active", "alliance_id", "company_id", "date_until", "state"],
        "crm.alliance.offer.line": ["is_of_partner", "offer_id", "product_id", "quantity"],
        "crm.offer.presentation": ["date", "offer_id", "state"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["type"],
        "res.company": ["business_timezone"],
        "stock.warehouse": ["active", "company_id", "sequence"],
    }

    offer_id = fields.Many2one(comodel_name="crm.alliance.offer", readonly=True)
    product_id = fields.Many2one(comodel_name="product.product", readonly=True)
    product_tmpl_id = fields.Many2one(related="product_id.product_tmpl_id", string="Product Group")
    warehouse_id = fields.Many2one(comodel_name="stock.warehouse", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    is_of_partner = fields.Boolean(string="The Partner's", readonly=True)
    month = fields.Date(readonly=True, help="Its first day.")
    presentations_a_week = fields.Float(readonly=True, digits=(16, 2), aggregator="avg")
    acceptance_rate = fields.Float(
        string="Accepted (%)", readonly=True, digits=(5, 2), aggregator="avg"
    )
    quantity_a_day = fields.Float(string="A Day", readonly=True, digits=(16, 4))
    quantity = fields.Float(string="Expected Quantity", readonly=True, digits="Product Unit")

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            WITH today AS (
                SELECT id AS company_id, business_timezone AS zone,
                       (%(now)s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE business_timezone)::date
                       AS day
                  FROM res_company
            ), answered AS (
                SELECT offer.id AS offer_id, offer.company_id, today.day,
                       COUNT(shown.id) FILTER (
                           WHERE shown.date >= (today.day - %(days)s)::timestamp
                                               AT TIME ZONE today.zone AT TIME ZONE 'UTC'
                       ) / %(days)s::numeric AS a_day,
                       (COUNT(shown.id) FILTER (WHERE shown.state = 'accepted')
                            + %(prior)s::numeric * %(weight)s)
                       / (COUNT(shown.id) FILTER (WHERE shown.state != 'presented') + %(weight)s)
                       AS rate,
                       LEAST(offer.date_until, alliance.date_until) AS last_day,
                       GREATEST(offer.date_from, alliance.date_from) AS first_day
                  FROM crm_alliance_offer offer
                  JOIN today ON today.company_id = offer.company_id
                  LEFT JOIN crm_alliance alliance ON alliance.id = offer.alliance_id
                  LEFT JOIN crm_offer_presentation shown ON shown.offer_id = offer.id
                 WHERE offer.state = 'running' AND offer.active
                   AND (offer.alliance_id IS NULL OR alliance.state = 'running')
                 GROUP BY offer.id, alliance.id, today.day, today.zone
            ), monthly AS (
                SELECT answered.*, month::date AS month,
                       LEAST((month + INTERVAL '1 month')::date - 1, last_day)
                       - GREATEST(month::date, day, first_day) + 1 AS days
                  FROM answered
                 CROSS JOIN LATERAL GENERATE_SERIES(
                       DATE_TRUNC('month', day::timestamp),
                       DATE_TRUNC('month', day::timestamp) + %(ahead)s * INTERVAL '1 month',
                       INTERVAL '1 month') month
            )
            SELECT line.id * %(months)s::bigint
                   + (EXTRACT(YEAR FROM month) * 12 + EXTRACT(MONTH FROM month))::bigint
                   %% %(months)s AS id,
                   line.offer_id, line.product_id, line.is_of_partner, monthly.company_id,
                   warehouse.id AS warehouse_id, monthly.month,
                   monthly.a_day * 7 AS presentations_a_week,
                   monthly.rate * 100 AS acceptance_rate,
                   monthly.a_day * monthly.rate * line.quantity AS quantity_a_day,
                   monthly.a_day * monthly.rate * line.quantity * monthly.days AS quantity
              FROM monthly
              JOIN crm_alliance_offer_line line ON line.offer_id = monthly.offer_id
              JOIN product_product product ON product.id = line.product_id
              JOIN product_template template
                ON template.id = product.product_tmpl_id AND template.type = 'consu'
              LEFT JOIN LATERAL (
                   SELECT id FROM stock_warehouse
                    WHERE company_id = monthly.company_id AND active
                    ORDER BY sequence, id LIMIT 1
                   ) warehouse ON TRUE
             WHERE monthly.days > 0
            """,
            now=fields.Datetime.now(),
            days=DEMAND_DAYS,
            prior=PRIOR_RATE,
            weight=PRIOR_ANSWERS,
            ahead=MONTHS_AHEAD - 1,
            months=MONTHS_AHEAD,
        )

    @api.model
    def _let_buyers_read(self):
        """Let who buys in read it where purchases are installed, which is not asked for."""
        buyers = self.env.ref("purchase.group_purchase_user", raise_if_not_found=False)
        if buyers:
            reading = self.env.ref("crm_relationship_loyalty.group_offer_demand")
            buyers.implied_ids = [Command.link(reading.id)]
