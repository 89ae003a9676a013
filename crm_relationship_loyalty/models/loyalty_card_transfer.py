from odoo import models
from odoo.exceptions import UserError

from ..logic.points import cents, taken_from
from .loyalty_history import Posting
from .loyalty_ledger import Ledger


class LoyaltyCard(models.Model):
    """Points move from one customer to another and keep their last days."""

    _inherit = "loyalty.card"

    def action_transfer_points(self):
        """Open the form in which a manager gives points of this card to another customer."""
        self.ensure_one()
        self._check_may_adjust()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.loyalty_points_transfer_action"
        )
        return action | {"context": {"default_card_id": self.id}}

    def _transfer_to(self, other, points, reason):
        """Give points to another card of the program, lot by lot, those first that expire first.

        :raise UserError: when this card does not have so many
        """
        ledger = Ledger(self | other)
        ledger.expire_due(self)
        lots = ledger.lots(self)
        parts, rest = taken_from([(lot, lot.remaining) for lot in lots], points)
        if rest:
            balance = self._format_points(cents(sum(lot.remaining for lot in lots)))
            raise UserError(
                self.env._(
                    "The card %(code)s has %(balance)s to give: transfer that or less.",
                    code=self.code,
                    balance=balance,
                )
            )
        giving = Posting(
            "transfer",
            self.env._("Transferred to card %(code)s: %(reason)s", code=other.code, reason=reason),
        )
        taking = Posting(
            "transfer",
            self.env._("Transferred from card %(code)s: %(reason)s", code=self.code, reason=reason),
        )
        for lot, part in parts:
            ledger.keep(lot, remaining=cents(lot.remaining - part))
            ledger.add(self, -part, giving, award_id=lot.id)
            ledger.award(other, part, taking, expiration_date=lot.expiration_date)
        return ledger.post()
