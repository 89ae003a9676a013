from collections import defaultdict
from datetime import date

from ..logic.points import cents, taken_from
from .loyalty_history import Posting


class Ledger:
    """What is being posted to some cards, in as few statements as there can be.

    It locks the cards, reads what is left of their awards and debts once, and writes the entries of
    all cards together. All of it runs as the system. Each posting changes the row of its card, so
    that of two transactions on one card the second fails with a serialization error, and is tried
    again on what the first has left.
    """

    def __init__(self, cards):
        self.env = cards.env
        self.cards = cards.sorted("id")
        self.cards._lock()
        self.rows = []
        self.balances = defaultdict(float)
        self.documents = {}
        self.open = {card: [] for card in self.cards}
        open_rows = self.env["loyalty.history"].search(
            [("card_id", "in", cards.ids), ("state", "=", "active"), ("remaining", "!=", 0)],
            order="expiration_date, id",
        )
        for row in open_rows:
            self.open[row.card_id].append(row)

    def lots(self, card):
        """Return the awards that have points left, the first to expire first."""
        return [row for row in self.open[card] if row.remaining > 0]

    def debts(self, card):
        """Return what the card owes, the oldest first."""
        return sorted((row for row in self.open[card] if row.remaining < 0), key=lambda row: row.id)

    def rows_of(self, card, posting):
        """Return what the ledger has of the posting's document on this card."""
        document = posting.order_model, posting.order_id
        if document not in self.documents:
            rows = self.env["loyalty.history"].search(
                [
                    ("card_id", "in", self.cards.ids),
                    ("order_model", "=", posting.order_model),
                    ("order_id", "=", posting.order_id),
                ]
            )
            self.documents[document] = rows.grouped("card_id")
        return self.documents[document].get(card, self.env["loyalty.history"])

    def award(self, card, points, posting, **values):
        """Give points that can be spent at once; what the card owes is paid from them first."""
        row = {
            "remaining": self.pay_debts(card, points),
            "expiration_date": card._expiration_of_award(),
            **values,
        }
        if card.program_id.is_extended_by_activity and row["expiration_date"]:
            for lot in self.lots(card):
                if lot.expiration_date and lot.expiration_date < row["expiration_date"]:
                    self.keep(lot, expiration_date=row["expiration_date"])
        self.add(card, points, posting, **row)

    def pay_debts(self, card, points):
        """Pay from new points what the card owes; return what is left of them."""
        paid, rest = taken_from([(debt, -debt.remaining) for debt in self.debts(card)], points)
        for debt, part in paid:
            self.keep(debt, remaining=cents(debt.remaining + part))
        return rest

    def consume(self, card, points, posting, first=(), **values):
        """Take points from the lots, those of `first` before the others, the oldest expiry first.

        What no lot can give is a debt where the posting may owe. Raises UserError otherwise.
        """
        self.post()
        self.expire_due(card)
        lots = self.lots(card)
        lots = [lot for lot in lots if lot in first] + [lot for lot in lots if lot not in first]
        parts, rest = taken_from([(lot, lot.remaining) for lot in lots], points)
        if rest and not posting.may_owe:
            card._refuse_spending(points, posting)
        for lot, part in parts:
            self.keep(lot, remaining=cents(lot.remaining - part))
            self.add(card, -part, posting, award_id=lot.id, **values)
        if rest:
            self.add(card, -rest, posting, remaining=-rest, **values)

    def give_back(self, card, points, posting, redemptions):
        """Give spent points back to the lots that they were taken from, the latest first."""
        latest_first = redemptions.sorted("id", reverse=True)
        parts, rest = taken_from([(row, row.used) for row in latest_first], points)
        for redemption, part in parts:
            lot = redemption.award_id
            if lot:
                self.keep(lot, remaining=cents(lot.remaining + part))
                self.add(card, part, posting, award_id=lot.id)
            else:
                rest = cents(rest + part)
        if rest:
            self.award(card, rest, posting)

    def promise(self, card, points, posting):
        """Note points that are earned later; below zero, points that will not be earned."""
        self.add(card, points, posting, state="pending")

    def release(self, card, points, posting, promises):
        """Make promised points active: a whole promise as it is, else a part of it."""
        if len(promises) > 1 or promises.points != points:
            self.promise(card, -points, posting._replace(kind="reverse"))
            self.award(card, points, posting)
            return
        rest = self.pay_debts(card, points)
        promises._activate(rest, card._expiration_of_award(), posting)
        self.balances[card] += points
        self.open[card].append(promises)

    def expire_due(self, card):
        """Take what could be spent until yesterday at most."""
        today = card.program_id._today()
        posting = Posting("expire", card.env._("Expired"))
        for lot in self.lots(card):
            if lot.expiration_date and lot.expiration_date < today:
                self.add(card, -lot.remaining, posting, award_id=lot.id)
                self.keep(lot, remaining=0.0)

    def add(self, card, points, posting, **values):
        """Add an entry of so many points, to be written with the others."""
        row = {
            "card_id": card.id,
            "state": "active",
            "issued": max(points, 0.0),
            "used": max(-points, 0.0),
            **posting.values(),
            **values,
        }
        self.rows.append(row)
        if row["state"] == "active":
            self.balances[card] += points

    def keep(self, row, **values):
        """Write what is left of an entry, or until when it lasts."""
        row._keep({row: values})

    def post(self):
        """Write the entries and the balances; return the entries written by now."""
        History = self.env["loyalty.history"].with_context(loyalty_posting=Posting("adjust", ""))
        written = History.create(self.rows).with_env(self.env)
        self.rows = []
        for row in written:
            if row.state == "active" and row.remaining:
                self.open[row.card_id].append(row)
                self.open[row.card_id].sort(key=_first_to_expire)
        for card, points in self.balances.items():
            if points := cents(points):
                card._set_balance(cents(card.points + points))
        self.balances.clear()
        return written


def _first_to_expire(row):
    return (not row.expiration_date, row.expiration_date or date.max, row.id)
