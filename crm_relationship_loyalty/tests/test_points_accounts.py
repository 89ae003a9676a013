from datetime import date

from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LoyaltyCommon


class PointsCommon(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write({"company_id": cls.company.id})

    def _row(self, card, points, day, last_day=None):
        """Post points to a card at noon in Bangkok of a day; return the rows."""
        sides = {"issued": max(points, 0.0), "used": max(-points, 0.0)}
        row = self.History.create(
            {"card_id": card.id, "date": f"{day} 05:00:00", "description": "test", **sides}
        )
        if last_day:
            row._keep({row: {"expiration_date": last_day}})
        return row


@tagged("post_install", "-at_install")
class TestPointsBreakage(PointsCommon):
    def test_what_became_of_the_points_of_each_month(self):
        card = self._give(0.0)
        with freeze_time("2026-01-10 05:00:00"):
            self._row(card, 100.0, "2026-01-10", "2026-02-28")
            spending = self._draft(10.0)
            self._spend(spending)
            spending.action_confirm()
        with freeze_time("2026-03-02 05:00:00"):
            self._row(card, 30.0, "2026-03-02", "2099-12-31")
            card._lock()
            card._expire_due()
        self.env.flush_all()
        found = self.env["crm.points.breakage"]._read_group(
            [("program_id", "=", self.program.id), ("expiration_date", "!=", False)],
            ["date:month"],
            [
                f"{name}:{how}"
                for name, how in (
                    ("issued", "sum"),
                    ("redeemed", "sum"),
                    ("expired", "sum"),
                    ("open_points", "sum"),
                    ("breakage_rate", "avg"),
                )
            ],
        )
        # 50 of 100 were spent, 50 expired: one half
        self.assertEqual(
            [tuple(row) for row in found],
            [
                (date(2026, 1, 1), 100.0, 50.0, 50.0, 0.0, 50.0),
                (date(2026, 3, 1), 30.0, 0.0, 0.0, 30.0, False),
            ],
        )

    def test_the_rate_of_several_months_weighs_their_points(self):
        card = self._give(0.0)
        self._row(card, 300.0, "2026-01-10", "2099-01-01")
        self.env["loyalty.card.update.balance"].create(
            {"card_id": card.id, "new_balance": 100.0, "description": "spent"}
        ).action_update_card_point()
        lot = card.history_ids.filtered("expiration_date")
        lot._keep({lot: {"expiration_date": "2025-01-01"}})
        self._row(card, 100.0, "2026-02-10", "2025-01-01")
        card._lock()
        card._expire_due()
        self.env.flush_all()
        [(rate,)] = self.env["crm.points.breakage"]._read_group(
            [("program_id", "=", self.program.id)], [], ["breakage_rate:avg"]
        )
        # 100 of 300, and 100 of 100
        self.assertEqual(rate, 50.0)


@tagged("post_install", "-at_install")
class TestPointsLiability(PointsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = new_test_user(
            cls.env,
            "accountant",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        accounts = cls.env["account.account"].create(
            [
                {"name": "Points", "code": "219900", "account_type": "liability_current"},
                {"name": "Points given", "code": "649900", "account_type": "expense"},
            ]
        )
        cls.booked = {
            "point_value": 0.0333,
            "breakage_rate": 10.0,
            "liability_account_id": accounts[0].id,
            "liability_expense_account_id": accounts[1].id,
            "liability_journal_id": cls.company_data["default_journal_misc"].id,
        }
        cls.program.write(cls.booked)
        cls.Liability = cls.env["crm.points.liability"]

    def _closed(self, day="2026-01-31", user=None):
        liability = self.Liability.with_user(user or self.accountant).create(
            {"company_id": self.company.id, "closing_date": day}
        )
        liability.action_close()
        return liability

    def test_open_points_of_the_day_are_booked_lot_by_lot(self):
        card, other = self._give(0.0), self._give(0.0, partner=self._customer("Malee"))
        first = self._row(card, 100.0, "2026-01-10")
        second = self._row(other, 10.0, "2026-01-20")
        self._row(card, -30.0, "2026-01-25")
        self._row(card, -50.0, "2026-02-05")
        self._row(other, 77.0, "2026-02-01")
        self._row(other, 5.0, "2026-01-02", "2026-01-31")
        liability = self._closed()
        # one point: 0.0333 less 10 % = 0.02997; 70 points 2.0979, 80 points 2.3976
        self.assertEqual(
            {line.lot_id: (line.points, line.value) for line in liability.sudo().line_ids},
            {first: (70.0, 2.10), second: (10.0, 0.30)},
        )
        self.assertEqual((liability.points, liability.amount), (80.0, 2.40))
        self.assertEqual(
            [
                (line.account_id.code, line.debit, line.credit)
                for line in liability.move_id.line_ids.sorted("credit")
            ],
            [("649900", 2.40, 0.0), ("219900", 0.0, 2.40)],
        )
        self.assertEqual(
            (liability.move_id.state, liability.move_id.date), ("draft", date(2026, 1, 31))
        )

    def test_lines_add_up_to_the_entry_to_the_cent(self):
        self.program.write({"point_value": 0.005, "breakage_rate": 0.0})
        card = self._give(0.0)
        for _time in range(7):
            self._row(card, 1.0, "2026-01-10")
        liability = self._closed()
        values = liability.sudo().line_ids.mapped("value")
        # 7 x 0.005 = 0.035: each line alone would be 0.01, in all 0.07
        self.assertEqual(liability.amount, 0.04)
        self.assertEqual(round(sum(values), 2), 0.04)
        self.assertTrue(all(value in (0.0, 0.01) for value in values))

    def test_awards_have_paid_what_the_card_owed(self):
        card = self._give(0.0)
        order = self._sale(500.0)
        spending = self._draft(5.0)
        self._spend(spending)
        spending.action_confirm()
        order._action_cancel()
        self.assertEqual(card.points, -50.0)
        self.History.create({"card_id": card.id, "issued": 80.0, "description": "gift"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE loyalty_history SET date = '2026-01-10' WHERE card_id = %s", [card.id]
        )
        liability = self._closed()
        self.assertEqual(liability.points, 30.0)
        self.assertEqual(liability.sudo().line_ids.lot_id.remaining, 30.0)

    def test_the_next_month_takes_the_entry_back(self):
        self._row(self._give(0.0), 1000.0, "2026-01-10")
        liability = self._closed()
        reversal = liability.reversal_move_id
        self.assertEqual((reversal.state, reversal.date), ("draft", date(2026, 2, 1)))
        self.assertEqual(reversal.reversed_entry_id, liability.move_id)
        # 1,000 x 0.02997
        [line] = reversal.line_ids.filtered(lambda line: line.account_id.code == "219900")
        self.assertEqual(line.debit, 29.97)

    def test_a_month_is_closed_once(self):
        self._row(self._give(0.0), 1000.0, "2026-01-10")
        first = self._closed()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._closed()
        with freeze_time("2026-02-01 05:00:00"), self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_loyalty.ir_cron_close_points_liability"
            ).method_direct_trigger()
        closed = [("company_id", "=", self.company.id)]
        self.assertEqual(self.Liability.search(closed), first)

    def test_the_job_closes_the_last_month(self):
        self._row(self._give(0.0), 1000.0, "2026-01-10")
        for _time in range(2):
            with freeze_time("2026-01-31 18:00:00"), self.enter_registry_test_mode():
                self.env.ref(
                    "crm_relationship_loyalty.ir_cron_close_points_liability"
                ).method_direct_trigger()
        closed = self.Liability.search([("company_id", "=", self.company.id)])
        self.assertEqual(closed.mapped("closing_date"), [date(2026, 1, 31)])
        self.assertEqual(closed.amount, 29.97)

    def test_a_draft_is_computed_again_and_a_posted_entry_stays(self):
        card = self._give(0.0)
        self._row(card, 1000.0, "2026-01-10")
        liability = self._closed()
        old = liability.move_id | liability.reversal_move_id
        self._row(card, 1000.0, "2026-01-11")
        liability.action_close()
        self.assertFalse(old.exists())
        self.assertEqual((liability.amount, liability.lot_count), (59.94, 2))
        liability.move_id.action_post()
        with self.assertRaisesRegex(UserError, "is posted"):
            liability.action_close()
        with self.assertRaisesRegex(UserError, "has an entry"):
            liability.unlink()

    def test_a_month_ends_on_its_last_day(self):
        with self.assertRaisesRegex(ValidationError, "on its last day"):
            self._closed("2026-01-30")
        with self.assertRaisesRegex(ValidationError, "not over"):
            self._closed("2199-01-31")

    def test_points_with_a_value_need_accounts_and_one_journal(self):
        with self.assertRaisesRegex(ValidationError, "choose its company"):
            self.program.liability_account_id = False
        journal = self.company_data["default_journal_misc"].copy()
        other = self._program(name="Other", company_id=self.company.id)
        with self.assertRaisesRegex(ValidationError, "same journal"):
            other.write({**self.booked, "liability_journal_id": journal.id})

    def test_amounts_are_for_accountants_of_the_company(self):
        self._row(self._give(0.0), 1000.0, "2026-01-10")
        liability = self._closed()
        there = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "account.group_account_invoice",
            company_id=there.id,
            company_ids=[Command.set(there.ids)],
        )
        for model in ("crm.points.liability", "crm.points.liability.line"):
            self.assertTrue(self.env[model].with_user(self.accountant).search([]))
            self.assertFalse(self.env[model].with_user(stranger).search([]))
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.salesman).search([])
        with self.assertRaises(AccessError):
            liability.with_user(self.salesman).action_close()
        with self.assertRaises(AccessError):
            liability.line_ids.with_user(self.accountant).value = 1.0
        with self.assertRaises(AccessError):
            self.program.with_user(self.salesman).read(["point_value"])
