"""Proves that the database holds what the source holds."""

from decimal import Decimal

from odoo.tools import SQL

from environment.progress import Problem

from .external_ids import MODULE
from .rows import Totals


def prove(env, partner_ids: list[int], expected: Totals) -> None:
    """Compare the confirmed orders of these customers with the source, to the cent.

    Raises Problem when they differ.
    """
    orders, by_order, lines, by_line = _measure(env, partner_ids)
    if by_order != by_line:
        raise Problem(
            f"the orders add up to {by_order:,.2f} USD and their lines to {by_line:,.2f} USD: the "
            "loaded orders were changed, load the data into a new database."
        )
    loaded = Totals(orders, lines, by_order * 100)
    if loaded != expected:
        raise Problem(
            f"the database holds {loaded}, and the source {expected}: loaded orders were changed "
            "or cancelled, load the data into a new database."
        )


def _measure(env, partner_ids: list[int]) -> tuple[int, Decimal, int, Decimal]:
    """Return the number and the sum of the orders, and the number and the sum of their lines."""
    env.flush_all()
    [(orders, by_order, lines, by_line)] = env.execute_query(
        SQL(
            """
            WITH loaded AS (
                SELECT sale_order.id, sale_order.amount_total
                  FROM sale_order
                  JOIN ir_model_data data
                    ON data.module = %s AND data.model = 'sale.order'
                   AND data.res_id = sale_order.id
                 WHERE sale_order.state = 'sale' AND sale_order.partner_id = ANY(%s)
            ),
            line AS (
                SELECT count(*) AS number, coalesce(sum(price_subtotal), 0) AS amount
                  FROM sale_order_line
                 WHERE order_id IN (SELECT id FROM loaded)
            )
            SELECT (SELECT count(*) FROM loaded),
                   (SELECT coalesce(sum(amount_total), 0) FROM loaded)::text,
                   line.number, line.amount::text
              FROM line
            """,
            MODULE,
            partner_ids,
        )
    )
    # as texts, because Odoo reads sums as floats
    return orders, Decimal(by_order), lines, Decimal(by_line)
