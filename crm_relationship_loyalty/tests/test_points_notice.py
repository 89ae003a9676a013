from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import LoyaltyCommon


class NoticeCommon(LoyaltyCommon):
    def _object(self, partner, purpose="loyalty"):
        """Have a customer object to being written to."""
        self.env["crm.contact.consent"].create(
            {
                "partner_id": partner.id,
                "channel_id": self.env["crm.contact.channel"]._by_code("email").id,
                "purpose_id": self.env["crm.contact.purpose"]._by_code(purpose).id,
                "state": "withdrawn",
            }
        )

    def _refusals(self, partner):
        return self.env["crm.contact.refusal"].search([("partner_id", "=", partner.id)])

    def _mails(self, partner):
        return self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])


@tagged("post_install", "-at_install")
class TestPointsNotice(NoticeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write({"company_id": cls.company.id, "expiry_notice_days": 14})
        cls.card = cls._give(0.0)
        cls.day = cls.program._today() + timedelta(days=14)
        for points, last_day in (
            (30.0, cls.day),
            (20.0, cls.day),
            (7.0, cls.day + timedelta(days=1)),
        ):
            row = cls.History.create(
                {"card_id": cls.card.id, "issued": points, "description": "gift"}
            )
            row._keep({row: {"expiration_date": last_day}})

    def _send(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron = self.env.ref("crm_relationship_loyalty.ir_cron_send_points_notices")
            cron.method_direct_trigger()
        self.env.invalidate_all()
        return self.env["crm.points.notice"].search([("card_id", "=", self.card.id)])

    def test_a_customer_is_told_once_what_expires_when(self):
        notice = self._send()
        self.assertEqual((notice.last_day, notice.points, notice.state), (self.day, 50.0, "sent"))
        mail = self._mails(self.customer)
        self.assertIn("50 Points", mail.subject)
        self.assertIn("50 Points", mail.body_html)
        self.assertIn("List-Unsubscribe", mail.headers)
        self.assertEqual(self._send(), notice)
        self.assertEqual(self._mails(self.customer), mail)
        logged = self.env["crm.interaction"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(logged.mapped("purpose_id.code"), ["loyalty"])

    def test_the_mail_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("th_TH")
        template = self.program.expiry_notice_template_id
        template.with_context(lang="th_TH").subject = "แต้มหมดอายุ {{ object.points_display }}"
        self.customer.lang = "th_TH"
        self._send()
        self.assertEqual(self._mails(self.customer).subject, "แต้มหมดอายุ 50 Points")

    def test_who_objected_is_not_told_and_it_is_logged_once(self):
        self._object(self.customer)
        notice = self._send()
        self.assertEqual(notice.state, "refused")
        self._send()
        self.assertFalse(self._mails(self.customer))
        refusal = self._refusals(self.customer)
        self.assertEqual((refusal.reason_code, len(refusal)), ("withdrawn", 1))

    def test_who_may_be_told_later_in_time_waits(self):
        self.customer.no_contact_until = self.day - timedelta(days=5)
        notice = self._send()
        self.assertEqual(notice.state, "planned")
        self.assertGreater(notice.next_try.date(), self.day - timedelta(days=6))
        with freeze_time(datetime.combine(self.day - timedelta(days=3), datetime.min.time())):
            self._send()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(len(self._refusals(self.customer)), 1)

    def test_spent_points_are_not_told_of(self):
        self.customer.no_contact_until = self.day - timedelta(days=5)
        notice = self._send()
        self.env["loyalty.card.update.balance"].create(
            {"card_id": self.card.id, "new_balance": 7.0, "description": "spent"}
        ).action_update_card_point()
        with freeze_time(datetime.combine(self.day - timedelta(days=3), datetime.min.time())):
            self._send()
        self.assertEqual(notice.state, "skipped")
        self.assertEqual(notice.points, 0.0)

    def test_what_was_being_sent_when_the_job_broke_off_is_shown_and_not_sent_again(self):
        notice = (
            self.env["crm.points.notice"]
            .sudo()
            .create(
                {
                    "card_id": self.card.id,
                    "company_id": self.company.id,
                    "last_day": self.day,
                    "state": "sending",
                    "date_done": fields.Datetime.now() - timedelta(hours=2),
                }
            )
        )
        self._send()
        self.assertEqual(notice.state, "unknown")
        self.assertFalse(self._mails(self.customer))

    def test_a_mail_that_cannot_be_written_holds_up_nobody_else(self):
        other = self._customer("Malee", email="malee@example.com")
        card = self._give(9.0, partner=other)
        card.history_ids._keep({card.history_ids: {"expiration_date": self.day}})
        self.program.expiry_notice_template_id.subject = (
            "{{ 1 / (object.points - 50) }} {{ object.points_display }}"
        )
        with self.assertLogs("odoo.addons.crm_relationship_loyalty", "WARNING"):
            notice = self._send()
        self.assertEqual(notice.state, "failed")
        self.assertIn("9 Points", self._mails(other).subject)

    def test_the_notice_needs_a_template_for_notices(self):
        wrong = self.env["mail.template"].create(
            {"name": "Wrong", "model_id": self.env["ir.model"]._get("res.partner").id}
        )
        with self.assertRaisesRegex(ValidationError, "Choose a notice of Club"):
            self.program.expiry_notice_template_id = wrong

    def test_merged_customers_keep_what_they_were_told(self):
        other = self._customer("Somchai J.")
        card = self._give(9.0, partner=other)
        card.history_ids._keep({card.history_ids: {"expiration_date": self.day}})
        notices = self._send() | self.env["crm.points.notice"].search([("card_id", "=", card.id)])
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (other | self.customer).ids, self.customer
        )
        self.assertEqual(len(notices.exists()), 2)
        self.assertEqual(notices.partner_id, self.customer)
        self.assertEqual(self._send().mapped("last_day"), [self.day])
        exported = {
            entry.model
            for entry in self.env["res.partner"]._personal_data_models()
            if entry.exported
        }
        self.assertIn("crm.points.notice", exported)


@tagged("post_install", "-at_install")
class TestCardMails(NoticeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Well done",
                "model_id": cls.env["ir.model"]._get("loyalty.card").id,
                "subject": "Well done",
                "use_default_to": True,
                "body_html": "<p>Well done</p>",
            }
        )

    def _writes(self, program, trigger, points=0.0):
        program.communication_plan_ids = [
            Command.clear(),
            Command.create(
                {"trigger": trigger, "points": points, "mail_template_id": self.template.id}
            ),
        ]

    def test_reached_points_are_told_to_who_may_be_told(self):
        self._writes(self.program, "points_reach", 50.0)
        other = self._customer("Malee", email="malee@example.com")
        self._object(other)
        self._sale(500.0)
        self._sale(500.0, partner=other)
        self.assertEqual(len(self._mails(self.customer)), 1)
        self.assertFalse(self._mails(other))
        self.assertEqual(self._refusals(other).reason_code, "withdrawn")
        self._sale(100.0, partner=other)  # reaches nothing new: nobody is asked for
        self.assertEqual(len(self._refusals(other)), 1)

    def test_a_new_card_is_told_to_who_may_be_told(self):
        self._writes(self.program, "create")
        other = self._customer("Malee", email="malee@example.com")
        self._object(other)
        self._give(1.0)
        self._give(1.0, partner=other)
        self.assertEqual(len(self._mails(self.customer)), 1)
        self.assertFalse(self._mails(other))

    def test_a_gift_card_goes_to_who_bought_it_whatever_he_objected_to(self):
        gift = self._program(name="Gifts", program_type="gift_card", applies_on="future")
        self._writes(gift, "create")
        self._object(self.customer)
        self._give(100.0, program=gift)
        self.assertEqual(len(self._mails(self.customer)), 1)
        self.assertFalse(self._refusals(self.customer))
