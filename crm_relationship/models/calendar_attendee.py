from odoo import models


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    _partner_lookup = models.Index("(partner_id)")
