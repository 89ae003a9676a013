"""What is told before a tier ends, to whom, and that it is told once."""

from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .test_points_notice import NoticeCommon
from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierWarning(NoticeCommon, TierCommon):
    """Silver of 1,200.00, which counts to 28 February 2026; the warning is due on 29 January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ladder.write({"warn_by": "mail", "warning_days": 30})
        cls.invoice = cls._invoice(cls.customer, 1200.0, "2025-03-01")

    def _warn(self, day="2026-01-29", evaluate=True):
        with freeze_time(f"{day} 04:00:00"):
            if evaluate:
                self.ladder._evaluate()
            self.env.flush_all()
            with self.enter_registry_test_mode():
                cron = self.env.ref("crm_relationship_loyalty.ir_cron_warn_of_ending_tiers")
                cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["crm.loyalty.tier.warning"].search([("partner_id", "=", self.customer.id)])

    def _object_before(self, partner):
        with freeze_time("2026-01-01 04:00:00"):
            self._object(partner)

    def _activities(self, partner=None):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", (partner or self.customer).id)]
        )

    def test_a_customer_is_warned_once_of_what_keeps_his_tier(self):
        self.assertFalse(self._warn("2026-01-28"))
        warning = self._warn("2026-01-29")
        self.assertEqual(
            (warning.state, warning.tier_id, warning.last_day, warning.value_to_keep),
            ("sent", self.silver, date(2026, 2, 28), 1000.0),
        )
        mail = self._mails(self.customer)
        self.assertEqual(mail.subject, "Your tier Silver ends on 02/28/2026")
        self.assertIn("$\xa01,000.00", mail.body_html)
        self.assertIn("List-Unsubscribe", mail.headers)
        self.assertEqual(self._warn("2026-01-30"), warning)
        self.assertEqual(self._mails(self.customer), mail)
        logged = self.env["crm.interaction"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(logged.mapped("purpose_id.code"), ["loyalty"])

    def test_nobody_is_warned_where_the_ladder_does_not_say_so(self):
        self.ladder.warn_by = "nobody"
        self.assertFalse(self._warn())
        self.assertEqual(self._ladder(publish=False).warn_by, "nobody")

    def test_who_bought_in_between_is_not_warned(self):
        self.customer.no_contact_until = "2026-02-10"
        warning = self._warn()
        self.assertEqual(warning.state, "planned")
        self._invoice(self.customer, 1000.0, "2026-02-01")
        self.assertEqual(self._warn("2026-02-12").state, "skipped")
        self.assertFalse(self._mails(self.customer))

    def test_who_is_ending_again_is_warned_after_all(self):
        self.customer.no_contact_until = "2026-02-10"
        self._warn()
        bought = self._invoice(self.customer, 1000.0, "2026-02-01")
        self._warn("2026-02-12")
        bought.button_draft()
        warning = self._warn("2026-02-13")
        self.assertEqual((warning.state, warning.value_to_keep), ("sent", 1000.0))

    def test_what_is_missing_is_up_to_date_when_it_is_sent(self):
        self.customer.no_contact_until = "2026-02-10"
        self._warn()
        self._invoice(self.customer, 400.0, "2026-02-01")
        self.assertEqual(self._warn("2026-02-12").value_to_keep, 600.0)
        self.assertIn("$\xa0600.00", self._mails(self.customer).body_html)

    def test_who_objected_is_not_warned_and_it_is_logged_once(self):
        self._object_before(self.customer)
        self.assertEqual(self._warn().state, "refused")
        self._warn("2026-01-30")
        self.assertFalse(self._mails(self.customer))
        self.assertEqual(len(self._refusals(self.customer)), 1)

    def test_what_was_being_sent_when_the_job_broke_off_is_not_sent_again(self):
        with freeze_time("2026-01-29 01:00:00"):
            self.ladder._evaluate()
            values = {
                "ladder_id": self.ladder.id,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "tier_id": self.silver.id,
                "last_day": "2026-02-28",
                "state": "sending",
                "date_done": fields.Datetime.now(),
            }
            self.env["crm.loyalty.tier.warning"].sudo().create(values)
        self.assertEqual(self._warn().state, "unknown")
        self.assertFalse(self._mails(self.customer))

    def test_the_salesperson_gets_one_activity_without_amounts(self):
        self.ladder.warn_by = "both"
        self.customer.user_id = self.salesman
        warning = self._warn()
        self._warn("2026-01-30")
        activity = self._activities()
        self.assertEqual(
            (activity.user_id, activity.summary, activity.date_deadline),
            (self.salesman, "Silver ends on 02/28/2026", date(2026, 2, 28)),
        )
        self.assertNotIn("1,000", f"{activity.note} {activity.summary}")
        self.assertTrue(warning.is_staff_told)
        self.assertEqual((warning.state, len(self._mails(self.customer))), ("sent", 1))

    def test_only_the_salesperson_is_told_where_the_ladder_says_so(self):
        self.ladder.warn_by = "activity"
        firm = self._customer("Siam Trading", is_company=True, user_id=self.salesman.id)
        self._invoice(firm, 1200.0, "2025-03-01")
        warning = self._warn()  # he has no salesperson
        self._warn("2026-01-30")
        self.assertEqual(len(self._activities(firm)), 1)
        self.assertFalse(self._activities())
        self.assertEqual((warning.state, warning.is_staff_told), ("skipped", False))
        self.assertFalse(self._mails(self.customer | firm))

    def test_nobody_is_told_to_call_who_keeps_his_tier(self):
        self.customer.user_id = self.salesman
        self.customer.no_contact_until = "2026-02-10"
        self._warn()
        self._invoice(self.customer, 1000.0, "2026-02-01")
        self.ladder.warn_by = "both"
        self.assertEqual(self._warn("2026-02-02").state, "skipped")
        self.assertFalse(self._activities())

    def test_the_mail_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("th_TH")
        template = self.ladder.warning_template_id
        template.with_context(lang="th_TH").subject = "ระดับ {{ object.tier_id.name }}"
        template.with_context(lang="th_TH").body_html = '<p t-out="object.keep_display"/>'
        self.silver.with_context(lang="th_TH").name = "เงิน"
        self.customer.lang = "th_TH"
        self._warn()
        self.assertEqual(self._mails(self.customer).subject, "ระดับ เงิน")

    def test_a_warning_needs_a_template_for_warnings(self):
        wrong = self.env["mail.template"].create(
            {"name": "Wrong", "model_id": self.env["ir.model"]._get("res.partner").id}
        )
        with self.assertRaisesRegex(ValidationError, "Choose a warning of Club"):
            self.ladder.warning_template_id = wrong

    def test_who_sees_no_amounts_does_not_see_what_is_missing(self):
        warning = self._warn().with_user(self.salesman)
        self.assertEqual(warning.read(["tier_id", "state"])[0]["state"], "sent")
        for name in ("value_to_keep", "keep_display"):
            with self.assertRaises(AccessError):
                warning.read([name])

    def test_merged_customers_keep_the_warning_that_was_sent(self):
        other = self._customer("Somchai J.", email="sj@example.com")
        self._invoice(other, 1200.0, "2025-03-01")
        self._object_before(self.customer)
        self._warn()
        sent = self.env["crm.loyalty.tier.warning"].search([("partner_id", "=", other.id)])
        alone = sent.sudo().copy({"last_day": "2026-04-01", "state": "refused"})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other | self.customer).ids, self.customer
        )
        self.env.invalidate_all()
        kept = self.env["crm.loyalty.tier.warning"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(kept, sent | alone)
        self.assertEqual(sent.state, "sent")
