from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RelationshipCommon

CONTACT_POINT = "crm_relationship.group_contact_point"


class InteractionCommon(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Interaction = cls.env["crm.interaction"]
        cls.phone = cls.env.ref("crm_relationship.crm_contact_channel_phone")
        cls.letter = cls.env.ref("crm_relationship.crm_contact_channel_letter")
        cls.customer = cls._customer("Customer")
        cls.clerk = new_test_user(cls.env, "clerk", CONTACT_POINT)
        cls.colleague = new_test_user(cls.env, "colleague", CONTACT_POINT)

    @classmethod
    def _log(cls, partner=None, days_ago=0, **values):
        return cls.Interaction.create(
            {
                "partner_id": (partner or cls.customer).id,
                "channel_id": cls.phone.id,
                "date": fields.Datetime.now() - timedelta(days=days_ago),
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestInteraction(InteractionCommon):
    def test_three_fields_suffice(self):
        clerks = self.Interaction.with_user(self.clerk)
        entry = clerks.create(
            {
                "partner_id": self.customer.id,
                "channel_id": self.phone.id,
                "subject": "Asks for a catalogue",
            }
        )
        self.assertEqual((entry.direction, entry.user_id), ("in", self.clerk))
        self.assertLess(fields.Datetime.now() - entry.date, timedelta(minutes=1))

    def test_clerk_logs_in_the_form_of_the_desk(self):
        clerks = self.Interaction.with_user(self.clerk)
        context = {"default_partner_id": self.customer.id}
        view = "crm_relationship.crm_interaction_view_form_desk"
        with Form(clerks.with_context(**context), view=view) as form:
            form.channel_id = self.letter
            form.subject = "Sent the catalogue back"
        self.assertEqual(self.customer, form.record.partner_id)

    def test_nobody_is_no_customer(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.Interaction.create({"channel_id": self.phone.id})

    def test_moment_is_checked(self):
        now = fields.Datetime.now()
        for date in (now + timedelta(hours=1), "2569-11-24 10:00:00", "0202-01-01 10:00:00"):
            with self.subTest(date=date), self.assertRaisesRegex(ValidationError, "correct the"):
                self._log(date=date)

    def test_clock_that_is_fast_by_a_minute_does_not_matter(self):
        self.assertTrue(self._log(date=fields.Datetime.now() + timedelta(minutes=1)))

    def test_numbers_out_of_range_are_refused(self):
        for name, value in (
            ("satisfaction", 6),
            ("satisfaction", -1),
            ("duration", -5),
            ("duration", 1441),
        ):
            with (
                self.subTest(name=name, value=value),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._log(**{name: value})

    def test_document_must_exist(self):
        order = self._order(self.customer, 100.0)
        self.assertEqual(
            self._log(res_model="sale.order", res_id=order.id).action_open_document()["res_id"],
            order.id,
        )
        for model, number in (("sale.order", 2**31 - 1), ("no.model", 1), ("sale.order", 0)):
            with self.subTest(model=model), self.assertRaisesRegex(ValidationError, "no document"):
                self._log(res_model=model, res_id=number)

    def test_average_leaves_out_who_was_not_asked(self):
        self._log(satisfaction=5)
        self._log(satisfaction=2)
        self._log()
        self._log(satisfaction=0)
        [(average,)] = self.Interaction._read_group(
            [("partner_id", "=", self.customer.id)], [], ["satisfaction:avg"]
        )
        self.assertEqual(average, 3.5)

    def test_groups_by_the_grade_of_the_customer(self):
        self._order(self.customer, 100.0)
        self._refresh()
        self._log()
        groups = self.Interaction._read_group(
            [("partner_id", "=", self.customer.id)], ["value_grade_id"], ["__count"]
        )
        self.assertEqual(groups, [(self.grade_a, 1)])
        found = self.Interaction.with_user(self.clerk).search(
            [("value_grade_id", "=", self.grade_a.id)]
        )
        self.assertEqual(found.partner_id, self.customer)


@tagged("post_install", "-at_install")
class TestInteractionLock(InteractionCommon):
    def test_entry_is_locked_after_the_days_of_the_company(self):
        self.company.interaction_lock_days = 3
        self.assertFalse(self._log(days_ago=2).is_locked)
        entry = self._log(days_ago=4, subject="Asks for a catalogue")
        self.assertTrue(entry.is_locked)
        for everybody in (entry, entry.sudo()):
            with self.assertRaisesRegex(UserError, "older than 3 days"):
                everybody.subject = "Asks for nothing"
            with self.assertRaisesRegex(UserError, "older than 3 days"):
                everybody.unlink()
        self.assertEqual(entry.subject, "Asks for a catalogue")

    def test_date_that_is_moved_on_keeps_no_entry_open(self):
        entry = self._log()
        self.env.cr.execute(
            "UPDATE crm_interaction SET create_date = create_date - INTERVAL '8 days'"
            " WHERE id = %s",
            entry.ids,
        )
        entry.invalidate_recordset()
        self.assertTrue(entry.is_locked)

    def test_locked_entry_still_finds_its_case(self):
        entry = self._log(days_ago=30)
        case = self.env["crm.case"].create({"partner_id": self.customer.id, "subject": "Broken"})
        entry.case_id = case
        self.assertEqual(case.interaction_ids, entry)

    def test_correction_is_an_entry_that_points_to_the_old(self):
        entry = self._log(days_ago=30, subject="Wants two", note="Two boxes", satisfaction=4)
        action = entry.action_correct()
        with Form(self.Interaction.with_context(**action["context"])) as form:
            self.assertEqual(form.note, "Two boxes")
            form.subject = "Wants three"
        correction = form.record
        self.assertEqual(correction.corrects_id, entry)
        self.assertEqual(
            (correction.satisfaction, correction.date, correction.partner_id),
            (4, entry.date, self.customer),
        )
        self.assertEqual(entry.subject, "Wants two")
        with self.assertRaisesRegex(UserError, "correct the correction"):
            entry.action_correct()

    def test_clerk_changes_his_own_entries_only(self):
        entry = self.Interaction.with_user(self.clerk).create(
            {"partner_id": self.customer.id, "channel_id": self.phone.id}
        )
        entry.subject = "Asks for a catalogue"
        entry.flush_recordset()
        with self.assertRaises(AccessError):
            entry.with_user(self.colleague).subject = "Something else"
        entry.with_user(self.env.user).subject = "A manager may"

    def test_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        entry = self._log(subject="Asks for a catalogue")
        there = self.Interaction.with_user(stranger)
        self.assertFalse(there.search([("id", "=", entry.id)]))
        self.assertFalse(there._read_group([("id", "=", entry.id)], ["channel_id"]))
        with self.assertRaises(AccessError):
            there.browse(entry.id).subject = "Changed"
        with self.assertRaises(AccessError):
            there.browse(entry.id).read(["subject"])
        with self.assertRaises(AccessError):
            there.browse(entry.id).action_correct()


@tagged("post_install", "-at_install")
class TestInteractionImport(InteractionCommon):
    NAMES = ("partner_id/.id", "channel_id/.id", "external_ref", "subject")

    def _import(self, *rows):
        return self.Interaction.load(list(self.NAMES), [list(map(str, row)) for row in rows])

    def test_entry_comes_in_once(self):
        first = (self.customer.id, self.phone.id, "call-1", "Asks for a catalogue")
        second = (self.customer.id, self.phone.id, "call-2", "Asks again")
        for _time in range(2):
            result = self._import(first, second)
            self.assertFalse(result["messages"])
        entries = self.Interaction.search([("external_ref", "in", ("call-1", "call-2"))])
        self.assertEqual(len(entries), 2)
        self.assertEqual(set(result["ids"]), set(entries.ids))

    def test_same_reference_on_another_channel_is_another_entry(self):
        self._import(
            (self.customer.id, self.phone.id, "7", "A call"),
            (self.customer.id, self.letter.id, "7", "A letter"),
        )
        self.assertEqual(self.Interaction.search_count([("external_ref", "=", "7")]), 2)

    def test_twice_in_one_file_and_with_blanks_is_one_entry(self):
        first, again = self.Interaction.create(
            [
                {
                    "partner_id": self.customer.id,
                    "channel_id": self.phone.id,
                    "external_ref": reference,
                }
                for reference in ("call-1", " call-1 ")
            ]
        )
        self.assertEqual(first, again)

    def test_database_takes_a_reference_once(self):
        entry = self._log(external_ref="call-1")
        other = self._log()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            other.external_ref = entry.external_ref
            other.flush_recordset()


@tagged("post_install", "-at_install")
class TestInteractionOfProspect(InteractionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._lead("Needs a boat")
        cls.entry = cls.Interaction.create(
            {
                "lead_id": cls.lead.id,
                "channel_id": cls.phone.id,
                "date": fields.Datetime.now() - timedelta(days=60),
            }
        )

    @classmethod
    def _lead(cls, name, **values):
        return cls.env["crm.lead"].create(
            {"name": name, "contact_name": "Prospect", "type": "opportunity", **values}
        )

    def test_log_goes_with_him_when_he_becomes_a_customer(self):
        self.lead._handle_partner_assignment(create_missing=True)
        self.assertTrue(self.lead.partner_id)
        self.assertEqual(self.entry.partner_id, self.lead.partner_id)
        self.assertEqual(self.lead.interaction_count, 1)

    def test_log_of_merged_leads_is_kept(self):
        survivor = self._lead("Needs a big boat", partner_id=self.customer.id)
        (survivor | self.lead).with_context(active_test=False).merge_opportunity()
        kept = (survivor | self.lead).exists()
        self.assertEqual(len(kept), 1)
        self.assertEqual(self.entry.lead_id, kept)
        self.assertEqual(self.entry.partner_id, kept.partner_id)

    def test_lead_of_a_customer_gives_him_the_entry(self):
        lead = self._lead("Needs oars", partner_id=self.customer.id)
        entry = self.Interaction.with_user(self.clerk).create(
            {"lead_id": lead.id, "channel_id": self.phone.id}
        )
        self.assertEqual(entry.partner_id, self.customer)

    def test_lead_with_a_log_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "archive the lead"):
            self.lead.unlink()

    def test_lead_of_a_known_customer_can_go(self):
        lead = self._lead("Needs oars", partner_id=self.customer.id)
        entry = self._log(lead_id=lead.id)
        lead.unlink()
        self.assertEqual((entry.lead_id.id, entry.partner_id), (False, self.customer))

    def test_list_behind_the_button_is_its_number(self):
        self.Interaction.create({"lead_id": self.lead.id, "channel_id": self.letter.id})
        action = self.lead.action_view_interactions()
        self.assertEqual(
            self.Interaction.search_count(action["domain"]), self.lead.interaction_count
        )

    def test_merged_customer_keeps_the_log(self):
        other = self._customer("Customer again")
        entry = self._log(other, days_ago=60)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        self.assertEqual(entry.partner_id, self.customer)

    def test_what_was_said_goes_when_he_is_anonymised(self):
        entry = self._log(
            days_ago=60, subject="Asks for Somchai", note="His sister", satisfaction=4
        )
        exported = self.customer.personal_data()["data"]["crm.interaction"]
        self.assertEqual([row["subject"] for row in exported], ["Asks for Somchai"])
        self.customer._anonymise("everything")
        self.assertEqual((entry.subject, entry.note), (False, False))
        self.assertEqual((entry.satisfaction, entry.channel_id), (4, self.phone))
