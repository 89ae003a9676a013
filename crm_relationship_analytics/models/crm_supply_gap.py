from odoo import api, fields, models


class CrmSupplyGap(models.Model):
    """What customers will probably take of a product in a month, against what there is and comes.

    One row per company, product that is kept in stock, and month, of all warehouses together.
    Written by batches only, so there are no columns for who did; nothing here changes stock.
    """

    _name = "crm.supply.gap"
    _description = "Supply against Demand"
    _inherit = ["crm.company.job"]
    _order = "month, gap_qty desc, id"
    _rec_name = "product_id"
    _log_access = False

    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    product_id = fields.Many2one(
        comodel_name="product.product",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    product_categ_id = fields.Many2one(related="product_id.categ_id", string="Product Category")
    product_uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    month = fields.Date(
        required=True, readonly=True, help="Its first day. Of the current month, what is left."
    )
    rhythm_qty = fields.Float(
        string="By Rhythm",
        readonly=True,
        digits="Product Unit",
        help="What customers who bought it often enough will take by the days between their"
        " purchases, beyond that which they have ordered or are offered.",
    )
    other_qty = fields.Float(
        string="Other Customers",
        readonly=True,
        digits="Product Unit",
        help="What customers without a rhythm took in the last 90 days, for the days of the month.",
    )
    quoted_qty = fields.Float(
        string="In Quotations",
        readonly=True,
        digits="Product Unit",
        help="Open quotations, by the probability of their opportunity or that of the policy.",
    )
    offer_qty = fields.Float(
        string="By Offers",
        readonly=True,
        digits="Product Unit",
        help="What running offers are expected to take.",
    )
    committed_qty = fields.Float(
        string="Committed",
        readonly=True,
        digits="Product Unit",
        help="What is ordered and not delivered yet, and other goods that are to leave the stock.",
    )
    demand_qty = fields.Float(
        string="Demand", readonly=True, digits="Product Unit", help="The five before together."
    )
    start_qty = fields.Float(
        string="At Start",
        readonly=True,
        digits="Product Unit",
        aggregator=None,
        help="On hand at the start of the month, also what is reserved, as the orders it is"
        " reserved for are demand. Later: what the month before leaves.",
    )
    incoming_qty = fields.Float(
        string="Incoming",
        readonly=True,
        digits="Product Unit",
        help="Receipts planned for the month; late ones are expected today.",
    )
    requested_qty = fields.Float(
        string="Requested",
        readonly=True,
        digits="Product Unit",
        help="In requests for quotation that are not confirmed.",
    )
    later_qty = fields.Float(
        string="Comes Later",
        readonly=True,
        digits="Product Unit",
        aggregator=None,
        help="What comes in or is requested for after this month.",
    )
    gap_qty = fields.Float(
        string="Gap",
        readonly=True,
        digits="Product Unit",
        help="What is missing in this month, when the gaps of the months before are filled.",
    )
    cover_days = fields.Float(
        string="Cover (Days)",
        readonly=True,
        digits=(16, 1),
        aggregator="min",
        help="How long what there is and comes lasts at the month's demand.",
    )
    customer_count = fields.Integer(
        string="Customers Hit",
        readonly=True,
        aggregator=None,
        help="Customers whose rhythm, quotations or orders make the demand of a gap.",
    )
    best_customer_count = fields.Integer(
        string="A Customers Hit",
        readonly=True,
        aggregator=None,
        help="Those of them with the best value grade.",
    )

    _company_product_month_unique = models.Constraint(
        "UNIQUE (company_id, product_id, month)", "A product has one row in each month."
    )
    _month_index = models.Index("(company_id, month)")

    @api.depends("product_id", "month")
    def _compute_display_name(self):
        for gap in self:
            month = gap.month and gap.month.strftime("%Y-%m")
            gap.display_name = f"{gap.product_id.display_name} {month}"

    def action_view_customers(self):
        """Open the customers who make the demand of this product in this month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_supply_demand_action"
        )
        return action | {"domain": self._customers_domain(), "context": {}}

    def _customers_domain(self):
        """Return the condition on the customers counted here."""
        return [
            ("company_id", "=", self.company_id.id),
            ("product_id", "=", self.product_id.id),
            ("month", "=", self.month),
        ]

    def action_view_forecast(self):
        """Open core's own forecast of this product's stock."""
        self.ensure_one()
        return self.product_id.action_product_forecast_report()
