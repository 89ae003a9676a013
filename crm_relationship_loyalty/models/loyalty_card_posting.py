from odoo import fields, models
from odoo.exceptions import UserError

from ..logic.points import cents, taken_from
from .loyalty_history import LATER, Posting


class LoyaltyCard(models.Model):
    """How the ledger moves. All of it runs as the system, on cards that the caller has locked.

    Each movement changes the row of the card, so that of two transactions on one card the second
    fails with a serialization error, and is tried again on what the first has left.
    """

    _inherit = "loyalty.card"

    def _open(self, posting=None):
        """Write the first row of a card that was made with points."""
        posting = posting or Posting("opening", self.env._("Opening balance"))
        points = self.points
        row = {**self._row(posting), **self._sides(points), "remaining": points}
        if points > 0:
            row["expiration_date"] = self._expiration_of_award()
        return self._write_rows([row], posting)

    def _move(self, points, posting, **values):
        """Add points, or take them when below zero; return the rows."""
        self._lock()
        if points > 0:
            return self._award(points, posting, **values)
        return self._consume(-points, posting, **values)

    def _award(self, points, posting, **values):
        """Give points that can be spent at once; what the card owes is paid from them first."""
        row = {
            **self._row(posting),
            **self._sides(points),
            "remaining": self._pay_debts(points),
            "expiration_date": self._expiration_of_award(),
            **values,
        }
        if self.program_id.is_extended_by_activity and row["expiration_date"]:
            lots = self._lots().filtered(
                lambda lot: lot.expiration_date and lot.expiration_date < row["expiration_date"]
            )
            lots._keep({lot: {"expiration_date": row["expiration_date"]} for lot in lots})
        return self._write_rows([row], posting, points)

    def _pay_debts(self, points):
        """Pay from new points what the card owes, the oldest first; return what is left of them."""
        debts = self._rows_with("remaining", "<")
        paid, rest = taken_from([(debt, -debt.remaining) for debt in debts], points)
        debts._keep({debt: {"remaining": cents(debt.remaining + part)} for debt, part in paid})
        return rest

    def _consume(self, points, posting, first=None, **values):
        """Take points from the lots, those of `first` before the others, the oldest expiry first.

        What no lot can give is a debt where the posting may owe. Raises UserError otherwise.
        """
        self._expire_due()
        lots = self._lots()
        if first:
            lots = (lots & first) | (lots - first)
        parts, rest = taken_from([(lot, lot.remaining) for lot in lots], points)
        if rest and not posting.may_owe:
            raise UserError(self._too_few_points(points, posting))
        lots._keep({lot: {"remaining": cents(lot.remaining - part)} for lot, part in parts})
        taken = [(part, {"award_id": lot.id}) for lot, part in parts]
        if rest:
            taken.append((rest, {"remaining": -rest}))
        rows = [
            {**self._row(posting), **self._sides(-part), **more, **values} for part, more in taken
        ]
        return self._write_rows(rows, posting, -points)

    def _account(self):
        """Return the card that documents of this card post to: after a merge, its survivor."""
        if self.active or not self.is_one_per_customer:
            return self
        return (
            self.search(
                [("program_id", "=", self.program_id.id), ("partner_id", "=", self.partner_id.id)],
                limit=1,
            )
            or self
        )

    def _post_changes(self, changes, posting):
        """Post the changes of what a document earned, promised and spent, in points."""
        rows = self._rows_of(posting)
        if changes["spent"] < 0:
            redemptions = rows.filtered(lambda row: row.kind == "redeem")
            self._give_back(-changes["spent"], posting._replace(kind="reverse"), redemptions)
        spends_what_it_earns = self.program_id.applies_on != "future"
        if spends_what_it_earns:
            self._post_earned(changes, posting, rows)
        if changes["spent"] > 0:
            self._consume(changes["spent"], posting._replace(kind="redeem"))
        if not spends_what_it_earns:
            self._post_earned(changes, posting, rows)
        if changes["pending"]:
            kind = "earn" if changes["pending"] > 0 else "reverse"
            self._promise(changes["pending"], posting._replace(kind=kind))

    def _post_earned(self, changes, posting, rows):
        """Post what was earned, from promises first; or take back, from the same awards first."""
        points = changes["earned"]
        if points > 0:
            promised = rows.filtered(lambda row: row.state == "pending")
            released = cents(min(points, max(0.0, sum(promised.mapped("points")))))
            if released:
                self._release(released, posting, promised)
                changes["pending"] = cents(changes["pending"] + released)
            if points > released:
                self._award(cents(points - released), posting)
        elif points < 0:
            awards = rows.filtered(lambda row: row.kind == "earn" and row.state == "active")
            taking = posting._replace(kind="reverse", may_owe=True)
            self._consume(-points, taking, first=awards)

    def _rows_of(self, posting):
        """Return what the ledger has of the posting's document on this card."""
        return self.env["loyalty.history"].search(
            [
                ("card_id", "=", self.id),
                ("order_model", "=", posting.order_model),
                ("order_id", "=", posting.order_id),
            ]
        )

    def _give_back(self, points, posting, redemptions):
        """Give spent points back to the lots that they were taken from, the latest first."""
        parts, rest = taken_from(
            [(row, row.used) for row in redemptions.sorted("id")[::-1]], points
        )
        rows = []
        for redemption, part in parts:
            lot = redemption.award_id
            if not lot:
                rest = cents(rest + part)
                continue
            lot._keep({lot: {"remaining": cents(lot.remaining + part)}})
            rows.append({**self._row(posting), **self._sides(part), "award_id": lot.id})
        given = cents(points - rest)
        if rows:
            self._write_rows(rows, posting, given)
        if rest:
            self._award(rest, posting)

    def _promise(self, points, posting):
        """Note points that are earned later; below zero, points that will not be earned."""
        row = {**self._row(posting), **self._sides(points), "state": "pending"}
        return self._write_rows([row], posting)

    def _release(self, points, posting, promises):
        """Make promised points active: a whole promise as it is, else a part of it."""
        if len(promises) == 1 and promises.points == points:
            rest = self._pay_debts(points)
            promises.with_context(loyalty_posting=posting._replace(explains=True)).write(
                {
                    "state": "active",
                    "date": fields.Datetime.now(),
                    "remaining": rest,
                    "expiration_date": self._expiration_of_award(),
                }
            )
            self._add_to_balance(points, posting)
            return promises
        self._promise(-points, posting._replace(kind="reverse"))
        return self._award(points, posting)

    def _expire_due(self):
        """Take what could be spent until yesterday at most."""
        today = self.program_id._today()
        due = self._lots().filtered(lambda lot: lot.expiration_date and lot.expiration_date < today)
        if not due:
            return
        posting = Posting("expire", self.env._("Expired"))
        rows = [
            {**self._row(posting), **self._sides(-lot.remaining), "award_id": lot.id} for lot in due
        ]
        points = sum(due.mapped("remaining"))
        due._keep({lot: {"remaining": 0.0} for lot in due})
        self._write_rows(rows, posting, -points)

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

    def _too_few_points(self, points, posting):
        return self.env._(
            "%(document)s needs %(needed)s, and the card %(code)s has %(balance)s:"
            " take the reward off, or spend fewer points.",
            document=posting.description,
            needed=self._format_points(cents(points)),
            code=self.code,
            balance=self._format_points(self.points),
        )

    def _lots(self):
        """Return the awards that have points left, the first to expire first."""
        return self._rows_with("remaining", ">")

    def _rows_with(self, field, operator):
        return self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "active"), (field, operator, 0)],
            order="expiration_date, id",
        )

    def _expiration_of_award(self):
        return self.program_id._expiration_of(self.program_id._today())

    def _row(self, posting):
        return {"card_id": self.id, "state": "active", **posting.values()}

    def _sides(self, points):
        return {"issued": max(points, 0.0), "used": max(-points, 0.0)}

    def _write_rows(self, rows, posting, points=0.0):
        written = self.env["loyalty.history"].with_context(loyalty_posting=posting).create(rows)
        if points:
            self._add_to_balance(points, posting)
        return written.with_env(self.env)

    def _add_to_balance(self, points, posting):
        self.with_context(loyalty_posting=posting, loyalty_posting_points=True).write(
            {"points": cents(self.points + points)}
        )

    def _hand_over_to(self, survivor):
        """Move all points, lots with their last days, promises and debts to another card."""
        giving = Posting(
            "transfer", self.env._("Transferred to card %s", survivor.code), may_owe=True
        )
        taking = Posting(
            "transfer", self.env._("Transferred from card %s", self.code), may_owe=True
        )
        rows = self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "active"), ("remaining", "!=", 0)],
            order="expiration_date, id",
        )
        for row in rows:
            points, last_day = row.remaining, row.expiration_date
            row._keep({row: {"remaining": 0.0}})
            given = {**self._row(giving), **self._sides(-points), "award_id": row.id}
            self._write_rows([given], giving, -points)
            if points > 0:
                survivor._award(points, taking, expiration_date=last_day)
            else:
                survivor._consume(-points, taking)
        self._hand_over_promises(survivor, giving)
        self._hand_over_documents(survivor)
        self.write({"active": False})

    def _hand_over_promises(self, survivor, posting):
        promises = self.env["loyalty.history"].search(
            [("card_id", "=", self.id), ("state", "=", "pending")]
        )
        for (model, order_id), rows in promises.grouped(
            lambda row: (row.order_model, row.order_id)
        ).items():
            points = cents(sum(rows.mapped("points")))
            if points:
                moving = posting._replace(order_model=model, order_id=order_id)
                self._promise(-points, moving._replace(kind="reverse"))
                survivor._promise(points, moving._replace(kind="earn"))

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
