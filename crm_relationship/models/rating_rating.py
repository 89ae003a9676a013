from odoo import models


class RatingRating(models.Model):
    _inherit = "rating.rating"

    _partner_lookup = models.Index("(partner_id) WHERE consumed IS TRUE")
