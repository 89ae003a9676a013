"""Loads products and baskets in bulk, into the rows that the ORM would have written.

The first missing product and the first missing basket are loaded through the ORM. Their rows are
the pattern: every column that does not differ from record to record is copied from them, so that
the columns of other addons and the settings of the database are respected.
"""

import csv
import io
from collections.abc import Iterable

from odoo.tools import SQL, split_every

from . import master_data, orders
from .external_ids import MODULE, PREFIX, ExternalIds
from .master_data import MasterData
from .orders import Report, missing_of, order_name
from .rows import Basket, Product

BASKETS_TOGETHER = 10_000
STAGED_PRODUCTS = """
    CREATE TEMPORARY TABLE staged_product (
        template_id integer DEFAULT nextval('product_template_id_seq'),
        id integer DEFAULT nextval('product_product_id_seq'),
        key bigint, name varchar, category_id integer, list_price numeric
    ) ON COMMIT DROP
"""
STAGED_BASKETS = """
    CREATE TEMPORARY TABLE staged_basket (
        id integer DEFAULT nextval('sale_order_id_seq'),
        key bigint, name varchar, partner_id integer, team_id integer, campaign_id integer,
        moment timestamp, amount numeric
    ) ON COMMIT DROP
"""
STAGED_LINES = """
    CREATE TEMPORARY TABLE staged_line (
        id integer DEFAULT nextval('sale_order_line_id_seq'),
        basket_key bigint, product_id integer, name text,
        quantity numeric, unit_price numeric, amount numeric
    ) ON COMMIT DROP
"""


# products


def load_products(
    products: list[Product], categories: dict[str, int], external_ids: ExternalIds
) -> dict[str, int]:
    """Load the missing products and return the ids of all by key."""
    known = external_ids.known("product.product")
    missing = [product for product in products if str(product.key) not in known]
    if not missing:
        return known
    master_data.load_products(missing[:1], categories, external_ids)
    pattern = external_ids.env["product.product"].browse(
        external_ids.known("product.product")[str(missing[0].key)]
    )
    _insert_products(missing[1:], categories, pattern)
    external_ids.env.invalidate_all()
    external_ids.checkpoint()
    return external_ids.known("product.product")


def _insert_products(products: list[Product], categories: dict[str, int], pattern) -> None:
    env = pattern.env
    env.cr.execute(STAGED_PRODUCTS)
    _copy(
        env,
        "COPY staged_product (key, name, category_id, list_price) FROM STDIN (FORMAT csv)",
        (
            (one.key, one.name, master_data.category_id(one, categories), repr(one.list_price))
            for one in products
        ),
    )
    staged = SQL.identifier("staged_product")
    template = {
        "id": SQL("staged.template_id"),
        "name": SQL("jsonb_build_object('en_US', staged.name)"),
        "default_code": SQL("staged.key"),
        "categ_id": SQL("staged.category_id"),
        "list_price": SQL("staged.list_price"),
    }
    _insert_like(pattern.product_tmpl_id, staged, template)
    variant = {
        "id": SQL("staged.id"),
        "product_tmpl_id": SQL("staged.template_id"),
        "default_code": SQL("staged.key"),
    }
    _insert_like(pattern, staged, variant)
    _insert_external_ids(env, "product.product", staged)
    env.cr.execute("DROP TABLE staged_product")


# baskets


def load(baskets: Iterable[Basket], expected: int, data: MasterData, external_ids: ExternalIds):
    """Load the baskets that are not there yet, in batches that are kept one by one."""
    env = external_ids.env
    report = Report(expected)
    names = _line_names(env)
    pattern = None
    for batch in split_every(BASKETS_TOGETHER, missing_of(baskets, external_ids), list):
        pattern = pattern or orders.create(batch[:1], data, external_ids)
        env.flush_all()
        _insert_baskets(batch if report.count else batch[1:], data, names, pattern)
        env.invalidate_all()
        external_ids.checkpoint()
        report.loaded(len(batch))
    report.end()


def _line_names(env) -> dict[int, str]:
    """Return the description that an order line of each loaded product gets, by its id."""
    return dict(
        env.execute_query(
            SQL(
                """
                SELECT variant.id,
                       '[' || variant.default_code || '] ' || (template.name ->> 'en_US')
                  FROM ir_model_data data
                  JOIN product_product variant ON variant.id = data.res_id
                  JOIN product_template template ON template.id = variant.product_tmpl_id
                 WHERE data.module = %s AND data.model = 'product.product'
                """,
                MODULE,
            )
        )
    )


def _insert_baskets(baskets: list[Basket], data: MasterData, names: dict[int, str], pattern):
    env = pattern.env
    env.cr.execute(STAGED_BASKETS)
    env.cr.execute(STAGED_LINES)
    _copy(
        env,
        "COPY staged_basket (key, name, partner_id, team_id, campaign_id, moment, amount)"
        " FROM STDIN (FORMAT csv)",
        (_staged_basket(basket, data) for basket in baskets),
    )
    _copy(
        env,
        "COPY staged_line (basket_key, product_id, name, quantity, unit_price, amount)"
        " FROM STDIN (FORMAT csv)",
        (row for basket in baskets for row in _staged_lines(basket, data, names)),
    )
    staged = SQL.identifier("staged_basket")
    _insert_like(pattern, staged, _order_columns())
    env.cr.execute("ANALYZE staged_basket")
    lines = SQL(
        """
        (SELECT line.*, basket.id AS order_id, basket.partner_id
           FROM staged_line line JOIN staged_basket basket ON basket.key = line.basket_key
          ORDER BY line.id)
        """
    )
    _insert_like(pattern.order_line[0], lines, _line_columns())
    _insert_external_ids(env, "sale.order", staged)
    env.cr.execute("DROP TABLE staged_basket, staged_line")


def _staged_basket(basket: Basket, data: MasterData) -> tuple:
    return (
        basket.key,
        order_name(basket),
        data.partners[basket.household_key],
        data.teams[basket.store_key],
        basket.campaign_key and data.campaigns[basket.campaign_key],
        basket.moment,
        _dollars(basket.cents),
    )


def _staged_lines(basket: Basket, data: MasterData, names: dict[int, str]) -> Iterable[tuple]:
    for line in basket.lines:
        product_id = data.products[line.product_key]
        yield (
            basket.key,
            product_id,
            names[product_id],
            line.quantity,
            repr(line.unit_price),
            _dollars(line.cents),
        )


def _dollars(cents: int) -> str:
    """Return an exact amount for a numeric column."""
    return f"{cents // 100}.{cents % 100:02}"


def _order_columns() -> dict[str, SQL]:
    """Return the columns of an order that differ from basket to basket."""
    partner, amount = SQL("staged.partner_id"), SQL("staged.amount")
    return {
        "id": SQL("staged.id"),
        "name": SQL("staged.name"),
        "client_order_ref": SQL("staged.key"),
        "partner_id": partner,
        "partner_invoice_id": partner,
        "partner_shipping_id": partner,
        "team_id": SQL("staged.team_id"),
        "campaign_id": SQL("staged.campaign_id"),
        "date_order": SQL("staged.moment"),
        "amount_untaxed": amount,
        "amount_total": amount,
        **_margin_columns(),
    }


def _line_columns() -> dict[str, SQL]:
    """Return the columns of a line that differ: nothing is invoiced, and there are no taxes."""
    amount, quantity = SQL("staged.amount"), SQL("staged.quantity")
    price_of_one = SQL("round(staged.amount / staged.quantity, 2)")
    return {
        "id": SQL("staged.id"),
        "order_id": SQL("staged.order_id"),
        "order_partner_id": SQL("staged.partner_id"),
        "product_id": SQL("staged.product_id"),
        "name": SQL("staged.name"),
        "product_uom_qty": quantity,
        "qty_to_invoice": quantity,
        "price_unit": SQL("staged.unit_price"),
        "technical_price_unit": SQL("staged.unit_price"),
        "price_subtotal": amount,
        "price_total": amount,
        "untaxed_amount_to_invoice": amount,
        "price_reduce_taxexcl": price_of_one,
        "price_reduce_taxinc": price_of_one,
        **_margin_columns(),
    }


def _margin_columns() -> dict[str, SQL]:
    """Return the columns of the app for margins, where it is there: the products have no cost."""
    return {
        "margin": SQL("staged.amount"),
        "margin_percent": SQL("CASE staged.amount WHEN 0 THEN 0 ELSE 1 END"),
    }


# SQL


def _copy(env, statement: str, rows: Iterable[tuple]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    buffer.seek(0)
    env.cr.copy_expert(statement, buffer)


def _insert_like(pattern, staged: SQL, differing: dict[str, SQL]) -> None:
    """Insert one record per staged row; columns that do not differ are those of the pattern."""
    table = pattern._table
    now = SQL("now() AT TIME ZONE 'UTC'")
    differing = {"create_date": now, "write_date": now, **differing}
    columns = _columns(pattern.env, table)
    pattern.env.cr.execute(
        SQL(
            """
            INSERT INTO %(table)s (%(columns)s)
            SELECT %(values)s
              FROM %(staged)s staged
              JOIN %(table)s pattern ON pattern.id = %(pattern)s
            """,
            table=SQL.identifier(table),
            columns=SQL(", ").join(SQL.identifier(column) for column in columns),
            values=SQL(", ").join(
                differing.get(column, SQL.identifier("pattern", column)) for column in columns
            ),
            staged=staged,
            pattern=pattern.id,
        )
    )


def _columns(env, table: str) -> list[str]:
    """Return the columns of a table that are written, those that it generates left out."""
    rows = env.execute_query(
        SQL(
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_schema = current_schema AND table_name = %s AND is_generated = 'NEVER'
            """,
            table,
        )
    )
    return [column for (column,) in rows]


def _insert_external_ids(env, model: str, staged: SQL) -> None:
    env.cr.execute(
        SQL(
            """
            INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
            SELECT %s, %s || '_' || key, %s, id, TRUE FROM %s
            """,
            MODULE,
            PREFIX[model],
            model,
            staged,
        )
    )
