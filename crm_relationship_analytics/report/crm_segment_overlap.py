from odoo import fields, models
from odoo.tools import SQL

PAIRS = 1_000_000  # ids of segments stay below


class CrmSegmentOverlap(models.Model):
    """How many customers two segments of a company share by now; each with each, both ways."""

    _name = "crm.segment.overlap"
    _description = "Segment Overlap"
    _auto = False
    _order = "segment_id, shared_count desc, id"
    _rec_name = "segment_id"
    _depends = {
        "crm.segment": ["active", "company_id"],
        "crm.segment.membership": ["segment_id", "partner_id", "date_to"],
    }

    segment_id = fields.Many2one(comodel_name="crm.segment", readonly=True)
    other_segment_id = fields.Many2one(comodel_name="crm.segment", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    shared_count = fields.Integer(string="In Both", readonly=True)
    only_count = fields.Integer(
        string="Only in the First", readonly=True, help="Members of the segment, but not the other."
    )
    other_only_count = fields.Integer(
        string="Only in the Other", readonly=True, help="Members of the other segment only."
    )
    share = fields.Float(
        string="Overlap (%)",
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="Those in both, of those in either, in percent (Jaccard index).",
    )
    share_of_segment = fields.Float(
        string="Of the First (%)",
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="How many members of the segment are in the other, too, in percent.",
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            WITH member AS MATERIALIZED (
                SELECT membership.segment_id, membership.partner_id
                  FROM crm_segment_membership membership
                  JOIN crm_segment segment ON segment.id = membership.segment_id
                 WHERE membership.date_to IS NULL AND segment.active
            ), size AS (
                SELECT segment_id, COUNT(*) AS members FROM member GROUP BY segment_id
            ), pair AS (
                SELECT low.segment_id AS low, high.segment_id AS high, COUNT(*) AS shared
                  FROM member low
                  JOIN member high
                    ON high.partner_id = low.partner_id AND high.segment_id > low.segment_id
                 GROUP BY low.segment_id, high.segment_id
            ), counted AS (
                SELECT segment.id AS segment_id, other.id AS other_segment_id, segment.company_id,
                       COALESCE(size.members, 0) AS members,
                       COALESCE(other_size.members, 0) AS other_members,
                       CASE WHEN segment.id = other.id THEN COALESCE(size.members, 0)
                            ELSE COALESCE(pair.shared, 0) END AS shared
                  FROM crm_segment segment
                  JOIN crm_segment other
                    ON other.company_id = segment.company_id AND other.active
                  LEFT JOIN size ON size.segment_id = segment.id
                  LEFT JOIN size other_size ON other_size.segment_id = other.id
                  LEFT JOIN pair ON pair.low = LEAST(segment.id, other.id)
                                AND pair.high = GREATEST(segment.id, other.id)
                 WHERE segment.active
            )
            SELECT segment_id::bigint * %(pairs)s + other_segment_id AS id,
                   segment_id, other_segment_id, company_id,
                   shared AS shared_count,
                   members - shared AS only_count,
                   other_members - shared AS other_only_count,
                   100.0 * shared / NULLIF(members + other_members - shared, 0) AS share,
                   100.0 * shared / NULLIF(members, 0) AS share_of_segment
              FROM counted
            """,
            pairs=PAIRS,
        )

    def action_view_customers(self):
        """Open the customers who are in both segments."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "%(segment)s and %(other)s",
                segment=self.segment_id.name,
                other=self.other_segment_id.name,
            ),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": [
                ("segment_ids", "in", self.segment_id.ids),
                ("segment_ids", "in", self.other_segment_id.ids),
            ],
            "context": {"active_test": False},
        }
