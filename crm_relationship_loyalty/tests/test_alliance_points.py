import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .alliance_common import AllianceCommon


@freeze_time("2026-11-10 05:00:00")
@tagged("post_install", "-at_install")
class TestAlliancePoints(AllianceCommon):
    """What partners report of points, each report once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.action_issue_member_number()
        cls.number = cls.customer.member_number

    def tearDown(self):
        self.assertLedgerHolds()
        super().tearDown()

    def _record(self, *report, **more):
        return self.alliance.record_points(self.number, *report, **more)

    def test_points_earned_there_are_on_the_card(self):
        answer = self._record(120, "T-1", "2026-11-09")
        self.assertEqual(
            answer,
            {"id": answer["id"], "external_ref": "T-1", "points": 120.0, "day": "2026-11-09"},
        )
        self.assertEqual(self._card_of().points, 120.0)
        row = self._card_of().history_ids
        self.assertEqual((row.kind, row.alliance_id), ("earn", self.alliance))
        self.assertEqual(row.description, "Hotel: T-1")

    def test_customer_reads_where_he_earned_and_spent(self):
        self._record(120, "T-1")
        self._record(-20, "T-2")
        self._record(20, "R-2", reverses="T-2")
        self.assertEqual(
            {entry["words"] for entry in self._card_of()._statement()},
            {
                "Earned at Hotel Chiang Mai",
                "Spent at Hotel Chiang Mai",
                "Given back: Hotel: R-2",
            },
        )

    def test_points_earned_there_expire_as_those_of_the_program(self):
        self.program.write({"expiry_mode": "months", "expiry_months": 12})
        self._record(120, "T-1")
        self.assertEqual(
            self._card_of().history_ids.expiration_date,
            self.program._expiration_of(self.program._today()),
        )

    def test_points_spent_there_come_from_the_lots(self):
        self._record(100, "T-1")
        self._record(-30, "T-2")
        self.assertEqual(self._card_of().points, 70.0)
        self.assertEqual(self._rows(), [("earn", 100.0, "active"), ("redeem", -30.0, "active")])

    def test_too_few_points_are_refused_without_telling_how_many_there_are(self):
        self._record(100, "T-1")
        with self.assertRaises(UserError) as refused:
            self._record(-100.01, "T-2")
        self.assertEqual(
            str(refused.exception), "The customer does not have so many points: spend fewer."
        )
        self._record(-100, "T-2")
        self.assertEqual(self._card_of().points, 0.0)

    def test_who_never_earned_cannot_spend(self):
        with self.assertRaisesRegex(UserError, "does not have so many"):
            self._record(-1, "T-1")
        self.assertFalse(self._card_of())

    def test_second_call_gives_the_first_answer(self):
        first = self._record(100, "T-1", "2026-11-09")
        self.assertEqual(self._record(100, " T-1 "), first)
        self.assertEqual(self._record(100, "T-1", "2026-11-09"), first)
        self.assertEqual(self._card_of().points, 100.0)

    def test_same_reference_with_other_data_is_refused(self):
        self._record(100, "T-1", "2026-11-09")
        other = self._customer("Malee")
        other.action_issue_member_number()
        for number, points, day in (
            (self.number, 101, None),
            (self.number, 100, "2026-11-08"),
            (other.member_number, 100, None),
        ):
            with self.assertRaisesRegex(UserError, "reported with other data"):
                self.alliance.record_points(number, points, "T-1", day)
        self.assertEqual(self._card_of().points, 100.0)

    def test_partner_takes_points_earned_back_once(self):
        self._record(100, "T-1")
        with self.assertRaisesRegex(UserError, "All of T-1 is taken back, -100 points"):
            self._record(-60, "R-1", reverses="T-1")
        answer = self._record(-100, "R-1", reverses="T-1")
        self.assertEqual(self._record(-100, "R-1", reverses="T-1"), answer)
        self.assertEqual(self._card_of().points, 0.0)
        with self.assertRaisesRegex(UserError, "taken back already"):
            self._record(-100, "R-2", reverses="T-1")

    def test_points_taken_back_after_they_were_spent_are_owed(self):
        self._record(100, "T-1")
        self._record(-100, "T-2")
        self._record(-100, "R-1", reverses="T-1")
        self.assertEqual(self._card_of().points, -100.0)

    def test_points_spent_come_back_to_their_lot(self):
        self.program.write({"expiry_mode": "months", "expiry_months": 12})
        self._record(100, "T-1")
        self._record(-30, "T-2")
        self._record(30, "R-1", reverses="T-2")
        lot = self._card_of()._lots()
        self.assertEqual((len(lot), lot.remaining), (1, 100.0))

    def test_only_own_reports_of_the_customer_are_taken_back(self):
        self._record(100, "T-1")
        other = self._customer("Malee")
        other.action_issue_member_number()
        with self.assertRaisesRegex(UserError, "Nothing that can be taken back"):
            self.alliance.record_points(other.member_number, -100, "R-1", reverses="T-1")
        with self.assertRaisesRegex(UserError, "Nothing that can be taken back"):
            self._record(-100, "R-1", reverses="T-9")

    def test_replaced_number_leads_to_the_customer_and_a_lost_one_spends_nothing(self):
        self._record(100, "T-1")
        old = self.customer.member_number_ids
        old._retire("replaced")
        self.customer.action_issue_member_number()
        self._record(50, "T-2")
        self.assertEqual(self._card_of().points, 150.0)
        old._retire("lost")
        with self.assertRaisesRegex(UserError, "lost or closed"):
            self._record(-10, "T-3")

    def test_number_of_a_merged_customer_leads_to_the_survivor(self):
        self._record(100, "T-1")
        self._record(-40, "T-2")
        survivor = self._customer("Somchai J.")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | survivor).ids, survivor
        )
        self._record(50, "T-3")
        self.assertEqual(self._card_of(survivor).points, 110.0)
        self._record(100, "T-1")
        self._record(40, "R-2", reverses="T-2")
        self._record(-100, "R-1", reverses="T-1")
        self.assertEqual(self._card_of(survivor).points, 50.0)

    def test_wrong_reports_are_refused_with_a_sentence(self):
        for report, sentence in (
            ((0, "T"), "above zero when earned"),
            (("12", "T"), "as a number"),
            ((True, "T"), "as a number"),
            ((None, "T"), "as a number"),
            ((float("nan"), "T"), "as a number"),
            ((1e12, "T"), "more points than can be posted"),
            ((0.001, "T"), "two decimals"),
            ((1, ""), "Give the partner's reference"),
            ((1, None), "Give the partner's reference"),
            ((1, "x" * 129), "Give the partner's reference"),
            ((1, "T", "31/12/2569"), "Give the day as a date"),
            ((1, "T", "2026-11-11"), "not over yet"),
            ((1, "T", "0202-01-01"), "too long ago"),
            ((1, "T", "2569-01-01"), "not over yet"),
        ):
            with self.subTest(report=report), self.assertRaisesRegex(UserError, sentence):
                self._record(*report)
        for number in ("", "M-UNKNOWN", None, 5, "%", "x" * 500):
            with (
                self.subTest(number=number),
                self.assertRaisesRegex(UserError, "No customer has this member number"),
            ):
                self.alliance.record_points(number, 1, "T")
        self.assertFalse(self.env["crm.alliance.points"].search([]))

    def test_only_a_running_alliance_of_that_role_takes_points(self):
        self._record(100, "T-1")
        self.alliance.role = "accrual"
        with self.assertRaisesRegex(UserError, "not for such points"):
            self._record(-10, "T-2")
        self.alliance.date_from = "2026-11-09"
        with self.assertRaisesRegex(UserError, "not in the time of the alliance"):
            self._record(10, "T-3", "2026-11-08")
        self.alliance.action_end()
        with self.assertRaisesRegex(UserError, "not running"):
            self._record(10, "T-3")
        self._record(-100, "R-1", reverses="T-1")
        self.assertEqual(self._card_of().points, 0.0)

    def test_archived_customer_gets_and_spends_nothing(self):
        self._record(100, "T-1")
        self.customer.active = False
        with self.assertRaisesRegex(UserError, "No customer has this member number"):
            self._record(10, "T-2")

    def test_others_than_managers_of_the_company_post_nothing(self):
        for group in (
            "crm_relationship.group_relationship_user",
            "account.group_account_invoice",
            "sales_team.group_sale_manager",
        ):
            user = new_test_user(self.env, group, group)
            with self.assertRaises(AccessError):
                self.alliance.with_user(user).record_points(self.number, 1, "T-1")
        other = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            "manager_there",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            self.alliance.with_user(stranger).record_points(self.number, 1, "T-1")

    def test_manager_without_rights_on_the_ledger_posts_by_this_way(self):
        manager = new_test_user(
            self.env, "partner_interface", "crm_relationship.group_relationship_manager"
        )
        answer = self.alliance.with_user(manager).record_points(self.number, 10, "T-1")
        entry = self.env["crm.alliance.points"].browse(answer["id"])
        self.assertEqual(entry.user_id, manager)
        mine = entry.with_user(manager)
        with self.assertRaises(UserError):
            mine.write({"points": 99.0})
        with self.assertRaises(AccessError):
            mine.unlink()
        with self.assertRaises(AccessError):
            mine.copy()

    def test_customer_of_another_company_is_not_found(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.customer.company_id = other
        with self.assertRaisesRegex(UserError, "No customer has this member number"):
            self._record(10, "T-1")


@tagged("post_install", "-at_install")
class TestAlliancePointsJson2(HttpCase, AllianceCommon):
    """What the partner's system sends over JSON-2, and what it is told."""

    def test_report_is_posted_once_and_names_nobody(self):
        self.customer.action_issue_member_number()
        user = new_test_user(
            self.env, "partner_system", "crm_relationship.group_relationship_manager"
        )
        until = fields.Datetime.now() + timedelta(days=1)
        key = self.env(user=user)["res.users.apikeys"]._generate("rpc", "client", until)
        report = {"member_number": self.customer.member_number, "external_ref": "T-1"}

        def call(**arguments):
            response = self.url_open(
                "/json/2/crm.alliance/record_points",
                data=json.dumps({"ids": self.alliance.ids, **report, **arguments}),
                headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
            )
            return response.status_code, response.json()

        status, answer = call(points=120)
        self.assertEqual((status, answer["points"]), (200, 120.0))
        self.assertEqual(set(answer), {"id", "external_ref", "points", "day"})
        self.assertEqual(call(points=120), (200, answer))
        status, refusal = call(points=121)
        self.assertEqual(status, 422)
        self.assertIn("reported with other data before", refusal["message"])
        status, refusal = call(points=-500, external_ref="T-2")
        self.assertEqual(
            (status, refusal["message"]),
            (422, "The customer does not have so many points: spend fewer."),
        )
        self.assertEqual(self._card_of().points, 120.0)
