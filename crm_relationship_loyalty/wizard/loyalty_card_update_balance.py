from odoo import fields, models
from odoo.exceptions import ValidationError

from ..logic.points import cents
from ..models.loyalty_history import Posting


class LoyaltyCardUpdateBalance(models.TransientModel):
    """A manager's adjustment: one entry of the ledger, with its reason."""

    _inherit = "loyalty.card.update.balance"

    description = fields.Char(string="Reason")

    def action_update_card_point(self):
        self.card_id._check_may_adjust()
        difference = cents(self.new_balance - self.old_balance)
        if self.new_balance < 0 or not difference:
            raise ValidationError(
                self.env._("Enter a new balance that is not below zero and not the old one.")
            )
        # sudo: managers adjust through this wizard only
        self.card_id.sudo()._move(difference, Posting("adjust", self.description))
        return {"type": "ir.actions.act_window_close"}
