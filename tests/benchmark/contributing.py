"""B7: what grading costs with contributions, beside the bare statement; run inside Odoo.

The rounds, the changes and the comparison are those of refreshing.py.
"""

from pathlib import Path

import refreshing
from session import run_job

STATEMENT = Path(__file__).with_name("contribution_yardstick.sql").read_text(encoding="utf-8")
# An entry on the income account of each nth customer, the newest in the window, was changed.
CHANGE = """
    UPDATE account_move_line SET write_date = %(now)s, balance = balance - 1, credit = credit + 1
      FROM (SELECT DISTINCT ON (line.partner_id) line.id
              FROM account_move_line line
             WHERE line.partner_id %% %(each)s = %(shift)s AND line.display_type = 'product'
               AND line.balance < 0
             ORDER BY line.partner_id, line.date DESC, line.id) newest
     WHERE account_move_line.id = newest.id
"""
FORGET = """
    UPDATE account_move_line SET write_date = date WHERE write_date > '2026-01-01';
    UPDATE sale_order_line SET write_date = '2025-12-31' WHERE write_date > '2026-01-01';
    UPDATE sale_order SET write_date = date_order WHERE write_date > '2026-01-01';
    UPDATE res_partner SET write_date = '2025-12-31' WHERE write_date > '2026-01-01';
    UPDATE product_product SET write_date = '2025-12-31' WHERE write_date > '2026-01-01'
"""
COLUMNS = (
    f"{refreshing.COLUMNS}, abc_class::text, net_revenue, goods_cost, service_cost, contribution"
)


class Contributing(refreshing.Refreshing):
    """The jobs of grading, with the measures and the classes of the addon for analytics."""

    statement = STATEMENT.replace("{yardstick}", refreshing.YARDSTICK)
    change, forget, columns = CHANGE, FORGET, COLUMNS
    last_column = "contribution_class"
    changed_table = "account_move_line"

    def parameters(self, env) -> dict:
        """Return the parameters of both statements."""
        window = env["crm.value.policy"]._of_company(env.company)._window()
        return super().parameters(env) | {"first_day": window.first, "last_day": window.last}


if __name__ == "__main__":
    run_job(lambda session, rounds: Contributing(session).medians(int(rounds)))
