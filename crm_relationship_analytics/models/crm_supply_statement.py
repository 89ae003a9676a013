"""The SQL that sets what customers will take against what there is and what comes."""

from odoo.tools import SQL

from ..logic.demand import MONTHS_AHEAD, RECENT_DAYS
from .crm_supply_expected import ExpectedDemand
from .crm_supply_terms import OPEN_STATES

PARTS = (
    "rhythm_qty",
    "other_qty",
    "quoted_qty",
    "offer_qty",
    "committed_qty",
    "incoming_qty",
    "requested_qty",
    "customers",
    "best_customers",
)


class SupplyStatement(ExpectedDemand):
    """Builds the query of the gap list."""

    def by_product(self) -> SQL:
        """Return the rows of the gap list, in the order of :data:`crm_supply_gap.COLUMNS`."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        return SQL(
            """
            WITH history AS MATERIALIZED (%(history)s),
                 part AS (%(parts)s),
                 product_month AS (
                    SELECT month.*, wanted.product_id, %(rounded)s,
                           COALESCE(ROUND(on_hand.quantity, %(digits)s), 0) AS on_hand
                      FROM (
                            SELECT DISTINCT product_id FROM part
                             WHERE number < %(ahead)s AND %(demanded)s > 0
                           ) wanted
                     CROSS JOIN (%(months)s) month
                      LEFT JOIN part
                        ON part.product_id = wanted.product_id AND part.number = month.number
                      LEFT JOIN (%(on_hand)s) on_hand ON on_hand.product_id = wanted.product_id
                 ), summed AS (
                    SELECT *, %(demand)s AS demand_qty, incoming_qty + requested_qty AS comes
                      FROM product_month
                 ), running AS (
                    SELECT *, on_hand + SUM(comes - demand_qty) OVER by_month AS balance,
                           SUM(comes) OVER after_month AS later_qty
                      FROM summed
                    WINDOW by_month AS (PARTITION BY product_id ORDER BY number),
                           after_month AS (
                               PARTITION BY product_id ORDER BY number
                               ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
                           )
                 ), lowest AS (
                    SELECT *, LEAST(0, MIN(balance) OVER by_month) AS low
                      FROM running
                    WINDOW by_month AS (PARTITION BY product_id ORDER BY number)
                 ), carried AS (
                    SELECT *, LAG(balance - low, 1, on_hand) OVER by_month AS start_qty,
                           LAG(low, 1, 0::numeric) OVER by_month - low AS gap_qty
                      FROM lowest
                    WINDOW by_month AS (PARTITION BY product_id ORDER BY number)
                 )
            SELECT product_id, first_day AS month, rhythm_qty, other_qty, quoted_qty, offer_qty,
                   committed_qty, demand_qty, start_qty, incoming_qty, requested_qty, later_qty,
                   gap_qty,
                   ROUND((GREATEST(start_qty, 0) + comes) / NULLIF(demand_qty, 0) * days, 1)
                   AS cover_days,
                   CASE WHEN gap_qty > 0 THEN customers ELSE 0 END AS customer_count,
                   CASE WHEN gap_qty > 0 THEN best_customers ELSE 0 END AS best_customer_count
              FROM carried
             WHERE number < %(ahead)s
            """,
            history=self.history(),
            parts=self._parts(),
            rounded=SQL(", ").join(
                SQL(
                    "COALESCE(ROUND(part.%s::numeric, %s), 0) AS %s",
                    SQL.identifier(name),
                    digits,
                    SQL.identifier(name),
                )
                for name in PARTS
            ),
            digits=digits,
            ahead=MONTHS_AHEAD,
            demanded=_sum(PARTS[:5]),
            demand=_sum(PARTS[:5]),
            months=self._months(),
            on_hand=self._on_hand(),
        )

    def _parts(self) -> SQL:
        """Return the sums of each source by product and month."""
        by_source = [
            (
                "rhythm_qty, quoted_qty, committed_qty, customers, best_customers",
                self._of_customers(),
            ),
            ("other_qty", self._of_others()),
            ("offer_qty", self._of_offers()),
            ("incoming_qty", self._incoming()),
            ("requested_qty", self._requested()),
        ]
        return SQL(
            "SELECT product_id, number, %s FROM (%s) source GROUP BY product_id, number",
            SQL(", ").join(
                SQL("SUM(%s) AS %s", SQL.identifier(name), SQL.identifier(name)) for name in PARTS
            ),
            SQL(" UNION ALL ").join(
                self._as_part(names.split(", "), source) for names, source in by_source if source
            ),
        )

    def _as_part(self, names, source: SQL) -> SQL:
        columns = (
            SQL.identifier(name) if name in names else SQL("0 AS %s", SQL.identifier(name))
            for name in PARTS
        )
        return SQL(
            "(SELECT product_id, number, %s FROM (%s) part)", SQL(", ").join(columns), source
        )

    def _of_customers(self) -> SQL:
        return SQL(
            """
            SELECT demand.product_id, demand.number, SUM(rhythm_qty) AS rhythm_qty,
                   SUM(quoted_qty) AS quoted_qty, SUM(committed_qty) AS committed_qty,
                   COUNT(demand.partner_id) AS customers,
                   COUNT(demand.partner_id) FILTER (WHERE standing.value_grade_id = %(best)s)
                   AS best_customers
              FROM (%(demand)s) demand
              LEFT JOIN crm_customer_standing standing
                ON standing.company_id = %(company)s AND standing.partner_id = demand.partner_id
             WHERE rhythm_qty + quoted_qty + committed_qty > 0
             GROUP BY demand.product_id, demand.number
            """,
            best=self.policy._grades()[:1].id or None,
            demand=self.customer_demand(SQL("history")),
            company=self.company.id,
        )

    def _of_others(self) -> SQL:
        """Return what customers without a rhythm bought lately, by day."""
        return SQL(
            """
            SELECT history.product_id, month.number,
                   SUM(history.recent) / %s * month.days AS other_qty
              FROM history
             CROSS JOIN (%s) month
             WHERE history.purchases < %s AND month.number < %s
             GROUP BY history.product_id, month.number, month.days
            """,
            RECENT_DAYS,
            self._months(),
            max(self.rules.least_purchases, 2),
            MONTHS_AHEAD,
        )

    def _of_offers(self) -> SQL | None:
        """Return what running offers are expected to take, where the addon of offers is there."""
        if "crm.offer.demand" not in self.env:
            return None
        return SQL(
            """
            SELECT offered.product_id, month.number, SUM(offered.quantity) AS offer_qty
              FROM (%s) offered
              JOIN (%s) goods ON goods.id = offered.product_id
              JOIN (%s) month ON month.first_day = offered.month
             WHERE offered.company_id = %s AND offered.is_of_partner IS NOT TRUE
             GROUP BY offered.product_id, month.number
            """,
            self.env["crm.offer.demand"]._table_query,
            self._goods(),
            self._months(),
            self.company.id,
        )

    def _on_hand(self) -> SQL:
        """Return what there is, also what is reserved: orders that reserve it are demand."""
        return SQL(
            """
            SELECT product_id, SUM(quantity)::numeric AS quantity
              FROM stock_quant
             WHERE location_id IN (%s) %s
             GROUP BY product_id
            """,
            self._our_locations(),
            self._of_products(SQL("product_id")),
        )

    def _incoming(self) -> SQL:
        return SQL(
            """
            SELECT move.product_id, month.number, SUM(move.product_qty) AS incoming_qty
              FROM stock_move move
              JOIN (%(months)s) month ON %(in_month)s
             WHERE move.state IN %(open)s
               AND move.location_id NOT IN (%(ours)s) AND move.location_dest_id IN (%(ours)s)
               %(products)s
             GROUP BY move.product_id, month.number
            """,
            months=self._months(),
            in_month=self._in_month(self._day(SQL("move.date"))),
            open=OPEN_STATES,
            ours=self._our_locations(),
            products=self._of_products(SQL("move.product_id")),
        )

    def _requested(self) -> SQL:
        """Return what vendors were asked for and have not confirmed."""
        return SQL(
            """
            SELECT line.product_id, month.number, SUM(line.product_uom_qty) AS requested_qty
              FROM purchase_order_line line
              JOIN purchase_order purchase ON purchase.id = line.order_id
              JOIN stock_picking_type operation
                ON operation.id = purchase.picking_type_id AND operation.code = 'incoming'
              JOIN (%(months)s) month ON %(in_month)s
             WHERE purchase.state IN ('draft', 'sent', 'to approve')
               AND purchase.company_id = %(company)s AND line.product_id IS NOT NULL
               %(products)s
             GROUP BY line.product_id, month.number
            """,
            months=self._months(),
            in_month=self._in_month(
                self._day(SQL("COALESCE(line.date_planned, purchase.date_order)"))
            ),
            company=self.company.id,
            products=self._of_products(SQL("line.product_id")),
        )


def _sum(names) -> SQL:
    return SQL(" + ").join(SQL.identifier(name) for name in names)
