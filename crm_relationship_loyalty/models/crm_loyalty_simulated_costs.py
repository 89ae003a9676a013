"""What simulated members bought, and what that cost."""

from collections import defaultdict

from odoo import fields
from odoo.tools import SQL

from .crm_loyalty_simulated_benefits import SimulatedBenefits


class SimulatedCosts(SimulatedBenefits):
    """Amounts by month and rank, read from the documents by a few statements.

    They ask the table `crm_simulated_holding` for who held which rank when: on the day of the
    document, in the company's currency.
    """

    def __init__(self, simulation):
        super().__init__(simulation)
        self.has_margins = "purchase_price" in self.env["sale.order.line"]._fields
        self.cost_basis = "order" if self.has_margins else "product"

    def amounts_by_month(self, tally):
        """Return ``{(month, rank): {name: amount}}``, rank 0 for what was bought without a tier."""
        self._stage_sales()
        amounts = defaultdict(dict)
        for month, rank, revenue, cost in self.env.execute_query(
            SQL(
                "SELECT month, tier_rank, SUM(revenue), SUM(cost) FROM crm_simulated_sale"
                " GROUP BY month, tier_rank"
            )
        ):
            amounts[month, rank] |= {"revenue": revenue, "delivered_cost": cost}
        self._add_points(amounts)
        self._add_prices(amounts)
        self._add_coupons(amounts, tally)
        return amounts

    def revenue_of_customers(self) -> SQL:
        """Return the SELECT of each holder's net invoiced revenue, of twelve months and of all."""
        return SQL(
            """
            SELECT %(holder)s AS partner_id,
                   SUM(move.amount_untaxed_signed) FILTER (
                       WHERE COALESCE(move.invoice_date, move.date) > %(year)s
                   ) AS year,
                   SUM(move.amount_untaxed_signed) FILTER (
                       WHERE COALESCE(move.invoice_date, move.date) >= %(first)s
                   ) AS period
              FROM account_move move
              JOIN res_partner partner ON partner.id = move.partner_id
             WHERE %(posted)s AND COALESCE(move.invoice_date, move.date) BETWEEN %(since)s
                   AND %(last)s
             GROUP BY 1
            """,
            holder=self._holder(),
            year=(year := fields.Date.subtract(self.simulation.date_to, months=12)),
            first=self.simulation.date_from,
            since=min(year, self.simulation.date_from),
            posted=self._posted(),
            last=self.simulation.date_to,
        )

    def _posted(self) -> SQL:
        return SQL(
            """
            move.state = 'posted' AND move.company_id = %s
            AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
            """,
            self.company.id,
        )

    def _stage_sales(self):
        """Keep the lines of invoices and credit notes, each with the rank of its day.

        The cost is that of the order line, in the order's currency and unit, where orders have one;
        or else the product's cost today. Reduced quantities are those of the product's unit.
        """
        quantity = SQL(
            "sold.sign * line.quantity * COALESCE(unit.factor / NULLIF(own.factor, 0), 1)::numeric"
        )
        today = SQL("COALESCE((product.standard_price->>%s)::numeric, 0)", str(self.company.id))
        cost, orders = SQL("%s * %s", quantity, today), SQL()
        if self.has_margins:
            cost = SQL("COALESCE(sold.sign * line.quantity * ordered.cost, %s)", cost)
            orders = self._order_costs()
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_simulated_sale ON COMMIT DROP AS
                SELECT DATE_TRUNC('month', sold.day)::date AS month, sold.tier_rank, sold.sign,
                       line.product_id, %(quantity)s AS quantity, -line.balance AS revenue,
                       %(cost)s AS cost
                  FROM (
                        SELECT move.id, COALESCE(move.invoice_date, move.date) AS day,
                               CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END AS sign,
                               COALESCE(held.tier_rank, 0) AS tier_rank
                          FROM account_move move
                          JOIN res_partner partner ON partner.id = move.partner_id
                          LEFT JOIN crm_simulated_holding held
                            ON held.partner_id = %(holder)s
                           AND COALESCE(move.invoice_date, move.date)
                               BETWEEN held.first AND held.last
                         WHERE %(posted)s AND COALESCE(move.invoice_date, move.date)
                               BETWEEN %(first)s AND %(last)s
                       ) sold
                  JOIN account_move_line line
                    ON line.move_id = sold.id AND line.display_type = 'product'
                  LEFT JOIN product_product product ON product.id = line.product_id
                  LEFT JOIN product_template template ON template.id = product.product_tmpl_id
                  LEFT JOIN uom_uom unit ON unit.id = line.product_uom_id
                  LEFT JOIN uom_uom own ON own.id = template.uom_id
                  %(orders)s
                """,
                quantity=quantity,
                cost=cost,
                holder=self._holder(),
                posted=self._posted(),
                first=self.simulation.date_from,
                last=self.simulation.date_to,
                orders=orders,
            )
        )
        self.env.cr.execute("ANALYZE crm_simulated_sale")

    def _order_costs(self) -> SQL:
        """Return the join of what one of an invoice line cost on its order line."""
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT AVG(
                           (bought.purchase_price / COALESCE(NULLIF(sale.currency_rate, 0), 1))
                           ::numeric * COALESCE(unit.factor / NULLIF(asked.factor, 0), 1)::numeric
                       ) AS cost
                  FROM sale_order_line_invoice_rel link
                  JOIN sale_order_line bought ON bought.id = link.order_line_id
                  JOIN sale_order sale ON sale.id = bought.order_id
                  LEFT JOIN uom_uom asked ON asked.id = bought.product_uom_id
                 WHERE link.invoice_line_id = line.id
            ) ordered ON TRUE
            """
        )
