"""What was settled with a partner is corrected by a credit note, not by changing the invoice."""

from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    def _check_draftable(self):
        """Refuse invoices whose lines are in a settlement: its amounts would not be true."""
        # sudo: accountants need not see settlements
        settled = (
            self.env["crm.alliance.settlement.line"]
            .sudo()
            .search(
                [
                    ("is_settled", "=", True),
                    ("source_model", "=", "account.move.line"),
                    ("source_id", "in", self.invoice_line_ids.ids),
                ],
                limit=1,
            )
        )
        if settled:
            raise UserError(
                self.env._(
                    "%(invoice)s is settled (%(settlement)s): make a credit note, or cancel the"
                    " settlement first.",
                    invoice=settled.reference,
                    settlement=settled.settlement_id.display_name,
                )
            )
        return super()._check_draftable()
