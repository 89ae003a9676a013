from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RelationshipCommon

FRIDAY = "2026-11-20 03:00:00"  # 10:00 in Bangkok


class CaseCommon(RelationshipCommon):
    """Cases of a company in Bangkok that works from Monday to Friday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=False))
        cls.company = cls.env.company
        cls.company.resource_calendar_id.tz = "Asia/Bangkok"
        cls.company.case_promise_days = 5
        (cls.grade_a + cls.grade_b + cls.grade_c).write({"promise_days": 3})
        cls.grade_b.promise_days = 2
        cls.Case = cls.env["crm.case"]
        cls.stage_new = cls.env.ref("crm_relationship.crm_case_stage_new")
        cls.stage_progress = cls.env.ref("crm_relationship.crm_case_stage_in_progress")
        cls.stage_solved = cls.env.ref("crm_relationship.crm_case_stage_solved")
        cls.stage_cancelled = cls.env.ref("crm_relationship.crm_case_stage_cancelled")
        cls.salesman = cls._staff("case_salesman", "sales_team.group_sale_salesman")
        cls.deputy = cls._staff("case_deputy", "sales_team.group_sale_salesman")
        cls.clerk = cls._staff("case_clerk", "crm_relationship.group_contact_point")
        cls.customer = cls._customer(
            "Customer", email="customer@example.com", user_id=cls.salesman.id
        )
        cls.stranger = cls._customer("Stranger", email="stranger@example.com")

    @classmethod
    def _staff(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups,
            email=f"{login}@example.com",
            notification_type="inbox",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    @classmethod
    def _case(cls, **values):
        return cls.Case.create({"subject": "Lamp", "partner_id": cls.customer.id, **values})

    @classmethod
    def _grade(cls, partner, grade):
        standing = cls.Standing.sudo()._of_customer(partner, cls.company)
        standing._set_grade_by_hand(grade, Date.to_date("2999-12-31"), "Test")
        cls.env.flush_all()
        cls.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestCase(CaseCommon):
    def test_cases_are_numbered_one_after_the_other(self):
        sequence = self.env.ref("crm_relationship.ir_sequence_crm_case")
        sequence.number_next_actual = 12
        first, second = self.Case.create(
            [{"subject": subject, "partner_id": self.customer.id} for subject in ("Lamp", "Chair")]
        )
        self.assertEqual((first.name, second.name), ("C00012", "C00013"))
        self.assertEqual(first.display_name, "C00012 Lamp")

    def test_case_is_found_by_number_and_by_subject(self):
        case = self._case(subject="โคมไฟแตก")
        for term in (case.name, "โคมไฟ"):
            with self.subTest(term=term):
                self.assertEqual(self.Case.name_search(term), [(case.id, case.display_name)])

    def test_number_that_is_given_is_kept_and_never_given_twice(self):
        self.assertEqual(self._case(name="OLD-7").name, "OLD-7")
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._case(name="OLD-7")
            self.env.flush_all()

    def test_copy_has_a_number_of_its_own_and_is_open(self):
        case = self._case(stage_id=self.stage_solved.id, reopen_count=2)
        copy = case.copy()
        self.assertNotEqual(copy.name, case.name)
        self.assertEqual((copy.stage_id, copy.reopen_count), (self.stage_new, 0))
        self.assertFalse(copy.closed_date)

    def test_without_a_sequence_the_sentence_says_to_create_one(self):
        self.env["ir.sequence"].search([("code", "=", "crm.case")]).unlink()
        with self.assertRaisesRegex(UserError, "create one with the code crm.case"):
            self._case()

    def test_case_is_somebodys(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.Case.create({"subject": "Lamp"})
            self.env.flush_all()

    def test_case_of_an_unknown_sender_has_his_address(self):
        case = self.Case.create({"subject": "Lamp", "email_from": "Nid <NID@example.com>"})
        self.assertEqual(case.email_normalized, "nid@example.com")
        self.assertFalse(case.partner_id)

    @freeze_time(FRIDAY)
    def test_promise_follows_the_grade_by_working_days(self):
        self._grade(self.customer, self.grade_b)
        case = self._case()
        self.assertEqual(case.value_grade_id, self.grade_b)
        self.assertEqual(case.promise_date, Date.to_date("2026-11-24"))

    @freeze_time(FRIDAY)
    def test_customer_without_a_grade_gets_the_promise_of_the_company(self):
        self.assertEqual(self._case().promise_date, Date.to_date("2026-11-27"))

    @freeze_time(FRIDAY)
    def test_promise_of_no_days_is_for_the_same_day(self):
        self.company.case_promise_days = 0
        self.assertEqual(self._case().promise_date, Date.to_date("2026-11-20"))

    def test_day_of_opening_is_the_day_of_the_company(self):
        self.company.case_promise_days = 1
        for moment, expected in (
            ("2026-11-18 16:30:00", "2026-11-19"),  # Wednesday 23:30 in Bangkok
            ("2026-11-18 17:30:00", "2026-11-20"),  # Thursday 00:30 in Bangkok
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                self.assertEqual(self._case().promise_date, Date.to_date(expected))

    @freeze_time(FRIDAY)
    def test_holiday_of_the_company_does_not_count(self):
        self.company.case_promise_days = 2
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "company_id": self.company.id,
                "date_from": "2026-11-22 17:00:00",  # Monday in Bangkok
                "date_to": "2026-11-23 16:59:59",
            }
        )
        self.assertEqual(self._case().promise_date, Date.to_date("2026-11-25"))

    @freeze_time(FRIDAY)
    def test_calendar_of_another_time_zone_has_the_same_dates(self):
        self.company.case_promise_days = 2
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        self.assertEqual(self._case().promise_date, Date.to_date("2026-11-24"))

    @freeze_time(FRIDAY)
    def test_without_a_calendar_each_day_counts(self):
        self.company.case_promise_days = 2
        self.company.resource_calendar_id = False
        self.assertEqual(self._case().promise_date, Date.to_date("2026-11-22"))

    @freeze_time(FRIDAY)
    def test_promise_made_by_hand_stays_when_the_same_customer_is_written(self):
        case = self._case(promise_date="2026-12-01")
        self.assertEqual(case.promise_date, Date.to_date("2026-12-01"))
        case.promise_date = "2026-12-02"
        case.partner_id = self.customer
        case.write({"subject": "Chair", "partner_id": self.customer.id})
        self.assertEqual(case.promise_date, Date.to_date("2026-12-02"))

    @freeze_time(FRIDAY)
    def test_another_customer_has_another_promise_until_the_case_is_closed(self):
        self._grade(self.stranger, self.grade_b)
        case = self._case()
        case.partner_id = self.stranger
        self.assertEqual(case.promise_date, Date.to_date("2026-11-24"))
        case.stage_id = self.stage_solved
        case.partner_id = self.customer
        self.assertEqual(case.promise_date, Date.to_date("2026-11-24"))
        self.assertEqual(case.value_grade_id, self.grade_b)

    @freeze_time(FRIDAY)
    def test_grade_is_that_of_the_company_of_the_case(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.env.user.company_ids += other
        self._grade(self.customer, self.grade_b)
        everywhere = self.Case.with_context(allowed_company_ids=[other.id, self.company.id])
        case = everywhere.create({"subject": "Lamp", "partner_id": self.customer.id})
        self.assertEqual((case.company_id, case.value_grade_id.id), (other, False))
        here = everywhere.create(
            {
                "subject": "Lamp",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(here.value_grade_id, self.grade_b)

    def test_days_of_promises_have_bounds(self):
        for record, name in ((self.grade_a, "promise_days"), (self.company, "case_promise_days")):
            for days in (-1, 366):
                with (
                    self.subTest(name=name, days=days),
                    self.assertRaises(CheckViolation),
                    mute_logger("odoo.sql_db"),
                    self.env.cr.savepoint(),
                ):
                    record[name] = days
                    self.env.flush_all()

    def test_overdue_from_the_day_after_the_promise_in_bangkok(self):
        case = self._case(promise_date="2026-11-24")
        for moment, expected in (
            ("2026-11-24 16:30:00", False),  # 23:30 in Bangkok
            ("2026-11-24 17:30:00", True),  # 00:30 of the next day
        ):
            with self.subTest(moment=moment), freeze_time(moment):
                case.invalidate_recordset(["is_overdue"])
                self.assertEqual(case.is_overdue, expected)
                domain = [("id", "=", case.id), ("is_overdue", "=", True)]
                self.assertEqual(bool(self.Case.search(domain)), expected)
                domain = [("id", "=", case.id), ("is_overdue", "=", False)]
                self.assertEqual(bool(self.Case.search(domain)), not expected)

    def test_closed_case_is_never_overdue(self):
        case = self._case(promise_date="2020-01-01")
        self.assertTrue(case.is_overdue)
        case.stage_id = self.stage_cancelled
        self.assertFalse(case.is_overdue)
        self.assertFalse(self.Case.search([("id", "=", case.id), ("is_overdue", "=", True)]))

    def test_complaint_is_solved_only_with_a_resolution(self):
        for kind in ("complaint", "after_sales", "return"):
            with self.subTest(kind=kind):
                case = self._case(kind=kind)
                with self.assertRaisesRegex(UserError, "Write in the field Resolution"):
                    case.action_close()
                case.invalidate_recordset()
                case.resolution = "A new one was sent"
                case.action_close()
                self.assertEqual(case.stage_id, self.stage_solved)
                with self.assertRaisesRegex(UserError, "Write in the field Resolution"):
                    case.resolution = "  "

    def test_question_needs_no_resolution_nor_does_a_case_that_is_cancelled(self):
        question = self._case()
        question.action_close()
        self.assertTrue(question.is_closed)
        complaint = self._case(kind="complaint")
        complaint.stage_id = self.stage_cancelled
        self.assertTrue(complaint.is_closed)

    def test_reopening_is_counted_and_the_first_end_is_kept(self):
        case = self._case()
        with freeze_time("2026-11-20 03:00:00"):
            case.action_close()
        with freeze_time("2026-11-21 03:00:00"):
            case.stage_id = self.stage_solved  # again changes nothing
            case.action_close()
        self.assertEqual(case.closed_date, self._moment("2026-11-20 03:00:00"))
        case.action_reopen()
        case.action_reopen()
        case.stage_id = self.stage_progress
        self.assertEqual((case.reopen_count, case.closed_date), (1, False))
        with freeze_time("2026-11-23 03:00:00"):
            case.action_close()
        self.assertEqual(case.closed_date, self._moment("2026-11-23 03:00:00"))
        self.assertEqual(case.first_closed_date, self._moment("2026-11-20 03:00:00"))
        self.assertEqual(case.reopen_count, 1)

    def test_from_one_closed_stage_to_another_nothing_is_reopened(self):
        case = self._case(stage_id=self.stage_solved.id)
        closed = case.closed_date
        self.assertTrue(closed)
        case.stage_id = self.stage_cancelled
        self.assertEqual((case.closed_date, case.reopen_count), (closed, 0))

    def test_without_a_stage_to_go_to_the_sentence_says_to_create_one(self):
        case = self._case()
        (self.stage_solved + self.stage_cancelled).action_archive()
        with self.assertRaisesRegex(UserError, "Case Stages"):
            case.action_close()

    def test_kanban_shows_each_stage(self):
        self._case()
        expanded = self.Case.with_context(read_group_expand=True)
        groups = expanded.web_read_group([], ["stage_id"], ["__count"])["groups"]
        shown = {group["stage_id"][0] for group in groups if group["stage_id"]}
        self.assertEqual(shown, set(self.env["crm.case.stage"].search([]).ids))

    def test_cases_are_grouped_by_each_filter(self):
        self._case()
        for field in (
            "stage_id",
            "kind",
            "severity",
            "user_id",
            "cause_id",
            "value_grade_id",
            "partner_user_id",
            "promise_date:month",
        ):
            with self.subTest(field=field):
                self.assertTrue(self.Case.formatted_read_group([], [field], ["__count"]))

    def test_owner_is_the_salesperson_of_the_customer_or_of_his_firm(self):
        self.assertEqual(self._case().user_id, self.salesman)
        firm = self._customer("Firm", is_company=True, user_id=self.salesman.id)
        clerk = self._customer("Clerk", parent_id=firm.id)
        clerk.user_id = False
        self.assertEqual(self._case(partner_id=clerk.id).user_id, self.salesman)
        self.assertEqual(self._case(user_id=self.deputy.id).user_id, self.deputy)
        self.assertFalse(self._case(partner_id=self.stranger.id).user_id)

    def test_owner_is_the_deputy_while_the_salesperson_is_away(self):
        self.customer.deputy_user_id = self.deputy
        self.assertEqual(self._case().user_id, self.salesman)
        self.salesman.write(
            {"out_of_office_from": "2026-11-16 00:00:00", "out_of_office_to": "2026-11-27 00:00:00"}
        )
        with freeze_time(FRIDAY):
            self.salesman.invalidate_recordset(["is_out_of_office"])
            self.assertEqual(self._case().user_id, self.deputy)

    def test_who_left_or_works_elsewhere_gets_no_case(self):
        self.salesman.active = False
        self.assertFalse(self._case().user_id)
        other = self.env["res.company"].create({"name": "Other Company"})
        elsewhere = self._staff("elsewhere", "sales_team.group_sale_salesman", other)
        self.stranger.user_id = elsewhere
        self.assertFalse(self._case(partner_id=self.stranger.id).user_id)

    def test_form_proposes_owner_and_promise(self):
        self._grade(self.customer, self.grade_b)
        with freeze_time(FRIDAY), Form(self.Case.with_user(self.clerk)) as form:
            form.subject = "Lamp"
            form.partner_id = self.customer
            self.assertEqual(form.user_id, self.salesman)
            self.assertEqual(form.promise_date, Date.to_date("2026-11-24"))
        self.assertEqual(form.record.promise_date, Date.to_date("2026-11-24"))

    def test_another_company_sees_and_changes_nothing(self):
        case = self._case()
        other = self.env["res.company"].create({"name": "Other Company"})
        there = self._staff("case_there", "crm_relationship.group_relationship_manager", other)
        theirs = self.Case.with_user(there)
        self.assertFalse(theirs.search([("id", "=", case.id)]))
        self.assertFalse(theirs._read_group([("id", "=", case.id)], ["stage_id"]))
        for act in (
            lambda: case.with_user(there).read(["subject"]),
            lambda: case.with_user(there).write({"subject": "Mine"}),
            lambda: case.with_user(there).action_close(),
            lambda: case.with_user(there).unlink(),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_bad_input_is_refused_with_a_sentence(self):
        foreign = self.env["res.company"].create({"name": "Other Company"})
        theirs = self._customer("Theirs", company_id=foreign.id)
        for values, error in (
            ({"partner_id": theirs.id}, UserError),
            ({"kind": "gossip"}, ValueError),
            ({"severity": "9"}, ValueError),
            ({"user_id": self._staff("far", "base.group_user", foreign).id}, UserError),
        ):
            with self.subTest(values=values), self.assertRaises(error):
                self._case(**values)

    def test_merged_customers_keep_their_cases(self):
        twin = self._customer("Customer", email="customer@example.com")
        cases = self._case() + self._case(partner_id=twin.id, promise_date="2026-12-01")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer + twin).ids, self.customer)
        self.env.invalidate_all()
        self.assertEqual(cases.partner_id, self.customer)
        self.assertEqual(cases[1].promise_date, Date.to_date("2026-12-01"))

    def test_open_case_prevents_anonymising(self):
        case = self._case(partner_id=self.stranger.id)
        sentences = [one.sentence for one in self.stranger._anonymisation_obstacles()]
        self.assertIn(f"Cases are open: {case.display_name}. Close them.", sentences)
        case.action_close()
        self.assertFalse(self.stranger._anonymisation_obstacles())

    def test_customer_with_cases_of_another_company_is_not_anonymised(self):
        self._case(partner_id=self.stranger.id).action_close()
        other = self.env["res.company"].create({"name": "Other Company"})
        there = self._staff("data_there", "crm_relationship.group_relationship_manager", other)
        kinds = [one.kind for one in self.stranger.with_user(there)._anonymisation_obstacles()]
        self.assertEqual(kinds, ["never"])

    def test_anonymising_removes_what_was_written_in_cases(self):
        case = self._case(
            partner_id=self.stranger.id,
            kind="complaint",
            description="<p>Stranger of Silom Road</p>",
            resolution="Paid to Stranger",
            email_from="stranger@example.com",
            stage_id=self.stage_solved.id,
        )
        unknown = self.Case.create(
            {
                "subject": "Stranger again",
                "email_from": "Stranger <stranger@example.com>",
                "stage_id": self.stage_solved.id,
            }
        )
        data = self.stranger.personal_data()["data"]["crm.case"]
        self.assertIn("Paid to Stranger", {row["resolution"] for row in data})
        self.stranger._anonymise("everything")
        self.env.invalidate_all()
        for one in case + unknown:
            with self.subTest(case=one.name):
                self.assertEqual(one.subject, "Anonymised")
                texts = (one.description, one.resolution, one.email_from)
                self.assertNotIn("tranger", str(texts))
        self.assertEqual(case.kind, "complaint")

    def test_hook_of_the_promise_is_asked(self):
        with (
            freeze_time(FRIDAY),
            patch.object(self.env.registry["crm.case"], "_promise_days", lambda case: 1),
        ):
            self.assertEqual(self._case().promise_date, Date.to_date("2026-11-23"))

    def test_cause_is_kept_while_cases_have_it(self):
        cause = self.env["crm.case.cause"].create({"name": "Weather"})
        self._case(cause_id=cause.id)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            cause.unlink()

    def test_resolution_is_checked_for_imported_cases_too(self):
        with self.assertRaises(ValidationError):
            self._case(kind="complaint", stage_id=self.stage_solved.id)
