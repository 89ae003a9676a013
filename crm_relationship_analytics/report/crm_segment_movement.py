from odoo import fields, models
from odoo.tools import SQL


class CrmSegmentMovement(models.Model):
    """A customer who came into a segment or went out of it, on a day of the segment's company."""

    _name = "crm.segment.movement"
    _description = "Segment Movement"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "crm.segment.membership": [
            "segment_id",
            "partner_id",
            "company_id",
            "date_from",
            "date_to",
        ]
    }

    segment_id = fields.Many2one(comodel_name="crm.segment", readonly=True)
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    date = fields.Date(readonly=True)
    kind = fields.Selection(
        selection=[("joined", "Joined"), ("left", "Left")], string="Movement", readonly=True
    )
    joined_count = fields.Integer(string="Joined", readonly=True)
    left_count = fields.Integer(string="Left", readonly=True)
    change = fields.Integer(
        string="Net Change", readonly=True, help="1 who came in, -1 who went out."
    )

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT id::bigint * 2 AS id, segment_id, company_id, partner_id, date_from AS date,
                   'joined' AS kind, 1 AS joined_count, 0 AS left_count, 1 AS change
              FROM crm_segment_membership
             UNION ALL
            SELECT id::bigint * 2 + 1, segment_id, company_id, partner_id, date_to,
                   'left', 0, 1, -1
              FROM crm_segment_membership
             WHERE date_to IS NOT NULL
            """
        )
