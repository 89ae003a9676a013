from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        invoices = self.filtered(lambda move: move.move_type == "out_invoice")
        for company, paid in invoices.grouped("company_id").items():
            self.env["crm.member.scheme"]._issue_at(
                "first_invoice", paid.commercial_partner_id, company
            )
        return result
