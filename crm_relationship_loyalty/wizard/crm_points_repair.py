from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..logic.lots import remaining_of
from ..logic.points import cents
from ..models.loyalty_history import Posting
from ..models.loyalty_ledger import Ledger


class CrmPointsRepair(models.TransientModel):
    """A manager puts a card right that does not agree with its ledger, and says why."""

    _name = "crm.points.repair"
    _description = "Repair Points"

    difference_id = fields.Many2one(
        "crm.points.difference", required=True, readonly=True, ondelete="cascade"
    )
    explanation = fields.Text(related="difference_id.explanation")
    way = fields.Selection(
        [
            ("ledger", "The ledger is right: correct the balance"),
            ("balance", "The balance is right: post an adjustment"),
        ],
        required=True,
        default="ledger",
    )
    reason = fields.Char(required=True)

    def action_repair(self):
        """Put right what the ledger holds of its lots, then the balance or the ledger."""
        self.ensure_one()
        difference, reason = self.difference_id, (self.reason or "").strip()
        difference.card_id._check_may_adjust()
        if not reason:
            raise UserError(self.env._("Say why the points are corrected."))
        if difference.state != "open":
            raise UserError(self.env._("This difference is not open any more."))
        card = difference.card_id.sudo()  # sudo: managers correct a balance through this form only
        card._lock()
        card.invalidate_recordset(["points"])
        card._repair(reason, keeps_balance=self.way == "balance")
        difference.sudo().write(  # sudo: as above
            {
                "state": "repaired",
                "reason": reason,
                "repaired_by_id": self.env.uid,
                "repaired_on": fields.Datetime.now(),
            }
        )
        return {"type": "ir.actions.act_window_close"}


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _repair(self, reason, keeps_balance):
        """Have lots, promises and balance follow from the entries; post what is kept beside them.

        The caller has locked the card.
        """
        balance, posting = self.points, Posting("adjust", reason, may_owe=True)
        self._repair_lots()
        self._repair_promises(posting)
        ledger = cents(sum(self._active_rows().mapped("points")))
        if ledger != cents(balance):
            self.with_context(
                loyalty_posting=posting, loyalty_posting_points=True, loyalty_no_mail=True
            ).write({"points": ledger})
            if keeps_balance:
                self._move(cents(balance - ledger), posting)

    def _repair_lots(self):
        """Work out anew what remains of each entry."""
        rows = self._active_rows()
        entries = rows._entries_by_card(SQL("row.card_id = %s", self.id)).get(self.id, [])
        left = remaining_of(entries)
        wrong = rows.filtered(lambda row: cents(row.remaining) != left[row.id])
        rows._keep({row: {"remaining": left[row.id]} for row in wrong})

    def _repair_promises(self, posting):
        """Promise again what was taken back without having been promised."""
        pending = self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "pending")]
        )
        ledger = Ledger(self)
        documents = pending.grouped(lambda row: (row.order_model, row.order_id))
        for (model, order_id), rows in documents.items():
            points = cents(sum(rows.mapped("points")))
            if points < 0:
                promising = posting._replace(order_model=model, order_id=order_id)
                ledger.promise(self, -points, promising)
        ledger.post()

    def _active_rows(self):
        return self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "active")]
        )
