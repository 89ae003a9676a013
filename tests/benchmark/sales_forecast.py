"""How far off sales of real months would have been forecast; run inside Odoo.

On a database with the orders of a real shop, such as the grocery chain that
``./setup/load_complete_journey`` loads: the months after a day are forecast by the rhythm of the
customers from what was known up to that day, and set beside what came and beside the same as the
last month. Nothing is kept.

``python tests/benchmark/sales_forecast.py CONFIG_FILE [LAST_DAY]`` prints JSON; the day is
2017-09-30 when it is not given. ``AssertionError`` when a back-test by the product says otherwise
than the figures worked out here in Python from the orders.
"""

from collections import defaultdict
from datetime import date, timedelta

from session import run_job

ORDERS_SQL = """
    SELECT partner.commercial_partner_id,
           (sale.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date,
           SUM(sale.amount_untaxed)::float
      FROM sale_order sale
      JOIN res_partner partner ON partner.id = sale.partner_id
     WHERE sale.state = 'sale' AND sale.company_id = %s
     GROUP BY 1, 2 ORDER BY 2
"""


def forecast(session, last="2017-09-30") -> dict:
    """Return ``{month: {forecast, last month, came, error of each}}`` and what was compared."""
    from odoo.addons.crm_relationship_analytics.logic.demand import (
        HISTORY_DAYS,
        RECENT_DAYS,
        expected_by_rate,
        months_from,
        share_of_error,
    )

    as_of = date.fromisoformat(last)
    with session.environment() as env:
        env.cr.execute(
            "SELECT company_id FROM sale_order GROUP BY company_id ORDER BY COUNT(*) DESC LIMIT 1"
        )
        company = env["res.company"].browse(env.cr.fetchone()[0])
        policy = env["crm.value.policy"]._of_company(company)
        rules = policy._demand_rules()
        env.cr.execute(ORDERS_SQL, [company.business_timezone, company.id])
        bought, by_month = defaultdict(list), defaultdict(float)
        for customer, day, amount in env.cr.fetchall():
            by_month[day.replace(day=1)] += amount
            if as_of - timedelta(days=HISTORY_DAYS) < day <= as_of:
                bought[customer].append((day, amount))
        found = {}
        last_month = by_month[as_of.replace(day=1)]
        for month in months_from(as_of + timedelta(days=1)):
            rhythm = other = 0.0
            for days in bought.values():
                spent, first = sum(amount for _day, amount in days), days[0][0]
                if len(days) >= rules.least_purchases:
                    times = expected_by_rate(len(days), first, as_of, month.days, rules)
                    rhythm += times * spent / len(days)
                else:
                    recent = as_of - timedelta(days=RECENT_DAYS)
                    other += sum(amount for day, amount in days if day > recent)
            ours, came = rhythm + other / RECENT_DAYS * month.days, by_month[month.first]
            found[str(month.first)] = {
                "forecast": round(ours, 2),
                "last month": round(last_month, 2),
                "came": round(came, 2),
                "error": round(share_of_error(ours, came), 4),
                "error of last month": round(share_of_error(last_month, came), 4),
            }
        _check_against_product(env, policy, as_of, found)
        env.cr.rollback()
    return {"as of": last, "customers": len(bought), "months": found}


def _check_against_product(env, policy, as_of, found) -> None:
    policy.write({"basis": "ordered"})
    env.flush_all()
    env["crm.sales.forecast"]._test(policy, as_of)
    rows = env["crm.sales.forecast"].search([("as_of", "=", as_of), ("kind", "=", "tested")])
    assert len(rows) == len(found)
    for row in rows:
        ours = found[str(row.month)]
        assert abs(row.amount - ours["forecast"]) < 1, (row.amount, ours)
        assert abs(row.last_amount - ours["last month"]) < 1, (row.last_amount, ours)


if __name__ == "__main__":
    run_job(forecast)
