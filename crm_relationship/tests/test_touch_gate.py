from freezegun import freeze_time

from odoo.tests import tagged

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

    def _states(self, plan):
        return sorted((touch.partner_id.name, touch.state) for touch in plan.touch_ids)

    def test_who_did_not_agree_is_refused_in_the_end_and_the_others_get_it(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers[:2], "email")
            plan = self._plan(self._step("email"), retry_days=2)
            plan.action_start()
        with freeze_time("2026-06-01 04:00:00"):
            self._run()
        waiting = [("Customer 0", "sent"), ("Customer 1", "sent"), ("Customer 2", "planned")]
        self.assertEqual(self._states(plan), waiting)
        with freeze_time("2026-06-04 04:00:00"):
            self._run()
        refused = plan.touch_ids.filtered(lambda touch: touch.state == "refused")
        self.assertEqual(refused.partner_id, self.customers[2])
        self.assertEqual(refused.reason, "The customer did not agree to this.")
        refusals = self.env["crm.contact.refusal"].search(
            [("partner_id", "in", self.customers.ids)]
        )
        self.assertEqual(refusals.partner_id, self.customers[2])
        self.assertEqual(set(refusals.mapped("origin")), {"Spring"})

    def test_nobody_gets_an_sms_at_night(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers, "sms")
            plan = self._plan(self._step("sms"))
            plan.action_start()
        with freeze_time("2026-06-01 14:30:00"):  # 21:30 in Bangkok
            self._run()
        self.assertEqual(set(plan.touch_ids.mapped("state")), {"planned"})
        self.assertFalse(plan.touch_ids.sms_id)
        with freeze_time("2026-06-02 03:00:00"):
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

    def test_mail_offers_to_unsubscribe_with_one_click(self):
        with freeze_time("2026-06-01 03:00:00"):
            self._agree(self.customers[:1], "email")
            plan = self._plan(self._step("email"))
            plan.action_start()
        with freeze_time("2026-06-01 04:00:00"):
            self._run()
        customer = self.customers[0]
        url = customer._unsubscribe_url(self.channels["email"], self.marketing, one_click=True)
        [mail] = plan.touch_ids.mail_mail_id
        self.assertIn(f"'List-Unsubscribe': '<{url}>'", mail.headers)
        self.assertIn("List-Unsubscribe=One-Click", mail.headers)

    def _sentence(self, code):
        return self.env["res.partner"]._refusal_sentences()[code]
