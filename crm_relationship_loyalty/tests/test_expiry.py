from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestExpiry(LoyaltyCommon):
    def _lots(self, card, *lots):
        """Give a card awards of (points, last day); return their rows."""
        rows = self.History.browse()
        for points, last_day in lots:
            row = self.History.create({"card_id": card.id, "issued": points, "description": "gift"})
            row._keep({row: {"expiration_date": last_day}})
            rows |= row
        return rows

    def _expire(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship_loyalty.ir_cron_expire_points").method_direct_trigger()
        self.env.invalidate_all()

    def _written(self, card):
        """Return the rows of a card as they are in the database, but what tells them apart."""
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL("SELECT * FROM loyalty_history WHERE card_id = %s ORDER BY id", card.id)
        )
        places = {row["id"]: place for place, row in enumerate(rows)}
        for row in rows:
            row.update(id=places[row["id"]], card_id=0, award_id=places.get(row["award_id"]))
            for moment in ("date", "create_date", "write_date"):
                row[moment] = bool(row[moment])
            row["create_uid"] = row["write_uid"] = 0
        return rows

    def test_the_job_posts_what_a_spending_posts(self):
        card, other = self._give(5.0), self._give(5.0, partner=self._customer("Malee"))
        for one in card | other:
            self._lots(one, (40.0, "2025-01-31"), (2.5, "2025-02-28"), (30.0, "2099-12-31"))
        other._lock()
        other._expire_due()
        self._expire()
        self.assertEqual(card.points, 35.0)
        self.assertEqual(
            self._rows(card)[-2:], [("expire", -40.0, "active"), ("expire", -2.5, "active")]
        )
        self.assertEqual(self._written(card), self._written(other))
        self.assertLedgerHolds()

    def test_points_last_until_the_day_ends_where_the_company_is(self):
        self.program.company_id = self.company
        card = self._give(0.0)
        self._lots(card, (40.0, "2026-01-31"))
        with freeze_time("2026-01-31 16:59:00"):
            self._expire()
        self.assertEqual(card.points, 40.0)
        with freeze_time("2026-01-31 17:01:00"):  # the first of February in Bangkok
            self._expire()
        self.assertEqual(card.points, 0.0)

    def test_a_second_run_changes_nothing(self):
        card = self._give(0.0)
        self._lots(card, (40.0, "2025-01-31"), (10.0, "2099-01-31"))
        self._expire()
        before = self._written(card)
        stamp = card.write_date
        self._expire()
        self.assertEqual(self._written(card), before)
        self.assertEqual(card.write_date, stamp)

    def test_a_batch_goes_on_after_the_card_before(self):
        cards = self.env["loyalty.card"].browse()
        for name in ("Malee", "Nok", "Lek"):
            cards |= self._give(0.0, partner=self._customer(name))
        for card in cards:
            self._lots(card, (40.0, "2025-01-31"))
        self.env.flush_all()
        Card = self.env["loyalty.card"]
        done = Card._expire_batch(self.program, date(2026, 1, 1), cards[0].id)
        self.assertEqual(done, cards[1:].ids)
        self.assertEqual(cards.mapped("points"), [40.0, 0.0, 0.0])
        self.assertEqual(Card._cards_due(self.program, date(2026, 1, 1)), 1)

    def test_debts_and_spent_lots_do_not_expire(self):
        order = self._sale(500.0)
        card = self._card_of()
        spending = self._draft(5.0)
        self._spend(spending)
        spending.action_confirm()
        order._action_cancel()
        self.assertEqual(card.points, -50.0)
        lots = card.history_ids.filtered(lambda row: not row.award_id)
        lots._keep({lot: {"expiration_date": "2025-01-31"} for lot in lots})
        self._expire()
        self.assertEqual(card.points, -50.0)
        self.assertNotIn("expire", card.history_ids.mapped("kind"))

    def test_an_award_extends_the_points_that_are_there(self):
        self.program.write(
            {"expiry_mode": "months", "expiry_months": 12, "is_extended_by_activity": True}
        )
        with freeze_time("2026-01-15 05:00:00"):
            card = self._give(0.0)
            [lot] = self._lots(card, (40.0, "2026-01-20"))
            self._sale(100.0)
            self.assertEqual(lot.expiration_date, date(2027, 1, 15))
        with freeze_time("2026-03-01 05:00:00"):
            self._expire()
            self.assertEqual(card.points, 50.0)
        with freeze_time("2027-01-16 05:00:00"):
            self._expire()
            self.assertEqual(card.points, 0.0)
        self.assertLedgerHolds()
