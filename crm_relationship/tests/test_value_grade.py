from contextlib import contextmanager

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestValueGrade(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({"method": "fixed_bounds", "tolerance": 0.1})
        cls.grade_b.minimum_value = 100.0
        cls.grade_a.minimum_value = 1000.0
        cls.customer = cls._customer("Customer")
        cls.Change = cls.env["crm.value.grade.change"]

    def _grade_as_of(self, day):
        self.policy.reference_date = day
        self._refresh()
        return self.customer.value_grade_id

    def _override(self, grade, until, reason="Opens a branch", customer=None):
        wizard = self.env["crm.value.grade.override"].create(
            {
                "partner_id": (customer or self.customer).id,
                "grade_id": grade.id,
                "until": until,
                "reason": reason,
            }
        )
        wizard.action_apply()
        self.env.invalidate_all()

    def test_bound_itself_is_reached(self):
        self._order(self.customer, 999.99)
        self.assertEqual(self._grade_as_of("2025-12-31"), self.grade_b)
        self._order(self.customer, 0.01)
        self.assertEqual(self._grade_as_of("2025-12-31"), self.grade_a)

    def test_customer_near_a_bound_does_not_flap(self):
        """Entered at 1,000, kept down to 900 (tolerance of 10 %), lost below."""
        first = self._order(self.customer, 100.0, "2025-01-10 05:00:00")
        self._order(self.customer, 900.0, "2025-02-10 05:00:00")
        self.assertEqual(self._grade_as_of("2025-12-31"), self.grade_a)
        first._action_cancel()
        self.assertEqual(self._grade_as_of("2025-12-31"), self.grade_a)
        self._order(self.customer, 899.99, "2025-03-10 05:00:00")
        self.assertEqual(self._grade_as_of("2026-02-10"), self.grade_b)
        self.assertEqual(self._grade_as_of("2026-02-11"), self.grade_b)

    def test_each_change_is_recorded_with_its_reason(self):
        self._order(self.customer, 500.0, "2025-01-10 05:00:00")
        self._grade_as_of("2025-06-30")
        self._order(self.customer, 500.0, "2025-07-10 05:00:00")
        self._grade_as_of("2025-07-31")
        changes = self.Change.search([("partner_id", "=", self.customer.id)])
        self.assertEqual([change.to_grade_id.code for change in changes], ["A", "B"])
        self.assertEqual([str(change.date) for change in changes], ["2025-07-31", "2025-06-30"])
        self.assertEqual(changes[0].from_grade_id, self.grade_b)
        self.assertEqual(changes[0].method, "fixed_bounds")
        self.assertTrue(all(changes.mapped("reason")))

    def test_grade_at_any_past_day(self):
        self._order(self.customer, 500.0, "2025-01-10 05:00:00")
        self._grade_as_of("2025-06-30")
        self._order(self.customer, 500.0, "2025-07-10 05:00:00")
        self._grade_as_of("2025-07-31")
        expected = {
            "2025-06-29": False,
            "2025-06-30": self.grade_b,
            "2025-07-30": self.grade_b,
            "2025-07-31": self.grade_a,
            "2030-01-01": self.grade_a,
        }
        for day, grade in expected.items():
            with self.subTest(day=day):
                self.assertEqual(self.customer.value_grade_at(day), grade or grade_none(self.env))
        for bad in ("31/02/2025", "", None, 5, "x"):
            with self.subTest(bad=bad), self.assertRaisesRegex(UserError, "as a date"):
                self.customer.value_grade_at(bad)

    def test_history_is_never_altered(self):
        self._order(self.customer, 500.0)
        self._refresh()
        change = self.Change.search([("partner_id", "=", self.customer.id)])
        with self.assertRaisesRegex(UserError, "never changed"):
            change.sudo().write({"reason": "Other"})
        with self.assertRaisesRegex(UserError, "never deleted"):
            change.sudo().unlink()

    def test_change_is_announced_once_a_batch_after_the_write(self):
        told = []
        model = type(self.Standing)

        def remember(standing, changes):
            told.append({change.partner_id: change.to_grade_id for change in changes})

        self.patch(model, "_grade_changed", remember)
        other = self._customer("Other")
        self._order(self.customer, 500.0)
        self._order(other, 5000.0)
        self._refresh()
        self.assertEqual(told, [{self.customer: self.grade_b, other: self.grade_a}])
        self._refresh()
        self.assertEqual(len(told), 1)

    def test_grade_by_hand_holds_to_its_last_day(self):
        self.policy.reference_date = False
        with freeze_time("2025-12-01 05:00:00"):
            self._order(self.customer, 500.0, "2025-11-01 05:00:00")
            self._refresh()
            self._override(self.grade_a, "2025-12-24")
            self.assertEqual(self.customer.value_grade_id, self.grade_a)
        with freeze_time("2025-12-24 16:00:00"):  # 23:00 in Bangkok
            self._refresh()
            self.assertEqual(self.customer.value_grade_id, self.grade_a)
        with freeze_time("2025-12-24 18:00:00"):  # the next day in Bangkok
            self._refresh()
            self.assertEqual(self.customer.value_grade_id, self.grade_b)
        standing = self._standing_of(self.customer)
        self.assertFalse(standing.manual_grade_id)
        self.assertEqual(
            [change.to_grade_id.code for change in standing.change_ids], ["B", "A", "B"]
        )
        self.assertEqual(standing.change_ids[1].reason, "Opens a branch")
        self.assertEqual(standing.change_ids[1].method, "manual")
        self.assertEqual(standing.change_ids[1].user_id, self.env.user)
        self.assertFalse(standing.change_ids[0].user_id)
        self.assertIn("by hand has ended", standing.change_ids[0].reason)
        self.assertEqual(self.customer.value_grade_at("2025-12-24"), self.grade_a)

    def test_grade_by_hand_is_taken_back(self):
        self._order(self.customer, 500.0)
        self._refresh()
        self._override(self.grade_a, "2999-12-31")
        self._standing_of(self.customer).action_end_manual_grade()
        self.assertEqual(self.customer.value_grade_id, self.grade_b)

    def test_customer_without_documents_gets_a_grade_by_hand(self):
        self._override(self.grade_b, "2999-12-31")
        self.assertEqual(self.customer.value_grade_id, self.grade_b)
        self._refresh()
        self.assertEqual(self.customer.value_grade_id, self.grade_b)

    def test_bad_entries_by_hand_are_refused(self):
        foreign = self.env["res.company"].create({"name": "Other"})
        foreign_grade = self.grade_a.copy({"company_id": foreign.id})
        for grade, until, reason, message in (
            (self.grade_a, "2020-01-01", "x", "today or later"),
            (self.grade_a, "2999-01-01", "  ", "Say why"),
            (foreign_grade, "2999-01-01", "x", "not a grade of this company"),
        ):
            with self.subTest(message=message), self.assertRaisesRegex(ValidationError, message):
                self._override(grade, until, reason)
        self.assertFalse(self._standing_of(self.customer))

    def test_only_managers_grade_by_hand(self):
        user = new_test_user(
            self.env,
            "desk",
            "crm_relationship.group_relationship_user,sales_team.group_sale_manager",
        )
        with self.assertRaises(AccessError):
            self.customer.with_user(user).action_set_value_grade()
        with self.assertRaises(AccessError):
            self.env["crm.value.grade.override"].with_user(user).create(
                {"partner_id": self.customer.id, "grade_id": self.grade_a.id}
            )
        self._override(self.grade_b, "2999-12-31")
        standing = self._standing_of(self.customer).with_user(user)
        with self.assertRaises(AccessError):
            standing.action_end_manual_grade()
        with self.assertRaises(AccessError):
            standing.write({"value_grade_id": self.grade_a.id})

    def test_grades_in_the_wrong_order_are_refused(self):
        for values in ({"minimum_value": 100.0}, {"minimum_value": 99.0}, {"sequence": 25}):
            with self.subTest(**values), self._refused("harder to reach"):
                self.grade_a.write(values)
        self.env["crm.value.policy"].sudo().search([]).method = "fixed_bounds"
        self.grade_a.minimum_score = 1  # not what this policy grades by
        with self._refused("harder to reach"):
            self.policy.method = "rfm"

    @contextmanager
    def _refused(self, message):
        with self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
            yield

    @mute_logger("odoo.sql_db")
    def test_impossible_rules_are_refused(self):
        for values in (
            {"window_months": 0},
            {"window_months": 10_000},
            {"tolerance": -0.1},
            {"tolerance": 0.6},
            {"share_class_a": 0.96},
            {"share_class_b": 1.2},
        ):
            with self.subTest(**values), self.assertRaises(IntegrityError), self.cr.savepoint():
                self.policy.write(values)
                self.env.flush_all()
            self.env.invalidate_all()
        with self.assertRaisesRegex(ValidationError, "day to come"):
            self.policy.reference_date = "2999-01-01"

    def test_grade_in_use_is_archived_not_deleted(self):
        self._order(self.customer, 500.0)
        self._refresh()
        with self.assertRaisesRegex(UserError, "archive it"):
            self.grade_b.unlink()
        self.grade_b.active = False
        self._refresh()
        self.assertEqual(self.customer.value_grade_id, self.grade_c)

    def test_own_grades_of_a_company_go_before_the_shared(self):
        own = self.env["crm.value.grade"].create(
            {"name": "Only", "code": "X", "company_id": self.company.id, "minimum_value": 0.0}
        )
        self._order(self.customer, 500.0)
        self._refresh()
        self.assertEqual(self.customer.value_grade_id, own)

    def test_two_grades_with_one_code_are_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.grade_b.code = "A"
            self.env.flush_all()

    def test_override_form_offers_the_grades_of_the_company(self):
        with Form(
            self.env["crm.value.grade.override"].with_context(default_partner_id=self.customer.id)
        ) as form:
            form.grade_id = self.grade_a
            form.until = "2999-12-31"
            form.reason = "Key account"
        form.record.action_apply()
        self.assertEqual(self.customer.value_grade_id, self.grade_a)

    def test_grade_is_found_by_what_it_is_shown_with(self):
        for typed in ("A Key", "key", "a"):
            with self.subTest(typed=typed):
                found = self.env["crm.value.grade"].name_search(typed)
                self.assertIn(self.grade_a.id, [grade_id for grade_id, _name in found])
        self.assertFalse(self.env["crm.value.grade"].name_search("B Key"))

    def test_new_company_has_a_policy(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertTrue(self.env["crm.value.policy"].search([("company_id", "=", company.id)]))


def grade_none(env):
    return env["crm.value.grade"]
