"""Whether the RFM segments of real customers are those that pandas computes; run inside Odoo.

On a database with the orders of a real shop, such as the grocery chain that
``./setup/load_complete_journey`` loads: the customers of the company with the most orders are
graded by what they ordered; recency, frequency, monetary value, their quintiles (equal measures
scored alike) and the named segment of each are computed by pandas from the orders themselves. Then
a segment is made of each name, and members and overlaps are compared, too. Nothing is kept.

``python tests/benchmark/segmenting.py CONFIG_FILE [AS_OF]`` prints JSON; without a day it is that
of the last order. ``AssertionError`` when a customer's score or segment differs, or a member does.
"""

import time
from datetime import date

import numpy as np
import pandas as pd
from session import run_job

ORDERS_SQL = """
    SELECT partner.commercial_partner_id AS customer, sale_order.date_order AS moment,
           sale_order.amount_untaxed / COALESCE(NULLIF(sale_order.currency_rate, 0), 1) AS amount
      FROM sale_order
      JOIN res_partner partner ON partner.id = sale_order.partner_id
     WHERE sale_order.state = 'sale' AND sale_order.company_id = %s
"""
STANDINGS_SQL = """
    SELECT partner_id AS customer, r_score AS r, f_score AS f, m_score AS m, rfm_segment AS segment
      FROM crm_customer_standing WHERE company_id = %s
"""


class Segmenting:
    """The orders of one company, read by pandas, and its standings, written by the product."""

    def __init__(self, env, as_of):
        self.env = env
        env.cr.execute(
            "SELECT company_id FROM sale_order GROUP BY company_id ORDER BY COUNT(*) DESC LIMIT 1"
        )
        self.company = env["res.company"].browse(env.cr.fetchone()[0])
        self.orders = self._read(ORDERS_SQL)
        moments = self.orders["moment"].dt.tz_localize("UTC")
        days = moments.dt.tz_convert(self.company.business_timezone).dt.tz_localize(None)
        self.orders["day"] = days.dt.normalize()
        self.as_of = as_of or self.orders["day"].max().date()
        self.policy = env["crm.value.policy"]._of_company(self.company)
        self.policy.write({"basis": "ordered", "reference_date": self.as_of})

    def results(self) -> dict:
        """Return how many customers are in which segment, and the seconds that it took."""
        started = time.perf_counter()
        Standing = self.env["crm.customer.standing"].with_company(self.company)
        Standing._refresh_company(self.policy)
        graded = time.perf_counter()
        ours = self._read(STANDINGS_SQL).set_index("customer").sort_index()
        theirs = self._of_pandas()
        assert list(ours.index) == list(theirs.index)
        for column in ("r", "f", "m", "segment"):
            different = ours[column] != theirs[column]
            assert not different.any(), (column, ours[different], theirs[different])
        by_segment = theirs.groupby("segment")
        return {
            "orders": len(self.orders),
            "customers, all equal": len(ours),
            "as of": str(self.as_of),
            "grading, seconds": round(graded - started, 1),
            "customers by segment": by_segment.size().to_dict(),
            "share of revenue, percent": (
                by_segment["revenue"].sum() / theirs["revenue"].sum() * 100
            )
            .round(1)
            .to_dict(),
            **self._compare_members(theirs),
        }

    def _read(self, query) -> pd.DataFrame:
        self.env.flush_all()
        self.env.cr.execute(query, [self.company.id])
        names = [column.name for column in self.env.cr.description]
        return pd.DataFrame(self.env.cr.fetchall(), columns=names)

    def _of_pandas(self) -> pd.DataFrame:
        """Return revenue, scores and segment by customer."""
        last = pd.Timestamp(self.as_of)
        first = last - pd.DateOffset(months=self.policy.window_months) + pd.Timedelta(days=1)
        known = self.orders[self.orders["day"] <= last]
        window = known[known["day"] >= first].groupby("customer")
        table = pd.DataFrame(
            {
                "last": known.groupby("customer")["day"].max(),
                "count": window.size(),
                "revenue": window["amount"].apply(lambda amounts: sum(amounts)),
            }
        ).sort_index()
        table["count"] = table["count"].fillna(0)
        table["revenue"] = table["revenue"].fillna(0).astype(float)
        buyers = table[table["count"] > 0]
        for score, measure in (("r", "last"), ("f", "count"), ("m", "revenue")):
            worse = buyers[measure].rank(method="min") - 1
            table[score] = (5 * worse // len(buyers) + 1).reindex(table.index).fillna(0).astype(int)
        table["segment"] = self._named(table["r"], np.ceil((table["f"] + table["m"]) / 2))
        return table

    @staticmethod
    def _named(recency, value):
        """Return the names, by conditions of which each customer meets one."""
        conditions = {
            "no_purchase": recency == 0,
            "champions": (recency == 5) & (value >= 4),
            "loyal": recency.between(3, 4) & (value >= 4),
            "potential_loyalist": (recency >= 4) & value.between(2, 3),
            "new": (recency == 5) & (value == 1),
            "promising": (recency == 4) & (value == 1),
            "need_attention": (recency == 3) & (value == 3),
            "about_to_sleep": (recency == 3) & (value <= 2),
            "cannot_lose": (recency == 1) & (value >= 4),
            "at_risk": ((recency == 2) & (value >= 3)) | ((recency == 1) & (value == 3)),
            "hibernating": (recency == 2) & (value <= 2),
            "lost": (recency == 1) & (value <= 2),
        }
        assert (sum(condition.astype(int) for condition in conditions.values()) == 1).all()
        return np.select(list(conditions.values()), list(conditions), default="")

    def _compare_members(self, theirs) -> dict:
        """Make segments, let customers in, and compare who is in one and who is in two."""
        rules = {name: [("rfm_segment", "=", name)] for name in theirs["segment"].unique().tolist()}
        rules["recent"] = [("standing_ids.r_score", ">=", 4)]
        rules["valuable"] = [("standing_ids.m_score", ">=", 4)]
        segments = self.env["crm.segment"].create(
            [
                {"name": name, "audience": repr(rule), "company_id": self.company.id}
                for name, rule in rules.items()
            ]
        )
        started = time.perf_counter()
        for segment in segments:
            segment._evaluate()
        seconds = time.perf_counter() - started
        expected = {
            name: set(theirs.index[theirs["segment"] == name]) for name in theirs["segment"]
        } | {
            "recent": set(theirs.index[theirs["r"] >= 4]),
            "valuable": set(theirs.index[theirs["m"] >= 4]),
        }
        today, here = self.company._business_today(), [self.company.id]
        for segment in segments.with_context(allowed_company_ids=here):
            members = set(segment._members_on(today).ids)
            assert members == expected[segment.name], segment.name
        overlaps = self.env["crm.segment.overlap"].search([("segment_id", "in", segments.ids)])
        overlaps = overlaps.filtered(lambda one: one.other_segment_id in segments)
        assert len(overlaps) == len(segments) ** 2
        for one in overlaps:
            mine, other = expected[one.segment_id.name], expected[one.other_segment_id.name]
            assert one.shared_count == len(mine & other), one
            assert abs(one.share - 100 * len(mine & other) / len(mine | other)) < 1e-6, one
        return {
            "segments, members and overlaps equal": len(segments),
            "letting in, seconds": round(seconds, 2),
        }


def results(session, as_of: str = "") -> dict:
    """Return what the product and pandas agree on."""
    with session.registry.cursor() as cr:
        from odoo import SUPERUSER_ID, api

        env = api.Environment(cr, SUPERUSER_ID, {})
        try:
            return Segmenting(env, as_of and date.fromisoformat(as_of)).results()
        finally:
            cr.rollback()


if __name__ == "__main__":
    run_job(results)
