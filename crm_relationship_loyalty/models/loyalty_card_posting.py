from odoo import models
from odoo.exceptions import UserError

from ..logic.points import cents
from .loyalty_history import LATER, Posting
from .loyalty_ledger import Ledger


class LoyaltyCard(models.Model):
    """How cards are posted to; all of it runs as the system, for callers who may."""

    _inherit = "loyalty.card"

    def _open(self, postings):
        """Write the first row of each card that was made with points; `postings` by card."""
        ledger = Ledger(self)
        for card in self:
            points = card.points
            first = postings[card] or Posting("opening", self.env._("Opening balance"))
            last_day = card._expiration_of_award() if points > 0 else False
            ledger.add(card, points, first, remaining=points, expiration_date=last_day)
        ledger.balances.clear()  # the cards have their points already
        return ledger.post()

    def _move(self, points, posting, **values):
        """Add points to the card, or take them when below zero; return the rows."""
        ledger = Ledger(self)
        if points > 0:
            ledger.award(self, points, posting, **values)
        else:
            ledger.consume(self, -points, posting, **values)
        return ledger.post()

    def _expire_due(self):
        """Take what could be spent until yesterday at most."""
        ledger = Ledger(self)
        for card in self:
            ledger.expire_due(card)
        return ledger.post()

    def _account(self):
        """Return the card that documents of this card post to: after a merge, its survivor."""
        if self.active or not self.is_one_per_customer:
            return self
        domain = [("program_id", "=", self.program_id.id), ("partner_id", "=", self.partner_id.id)]
        return self.search(domain, limit=1) or self

    def _post_changes(self, changes_by_card, posting):
        """Post the changes of what a document earned, promised and spent, in points, by card.

        What is given back and earned comes before what is spent, so that one order can do both; a
        program for future orders has no such points, and its spendings come first.
        """
        ledger = Ledger(self)
        for card, changes in changes_by_card.items():
            if changes["spent"] < 0:
                rows = ledger.rows_of(card, posting)
                spent = rows.filtered(lambda row: row.kind == "redeem")
                giving = posting._replace(kind="reverse")
                ledger.give_back(card, -changes["spent"], giving, spent)
        future = self.filtered(lambda card: card.program_id.applies_on == "future")
        for cards, names in ((future, ("spent", "earned")), (self - future, ("earned", "spent"))):
            for name in names:
                for card in cards:
                    post = card._post_earned if name == "earned" else card._post_spent
                    post(ledger, changes_by_card[card], posting)
        for card, changes in changes_by_card.items():
            if changes["pending"]:
                kind = "earn" if changes["pending"] > 0 else "reverse"
                ledger.promise(card, changes["pending"], posting._replace(kind=kind))
        ledger.post()

    def _post_spent(self, ledger, changes, posting):
        if changes["spent"] > 0:
            ledger.consume(self, changes["spent"], posting._replace(kind="redeem"))

    def _post_earned(self, ledger, changes, posting):
        """Post what was earned, from promises first; or take back, from the same awards first."""
        points = changes["earned"]
        if points > 0:
            # a first posting has nothing to release
            is_known = changes["pending"] < 0
            rows = ledger.rows_of(self, posting) if is_known else self.env["loyalty.history"]
            promised = rows.filtered(lambda row: row.state == "pending")
            released = cents(min(points, max(0.0, sum(promised.mapped("points")))))
            if released:
                ledger.release(self, released, posting, promised)
                changes["pending"] = cents(changes["pending"] + released)
            if points > released:
                ledger.award(self, cents(points - released), posting)
        elif points < 0:
            rows = ledger.rows_of(self, posting)
            awards = rows.filtered(lambda row: row.kind == "earn" and row.state == "active")
            taking = posting._replace(kind="reverse", may_owe=True)
            ledger.consume(self, -points, taking, first=awards)

    def _claim_unexplained(self, vals, points):
        """Let an entry name the document of points that its till has just moved, if there are any.

        A till writes the balance first and its entry after it, in the same transaction.
        """
        if not vals.get("order_model"):
            return self.env["loyalty.history"]
        rows = self.env["loyalty.history"].search(
            [
                ("card_id", "=", self.id),
                ("kind", "=", "adjust"),
                ("order_model", "=", False),
                ("create_date", "=", self.env.cr.now()),
            ]
        )
        if not rows or not rows._is_same_amount(points):
            return rows.browse()
        kind = "earn" if points > 0 else "redeem"
        posting = Posting(kind, vals["description"], vals["order_model"], vals.get("order_id"))
        rows.with_context(loyalty_posting=posting._replace(explains=True)).write(posting.values())
        return rows

    def _note(self, vals):
        """Keep what a till notes of a gift card besides its movements: an entry without points."""
        posting = Posting(
            "adjust", vals["description"], vals.get("order_model"), vals.get("order_id")
        )
        ledger = Ledger(self)
        ledger.add(self, 0.0, posting)
        return ledger.post()

    def _refuse_spending(self, points, posting):
        raise UserError(self._too_few_points(points, posting.description))

    def _too_few_points(self, points, document):
        return self.env._(
            "%(document)s needs %(needed)s, and the card %(code)s has %(balance)s:"
            " take the reward off, or spend fewer points.",
            document=document,
            needed=self._format_points(cents(points)),
            code=self.code,
            balance=self._format_points(self.points),
        )

    def _lots(self):
        """Return the awards that have points left, the first to expire first."""
        return self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "active"), ("remaining", ">", 0)],
            order="expiration_date, id",
        )

    def _expiration_of_award(self):
        return self.program_id._expiration_of(self.program_id._today())

    def _set_balance(self, points):
        posting = Posting("adjust", "")
        self.with_context(loyalty_posting=posting, loyalty_posting_points=True).points = points

    def _hand_over_to(self, survivor):
        """Move all points, lots with their last days, promises and debts to another card."""
        giving = Posting(
            "transfer", self.env._("Transferred to card %s", survivor.code), may_owe=True
        )
        taking = Posting(
            "transfer", self.env._("Transferred from card %s", self.code), may_owe=True
        )
        ledger = Ledger(self | survivor)
        for row in ledger.lots(self):
            points, last_day = row.remaining, row.expiration_date
            ledger.keep(row, remaining=0.0)
            ledger.add(self, -points, giving, award_id=row.id)
            ledger.award(survivor, points, taking, expiration_date=last_day)
        for row in ledger.debts(self):
            points = -row.remaining
            ledger.keep(row, remaining=0.0)
            ledger.add(self, points, giving, award_id=row.id)
            ledger.consume(survivor, points, taking)
        self._hand_over_promises(ledger, survivor, giving)
        ledger.post()
        self._hand_over_documents(survivor)
        self.write({"active": False})

    def _hand_over_promises(self, ledger, survivor, posting):
        promises = self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "pending")]
        )
        by_document = promises.grouped(lambda row: (row.order_model, row.order_id))
        for (model, order_id), rows in by_document.items():
            points = cents(sum(rows.mapped("points")))
            if points:
                moving = posting._replace(order_model=model, order_id=order_id)
                ledger.promise(self, -points, moving._replace(kind="reverse"))
                ledger.promise(survivor, points, moving._replace(kind="earn"))

    def _hand_over_documents(self, survivor):
        """Let the documents of this card go on with another; their rows stay where they are."""
        lines = self.env["sale.order.line"].search([("coupon_id", "=", self.id)])
        lines.with_context(loyalty_posting=LATER).coupon_id = survivor
        entries = self.env["sale.order.coupon.points"].search([("coupon_id", "=", self.id)])
        for entry in entries:
            own = entry.order_id.coupon_point_ids.filtered(
                lambda other: other.coupon_id == survivor
            )
            if own:
                own.points += entry.points
                entry.unlink()
            else:
                entry.coupon_id = survivor
        orders = self.env["sale.order"].search([("applied_coupon_ids", "in", self.ids)])
        for order in orders:
            order.applied_coupon_ids = order.applied_coupon_ids - self | survivor
