from odoo import fields, models
from odoo.exceptions import ValidationError

from ..logic.points import cents


class LoyaltyPointsTransfer(models.TransientModel):
    """A manager gives points of one customer to another, with a reason."""

    _name = "loyalty.points.transfer"
    _description = "Transfer Points"

    card_id = fields.Many2one(
        comodel_name="loyalty.card", string="From Card", required=True, ondelete="cascade"
    )
    owner_id = fields.Many2one(related="card_id.partner_id", string="From Customer")
    balance = fields.Char(related="card_id.points_display", string="Balance")
    partner_id = fields.Many2one(
        comodel_name="res.partner", string="To Customer", required=True, ondelete="cascade"
    )
    points = fields.Float(digits=(16, 2), required=True)
    reason = fields.Char(required=True)

    def action_transfer(self):
        """Move the points to the customer's card of the same program, made when he has none."""
        self.ensure_one()
        self.card_id._check_may_adjust()
        self.partner_id.check_access("read")
        self._check_entries()
        # sudo: who may adjust has no right to write rows beside the ledger
        card = self.card_id.sudo()
        card._transfer_to(self._card_of_receiver(), cents(self.points), self.reason.strip())
        return {"type": "ir.actions.act_window_close"}

    def _check_entries(self):
        card = self.card_id
        if not card.active or not card.is_one_per_customer or not card.partner_id:
            raise ValidationError(
                self.env._("Points are transferred from a customer's own card: choose such a card.")
            )
        if self.partner_id == card.partner_id:
            raise ValidationError(
                self.env._("The points are his already: choose another customer.")
            )
        if cents(self.points) <= 0:
            raise ValidationError(self.env._("Enter how many points to transfer, more than zero."))
        if not self.reason.strip():
            raise ValidationError(self.env._("Say why the points are transferred."))

    def _card_of_receiver(self):
        values = {"partner_id": self.partner_id.id, "program_id": self.card_id.program_id.id}
        # sudo: as when an order makes a card, the rights on cards are not asked
        Card = self.env["loyalty.card"].sudo()
        mine = [(name, "=", value) for name, value in values.items()]
        return Card.search(mine, limit=1) or Card.create(values)
