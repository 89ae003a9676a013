"""Whether the ABC classes are those that pandas finds, worked out apart; run inside Odoo.

On a database with the orders of a real shop, such as the grocery chain that
``./setup/load_complete_journey`` loads: all its customers are graded as of the shop's last day,
the confirmed orders of the window are added up for each customer by pandas, and the classes of
both are compared. Nothing is kept. Amounts are added in cents, as floats would differ.

``python tests/benchmark/classing.py CONFIG_FILE`` prints JSON; it needs pandas (``pip install
pandas``). ``AssertionError`` when a value or a class differs.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pandas
from session import run_job

ORDERED_SQL = """
    SELECT partner.commercial_partner_id, sale_order.date_order, sale_order.amount_untaxed::text
      FROM sale_order
      JOIN res_partner partner ON partner.id = sale_order.partner_id
     WHERE sale_order.state = 'sale' AND sale_order.company_id = %s
"""
STORED_SQL = """
    SELECT partner_id, revenue::text, abc_class FROM crm_customer_standing WHERE company_id = %s
"""
ONE_DAY = timedelta(days=1)


def in_cents(amounts):
    """Return amounts as whole cents, from text with two decimals."""
    return (pandas.to_numeric(amounts) * 100).round().astype("int64")


def classed(orders, shares) -> pandas.DataFrame:
    """Return ``cents`` and ``abc`` by customer, from the largest value down; ties by customer."""
    value = orders.groupby("customer")["cents"].sum().rename("cents").reset_index()
    value = value.sort_values(["cents", "customer"], ascending=[False, True])
    positive = value["cents"].clip(lower=0)
    before, total = positive.cumsum() - positive, positive.sum()
    value["abc"] = "c"
    value.loc[before < shares[1] * total, "abc"] = "b"
    value.loc[before < shares[0] * total, "abc"] = "a"
    return value.set_index("customer")


def compare(session) -> dict:
    """Grade everybody, compare with pandas, and return how many are in each class."""
    with session.environment() as env:
        env.cr.execute(
            "SELECT company_id FROM sale_order GROUP BY company_id ORDER BY COUNT(*) DESC LIMIT 1"
        )
        company = env["res.company"].browse(env.cr.fetchone()[0])
        zone = ZoneInfo(company.business_timezone)
        env.cr.execute(ORDERED_SQL, [company.id])
        orders = pandas.DataFrame(env.cr.fetchall(), columns=["customer", "moment", "amount"])
        orders["cents"] = in_cents(orders["amount"])
        days = orders["moment"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        policy = env["crm.value.policy"]._of_company(company)
        policy.write({"basis": "ordered", "reference_date": days.max().date()})
        env["crm.customer.standing"]._refresh_company(policy)
        window = policy._window()
        inside = (days >= str(window.first)) & (days < str(window.last + ONE_DAY))
        shares = policy.share_class_a, policy.share_class_b
        env.flush_all()
        env.cr.execute(STORED_SQL, [company.id])
        stored = pandas.DataFrame(env.cr.fetchall(), columns=["customer", "revenue", "abc"])
        env.cr.rollback()
    stored = stored.assign(cents=in_cents(stored["revenue"])).set_index("customer")
    expected = classed(orders[inside], shares)
    stored = stored[stored["cents"] != 0][["cents", "abc"]].sort_index()
    expected = expected[expected["cents"] != 0].sort_index()
    assert stored.equals(expected), stored.compare(expected).head()
    return {
        "orders": int(inside.sum()),
        "customers": len(expected),
        "equal": len(stored),
    } | expected["abc"].value_counts().sort_index().to_dict()


if __name__ == "__main__":
    run_job(compare)
