from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    _partner_lookup = models.Index("(partner_id) WHERE partner_id IS NOT NULL")
