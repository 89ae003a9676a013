from datetime import timedelta
from hashlib import md5
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import RelationshipCommon

MORNING = "2026-06-01 03:00:00"  # 10:00 in Bangkok
LOGGERS = (
    "odoo.addons.crm_relationship.models.crm_touch_sending",
    "odoo.addons.mail.models.mail_render_mixin",
)


class OutreachCommon(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Touch = cls.env["crm.touch"]
        cls.marketing = cls.env.ref("crm_relationship.crm_contact_purpose_marketing")
        cls.channels = {
            code: cls.env.ref(f"crm_relationship.crm_contact_channel_{code}")
            for code in ("email", "sms", "letter", "phone", "fax")
        }
        cls.mail_template = cls.env["mail.template"].create(
            {
                "name": "Spring",
                "model_id": cls.env["ir.model"]._get("res.partner").id,
                "subject": "Spring for {{ object.name }}",
                "body_html": "<p>Dear <t t-out='object.name'/></p>",
                "email_to": "everybody@example.com",
            }
        )
        cls.sms_template = cls.env["sms.template"].create(
            {
                "name": "Spring",
                "model_id": cls.env["ir.model"]._get("res.partner").id,
                "body": "Hello {{ object.name }}",
            }
        )
        cls.town = "Touchville"
        cls.customers = cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "email": f"customer{number}@example.com",
                    "phone": f"+66 2 123 45{number:02}",
                    "street": f"{number} Street",
                    "city": cls.town,
                    "user_id": cls.env.user.id,
                }
                for number in range(3)
            ]
        )
        cls.manager = new_test_user(
            cls.env, "outreach_manager", "crm_relationship.group_relationship_manager"
        )
        cls.user = new_test_user(
            cls.env, "outreach_user", "crm_relationship.group_relationship_user"
        )

    def setUp(self):
        """Put a gate in place of the real one that lets everybody pass, until `_refuse`."""
        super().setUp()
        self.asked, self.allowed = [], None

        def _refusals_and_chances(partners, channel_code, purpose_code, days):
            if partners & self.customers:
                self.asked.append((partners, channel_code, purpose_code))
            refused = self.env["res.partner"] if self.allowed is None else partners - self.allowed
            return dict.fromkeys(refused.ids, ("gap", fields.Datetime.now() + timedelta(hours=4)))

        self.patch(self.registry["res.partner"], "_refusals_and_chances", _refusals_and_chances)

    @classmethod
    def _step(cls, code, **values):
        content = {
            "email": {"mail_template_id": cls.mail_template.id},
            "sms": {"sms_template_id": cls.sms_template.id},
            "letter": {"letter_text": "<p>Come and see</p>"},
        }
        return Command.create(
            {
                "name": code.title(),
                "channel_id": cls.channels[code].id,
                **content.get(code, {}),
                **values,
            }
        )

    @classmethod
    def _plan(cls, *steps, **values):
        return cls.env["crm.touch.plan"].create(
            {
                "name": "Spring",
                "purpose_id": cls.marketing.id,
                "audience": f"[('city', '=', '{cls.town}')]",
                "step_ids": list(steps),
                **values,
            }
        )

    def _run(self):
        """Run the job as it runs, in steps that are committed."""
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_send_touches").method_direct_trigger()
        self.env.invalidate_all()

    def _refuse(self, *refused):
        """Have the gate refuse these customers, or everybody."""
        self.allowed = self.customers.filtered(lambda one: refused and one not in refused)


@tagged("post_install", "-at_install")
@freeze_time(MORNING)
class TestTouchPlan(OutreachCommon):
    def test_plan_in_draft_does_nothing(self):
        plan = self._plan(self._step("email"))
        self._run()
        self.assertFalse(plan.touch_ids)

    def test_each_customer_of_the_audience_gets_an_email(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        self.assertEqual(plan.touch_ids.partner_id, self.customers)
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"sent"})
        mails = plan.touch_ids.mail_mail_id
        self.assertEqual(len(mails), 3)
        for touch in plan.touch_ids:
            mail = touch.mail_mail_id
            self.assertEqual(mail.recipient_ids, touch.partner_id)
            self.assertFalse(mail.email_to)
            self.assertEqual(mail.subject, f"Spring for {touch.partner_id.name}")
            self.assertEqual(mail.state, "outgoing")

    def test_what_was_sent_is_logged_for_the_rules_to_count(self):
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        plan = self._plan(self._step("email"), campaign_id=campaign.id)
        plan.action_start()
        self._run()
        entries = self.env["crm.interaction"].search([("partner_id", "in", self.customers.ids)])
        self.assertEqual(len(entries), 3)
        for entry in entries:
            self.assertEqual(entry.direction, "out")
            self.assertEqual(entry.purpose_id, self.marketing)
            self.assertEqual(entry.campaign_id, campaign)
            self.assertEqual(entry.channel_id, self.channels["email"])
            self.assertEqual(entry.subject, "Spring: Email")
            self.assertEqual(entry.date, self._moment(MORNING))

    def test_running_twice_sends_once(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        mails = self.env["mail.mail"].search_count([])
        entries = self.env["crm.interaction"].search_count([])
        self._run()
        self.assertEqual(len(plan.touch_ids), 3)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
        self.assertEqual(self.env["crm.interaction"].search_count([]), entries)

    def test_database_takes_a_step_and_customer_once(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            plan.touch_ids[0].sudo().copy()

    def test_who_comes_into_the_audience_later_is_touched_too(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        late = self._customer("Late", city=self.town, email="late@example.com")
        self._run()
        self.assertEqual(plan.touch_ids.partner_id, self.customers | late)

    def test_start_date_in_the_future_is_waited_for(self):
        plan = self._plan(self._step("email"), date_start="2026-06-02")
        plan.action_start()
        with freeze_time("2026-06-01 16:30:00"):  # 23:30 in Bangkok
            self._run()
            self.assertFalse(plan.touch_ids)
        with freeze_time("2026-06-01 17:30:00"):  # 00:30 on the next day
            self._run()
            self.assertEqual(len(plan.touch_ids), 3)

    def test_archived_foreign_and_anonymised_contacts_are_left_out(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.customers[0].active = False
        self.customers[1].company_id = other
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        self.assertEqual(plan.touch_ids.partner_id, self.customers[2])

    def test_held_out_follow_from_seed_and_number_alone(self):
        crowd = self.env["res.partner"].create(
            [{"name": f"One of {n}", "city": "Crowd"} for n in range(200)]
        )
        plan = self._plan(self._step("phone"), audience="[('city', '=', 'Crowd')]", holdout=30)
        plan.action_start()
        self.assertEqual(plan.seed, plan.id)
        self._run()
        held_out = plan.touch_ids.filtered(lambda touch: touch.state == "held_out").partner_id
        expected = crowd.filtered(
            lambda one: int(md5(f"{plan.id}:{one.id}".encode()).hexdigest()[:8], 16) % 100 < 30
        )
        self.assertEqual(held_out, expected)
        self.assertEqual(plan.held_out_count, len(expected))
        self.assertGreater(len(expected), 30)
        self.assertLess(len(expected), 90)

    def test_held_out_share_is_fixed_at_the_start(self):
        plan = self._plan(self._step("email"), holdout=10)
        plan.action_start()
        with self.assertRaisesRegex(UserError, "who is held out are fixed"):
            plan.holdout = 20
        plan.holdout = 10
        self.assertFalse(plan.copy().seed)

    def test_plan_without_steps_or_audience_does_not_start(self):
        with self.assertRaisesRegex(UserError, "Add the first step"):
            self._plan().action_start()
        with self.assertRaisesRegex(UserError, "for everybody"):
            self._plan(self._step("email"), audience="[]").action_start()

    def test_bad_audience_is_refused_with_a_sentence(self):
        for audience in (
            "no domain",
            "__import__('os').getcwd()",
            "[('no_such_field', '=', 1)]",
            "[('name', 'no operator', 1)]",
            "[('user_ids', 'any!', [('login', '=', 'admin')])]",
            "[('user_ids', 'any', [('groups_id', 'not any!', [])])]",
            "[('create_date', '>', 'yesterday evening')]",
            "{'name': 1}",
            "[",
        ):
            with (
                self.subTest(audience=audience),
                self.assertRaisesRegex(ValidationError, "choose it again"),
                self.env.cr.savepoint(),
            ):
                self._plan(audience=audience)

    def test_audience_number_is_the_list_behind_it(self):
        plan = self._plan(self._step("email"))
        action = plan.action_open_audience()
        self.assertEqual(plan.audience_count, 3)
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.customers)

    def test_numbers_on_buttons_are_the_lists_behind_them(self):
        plan = self._plan(self._step("email"), holdout=50)
        plan.action_start()
        self._refuse(self.customers[0])
        plan.retry_days = 0
        self._run()
        for kind in ("held_out", "touched", "answered", "refused", "attention"):
            action = getattr(plan, f"action_open_{kind}")()
            with self.subTest(kind=kind):
                self.assertEqual(plan[f"{kind}_count"], self.Touch.search_count(action["domain"]))

    def test_gate_is_asked_when_it_is_sent(self):
        self._refuse(self.customers[0])
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        self.assertEqual(self.asked, [(self.customers, "email", "marketing")])
        waiting = plan.touch_ids.filtered(lambda touch: touch.state == "planned")
        self.assertEqual(waiting.partner_id, self.customers[0])
        self.assertEqual(waiting.reason, "The customer was contacted a short while ago.")
        self.assertEqual(set((plan.touch_ids - waiting).mapped("state")), {"sent"})

    def test_refused_is_tried_again_until_the_days_are_over(self):
        self._refuse()
        plan = self._plan(self._step("email"), retry_days=2)
        plan.action_start()
        self._run()
        self._run()
        self.assertEqual(len(self.asked), 1)
        with freeze_time("2026-06-02 03:00:00"):
            self._run()
            self.assertEqual(len(self.asked), 2)
            self.assertEqual(set(plan.touch_ids.mapped("state")), {"planned"})
        with freeze_time("2026-06-03 03:00:00"):
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"refused"})
        with freeze_time("2026-06-04 03:00:00"):
            self._run()
        self.assertEqual(len(self.asked), 3)
        self.assertFalse(
            self.env["crm.interaction"].search([("partner_id", "in", self.customers.ids)])
        )

    def test_next_step_waits_its_days(self):
        plan = self._plan(self._step("email"), self._step("sms", wait_days=3, sequence=20))
        plan.action_start()
        self._run()
        with freeze_time("2026-06-04 02:59:00"):
            self._run()
            sms = plan.touch_ids.filtered(lambda touch: touch.step_id == plan.step_ids[1])
            self.assertEqual(set(sms.mapped("state")), {"planned"})
        with freeze_time("2026-06-04 03:00:00"):
            self._run()
        self.assertEqual(set(sms.mapped("state")), {"sent"})
        self.assertEqual(sms.sms_id.mapped("partner_id"), self.customers)
        self.assertIn("Hello Customer 0", sms.sms_id.mapped("body"))
        self.assertEqual(set(sms.sms_id.mapped("state")), {"outgoing"})

    def test_who_answers_meanwhile_does_not_get_the_reminder(self):
        plan = self._plan(
            self._step("email"), self._step("sms", wait_days=3, condition="unanswered", sequence=20)
        )
        plan.action_start()
        self._run()
        self._run()  # plans the reminder
        with freeze_time("2026-06-02 03:00:00"):
            self.env["crm.interaction"].create(
                {
                    "partner_id": self.customers[0].id,
                    "channel_id": self.channels["phone"].id,
                    "direction": "in",
                }
            )
        with freeze_time("2026-06-05 03:00:00"):
            self._run()
        reminders = plan.touch_ids.filtered(lambda touch: touch.step_id == plan.step_ids[1])
        states = {touch.partner_id: touch.state for touch in reminders}
        self.assertEqual(
            states, dict(zip(self.customers, ("skipped", "sent", "sent"), strict=True))
        )

    def test_second_letter_goes_out_when_the_caller_asks_for_it(self):
        plan = self._plan(self._step("phone"), self._step("email", condition="asked", sequence=20))
        plan.action_start()
        self._run()
        self._run()
        self.assertEqual(len(plan.touch_ids), 3)
        call = plan.touch_ids.filtered(lambda touch: touch.partner_id == self.customers[1])
        call.with_user(self.user).action_ask_again()
        self._run()
        again = plan.touch_ids.filtered(lambda touch: touch.step_id == plan.step_ids[1])
        self.assertEqual(again.partner_id, self.customers[1])
        self.assertEqual(again.state, "sent")

    def test_call_is_an_activity_and_its_feedback_an_answer(self):
        plan = self._plan(self._step("phone", call_summary="Tell of spring"))
        plan.action_start()
        self._run()
        calls = plan.touch_ids.activity_id
        self.assertEqual(len(calls), 3)
        self.assertEqual(set(calls.mapped("summary")), {"Tell of spring"})
        self.assertEqual(calls.user_id, self.env.user)
        log = [("partner_id", "in", self.customers.ids)]
        self.assertFalse(self.env["crm.interaction"].search(log))
        first, second = plan.touch_ids[0], plan.touch_ids[1]
        first.activity_id.action_feedback(feedback="Will come")
        second.activity_id.action_feedback()
        self._run()
        self._run()
        self.assertEqual((first.state, first.answer), ("answered", "call"))
        self.assertEqual(second.state, "sent")
        entries = self.env["crm.interaction"].search(log)
        self.assertEqual(entries.partner_id, first.partner_id | second.partner_id)
        self.assertEqual(len(entries), 2)
        self.assertIn("Will come", entries.mapped("note"))

    def test_call_without_a_caller_fails_with_a_sentence(self):
        self.customers[0].user_id = False
        plan = self._plan(self._step("phone"))
        plan.action_start()
        with mute_logger("odoo.addons.crm_relationship.models.crm_touch_sending"):
            self._run()
        failed = plan.touch_ids.filtered(lambda touch: touch.state == "failed")
        self.assertEqual(failed.partner_id, self.customers[0])
        self.assertIn("give the customer a salesperson", failed.reason)
        self.assertEqual(plan.touched_count, 2)

    def test_one_bad_record_does_not_stop_the_others(self):
        self.customers[1].email = False
        plan = self._plan(self._step("email"))
        plan.action_start()
        with mute_logger("odoo.addons.crm_relationship.models.crm_touch_sending"):
            self._run()
            self._run()
        states = {touch.partner_id: touch.state for touch in plan.touch_ids}
        self.assertEqual(states, dict(zip(self.customers, ("sent", "failed", "sent"), strict=True)))
        self.customers[1].email = "now@example.com"
        failed = plan.touch_ids.filtered(lambda touch: touch.state == "failed")
        failed.with_user(self.manager).action_plan_again()
        self._run()
        self.assertEqual(failed.state, "sent")

    def test_template_that_fails_for_one_customer_does_not_stop_the_others(self):
        for code, template, name in (
            ("email", self.mail_template, "subject"),
            ("sms", self.sms_template, "body"),
        ):
            template[name] = "Spring {{ 1 // (object.name != 'Customer 1') }} {{ object.name }}"
            plan = self._plan(self._step(code))
            plan.action_start()
            with self.subTest(channel=code), mute_logger(*LOGGERS):
                self._run()
                states = {touch.partner_id: touch.state for touch in plan.touch_ids}
                self.assertEqual(
                    states, dict(zip(self.customers, ("sent", "failed", "sent"), strict=True))
                )
                failed = plan.touch_ids.filtered(lambda touch: touch.state == "failed")
                self.assertIn("Failed to render", failed.reason)
                sent = plan.touch_ids - failed
                messages = sent.mail_mail_id or sent.sms_id
                self.assertEqual(len(messages), 2)
                self.assertFalse(failed.mail_mail_id or failed.sms_id)
                for touch in sent:
                    message = touch.mail_mail_id or touch.sms_id
                    self.assertEqual(message[name], f"Spring 1 {touch.partner_id.name}")
                entries = self.env["crm.interaction"].search(
                    [("partner_id", "in", self.customers.ids)]
                )
                self.assertEqual(entries.partner_id, sent.partner_id)

    def test_each_customer_is_written_to_in_his_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customers[1].lang = "fr_FR"
        self.mail_template.lang = "{{ object.lang }}"
        self.mail_template.with_context(lang="fr_FR").subject = "Printemps, {{ object.name }}"
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        self.assertEqual(
            {touch.partner_id: touch.mail_mail_id.subject for touch in plan.touch_ids},
            {
                self.customers[0]: "Spring for Customer 0",
                self.customers[1]: "Printemps, Customer 1",
                self.customers[2]: "Spring for Customer 2",
            },
        )

    def test_many_mails_are_made_out_together(self):
        """One query an e-mail links its recipient, another now and then a chunk of core's."""
        self.assertLessEqual(self._queries_of_sending(45) - self._queries_of_sending(15), 2 * 30)

    def _queries_of_sending(self, number):
        town = f"Town of {number}"
        self.env["res.partner"].create(
            [{"name": f"C{n}", "email": f"c{n}@example.com", "city": town} for n in range(number)]
        )
        plan = self._plan(self._step("email"), audience=f"[('city', '=', '{town}')]")
        plan.action_start()
        plan._enrol()
        taken = plan.touch_ids.sudo()._take(plan)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        taken._send_taken()
        self.env.flush_all()
        self.assertEqual(set(taken.mapped("state")), {"sent"})
        return self.env.cr.sql_log_count - before

    def test_what_the_server_did_not_take_is_shown(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        plan.touch_ids[0].mail_mail_id.state = "exception"
        self._run()
        self.assertEqual(plan.touch_ids.mapped("state"), ["failed", "sent", "sent"])

    def test_reply_order_and_contact_close_the_touch(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        with freeze_time("2026-06-02 03:00:00"):
            self.customers[0].message_post(
                body="Yes", message_type="email", author_id=self.customers[0].id
            )
            self._order(self.customers[1], 100.0, "2026-06-02 03:00:00")
            self.env["crm.interaction"].create(
                {
                    "partner_id": self.customers[2].id,
                    "channel_id": self.channels["phone"].id,
                    "direction": "in",
                }
            )
            self._run()
        answers = {touch.partner_id: touch.answer for touch in plan.touch_ids}
        self.assertEqual(
            answers, dict(zip(self.customers, ("reply", "order", "contact"), strict=True))
        )
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"answered"})
        self.assertEqual(
            set(plan.touch_ids.mapped("date_answered")), {self._moment("2026-06-02 03:00:00")}
        )

    def test_what_came_before_the_touch_is_no_answer(self):
        self._order(self.customers[0], 100.0, "2026-05-31 03:00:00")
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"sent"})

    def test_broken_off_sending_is_shown_and_not_sent_again(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        plan._enrol()
        plan.touch_ids.sudo().write({"state": "sending", "date_done": self._moment(MORNING)})
        with freeze_time("2026-06-01 03:59:00"):
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"sending"})
        with freeze_time("2026-06-01 04:01:00"):
            self._run()
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"unknown"})
        self.assertFalse(plan.touch_ids.mail_mail_id)
        self.assertEqual(plan.attention_count, 3)
        plan.touch_ids[0].with_user(self.manager).action_mark_sent()
        self.assertEqual(plan.touch_ids[0].state, "sent")
        with self.assertRaises(UserError):
            plan.touch_ids[1].with_user(self.user).action_mark_sent()

    def test_ended_plan_sends_nothing_more(self):
        plan = self._plan(self._step("email"), self._step("sms", wait_days=1, sequence=20))
        plan.action_start()
        self._run()
        self._run()
        plan.with_user(self.manager).action_end()
        with freeze_time("2026-06-05 03:00:00"):
            self._run()
        sms = plan.touch_ids.filtered(lambda touch: touch.step_id == plan.step_ids[1])
        self.assertEqual(set(sms.mapped("state")), {"skipped"})
        with self.assertRaisesRegex(UserError, "has ended"):
            plan.action_start()

    def test_paused_plan_waits_and_goes_on(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        plan.action_pause()
        self._run()
        self.assertFalse(plan.touch_ids)
        plan.action_start()
        self._run()
        self.assertEqual(plan.touched_count, 3)

    def test_plan_that_cannot_go_on_pauses_and_says_why(self):
        plan = self._plan(self._step("email"))
        other = self._plan(self._step("sms"), name="Other")
        (plan | other).action_start()
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_touch_plan SET audience = 'broken' WHERE id = %s", plan.ids)
        self.env.invalidate_all()
        self._run()
        self.assertEqual(plan.state, "paused")
        self.assertIn("cannot be read", " ".join(plan.message_ids.mapped("body")))
        self.assertEqual(other.touched_count, 3)

    def test_step_needs_what_its_channel_sends(self):
        for code, values in (
            ("email", {"mail_template_id": False}),
            ("sms", {"sms_template_id": False}),
            ("letter", {"letter_text": False}),
            ("fax", {}),
        ):
            with self.subTest(code=code), self.assertRaises(ValidationError):
                self._plan(self._step(code, **values))
        foreign = self.mail_template.copy(
            {"model_id": self.env["ir.model"]._get("sale.order").id, "body_html": "<p>x</p>"}
        )
        with self.assertRaisesRegex(ValidationError, "made for contacts"):
            self._plan(self._step("email", mail_template_id=foreign.id))

    def test_step_in_use_keeps_its_channel_and_stays(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        with self.assertRaisesRegex(UserError, "its channel stays"):
            plan.step_ids.channel_id = self.channels["phone"]
        with self.assertRaisesRegex(UserError, "stays as evidence"):
            plan.step_ids.unlink()
        with self.assertRaisesRegex(UserError, "archive it"):
            plan.unlink()

    def test_plan_is_made_in_its_form(self):
        with Form(self.env["crm.touch.plan"].with_user(self.manager)) as form:
            form.name = "By Hand"
            form.purpose_id = self.marketing
            form.audience = f"[('city', '=', '{self.town}')]"
            self.assertEqual(form.audience_count, 3)
            with form.step_ids.new() as step:
                step.name = "E-mail"
                step.channel_id = self.channels["email"]
                step.mail_template_id = self.mail_template
        plan = form.record
        plan.action_start()
        self._run()
        self.assertEqual(plan.touched_count, 3)

    def test_another_company_sees_nothing_of_it(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for records in (plan, plan.step_ids, plan.touch_ids):
            with self.subTest(model=records._name):
                there = records.with_user(stranger)
                self.assertFalse(there.search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    there.read(["company_id"])
        for name in ("action_start", "action_pause", "action_end", "action_print_letters"):
            with self.subTest(button=name), self.assertRaises(AccessError):
                getattr(plan.with_user(stranger), name)()
        for name in ("action_ask_again", "action_plan_again", "action_open_letters"):
            with self.subTest(button=name), self.assertRaises(AccessError):
                getattr(plan.touch_ids[0].with_user(stranger), name)()

    def test_gate_decides_with_the_company_of_the_plan(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._refuse(self.customers[0])
        plan = self._plan(self._step("email"), company_id=other.id)
        plan.action_start()
        self._run()
        self.assertEqual([partners.env.company for partners, *_rest in self.asked], [other])
        entries = self.env["crm.interaction"].sudo().search([("subject", "=", "Spring: Email")])
        self.assertEqual(entries.company_id, other)

    def test_anonymised_customer_is_not_written_to_any_more(self):
        plan = self._plan(self._step("email", wait_days=1))
        plan.action_start()
        self._run()
        self.customers[0]._anonymise("everything")
        with freeze_time("2026-06-05 03:00:00"):
            self._run()
        states = {touch.partner_id: touch.state for touch in plan.touch_ids}
        self.assertEqual(states[self.customers[0]], "skipped")
        self.assertEqual(states[self.customers[1]], "sent")

    def test_nobody_writes_touches_by_hand(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        for user in (self.user, self.manager):
            with self.assertRaises(AccessError):
                plan.touch_ids[0].with_user(user).write({"state": "planned"})
        with self.assertRaises(AccessError):
            plan.with_user(self.user).action_pause()

    def test_merged_customers_keep_the_step_that_came_furthest(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._refuse(self.customers[0])
        self._run()
        first, second = self.customers[:2]
        second.email = first.email
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((first | second).ids, first)
        self.assertEqual(
            [touch.state for touch in plan.touch_ids if touch.partner_id == first], ["sent"]
        )
        self.assertEqual(len(plan.touch_ids), 2)


@tagged("post_install", "-at_install")
@freeze_time(MORNING)
class TestTouchLetter(OutreachCommon):
    def setUp(self):
        super().setUp()
        self.plan = self._plan(self._step("letter"))
        self.plan.action_start()
        self._run()
        self.env = self.env(context={**self.env.context, "force_report_rendering": True})

    def _print(self, user=None):
        plan = self.plan.with_user(user or self.user)
        return plan.with_context(force_report_rendering=True).action_print_letters()

    def test_job_is_done_though_letters_wait(self):
        progress = self.env["ir.cron.progress"].search(
            [("cron_id", "=", self.env.ref("crm_relationship.ir_cron_send_touches").id)],
            order="id DESC",
            limit=1,
        )
        self.assertTrue(progress)
        self.assertEqual(progress.remaining, 0)

    def test_letters_wait_until_somebody_prints_them(self):
        self.assertEqual(set(self.plan.touch_ids.mapped("state")), {"planned"})
        self.assertEqual(self.plan.letter_count, 3)

    def test_all_letters_are_printed_into_one_file_a_page_each(self):
        action = self._print()
        attachment = self.plan.touch_ids.attachment_id
        self.assertEqual(len(attachment), 1)
        self.assertIn(str(attachment.id), action["url"])
        self.assertEqual(attachment.raw.count(b"/Type /Page\n"), 3)
        self.assertEqual(set(self.plan.touch_ids.mapped("state")), {"sent"})
        self.assertEqual(self.plan.touch_ids.sent_by_id, self.user)
        entries = self.env["crm.interaction"].search([("partner_id", "in", self.customers.ids)])
        self.assertEqual(len(entries), 3)
        self.assertTrue(attachment.with_user(self.user).name)

    def test_second_print_says_when_and_by_whom(self):
        self._print()
        with self.assertRaisesRegex(
            UserError, "already printed, on 2026-06-01 10:00 by outreach_user"
        ):
            self._print(self.manager)

    def test_gate_is_asked_when_letters_are_printed(self):
        self._refuse(self.customers[0])
        self._print()
        states = {touch.partner_id: touch.state for touch in self.plan.touch_ids}
        self.assertEqual(
            states, dict(zip(self.customers, ("planned", "sent", "sent"), strict=True))
        )

    def test_nobody_may_be_written_to(self):
        self._refuse()
        action = self._print()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(
            set(self.plan.touch_ids.mapped("reason")),
            {"The customer was contacted a short while ago."},
        )

    def test_letter_shows_address_and_text(self):
        touches = self.plan.touch_ids.sudo()
        touches.write({"state": "sending", "date_done": fields.Datetime.now()})
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_relationship.crm_touch_letter", touches.ids
        )
        text = content.decode()
        self.assertIn("Customer 1", text)
        self.assertIn("1 Street", text)
        self.assertIn("Come and see", text)
        self.assertEqual(text.count("crm_letter_window"), 4)  # three letters and their style

    def test_letter_can_take_its_text_from_a_template(self):
        self.plan.step_ids.mail_template_id = self.mail_template
        touches = self.plan.touch_ids.sudo()
        touches.state = "sending"
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_relationship.crm_touch_letter", touches.ids
        )
        self.assertIn("<p>Dear Customer 1</p>", content.decode())

    def test_failed_print_marks_nothing(self):
        Report = self.registry["ir.actions.report"]
        with (
            patch.object(Report, "_render_qweb_pdf", side_effect=UserError("No printer")),
            self.assertRaises(UserError),
            self.env.cr.savepoint(),
        ):
            self._print()
        self.env.invalidate_all()
        self.assertEqual(set(self.plan.touch_ids.mapped("state")), {"planned"})

    def test_file_with_addresses_is_removed_after_a_month(self):
        self._print()
        attachment = self.plan.touch_ids.attachment_id
        with freeze_time(self._moment(MORNING) + timedelta(days=31)):
            self.Touch._gc_letters()
        self.assertFalse(attachment.exists())

    def test_paused_plan_prints_nothing(self):
        self.plan.action_pause()
        with self.assertRaisesRegex(UserError, "is not running"):
            self._print()
