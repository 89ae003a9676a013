"""Gives what a referral has earned, to both, and takes it back again."""

from datetime import date

from odoo import models
from odoo.tools import SQL

from .loyalty_history import Posting

SIDES = {"referrer": "referrer_id", "friend": "partner_id"}


class CrmReferral(models.Model):
    """Rewards are points by the ledger, or a coupon of one's own.

    The points are of a kind of their own: they are no purchase, so no ladder of tiers counts them.
    What was given first is given again after it was taken back, whatever the program says by then.
    """

    _inherit = "crm.referral"

    def _give_rewards(self):
        """Give both their rewards, the referrer up to his maximum; return what to note."""
        today = self.company_id._business_today()
        is_capped = bool(self.program_id.referrer_program_id) and self._is_beyond_maximum(today)
        values = {"rewarded_on": today, "is_capped": is_capped}
        if is_capped:
            values["reason"] = "maximum"
        cards = {side: self._card_for(side) for side in self._rewarded_sides(is_capped)}
        self.env["loyalty.card"].union(*cards.values())._lock()
        for side, card in cards.items():
            points = 0.0
            if card.is_one_per_customer:
                points = self._points_for(side)
                card._move(points, self._posting(side, points))
            else:
                card.active = True
            values |= {f"{side}_card_id": card.id, f"{side}_points": points}
        return values

    def _rewarded_sides(self, is_capped):
        """Return those who get something: by now, or when the reward was given first."""
        return [
            side
            for side in SIDES
            if (self[f"{side}_card_id"] or self.program_id[f"{side}_program_id"])
            and not (side == "referrer" and is_capped)
        ]

    def _card_for(self, side):
        """Return the card that a reward goes to: an account of points, or a coupon."""
        former = self[f"{side}_card_id"]
        if former:
            return former._account()
        program = self.program_id[f"{side}_program_id"]
        partner = self[SIDES[side]]
        values = {"program_id": program.id, "partner_id": partner.id}
        Card = self.env["loyalty.card"].with_context(lang=partner.lang)
        if program.program_type == "coupons":
            uses = program._points_of_coupon()
            return Card.create({**values, "points": uses})
        known = Card.search([(name, "=", value) for name, value in values.items()], limit=1)
        return known or Card.create(values)

    def _points_for(self, side):
        """Return the points that were given first, or what the program gives now."""
        former = self[f"{side}_card_id"]
        first = former and self.env["loyalty.history"].search(
            self._rows_on(former), order="id", limit=1
        )
        return first.issued if first else self.program_id[f"{side}_points"]

    def _is_beyond_maximum(self, today):
        """Return whether the referrer has had all rewards of this year, or of all time.

        His row is changed, so that of two transactions that reward him the second one fails with a
        serialization error, is tried again, and then counts the reward of the first.
        """
        program = self.program_id
        if not program.yearly_maximum and not program.total_maximum:
            return False
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET write_date = write_date WHERE id = %s", self.referrer_id.id
            ),
            log_exceptions=False,
        )
        rewarded = self.search(
            [
                ("id", "!=", self.id),
                ("referrer_id", "=", self.referrer_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "rewarded"),
                ("is_capped", "=", False),
            ]
        )
        in_year = rewarded.filtered(lambda one: one.rewarded_on >= date(today.year, 1, 1))
        return any(
            maximum and count >= maximum
            for maximum, count in (
                (program.yearly_maximum, len(in_year)),
                (program.total_maximum, len(rewarded)),
            )
        )

    def _take_rewards_back(self):
        """Take back what was given; return the values to write.

        Points that are spent by now are owed; a coupon that is used stays used, and a note says so.
        """
        cards = {
            side: self[f"{side}_card_id"]._account()
            for side in SIDES
            if self[f"{side}_card_id"] and not (side == "referrer" and self.is_capped)
        }
        self.env["loyalty.card"].union(*cards.values())._lock()
        kept = []
        for side, card in cards.items():
            points = self[f"{side}_points"]
            if card.is_one_per_customer:
                card._move(-points, self._posting(side, -points), first=self._awards_on(card))
            elif self._is_used(card):
                kept.append(self.env._("The coupon %(code)s had been used.", code=card.code))
            else:
                card.active = False
        values = {f"{side}_points": 0.0 for side in SIDES}
        return values | ({"note": " ".join(kept)} if kept else {})

    def _rows_on(self, card):
        return [
            ("card_id", "=", card.id),
            ("order_model", "=", self._name),
            ("order_id", "=", self.id),
        ]

    def _awards_on(self, card):
        domain = [*self._rows_on(card), ("remaining", ">", 0)]
        return self.env["loyalty.history"].search(domain)

    def _is_used(self, coupon):
        return bool(
            self.env["sale.order.line"].search_count(
                [("coupon_id", "=", coupon.id), ("state", "=", "sale")], limit=1
            )
        )

    def _posting(self, side, points):
        """Return the posting of a reward, with words in the language of who reads them."""
        env = self.with_context(lang=self[SIDES[side]].lang).env
        if points < 0:
            words = env._("Taken back: the order that a friend's reward was for is not paid")
        elif side == "referrer":
            words = env._("A friend of yours has bought for the first time")
        else:
            words = env._("Welcome: a friend of yours has brought you here")
        return Posting("referral", words, self._name, self.id, may_owe=True)
