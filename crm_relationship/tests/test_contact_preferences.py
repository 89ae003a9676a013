from datetime import timedelta
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import RelationshipCommon

PAGE = "/my/contact-preferences"


class ConsentCommon(RelationshipCommon):
    """A customer, a channel, a purpose that needs consent and one that does not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._archive_foreign_purposes()
        cls.Consent = cls.env["crm.contact.consent"]
        cls.email = cls.env.ref("crm_relationship.crm_contact_channel_email")
        cls.sms = cls.env.ref("crm_relationship.crm_contact_channel_sms")
        cls.chat = cls.env.ref("crm_relationship.crm_contact_channel_chat")
        cls.marketing = cls.env.ref("crm_relationship.crm_contact_purpose_marketing")
        cls.survey = cls.env.ref("crm_relationship.crm_contact_purpose_survey")
        cls.service = cls.env.ref("crm_relationship.crm_contact_purpose_service")
        cls.other = cls._customer("Other", email="other@example.com")

    @classmethod
    def _consent(cls, partner, state, channel=None, purpose=None, days_ago=1, **values):
        return cls.Consent.create(
            {
                "partner_id": partner.id,
                "channel_id": (channel or cls.email).id,
                "purpose_id": (purpose or cls.marketing).id,
                "state": state,
                "date": fields.Datetime.now() - timedelta(days=days_ago),
                **values,
            }
        )

    def _consents(self, partners):
        """Return the consents of contacts, the newest first."""
        self.env.invalidate_all()
        return self.Consent.search([("partner_id", "in", partners.ids)])


def box(channel, purpose):
    return f"consent-{channel.id}-{purpose.id}"


@tagged("post_install", "-at_install")
class TestContactPreferences(HttpCase, ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "page_owner", "base.group_portal", company_id=cls.company.id
        )
        cls.customer = cls.user.partner_id

    def setUp(self):
        super().setUp()
        self.authenticate("page_owner", "page_owner")

    def _page(self):
        response = self.url_open(PAGE)
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text)

    def _ticked(self, page):
        return set(page.xpath("//table//input[@checked]/@name"))

    def _form(self, page):
        """Return what a browser would send if nothing was changed."""
        hidden = page.xpath("//form[@action='/my/contact-preferences']//input[@type='hidden']")
        return {
            **{field.get("name"): field.get("value") for field in hidden},
            **dict.fromkeys(self._ticked(page), "1"),
        }

    def _send(self, form):
        response = self.url_open(PAGE, data=form)
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text)

    def _text(self, page, css_class):
        return page.xpath(f"normalize-space(//*[contains(@class, '{css_class}')])")

    def test_home_of_the_portal_leads_to_the_page(self):
        self.assertIn(f'href="{PAGE}"', self.url_open("/my/home").text)

    def test_login_is_asked_for(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(PAGE).url)

    def test_nothing_is_ticked_that_needs_consent(self):
        ticked = self._ticked(self._page())
        self.assertNotIn(box(self.email, self.marketing), ticked)
        self.assertIn(box(self.email, self.survey), ticked)
        boxes = set(self._page().xpath("//table//input/@name"))
        self.assertNotIn(box(self.email, self.service), boxes)
        self.assertNotIn(box(self.chat, self.marketing), boxes)

    def test_only_what_changed_is_noted(self):
        page = self._page()
        self._send({**self._form(page), box(self.email, self.marketing): "1"})
        consent = self._consents(self.customer)
        self.assertEqual(
            (consent.channel_id, consent.purpose_id, consent.state, consent.source),
            (self.email, self.marketing, "granted", "portal"),
        )
        self.assertEqual(consent.company_id, self.company)
        self.assertEqual(consent.user_id, self.user)
        self.assertTrue(consent.wording_version)
        self.assertIn(box(self.email, self.marketing), self._ticked(self._page()))
        self.assertFalse(self._consents(self.other))

    def test_sending_the_page_unchanged_notes_nothing(self):
        self._consent(self.customer, "granted")
        self._send(self._form(self._page()))
        self.assertEqual(len(self._consents(self.customer)), 1)

    def test_box_that_is_cleared_withdraws_or_objects(self):
        self._consent(self.customer, "granted")
        form = self._form(self._page())
        del form[box(self.email, self.marketing)], form[box(self.sms, self.survey)]
        self._send(form)
        noted = self._consents(self.customer).filtered(lambda one: one.source == "portal")
        self.assertEqual(
            {(one.channel_id, one.purpose_id, one.state) for one in noted},
            {
                (self.email, self.marketing, "withdrawn"),
                (self.sms, self.survey, "withdrawn"),
            },
        )
        ticked = self._ticked(self._page())
        self.assertNotIn(box(self.email, self.marketing), ticked)
        self.assertNotIn(box(self.sms, self.survey), ticked)

    def test_old_page_does_not_bring_back_what_was_withdrawn_meanwhile(self):
        self._consent(self.customer, "granted", days_ago=2)
        form = self._form(self._page())
        self._consent(self.customer, "withdrawn", source="unsubscribe")
        self._send(form)
        self.assertEqual(self._consents(self.customer)[:1].source, "unsubscribe")

    def test_consent_that_has_run_out_holds_no_more(self):
        yesterday = self.company._business_today() - timedelta(days=1)
        self._consent(self.customer, "granted", valid_until=yesterday, days_ago=9)
        self.assertNotIn(box(self.email, self.marketing), self._ticked(self._page()))

    def test_everything_is_withdrawn_at_once(self):
        self._consent(self.customer, "granted")
        self._consent(self.customer, "granted", channel=self.chat)
        form = self._form(self._page())
        page = self._send({**form, "action": "withdraw"})
        self.assertFalse(self._ticked(page))
        newest = self._consents(self.customer).filtered(lambda one: one.source == "portal")
        self.assertEqual(set(newest.mapped("state")), {"withdrawn"})
        self.assertIn(self.chat, newest.channel_id)
        self._send({**form, "action": "withdraw"})
        self.assertEqual(
            len(self._consents(self.customer).filtered(lambda one: one.source == "portal")),
            len(newest),
        )

    def test_page_tells_what_was_noted_and_how(self):
        self._consent(self.customer, "granted", source="paper", days_ago=3)
        self._consent(self.customer, "withdrawn", source="unsubscribe")
        history = self._text(self._page(), "o_preferences_history")
        self.assertIn("You withdrew from Marketing by E-mail. (by an unsubscribe link)", history)
        self.assertIn("You agreed to Marketing by E-mail. (on paper)", history)
        self.assertLess(history.index("You withdrew"), history.index("You agreed"))

    def test_page_tells_how_long_he_is_left_alone(self):
        today = self.company._business_today()
        self.customer.no_contact_until = today - timedelta(days=1)
        self.assertFalse(self._text(self._page(), "o_preferences_left_alone"))
        self.customer.no_contact_until = today
        self.assertIn("leave you alone", self._text(self._page(), "o_preferences_left_alone"))

    def test_another_company_is_another_page(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self._consent(self.customer, "granted", company_id=other.id)
        page = self._page()
        self.assertNotIn(box(self.email, self.marketing), self._ticked(page))
        self.assertFalse(self._text(page, "o_preferences_history"))

    def test_minor_is_told_who_has_to_agree(self):
        today = self.company._business_today()
        self.customer.birthdate = fields.Date.subtract(today, years=20)
        self.assertFalse(self._text(self._page(), "o_preferences_minor"))
        self.customer.birthdate += timedelta(days=1)
        self.assertIn("guardian", self._text(self._page(), "o_preferences_minor"))

    def test_minor_withdraws_but_does_not_agree(self):
        self._consent(self.customer, "granted", channel=self.sms)
        self.customer.birthdate = fields.Date.subtract(self.company._business_today(), years=15)
        form = self._form(self._page())
        del form[box(self.sms, self.marketing)]
        page = self._send({**form, box(self.email, self.marketing): "1"})
        self.assertIn("ask a parent or guardian", self._text(page, "o_preferences_fault"))
        newest = self._consents(self.customer)[:1]
        self.assertEqual((newest.channel_id, newest.state), (self.sms, "withdrawn"))
        self.assertNotIn(box(self.email, self.marketing), self._ticked(page))

    def test_refused_agreement_is_told_and_the_withdrawal_is_kept(self):
        def refuse(consents, vals_list):
            if any(vals["state"] == "granted" for vals in vals_list):
                raise ValidationError(sentence)
            return original(consents, vals_list)

        original = type(self.Consent).create
        sentence = "Ask a guardian to agree first."
        form = self._form(self._page())
        del form[box(self.sms, self.survey)]
        form[box(self.email, self.marketing)] = "1"
        with patch.object(type(self.Consent), "create", refuse):
            page = self._send(form)
        self.assertEqual(self._text(page, "o_preferences_fault"), sentence)
        self.assertEqual(self._consents(self.customer).channel_id, self.sms)

    def test_bad_input_changes_nothing(self):
        token = self._form(self._page())["csrf_token"]
        for bad in (
            {"consent-999999999-1": "1"},
            {f"consent-{self.email.id}-{self.service.id}": "1"},
            {f"consent-{self.chat.id}-{self.marketing.id}": "1"},
            {"consent-a-b": "1", "consent--": "", "shown": "consent-1-1,,x\x00"},
            {"partner_id": str(self.other.id), "state": "granted", "action": "drop"},
        ):
            with self.subTest(bad=bad):
                self._send({"csrf_token": token, **bad})
                self.assertFalse(self._consents(self.customer | self.other))

    def test_form_without_its_token_is_refused(self):
        response = self.url_open(PAGE, data={box(self.email, self.marketing): "1"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._consents(self.customer))

    def test_customer_reads_no_consents_but_on_his_page(self):
        self.assertFalse(self.Consent.with_user(self.user).has_access("read"))
        self.assertFalse(self.Consent.with_user(self.user).has_access("create"))


@tagged("post_install", "-at_install")
class TestConsentsOfStaff(ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "clerk", "crm_relationship.group_contact_point")

    def test_clerk_adds_a_consent_from_the_contact(self):
        action = self.other.with_user(self.clerk).action_view_consents()
        with Form(self.Consent.with_user(self.clerk).with_context(**action["context"])) as form:
            form.channel_id = self.email
            form.purpose_id = self.marketing
            form.state = "granted"
            form.evidence = "aGVsbG8="
        consent = self._consents(self.other)
        self.assertEqual((consent.source, consent.user_id), ("person", self.clerk))
        self.assertEqual(consent.search(action["domain"]), consent)
        self.assertEqual(consent.evidence, b"aGVsbG8=")
        self.assertEqual(consent.display_name, "Other: Marketing, E-mail")

    def test_wishes_are_kept_on_the_form_of_the_contact(self):
        with Form(self.other) as form:
            form.contact_cap = 2
            form.no_contact_until = "2030-01-31"
        self.assertEqual(self.other.contact_cap, 2)
