from odoo import models


class AccountMoveLine(models.Model):
    """Down payments are few among all lines, and looked for each night."""

    _inherit = "account.move.line"

    _downpayment_index = models.Index("(partner_id) WHERE is_downpayment IS TRUE")
