from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import LoyaltyCommon

LOGGER = "odoo.addons.crm_relationship_loyalty"


@tagged("post_install", "-at_install")
class TestPointsDifference(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "points_manager",
            "sales_team.group_sale_manager,crm_relationship.group_relationship_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.card = cls._give(40.0)
        cls.lot = cls.card.history_ids

    def _break(self, statement, *values):
        self.env.flush_all()
        self.env.cr.execute(SQL(statement, *values))
        self.env.invalidate_all()

    def _check(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship_loyalty.ir_cron_check_points").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["crm.points.difference"].search([("card_id", "=", self.card.id)])

    def _found(self):
        with self.assertLogs(LOGGER, "ERROR"):
            return self._check()

    def _repair(self, difference, way="ledger", reason="A script wrote it", user=None):
        return (
            self.env["crm.points.repair"]
            .with_user(user or self.manager)
            .create({"difference_id": difference.id, "way": way, "reason": reason})
            .action_repair()
        )

    def test_a_sound_card_is_not_found(self):
        self._sale(500.0)
        order = self._draft(100.0)
        self._spend(order)
        order.action_confirm()
        order._action_cancel()
        self.assertFalse(self._check())

    def test_a_balance_beside_the_ledger_is_found_once_and_explained(self):
        self._break("UPDATE loyalty_card SET points = 90 WHERE id = %s", self.card.id)
        difference = self._found()
        self.assertEqual((difference.points, difference.ledger), (90.0, 40.0))
        self.assertIn("beside the ledger", difference.explanation)
        self.assertIn("+50.00", difference.explanation)
        self.assertEqual(self._check(), difference)
        self._break("UPDATE loyalty_card SET points = 95 WHERE id = %s", self.card.id)
        self.assertEqual(self._check().points, 95.0)
        self._break("UPDATE loyalty_card SET points = 40 WHERE id = %s", self.card.id)
        self.assertEqual(self._check().state, "gone")

    def test_the_ledger_wins(self):
        self._break("UPDATE loyalty_card SET points = 90 WHERE id = %s", self.card.id)
        difference = self._found()
        self._repair(difference)
        self.assertEqual((self.card.points, len(self.card.history_ids)), (40.0, 1))
        self.assertEqual(
            (difference.state, difference.reason, difference.repaired_by_id),
            ("repaired", "A script wrote it", self.manager),
        )
        self.assertLedgerHolds()

    def test_the_balance_wins_with_an_adjustment(self):
        self._break("UPDATE loyalty_card SET points = 15 WHERE id = %s", self.card.id)
        self._repair(self._found(), way="balance")
        self.assertEqual(self.card.points, 15.0)
        self.assertEqual(
            self._rows(self.card), [("opening", 40.0, "active"), ("adjust", -25.0, "active")]
        )
        self.assertEqual(self.lot.remaining, 15.0)
        self.assertLedgerHolds()

    def test_lots_that_do_not_add_up_are_worked_out_anew(self):
        order = self._draft(10.0)
        late = self.History.create({"card_id": self.card.id, "issued": 30.0, "description": "late"})
        self._spend(order)
        order.action_confirm()
        # 40 of the first, 10 of the second were spent, and the order earned one
        self._break(
            "UPDATE loyalty_history SET remaining = 7 WHERE id IN (%s, %s)", self.lot.id, late.id
        )
        difference = self._found()
        self.assertIn("lots do not add up: 15.00 remain", difference.explanation)
        self._repair(difference)
        self.assertEqual((self.lot.remaining, late.remaining), (0.0, 20.0))
        self.assertEqual(self.card.points, 21.0)
        self.assertLedgerHolds()

    def test_lots_that_only_seem_to_add_up_are_found(self):
        late = self.History.create({"card_id": self.card.id, "issued": 30.0, "description": "late"})
        self._break("UPDATE loyalty_history SET remaining = 50 WHERE id = %s", self.lot.id)
        self._break("UPDATE loyalty_history SET remaining = 20 WHERE id = %s", late.id)
        difference = self._found()
        self.assertEqual((difference.wrong_lots, difference.remaining), (1, 70.0))
        self._repair(difference)
        self.assertEqual((self.lot.remaining, late.remaining), (40.0, 30.0))

    def test_promises_below_zero_are_found_and_made_up_for(self):
        self.program.earn_on = "invoice"
        self._sale(100.0)
        promise = self.card.history_ids.filtered(lambda row: row.state == "pending")
        self._break("UPDATE loyalty_history SET points = -3 WHERE id = %s", promise.id)
        difference = self._found()
        self.assertEqual(difference.wrong_pending, -3.0)
        self._repair(difference)
        self.assertEqual(self.card.pending_points, 0.0)
        self.assertFalse(self.env["crm.points.difference"]._found(self.card.ids))

    def test_an_entry_beside_the_ledger_takes_the_first_to_expire(self):
        self._break(
            """
            INSERT INTO loyalty_history (
                card_id, program_id, description, kind, state, date, issued, used, points, remaining
            )
            VALUES (%s, %s, 'raw', 'adjust', 'active', NOW() AT TIME ZONE 'UTC', 0, 25, -25, 0)
            """,
            self.card.id,
            self.program.id,
        )
        self._repair(self._found())
        self.assertEqual((self.card.points, self.lot.remaining), (15.0, 15.0))
        self.assertLedgerHolds()

    def test_only_managers_see_and_repair(self):
        self._break("UPDATE loyalty_card SET points = 90 WHERE id = %s", self.card.id)
        difference = self._found()
        with self.assertRaises(AccessError):
            difference.with_user(self.salesman).read(["points"])
        with self.assertRaises(AccessError):
            self._repair(difference, user=self.salesman)
        with self.assertRaises(AccessError):
            difference.with_user(self.manager).state = "gone"
        with self.assertRaisesRegex(UserError, "Say why"):
            self._repair(difference, reason=" ")
        self._repair(difference)
        with self.assertRaisesRegex(UserError, "not open"):
            self._repair(difference)

    def test_another_company_sees_nothing(self):
        self.program.company_id = self.company
        self._break("UPDATE loyalty_card SET points = 90 WHERE id = %s", self.card.id)
        self._found()
        there = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            "points_stranger",
            "crm_relationship.group_relationship_manager",
            company_id=there.id,
            company_ids=[Command.set(there.ids)],
        )
        for model in ("crm.points.difference", "crm.points.breakage"):
            self.assertTrue(self.env[model].with_user(self.manager).search([]))
            self.assertFalse(self.env[model].with_user(stranger).search([]))
