from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_touch_plan import OutreachCommon


@tagged("post_install", "-at_install")
class TestTouchGate(OutreachCommon):
    """Plans ask the real gate: who did not agree, too soon, at night."""

    def setUp(self):
        super(OutreachCommon, self).setUp()  # without the gate that lets everybody pass

    def _agree(self, customers, code):
        key = self.channels[code].id, self.marketing.id
        for customer in customers:
            customer._note_consents([key], "granted", "person")

    def _logged(self):
        """Return the reasons that were logged, one entry each."""
        refusals = self.env["crm.contact.refusal"].search(
            [("partner_id", "in", self.customers.ids)], order="id"
        )
        return refusals.mapped("reason_code")

    def _states(self, plan):
        return sorted((touch.partner_id.name, touch.state) for touch in plan.touch_ids)

    def test_who_did_not_agree_is_refused_at_once_and_the_others_get_it(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers[:2], "email")
            plan = self._plan(self._step("email"))
            plan.action_start()
        with freeze_time("2026-06-01 04:00:00"):
            self._run()
        self.assertEqual(
            self._states(plan),
            [("Customer 0", "sent"), ("Customer 1", "sent"), ("Customer 2", "refused")],
        )
        refused = plan.touch_ids.filtered(lambda touch: touch.state == "refused")
        self.assertEqual(refused.reason, "The customer did not agree to this.")
        self.assertEqual(refused.date_done, self._moment("2026-06-01 04:00:00"))
        self.assertEqual(self._logged(), ["consent"])
        refusals = self.env["crm.contact.refusal"].search(
            [("partner_id", "in", self.customers.ids)]
        )
        self.assertEqual(refusals.partner_id, self.customers[2])
        self.assertEqual(refusals.touch_id, refused)
        self.assertEqual(refusals.origin, "Spring")

    def test_what_does_not_pass_with_time_is_refused_at_once(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers, "email")
            plan = self._plan(self._step("email"), retry_days=7)
            plan.action_start()
            self.customers[0].email = False
            key = self.channels["email"].id, self.marketing.id
            self.customers[1]._note_consents([key], "withdrawn", "person")
            self.customers[2].birthdate = "2010-01-01"
        with freeze_time("2026-06-01 04:00:00"):
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"refused"})
        self.assertEqual(
            {touch.partner_id: touch.reason for touch in plan.touch_ids},
            dict(
                zip(
                    self.customers,
                    map(self._sentence, ("address", "withdrawn", "minor")),
                    strict=True,
                )
            ),
        )

    def test_silence_is_waited_for_when_it_ends_in_time(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers, "email")
            plan = self._plan(self._step("email"), retry_days=2)
            plan.action_start()
            self.customers[0].no_contact_until = "2026-06-01"
            self.customers[1].no_contact_until = "2026-06-03"
            self._run()
        self.assertEqual(
            self._states(plan),
            [("Customer 0", "planned"), ("Customer 1", "refused"), ("Customer 2", "sent")],
        )
        [waiting] = plan.touch_ids.filtered(lambda touch: touch.state == "planned")
        # the midnight in Bangkok after the day
        self.assertEqual(waiting.next_try, self._moment("2026-06-01 17:00:00"))
        with freeze_time("2026-06-01 17:00:00"):
            self._run()
        self.assertEqual(waiting.state, "sent")

    def test_who_was_contacted_too_often_for_longer_than_is_tried_is_refused(self):
        with freeze_time("2026-05-10 04:00:00"):
            self._agree(self.customers, "email")
            self.customers.contact_cap = 1
            self.customers[0]._log_contact("email", "marketing", "Before")
        with freeze_time("2026-05-30 04:00:00"):
            self.customers[1]._log_contact("email", "marketing", "Before")
        with freeze_time("2026-06-07 03:00:00"):
            plan = self._plan(self._step("email"), retry_days=7)
            plan.action_start()
            self._run()
        self.assertEqual(
            self._states(plan),
            [("Customer 0", "planned"), ("Customer 1", "refused"), ("Customer 2", "sent")],
        )
        [waiting] = plan.touch_ids.filtered(lambda touch: touch.state == "planned")
        self.assertEqual(waiting.reason, self._sentence("own_cap"))
        # 30 days after 10 May
        self.assertEqual(waiting.next_try, self._moment("2026-06-09 04:00:00"))

    def test_refusal_of_a_touch_is_logged_once_for_each_reason(self):
        self.customers[1:].active = False
        customer = self.customers[0]
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(customer, "sms")
            customer.no_contact_until = "2026-06-01"
            plan = self._plan(self._step("sms"))
            plan.action_start()
            self._run()
        self.assertEqual(self._logged(), ["silent"])
        customer.no_contact_until = "2026-06-02"
        with freeze_time("2026-06-02 01:00:00"):  # 08:00, when it may be sent to others again
            self._run()
        self.assertEqual(self._logged(), ["silent"])
        self.env.ref("crm_relationship.crm_contact_rule_quiet_hours").hour_from = 9.5
        with freeze_time("2026-06-03 01:00:00"):
            self._run()
        self.assertEqual(self._logged(), ["silent", "hours"])
        self.assertEqual(plan.touch_ids.next_try, self._moment("2026-06-03 02:30:00"))
        with freeze_time("2026-06-03 02:30:00"):
            self._run()
        self.assertEqual(plan.touch_ids.state, "sent")
        self.assertEqual(self._logged(), ["silent", "hours"])
        logged = self.env["crm.contact.refusal"].search([("touch_id", "in", plan.touch_ids.ids)])
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            logged[0].sudo().copy()

    def test_nobody_gets_an_sms_at_night(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers, "sms")
            plan = self._plan(self._step("sms"))
            plan.action_start()
        with freeze_time("2026-06-01 14:30:00"):  # 21:30 in Bangkok
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"planned"})
        self.assertFalse(plan.touch_ids.sms_id)
        # 08:00 in Bangkok
        self.assertEqual(
            set(plan.touch_ids.mapped("next_try")), {self._moment("2026-06-02 01:00:00")}
        )
        with freeze_time("2026-06-02 01:00:00"):
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"sent"})

    def test_two_steps_do_not_reach_a_customer_on_one_day(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers, "email")
            plan = self._plan(self._step("email"), self._step("email", name="Again", sequence=20))
            plan.action_start()
        with freeze_time("2026-06-01 04:00:00"):
            self._run()
        with freeze_time("2026-06-01 12:00:00"):
            self._run()
        again = plan.touch_ids.filtered(lambda touch: touch.step_id.name == "Again")
        self.assertEqual(set(again.mapped("state")), {"planned"})
        self.assertEqual(set(again.mapped("reason")), {self._sentence("gap")})
        with freeze_time("2026-06-02 12:00:00"):
            self._run()
        again.invalidate_recordset()
        self.assertEqual(set(again.mapped("state")), {"sent"})

    def test_each_mail_offers_its_customer_to_unsubscribe_with_one_click(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers, "email")
            plan = self._plan(self._step("email"))
            plan.action_start()
        with freeze_time("2026-06-01 04:00:00"):
            self._run()
        for touch in plan.touch_ids:
            url = touch.partner_id._unsubscribe_url(
                self.channels["email"], self.marketing, one_click=True
            )
            headers = touch.mail_mail_id.headers
            self.assertIn(f"'List-Unsubscribe': '<{url}>'", headers)
            self.assertIn("List-Unsubscribe=One-Click", headers)

    def _sentence(self, code):
        return self.env["res.partner"]._refusal_sentences()[code]
