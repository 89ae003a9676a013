from odoo import fields, models
from odoo.tools import SQL

from ..logic.rfm import GRID, NO_PURCHASE

RFM_SEGMENTS = [
    ("champions", "Champions"),
    ("loyal", "Loyal"),
    ("potential_loyalist", "Potential Loyalist"),
    ("new", "New"),
    ("promising", "Promising"),
    ("need_attention", "Need Attention"),
    ("about_to_sleep", "About to Sleep"),
    ("at_risk", "At Risk"),
    ("cannot_lose", "Cannot Lose Them"),
    ("hibernating", "Hibernating"),
    ("lost", "Lost"),
    ("no_purchase", "No Purchase"),
]


class CrmCustomerStanding(models.Model):
    """The named segment that the three scores of a customer put him in."""

    _inherit = "crm.customer.standing"

    rfm_segment = fields.Selection(
        selection=RFM_SEGMENTS,
        string="RFM Segment",
        readonly=True,
        help="By recency, and by the mean of frequency and monetary value. Each customer is in"
        " exactly one; who bought nothing in the window has made no purchase.",
    )

    def _labels(self, policy):
        # the same grid as logic.rfm.rfm_segment reads
        return super()._labels(policy) | {
            "rfm_segment": SQL(
                """
                CASE WHEN LEAST(r_score, f_score, m_score) > 0
                     THEN (%s::varchar[][])[r_score][(f_score + m_score + 1) / 2]
                     ELSE %s END
                """,
                [list(row) for row in GRID],
                NO_PURCHASE,
            )
        }

    def _read_group_orderby(self, order, groupby_terms, query):
        """Show segments from the best to the lost, not by the alphabet of their values."""
        if "rfm_segment" not in groupby_terms:
            return super()._read_group_orderby(order, groupby_terms, query)
        place = SQL(
            "ARRAY_POSITION(%s::varchar[], %s)",
            [value for value, _name in RFM_SEGMENTS],
            groupby_terms["rfm_segment"],
        )
        terms = groupby_terms | {"rfm_segment": place}
        ordered = super()._read_group_orderby(order, terms, query)
        # what else has to be grouped by, for the order of another term
        groupby_terms |= terms | {"rfm_segment": groupby_terms["rfm_segment"]}
        return ordered
