from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.logic.value_grade import window_of
from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

MONTHS = 12
INVOICES = ("out_invoice", "out_receipt", "out_refund")
MOST_LEFT_FIRST = "estimated_amount desc, id desc"


class CrmWalletShare(models.Model):
    """How much of what a customer spends is spent with us, by each estimate in force.

    Ours is what his firm bought in the twelve months up to the last day that his company grades
    by, in the category and those below it: lines of posted invoices less credit notes, or of
    confirmed orders where orders are what the company grades by. Company currency, no taxes.
    """

    _name = "crm.wallet.share"
    _description = "Share of Wallet"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = MOST_LEFT_FIRST
    _rec_name = "partner_id"
    _depends = {
        "crm.wallet.estimate": [
            "partner_id",
            "company_id",
            "category_id",
            "amount",
            "date",
            "source",
            "confidence",
        ],
        "res.partner": ["commercial_partner_id"],
        "product.category": ["parent_path"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id"],
        "account.move": ["partner_id", "move_type", "state", "invoice_date", "date"],
        "account.move.line": ["move_id", "company_id", "product_id", "display_type", "balance"],
        "sale.order": ["partner_id", "company_id", "state", "date_order", "currency_rate"],
        "sale.order.line": ["order_id", "product_id", "display_type", "price_subtotal"],
    }

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    value_grade_id = fields.Many2one(related="partner_id.value_grade_id")
    category_id = fields.Many2one(
        comodel_name="product.category", string="Product Category", readonly=True
    )
    date = fields.Date(string="Estimated as of", readonly=True)
    source = fields.Selection(
        selection=lambda self: self.env["crm.wallet.estimate"]._fields["source"].selection,
        readonly=True,
    )
    confidence = fields.Selection(
        selection=lambda self: self.env["crm.wallet.estimate"]._fields["confidence"].selection,
        readonly=True,
    )
    estimated_amount = fields.Monetary(string="Yearly Spend", readonly=True)
    our_amount = fields.Monetary(string="Spent with Us", readonly=True, groups=AMOUNT_GROUPS)
    left_to_win = fields.Monetary(
        string="Left to Win",
        readonly=True,
        groups=AMOUNT_GROUPS,
        help="The yearly spend less ours, never below 0.",
    )
    share = fields.Float(
        string="Our Share",
        readonly=True,
        aggregator="avg",
        groups=AMOUNT_GROUPS,
        help="Ours of the yearly spend. Above 100% the estimate is too low. Of several customers,"
        " ours of all that they spend together.",
    )
    level = fields.Selection(
        selection=[
            ("none", "Buys Nothing from Us"),
            ("part", "Buys a Part from Us"),
            ("over", "Estimate Too Low"),
        ],
        readonly=True,
    )
    is_part = fields.Boolean(
        string="Part of a Wider Estimate",
        readonly=True,
        help="He has an estimate for a category above this one, or for everything; a sum of both"
        " would count twice.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT estimate.id, estimate.customer_id AS partner_id, estimate.company_id,
                   estimate.category_id, estimate.date, estimate.source, estimate.confidence,
                   estimate.amount AS estimated_amount,
                   %(ours)s AS our_amount,
                   (%(ours)s / estimate.amount)::double precision AS share,
                   GREATEST(estimate.amount - %(ours)s, 0) AS left_to_win,
                   CASE WHEN %(ours)s > estimate.amount THEN 'over'
                        WHEN %(ours)s > 0 THEN 'part' ELSE 'none' END AS level,
                   EXISTS (%(wider)s) AS is_part
              FROM (%(estimates)s) estimate
              LEFT JOIN (%(bought)s) bought
                ON bought.customer_id = estimate.customer_id
               AND bought.company_id = estimate.company_id
               AND (estimate.category_id IS NULL
                    OR bought.category_path LIKE estimate.category_path || '%%')
             WHERE NOT EXISTS (%(newer)s)
             GROUP BY estimate.id, estimate.customer_id, estimate.company_id, estimate.category_id,
                      estimate.category_path, estimate.date, estimate.source, estimate.confidence,
                      estimate.amount
            """,
            ours=SQL("COALESCE(ROUND(SUM(bought.amount), MAX(bought.digits)), 0)"),
            estimates=self._estimates(),
            bought=self._bought(),
            newer=self._newer(),
            wider=self._wider(),
        )

    def _order_to_sql(self, order, query, alias=None, reverse=False):
        """Put those with the most left to win first, also for who may not see how much that is."""
        if (order or self._order) != MOST_LEFT_FIRST:
            return super()._order_to_sql(order, query, alias, reverse)
        alias = alias or self._table
        return SQL(
            "%(left)s %(direction)s, %(id)s %(direction)s",
            left=SQL.identifier(alias, "left_to_win"),
            id=SQL.identifier(alias, "id"),
            direction=SQL("ASC") if reverse else SQL("DESC"),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Weigh the shares of customers by what they spend."""
        if aggregate_spec != "share:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "(SUM(%s) / NULLIF(SUM(%s), 0))::double precision",
            self._field_to_sql(query.table, "our_amount", query),
            self._field_to_sql(query.table, "estimated_amount", query),
        )

    def action_view_lines(self):
        """Open the lines of orders or invoices that are ours."""
        self.ensure_one()
        policy = self.env["crm.value.policy"]._known_of(self.company_id)
        model, of_customer, domain = "sale.order.line", "order_partner_id", self._ordered(policy)
        if policy.basis == "invoiced":
            model, of_customer, domain = "account.move.line", "partner_id", self._invoiced(policy)
        domain &= Domain("company_id", "=", self.company_id.id)
        domain &= Domain(f"{of_customer}.commercial_partner_id", "=", self.partner_id.id)
        if self.category_id:
            domain &= Domain("product_id.categ_id", "child_of", self.category_id.id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Spent with Us"),
            "res_model": model,
            "view_mode": "list,form",
            "domain": list(domain),
            "context": {"create": False},
        }

    @api.model
    def _invoiced(self, policy):
        """Return the domain of the lines that :meth:`_lines_of_invoices` adds up."""
        window = window_of(policy._as_of(), MONTHS)
        return (
            Domain("parent_state", "=", "posted")
            & Domain("move_id.move_type", "in", INVOICES)
            & Domain("move_id.invoice_date", ">=", window.first)
            & Domain("move_id.invoice_date", "<=", window.last)
            & Domain("display_type", "=", "product")
        )

    @api.model
    def _ordered(self, policy):
        """Return the domain of the lines that :meth:`_lines_of_orders` adds up."""
        since, until = self._moments(policy)
        return (
            Domain("state", "=", "sale")
            & Domain("order_id.date_order", ">=", since)
            & Domain("order_id.date_order", "<", until)
            & Domain("display_type", "=", False)
        )

    @api.model
    def _moments(self, policy):
        """Return when the window begins, and the moment after its end (UTC)."""
        window = window_of(policy._as_of(), MONTHS)
        after = window.last + timedelta(days=1)
        return tuple(map(policy.company_id._start_of_day, (window.first, after)))

    @api.model
    def _estimates(self) -> SQL:
        """Return the estimates with the firm that their customer belongs to by now."""
        return SQL(
            """
            SELECT known.*, customer.commercial_partner_id AS customer_id,
                   category.parent_path AS category_path
              FROM crm_wallet_estimate known
              JOIN res_partner customer ON customer.id = known.partner_id
              LEFT JOIN product_category category ON category.id = known.category_id
            """
        )

    @api.model
    def _newer(self) -> SQL:
        return SQL(
            """
            SELECT FROM (%s) newer
             WHERE newer.customer_id = estimate.customer_id
               AND newer.company_id = estimate.company_id
               AND newer.category_id IS NOT DISTINCT FROM estimate.category_id
               AND (newer.date, newer.id) > (estimate.date, estimate.id)
            """,
            self._estimates(),
        )

    @api.model
    def _wider(self) -> SQL:
        return SQL(
            """
            SELECT FROM (%s) wider
             WHERE wider.customer_id = estimate.customer_id
               AND wider.company_id = estimate.company_id
               AND estimate.category_id IS NOT NULL
               AND (wider.category_id IS NULL
                    OR wider.category_id <> estimate.category_id
                   AND estimate.category_path LIKE wider.category_path || '%%')
            """,
            self._estimates(),
        )

    @api.model
    def _bought(self) -> SQL:
        """Return the lines that count, of the reader's companies, each by what it grades by."""
        policies = self.env["crm.value.policy"]._known_of(self.env.companies)
        sources = [
            self._lines_of_orders(policy)
            if policy.basis == "ordered"
            else self._lines_of_invoices(policy)
            for policy in policies
        ]
        return SQL(" UNION ALL ").join(SQL("(%s)", source) for source in sources)

    @api.model
    def _lines_of_invoices(self, policy) -> SQL:
        window = window_of(policy._as_of(), MONTHS)
        return SQL(
            """
            SELECT contact.commercial_partner_id AS customer_id, move.company_id,
                   category.parent_path AS category_path,
                   -line.balance AS amount, %(digits)s AS digits
              FROM res_partner contact
              JOIN account_move move ON move.partner_id = contact.id
              JOIN account_move_line line ON line.move_id = move.id
              %(category)s
             WHERE move.company_id = %(company)s AND move.state = 'posted'
               AND move.move_type IN %(move_types)s
               AND COALESCE(move.invoice_date, move.date) BETWEEN %(first)s AND %(last)s
               AND line.display_type = 'product'
            """,
            category=self._category_of_line(),
            company=policy.company_id.id,
            digits=policy.company_id.currency_id.decimal_places,
            first=window.first,
            last=window.last,
            move_types=INVOICES,
        )

    @api.model
    def _lines_of_orders(self, policy) -> SQL:
        since, until = self._moments(policy)
        return SQL(
            """
            SELECT contact.commercial_partner_id AS customer_id, sale.company_id,
                   category.parent_path AS category_path,
                   line.price_subtotal / COALESCE(NULLIF(sale.currency_rate, 0), 1) AS amount,
                   %(digits)s AS digits
              FROM res_partner contact
              JOIN sale_order sale ON sale.partner_id = contact.id
              JOIN sale_order_line line ON line.order_id = sale.id
              %(category)s
             WHERE sale.company_id = %(company)s AND sale.state = 'sale'
               AND sale.date_order >= %(since)s AND sale.date_order < %(until)s
               AND line.display_type IS NULL
            """,
            category=self._category_of_line(),
            company=policy.company_id.id,
            digits=policy.company_id.currency_id.decimal_places,
            since=since,
            until=until,
        )

    @api.model
    def _category_of_line(self) -> SQL:
        return SQL(
            """
            LEFT JOIN product_product product ON product.id = line.product_id
            LEFT JOIN product_template template ON template.id = product.product_tmpl_id
            LEFT JOIN product_category category ON category.id = template.categ_id
            """
        )
