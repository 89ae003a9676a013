"""What it costs to compare supply and demand, and to forecast sales; run inside Odoo.

All lines of the orders become goods of 2,000 products, bought unevenly, and the orders move up to
today. Each product has some on hand, each tenth some coming in. The yardsticks are the bare SELECTs
of both statements, whose rows the server throws away. The database is a copy that is thrown away.
``AssertionError`` when a run with nothing changed writes a row, or a gap is not what its parts say.
"""

from measuring import Meter, median_of
from session import run_job

PRODUCTS = 2_000
ROUNDS = 3
ROWS = """
    SELECT SETSEED(0.29);
    ALTER TABLE sale_order_line DISABLE TRIGGER ALL;
    UPDATE sale_order_line
       SET product_id = %(first)s + FLOOR(%(products)s * POWER(RANDOM(), 2))::int,
           product_uom_qty = 1 + id %% 3, product_uom_id = %(unit)s;
    ALTER TABLE sale_order_line ENABLE TRIGGER ALL;
    UPDATE sale_order SET date_order = date_order + (NOW() - '2025-12-31 12:00:00');
    INSERT INTO stock_quant (
        product_id, company_id, location_id, quantity, reserved_quantity, in_date
    )
    SELECT %(first)s + number, %(company)s, %(place)s, number %% 500, 0, NOW()
      FROM GENERATE_SERIES(0, %(products)s - 1) number;
    INSERT INTO stock_move (
        product_id, product_qty, product_uom_qty, product_uom, company_id, location_id,
        location_dest_id, state, date, procure_method, priority
    )
    SELECT %(first)s + number, 100, 100, %(unit)s, %(company)s, %(vendors)s, %(place)s, 'assigned',
           NOW() + number %% 80 * INTERVAL '1 day', 'make_to_stock', '0'
      FROM GENERATE_SERIES(0, %(products)s - 1, 10) number;
    ANALYZE sale_order, sale_order_line, stock_quant, stock_move;
"""


def supply(session) -> dict:
    """Return the costs of each run and of its bare statement, and how many rows were written."""
    with session.environment() as env:
        company = env["res.company"].search([], order="id", limit=1)
        _fill(env, company)
        env.cr.commit()
    costs = {}
    with session.environment() as env:
        policy = env["crm.value.policy"].search([], order="id", limit=1)
        policy.reference_date = False
        env.cr.execute("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0")
        meter = Meter(env.cr)
        _measure_gaps(env, policy.company_id, meter, costs)
        _measure_forecast(env, policy, meter, costs)
        env.cr.rollback()
    return costs


def _fill(env, company):
    unit = env.ref("uom.product_uom_unit")
    products = env["product.product"].create(
        [
            {"name": f"Good {number}", "type": "consu", "is_storable": True}
            for number in range(PRODUCTS)
        ]
    )
    assert products[-1].id - products[0].id == PRODUCTS - 1
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
    env.flush_all()
    env.cr.execute(
        ROWS,
        {
            "first": products[0].id,
            "products": PRODUCTS,
            "unit": unit.id,
            "company": company.id,
            "place": warehouse.lot_stock_id.id,
            "vendors": env.ref("stock.stock_location_suppliers").id,
        },
    )


def _measure_gaps(env, company, meter, costs):
    from odoo.addons.crm_relationship_analytics.models.crm_supply_statement import SupplyStatement

    gaps = env["crm.supply.gap"]
    costs["gaps, bare"] = _bare(env, meter, SupplyStatement(company).by_product())
    costs["gaps, first"] = meter.cost_of(lambda: gaps._refresh_company(company))
    costs["gaps, again"] = meter.cost_of(lambda: _nothing(gaps._refresh_company(company)))
    costs["gaps, rows"] = gaps.search_count([])
    worst = gaps.search([], order="gap_qty desc", limit=1)
    env.cr.execute("SELECT COUNT(*) FROM crm_supply_gap WHERE gap_qty > 0 AND demand_qty <= 0")
    assert env.cr.fetchone() == (0,)
    one = [worst.product_id.id]
    costs["gaps, one product"] = meter.cost_of(lambda: gaps._refresh_company(company, one))
    found = env["crm.supply.demand"]
    costs["gaps, list of customers"] = meter.cost_of(
        lambda: found.search_fetch(worst._customers_domain(), ["partner_id", "quantity"], limit=80)
    )
    count = found.search_count(worst._customers_domain())
    assert count == worst.customer_count, (count, worst.customer_count)


def _measure_forecast(env, policy, meter, costs):
    from odoo.addons.crm_relationship_analytics.models.crm_sales_forecast_statement import (
        ForecastStatement,
    )

    forecasts = env["crm.sales.forecast"]
    as_of = forecasts._last_day(policy)
    bare = ForecastStatement(policy, as_of).by_month()
    costs["forecast, bare"] = _bare(env, meter, bare)
    costs["forecast, first"] = meter.cost_of(lambda: forecasts._refresh_company(policy))
    costs["forecast, again"] = meter.cost_of(lambda: _nothing(forecasts._refresh_company(policy)))


def _bare(env, meter, statement):
    """Return the median cost of making the rows of a statement and throwing them away."""
    from odoo.tools import SQL

    def make():
        env.cr.execute(SQL("DECLARE bare NO SCROLL CURSOR FOR %s", statement))
        env.cr.execute("MOVE FORWARD ALL IN bare")
        env.cr.execute("CLOSE bare")

    env.flush_all()
    return median_of([meter.cost_of(make) for _round in range(ROUNDS)])


def _nothing(written):
    assert not written, f"{written} rows written though nothing has changed"


if __name__ == "__main__":
    run_job(supply)
