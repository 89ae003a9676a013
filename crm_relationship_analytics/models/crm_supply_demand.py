from odoo import fields, models
from odoo.tools import SQL

from ..logic.demand import MONTHS_AHEAD
from .crm_supply_expected import ExpectedDemand

COMPANIES = 32
PRODUCTS = 2**20
MONTHS = 4


class CrmSupplyDemand(models.Model):
    """Which customers will take how much of a product in a month: who is hit when it is missing.

    Read from the documents as they are now; the best grades come first.
    """

    _name = "crm.supply.demand"
    _description = "Demand of Customers"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "grade_sequence, quantity desc, id"
    _rec_name = "partner_id"
    _depends = {
        "crm.customer.standing": ["partner_id", "company_id", "value_grade_id"],
        "crm.lead": ["probability", "date_deadline"],
        "crm.value.grade": ["sequence", "active"],
        "product.product": ["active"],
        "product.template": ["is_storable", "type", "uom_id"],
        "res.partner": ["commercial_partner_id"],
        "sale.order": [
            "partner_id",
            "company_id",
            "state",
            "date_order",
            "commitment_date",
            "validity_date",
            "opportunity_id",
        ],
        "sale.order.line": ["order_id", "product_id", "product_uom_id", "product_uom_qty"],
        "stock.move": [
            "product_id",
            "product_qty",
            "sale_line_id",
            "picking_id",
            "state",
            "date",
            "location_id",
            "location_dest_id",
            "location_final_id",
            "move_dest_ids",
        ],
        "stock.picking": ["partner_id"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    product_id = fields.Many2one(comodel_name="product.product", readonly=True)
    month = fields.Date(readonly=True)
    value_grade_id = fields.Many2one(
        comodel_name="crm.value.grade",
        readonly=True,
        groups="crm_relationship.group_relationship_user",
    )
    grade_sequence = fields.Integer(readonly=True, aggregator=None)
    is_best = fields.Boolean(string="Best Grade", readonly=True)
    rhythm_qty = fields.Float(string="By Rhythm", readonly=True, digits="Product Unit")
    quoted_qty = fields.Float(string="In Quotations", readonly=True, digits="Product Unit")
    committed_qty = fields.Float(string="Committed", readonly=True, digits="Product Unit")
    quantity = fields.Float(string="Demand", readonly=True, digits="Product Unit")

    @property
    def _table_query(self) -> SQL:
        return SQL(" UNION ALL ").join(
            SQL("(%s)", self._of_company(company)) for company in self.env.companies
        )

    def _of_company(self, company) -> SQL:
        """Return the demand of a company's customers.

        An id is made of customer, company, product and month, and fits a whole number of
        JavaScript up to 16 million customers and a million products.
        """
        demand = ExpectedDemand(company)
        return SQL(
            """
            SELECT ((demand.partner_id::bigint * %(companies)s + %(company)s %% %(companies)s)
                    * %(products)s + demand.product_id %% %(products)s)
                   * %(months)s + demand.number AS id,
                   demand.partner_id, demand.product_id, %(company)s AS company_id,
                   month.first_day AS month, standing.value_grade_id,
                   COALESCE(grade.sequence, 2147483647) AS grade_sequence,
                   COALESCE(grade.id = %(best)s, FALSE) AS is_best,
                   demand.rhythm_qty, demand.quoted_qty, demand.committed_qty,
                   demand.rhythm_qty + demand.quoted_qty + demand.committed_qty AS quantity
              FROM (%(demand)s) demand
              JOIN (%(month)s) month ON month.number = demand.number
              LEFT JOIN crm_customer_standing standing
                ON standing.company_id = %(company)s AND standing.partner_id = demand.partner_id
              LEFT JOIN crm_value_grade grade ON grade.id = standing.value_grade_id
             WHERE demand.partner_id IS NOT NULL AND demand.number < %(ahead)s
               AND demand.rhythm_qty + demand.quoted_qty + demand.committed_qty > 0
            """,
            companies=COMPANIES,
            company=company.id,
            products=PRODUCTS,
            months=MONTHS,
            best=demand.policy._grades()[:1].id or None,
            demand=demand.customer_demand(SQL("(%s)", demand.history())),
            month=demand._months(),
            ahead=MONTHS_AHEAD,
        )
