"""Whether cohorts and retention of a real shop are what pandas finds in its orders; inside Odoo.

On a database with the orders of a real shop, such as the grocery chain that
``./setup/load_complete_journey`` loads. Every cell of the triangle, its customers and its revenue,
and the retention of some months, are worked out again from the bare orders. Nothing is kept.

``python tests/benchmark/cohorts.py CONFIG_FILE [MONTHS]`` prints JSON; retention is that of three
months when none are given. ``AssertionError`` when a figure differs.
"""

from datetime import date

import pandas
from session import run_job

ORDERS_SQL = """
    SELECT partner.commercial_partner_id AS customer,
           (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE company.business_timezone)::date AS day,
           sale.amount_untaxed::double precision AS amount
      FROM sale_order sale
      JOIN res_partner partner ON partner.id = sale.partner_id
      JOIN res_company company ON company.id = sale.company_id
     WHERE sale.state = 'sale' AND sale.company_id = %s
"""


class Shop:
    """The company with the most orders."""

    def __init__(self, env):
        env.cr.execute(
            "SELECT company_id FROM sale_order GROUP BY company_id ORDER BY COUNT(*) DESC LIMIT 1"
        )
        self.company = env["res.company"].browse(env.cr.fetchone()[0])
        self.env = env(context={"allowed_company_ids": self.company.ids})
        policy = self.env["crm.value.policy"]._of_company(self.company)
        policy.basis = "ordered"
        self.as_of = policy._as_of()
        env.cr.execute(ORDERS_SQL, [self.company.id])
        orders = pandas.DataFrame(env.cr.fetchall(), columns=["customer", "day", "amount"])
        orders = orders[orders.day <= self.as_of]
        days = pandas.to_datetime(orders.day)
        orders["month"] = days.dt.to_period("M")
        orders["cohort"] = orders.groupby("customer").month.transform("min")
        self.orders = orders

    def triangle(self) -> dict:
        """Return ``{(cohort, month): (customers, revenue)}`` by pandas."""
        by_cell = self.orders.groupby(["cohort", "month"])
        cells = by_cell.agg(customers=("customer", "nunique"), revenue=("amount", "sum"))
        return {
            tuple(map(str, cell)): (int(row.customers), round(row.revenue, 2))
            for cell, row in cells.iterrows()
        }

    def triangle_of_addon(self) -> dict:
        """Return the same by the addon, in which months without customers are left out."""
        revenue = {
            (f"{cohort:%Y-%m}", f"{month:%Y-%m}"): round(amount, 2)
            for cohort, month, amount in self.env["crm.customer.cohort"]._read_group(
                [("company_id", "=", self.company.id)],
                ["cohort_month:month", "month:month"],
                ["revenue:sum"],
            )
        }
        rows = self.env["crm.cohort.retention"].search([("active_count", ">", 0)])
        found = {}
        for row in rows:
            cell = f"{row.cohort_month:%Y-%m}", f"{row.month:%Y-%m}"
            found[cell] = (row.active_count, revenue[cell])
        return found

    def retention(self, months: int) -> tuple[int, int]:
        """Return the customers at risk and those of them retained, by pandas."""
        end = pandas.Timestamp(self.as_of)
        middle, start = (end - pandas.DateOffset(months=many) for many in (months, 2 * months))
        days = pandas.to_datetime(self.orders.day)
        at_risk = set(self.orders[(days > start) & (days <= middle)].customer)
        since = set(self.orders[(days > middle) & (days <= end)].customer)
        return len(at_risk), len(at_risk & since)


def results(session, months: str = "3") -> dict:
    """Return the figures that both agree on."""
    with session.registry.cursor() as cr:
        from odoo import SUPERUSER_ID, api

        shop = Shop(api.Environment(cr, SUPERUSER_ID, {}))
        try:
            cells = shop.triangle()
            assert shop.triangle_of_addon() == cells
            found = shop.env["crm.customer.cohort"]._retention(shop.company, months=int(months))
            assert found[:2] == shop.retention(int(months))
        finally:
            cr.rollback()
    return {
        "orders": len(shop.orders),
        "as of": date.isoformat(shop.as_of),
        "cells of the triangle, equal": len(cells),
        "customers of the first cohort": next(iter(cells.values()))[0],
        f"retention of {months} months": found._asdict(),
    }


if __name__ == "__main__":
    run_job(results)
