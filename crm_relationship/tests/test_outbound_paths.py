from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_touch_plan import MORNING, OutreachCommon

SUPERVISOR = "crm_relationship.group_relationship_manager,base.group_allow_export"


class OutboundCommon(OutreachCommon):
    def setUp(self):
        super(OutreachCommon, self).setUp()  # with the real gate

    def _agree(self, customers, code):
        for customer in customers:
            customer._note_consents(
                [(self.channels[code].id, self.marketing.id)], "granted", "person"
            )

    def _refusals(self):
        return self.env["crm.contact.refusal"].search([("partner_id", "in", self.customers.ids)])

    def _contacts(self):
        """Return whatever reached one of the customers, or is going to."""
        customers = self.customers.ids
        return [
            *self.env["mail.mail"].search([("recipient_ids", "in", customers)]),
            *self.env["sms.sms"].search([("partner_id", "in", customers)]),
            *self.env["mail.activity"].search(
                [("res_model", "=", "res.partner"), ("res_id", "in", customers)]
            ),
            *self.env["ir.attachment"].search([("res_model", "=", "crm.touch.plan")]),
            *self.env["crm.interaction"].search(
                [("partner_id", "in", customers), ("direction", "=", "out")]
            ),
        ]


@tagged("post_install", "-at_install")
@freeze_time(MORNING)
class TestOutboundPaths(OutboundCommon):
    """Whatever sends to customers asks the gate; nobody of these has agreed to anything."""

    def _started(self, *codes):
        plan = self._plan(*(self._step(code) for code in codes))
        plan.action_start()
        self._run()
        return plan.with_context(force_report_rendering=True)

    def test_no_channel_of_a_plan_reaches_who_did_not_agree(self):
        for code in ("email", "sms", "phone"):
            with self.subTest(channel=code):
                plan = self._started(code)
                self.assertEqual(set(plan.touch_ids.mapped("state")), {"refused"})
                self.assertFalse(self._contacts())
        self.assertEqual(set(self._refusals().mapped("reason_code")), {"consent"})
        self.assertEqual(len(self._refusals()), 9)

    def test_no_call_is_planned_for_who_agreed_to_letters_only(self):
        self._agree(self.customers, "letter")
        self._agree(self.customers[:1], "phone")
        plan = self._started("phone")
        calls = plan.touch_ids.activity_id
        self.assertEqual(calls.mapped("res_id"), self.customers[:1].ids)

    def test_no_letter_is_printed_for_who_did_not_agree(self):
        plan = self._started("letter")
        action = plan.with_user(self.user).action_print_letters()
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(self._contacts())
        self.assertEqual(set(self._refusals().mapped("channel_id.code")), {"letter"})

    def test_file_holds_the_letters_of_those_who_agreed(self):
        self._agree(self.customers[:2], "letter")
        plan = self._started("letter")
        plan.with_user(self.user).action_print_letters()
        printed = plan.touch_ids.filtered("attachment_id")
        self.assertEqual(printed.partner_id, self.customers[:2])
        self.assertEqual(printed.attachment_id.raw.count(b"/Type /Page\n"), 2)

    def test_letters_are_not_printed_around_the_button(self):
        self._agree(self.customers[:1], "letter")
        plan = self._started("letter")
        plan.with_user(self.user).action_print_letters()
        report = self.env["ir.actions.report"].with_user(self.user)
        for touch in plan.touch_ids:  # one was printed, two are refused
            with (
                self.subTest(state=touch.state),
                self.assertRaisesRegex(UserError, "press Print Letters"),
            ):
                report._render_qweb_html("crm_relationship.crm_touch_letter", touch.ids)

    def test_email_is_not_printed_as_a_letter(self):
        plan = self._started("email")
        plan.touch_ids.sudo().state = "sending"
        report = self.env["ir.actions.report"].with_user(self.user)
        with self.assertRaisesRegex(UserError, "press Print Letters"):
            report._render_qweb_html("crm_relationship.crm_touch_letter", plan.touch_ids.ids)


@tagged("post_install", "-at_install")
@freeze_time(MORNING)
class TestImportedPaths(OutboundCommon):
    """Whatever is imported or written by a program makes nobody contacted without the gate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "importer", SUPERVISOR)
        cls.clerk = new_test_user(cls.env, "clerk", "crm_relationship.group_contact_point")
        cls.keeper = new_test_user(cls.env, "keeper", "base.group_user,base.group_partner_manager")
        cls.customer = cls.customers[0]

    def _load(self, user, model, **cells):
        """Import one row as a user; return the error's text, or an empty one."""
        with mute_logger("odoo.sql_db"):
            result = (
                self.env[model].with_user(user).load(list(cells), [list(map(str, cells.values()))])
            )
        self.env.invalidate_all()
        return " ".join(message["message"] for message in result["messages"])

    def test_touches_are_not_imported(self):
        plan = self._plan(self._step("email"))
        for state in ("planned", "sent", "sending"):
            for user in (self.user, self.manager, self.env.ref("base.user_admin")):
                with self.subTest(state=state, user=user.login):
                    error = self._load(
                        user,
                        "crm.touch",
                        **{
                            "partner_id/.id": self.customer.id,
                            "plan_id/.id": plan.id,
                            "step_id/.id": plan.step_ids.id,
                            "company_id/.id": self.company.id,
                            "channel_id/.id": self.channels["email"].id,
                            "date_planned": "2026-06-01 00:00:00",
                            "next_try": "2026-06-01 00:00:00",
                            "state": state,
                        },
                    )
                    self.assertIn("not allowed to create", error)
        self.assertFalse(plan.touch_ids)

    def test_touches_are_not_written_through_their_plan(self):
        plan = self._plan(self._step("email"))
        plan.action_start()
        self._run()
        touch = plan.touch_ids[0]
        values = {"state": "sent", "next_try": "2026-01-01"}
        for command in (
            Command.create({**values, "partner_id": self.customer.id}),
            Command.update(touch.id, values),
            Command.delete(touch.id),
        ):
            with self.subTest(command=command[0]), self.assertRaises(AccessError):
                plan.with_user(self.manager).touch_ids = [command]
        self.assertFalse(self._contacts())

    def test_plan_for_everybody_is_not_started_by_an_import(self):
        step = {
            "step_ids/name": "Mail",
            "step_ids/channel_id/.id": self.channels["email"].id,
            "step_ids/mail_template_id/.id": self.mail_template.id,
        }
        plan = {
            "name": "Imported",
            "purpose_id/.id": self.marketing.id,
            "state": "running",
            "date_start": "2026-06-01",
        }
        for audience in ("[]", "[(1, '=', 1)]"):
            error = self._load(self.manager, "crm.touch.plan", audience=audience, **plan, **step)
            self.assertIn("for everybody", error)
        error = self._load(self.manager, "crm.touch.plan", audience="[('id', '>', 0)]", **plan)
        self.assertIn("Add the first step", error)
        self.assertFalse(self.env["crm.touch.plan"].search([("name", "=", "Imported")]))

    def test_imported_plan_asks_the_gate(self):
        error = self._load(
            self.manager,
            "crm.touch.plan",
            **{
                "name": "Imported",
                "purpose_id/.id": self.marketing.id,
                "state": "running",
                "date_start": "2026-06-01",
                "audience": f"[('city', '=', '{self.town}')]",
                "step_ids/name": "Mail",
                "step_ids/channel_id/.id": self.channels["email"].id,
                "step_ids/mail_template_id/.id": self.mail_template.id,
            },
        )
        self.assertFalse(error)
        self._run()
        self.assertFalse(self._contacts())
        self.assertEqual(set(self._refusals().mapped("origin")), {"Imported"})

    def test_running_plan_is_not_made_one_for_everybody(self):
        plan = self._plan(self._step("email")).with_user(self.manager)
        plan.action_start()
        with self.assertRaisesRegex(UserError, "for everybody"):
            plan.audience = "[]"

    def test_ended_plan_is_not_brought_back_by_a_program(self):
        plan = self._plan(self._step("email")).with_user(self.manager)
        plan.action_start()
        plan.action_end()
        for state in ("draft", "running", "paused"):
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "has ended"):
                plan.write({"state": state})

    def test_consents_are_not_imported_by_who_may_not_note_them(self):
        cells = {
            "partner_id/.id": self.customer.id,
            "channel_id/.id": self.channels["email"].id,
            "purpose_id/.id": self.marketing.id,
            "state": "granted",
        }
        self.assertIn(
            "not allowed to create", self._load(self.keeper, "crm.contact.consent", **cells)
        )
        through = {f"consent_ids/{name}": value for name, value in list(cells.items())[1:]}
        error = self._load(self.keeper, "res.partner", **{".id": self.customer.id, **through})
        self.assertTrue(error)
        self.assertFalse(self.customer.consent_ids)

    def test_imported_consent_is_not_older_or_newer_than_an_objection_by_its_date(self):
        email = self.channels["email"]
        with freeze_time("2026-05-31 03:00:00"):
            self.customer._note_consents([(email.id, self.marketing.id)], "withdrawn", "person")
        cells = {
            "partner_id/.id": self.customer.id,
            "channel_id/.id": email.id,
            "purpose_id/.id": self.marketing.id,
            "state": "granted",
            "source": "import",
        }
        error = self._load(self.clerk, "crm.contact.consent", date="2026-06-02 03:00:00", **cells)
        self.assertIn("cannot be given in the future", error)
        error = self._load(self.clerk, "crm.contact.consent", date="2026-05-01 03:00:00", **cells)
        self.assertFalse(error)
        self.assertFalse(self.customer._ask_gate("email", "marketing", "Test"))

    def test_history_is_neither_imported_over_nor_refusals_made_up(self):
        self._agree(self.customer, "email")
        consent = self.customer.consent_ids
        for user in (self.clerk, self.manager):
            error = self._load(
                user, "crm.contact.consent", **{".id": consent.id, "state": "withdrawn"}
            )
            self.assertTrue(error)
            error = self._load(
                user,
                "crm.contact.refusal",
                **{
                    "partner_id/.id": self.customer.id,
                    "company_id/.id": self.company.id,
                    "channel_id/.id": self.channels["email"].id,
                    "purpose_id/.id": self.marketing.id,
                    "reason_code": "consent",
                    "reason": "Made up",
                    "origin": "Made up",
                },
            )
            self.assertIn("not allowed to create", error)
        self.assertEqual(consent.state, "granted")
        self.assertFalse(self._refusals())

    def test_imported_interactions_only_make_the_rules_stricter(self):
        self._agree(self.customers, "email")
        error = self._load(
            self.clerk,
            "crm.interaction",
            **{
                "partner_id/.id": self.customer.id,
                "channel_id/.id": self.channels["email"].id,
                "purpose_id/.id": self.marketing.id,
                "direction": "out",
                "date": "2026-06-01 02:00:00",
            },
        )
        self.assertFalse(error)
        self.assertFalse(self.env["mail.mail"].search([("recipient_ids", "=", self.customer.id)]))
        allowed = self.customers._ask_gate("email", "marketing", "Test")
        self.assertEqual(allowed, self.customers - self.customer)
