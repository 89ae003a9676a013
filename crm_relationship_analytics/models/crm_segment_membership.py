from odoo import api, fields, models
from odoo.fields import Domain


class CrmSegmentMembership(models.Model):
    """From when to when a customer was in a segment, in days of the segment's company.

    He was in from the first day on, and is out from the day on that ``date_to`` names. The days of
    a customer in a segment never overlap nor touch. No user writes them.
    """

    _name = "crm.segment.membership"
    _description = "Segment Membership"
    _inherit = ["crm.customer.dimension"]
    _order = "date_from desc, id desc"
    _rec_name = "partner_id"
    _log_access = False

    segment_id = fields.Many2one(
        comodel_name="crm.segment", required=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(required=True, ondelete="cascade", index=False)
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, ondelete="cascade"
    )
    date_from = fields.Date(string="In from", required=True, readonly=True, help="Inclusive.")
    date_to = fields.Date(
        string="Out from",
        readonly=True,
        help="The first day on which he was not in any more. Empty: he is in.",
    )
    day = fields.Date(
        string="In on", compute="_compute_day", search="_search_day", help="To search by a day."
    )

    _days_ordered = models.Constraint(
        "CHECK (date_to > date_from)", "A customer leaves a segment after he came in."
    )
    _days_unique = models.Constraint(
        "UNIQUE (partner_id, segment_id, date_from)",
        "A customer comes into a segment once a day.",
    )
    _open_unique = models.UniqueIndex(
        "(segment_id, partner_id) WHERE date_to IS NULL", "A customer is in a segment once."
    )
    _segment_index = models.Index("(segment_id, date_to)")

    def _compute_day(self):
        self.day = False

    @api.model
    def _search_day(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(
            Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">", day))
            for day in value
            if day
        )
