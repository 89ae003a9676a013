from odoo import fields, models


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    case_id = fields.Many2one(
        comodel_name="crm.case",
        readonly=True,
        help="The case for whose customer the invoice is credited.",
    )

    def reverse_moves(self, is_modify=False):
        """Reverse the entries, and note on the case what the customer was credited."""
        before = self.move_ids.reversal_move_ids
        action = super().reverse_moves(is_modify)
        made = self.move_ids.reversal_move_ids - before
        credit_note = made.filtered(lambda move: move.move_type == "out_refund")[:1]
        if self.case_id and credit_note:
            self.case_id.credit_note_id = credit_note
        return action
