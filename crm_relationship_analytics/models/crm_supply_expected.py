"""The SQL of what customers will take of the goods of a company."""

from datetime import timedelta

from odoo.tools import SQL

from ..logic.demand import HISTORY_DAYS, MONTHS_AHEAD, RECENT_DAYS
from .crm_supply_terms import OPEN_STATES, SupplyTerms


class ExpectedDemand(SupplyTerms):
    """Builds the queries of demand, in the unit of each product.

    Each source has the columns ``partner_id, product_id, number`` of the month, and the quantities
    by rhythm, in quotations, and in orders.
    """

    def customer_demand(self, history: SQL) -> SQL:
        """Return what each customer is expected to take of each product in each month.

        By rhythm counts only what is beyond that which he has ordered or is offered.
        """
        return SQL(
            """
            SELECT partner_id, product_id, number,
                   GREATEST(SUM(rhythm) - SUM(quoted) - SUM(committed), 0) AS rhythm_qty,
                   SUM(quoted) AS quoted_qty, SUM(committed) AS committed_qty
              FROM ((%s) UNION ALL (%s) UNION ALL (%s)) expected
             GROUP BY partner_id, product_id, number
            """,
            self._by_rhythm(history),
            self._quoted(),
            self._committed(),
        )

    def history(self) -> SQL:
        """Return how often and how much each customer bought of each product."""
        since = self.today - timedelta(days=HISTORY_DAYS)
        return SQL(
            """
            SELECT partner_id, product_id, COUNT(*) AS purchases,
                   MIN(day) AS first_day, MAX(day) AS last_day,
                   SUM(quantity)::float8 AS quantity,
                   (SUM(quantity) FILTER (WHERE day > %(recent)s))::float8 AS recent
              FROM (
                    SELECT partner.commercial_partner_id AS partner_id, line.product_id,
                           %(day)s AS day, SUM(%(quantity)s) AS quantity
                      FROM sale_order_line line
                      JOIN sale_order sale ON sale.id = line.order_id
                      JOIN res_partner partner ON partner.id = sale.partner_id
                      JOIN (%(goods)s) goods ON goods.id = line.product_id
                      JOIN uom_uom unit ON unit.id = line.product_uom_id
                     WHERE sale.state = 'sale' AND sale.company_id = %(company)s
                       AND sale.date_order >= %(since)s AND sale.date_order < %(until)s
                       AND line.product_uom_qty > 0 %(no_offer)s
                     GROUP BY 1, 2, 3
                   ) bought
             GROUP BY partner_id, product_id
            """,
            recent=self.today - timedelta(days=RECENT_DAYS),
            day=self._day(SQL("sale.date_order")),
            quantity=self._in_unit_of_product(SQL("line.product_uom_qty")),
            goods=self._goods(),
            company=self.company.id,
            since=self.company._start_of_day(since),
            until=self.company._start_of_day(self.today + timedelta(days=1)),
            no_offer=self._without_offers(),
        )

    def _by_rhythm(self, history: SQL) -> SQL:
        """Return :func:`logic.demand.expected_by_due_date`, times the usual quantity."""
        rules = self.rules
        return SQL(
            """
            SELECT history.partner_id, history.product_id, month.number,
                   month.days / gap * active * quantity / purchases AS rhythm,
                   0::float8 AS quoted, 0::float8 AS committed
              FROM %(history)s history
             CROSS JOIN LATERAL (
                   SELECT (last_day - first_day)::float8 / NULLIF(purchases - 1, 0) AS gap
                   ) usual
             CROSS JOIN LATERAL (
                   SELECT GREATEST(0, LEAST(1, (%(lapsed)s - (%(today)s - last_day) / gap)
                                                / (%(lapsed)s - %(at_risk)s))) AS active
                   ) still
             CROSS JOIN (%(months)s) month
             WHERE purchases >= %(least)s AND active > 0 AND month.number < %(ahead)s
            """,
            history=history,
            lapsed=SQL("%s::float8", rules.lapsed),
            at_risk=SQL("%s::float8", rules.at_risk),
            today=self.today,
            months=self._months(),
            least=max(rules.least_purchases, 2),
            ahead=MONTHS_AHEAD,
        )

    def _quoted(self) -> SQL:
        """Return what is offered in quotations, by how sure they are."""
        return SQL(
            """
            SELECT partner.commercial_partner_id, line.product_id, month.number,
                   0::float8,
                   (%(quantity)s)::float8 * COALESCE(lead.probability / 100, %(probability)s),
                   0::float8
              FROM sale_order_line line
              JOIN sale_order sale ON sale.id = line.order_id
              JOIN res_partner partner ON partner.id = sale.partner_id
              JOIN (%(goods)s) goods ON goods.id = line.product_id
              JOIN uom_uom unit ON unit.id = line.product_uom_id
              LEFT JOIN crm_lead lead ON lead.id = sale.opportunity_id
              JOIN (%(months)s) month ON %(in_month)s AND month.number < %(ahead)s
             WHERE sale.state IN ('draft', 'sent') AND sale.company_id = %(company)s
               AND (sale.validity_date IS NULL OR sale.validity_date >= %(today)s)
               AND line.product_uom_qty > 0
            """,
            quantity=self._in_unit_of_product(SQL("line.product_uom_qty")),
            probability=self.rules.quotation_probability,
            goods=self._goods(),
            months=self._months(),
            in_month=self._in_month(
                SQL(
                    "COALESCE(%s, lead.date_deadline, %s)",
                    self._day(SQL("sale.commitment_date")),
                    self.today,
                )
            ),
            ahead=MONTHS_AHEAD,
            company=self.company.id,
            today=self.today,
        )

    def _committed(self) -> SQL:
        """Return what is to leave the company's stock: deliveries of orders, and other moves.

        Of a chain of moves the last counts. What is delivered by a vendor never was in stock.
        """
        return SQL(
            """
            SELECT partner.commercial_partner_id, move.product_id, month.number,
                   0::float8, 0::float8, move.product_qty::float8
              FROM stock_move move
              JOIN (%(goods)s) goods ON goods.id = move.product_id
              LEFT JOIN sale_order_line line ON line.id = move.sale_line_id
              LEFT JOIN sale_order sale ON sale.id = line.order_id
              LEFT JOIN stock_picking picking ON picking.id = move.picking_id
              LEFT JOIN res_partner partner
                ON partner.id = COALESCE(sale.partner_id, picking.partner_id)
              JOIN (%(months)s) month ON %(in_month)s AND month.number < %(ahead)s
             WHERE move.state IN %(open)s
               AND move.location_id IN (%(ours)s)
               AND COALESCE(move.location_final_id, move.location_dest_id) NOT IN (%(ours)s)
               AND NOT EXISTS (
                   SELECT FROM stock_move_move_rel chain
                     JOIN stock_move next_move ON next_move.id = chain.move_dest_id
                    WHERE chain.move_orig_id = move.id AND next_move.state IN %(open)s
                   )
            """,
            goods=self._goods(),
            months=self._months(),
            in_month=self._in_month(self._day(SQL("move.date"))),
            ahead=MONTHS_AHEAD,
            open=OPEN_STATES,
            ours=self._our_locations(),
        )

    def _in_unit_of_product(self, quantity: SQL) -> SQL:
        return SQL("%s * COALESCE(unit.factor, 1) / COALESCE(goods.factor, 1)", quantity)

    def _without_offers(self) -> SQL:
        if "offer_presentation_id" in self.env["sale.order.line"]._fields:
            return SQL("AND line.offer_presentation_id IS NULL")
        return SQL()
