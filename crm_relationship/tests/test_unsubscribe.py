from urllib.parse import urlsplit

from lxml import html

from odoo.tests import HttpCase, tagged

from .test_contact_preferences import ConsentCommon


@tagged("post_install", "-at_install")
class TestUnsubscribe(HttpCase, ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Customer", email="customer@example.com")

    def _url(self, partner=None, channel=None, purpose=None, one_click=False, company=None):
        """Return the address that a message of the company would hold, without its server."""
        url = urlsplit(
            (partner or self.customer)
            .with_company(company or self.company)
            ._unsubscribe_url(channel or self.email, purpose or self.marketing, one_click=one_click)
        )
        return f"{url.path}?{url.query}"

    def _press(self, url, **form):
        token = html.fromstring(self.url_open(url).text).xpath("//input[@name='csrf_token']/@value")
        response = self.url_open(url, data={"csrf_token": token[0], **form})
        self.assertEqual(response.status_code, 200)
        return response.text

    def test_looking_at_the_page_changes_nothing(self):
        self._consent(self.customer, "granted")
        for _time in range(2):
            text = self.url_open(self._url()).text
            self.assertIn("o_unsubscribe_ask", text)
            self.assertNotIn(self.customer.email, text)
        self.assertEqual(self._consents(self.customer).state, "granted")

    def test_button_withdraws_once(self):
        self._consent(self.customer, "granted")
        self._consent(self.other, "granted")
        self.assertIn("o_unsubscribe_now", self._press(self._url()))
        newest = self._consents(self.customer)[:1]
        self.assertEqual(
            (newest.state, newest.source, newest.channel_id, newest.purpose_id),
            ("withdrawn", "unsubscribe", self.email, self.marketing),
        )
        self.assertIn("o_unsubscribe_before", self._press(self._url()))
        self.assertEqual(len(self._consents(self.customer)), 2)
        self.assertEqual(self._consents(self.other).state, "granted")

    def test_who_never_agreed_withdraws_too(self):
        self._press(self._url())
        self.assertEqual(self._consents(self.customer).state, "withdrawn")

    def test_second_button_withdraws_on_all_channels(self):
        text = self._press(self._url(), everything="1")
        self.assertIn("o_unsubscribe_everything", text)
        consents = self._consents(self.customer)
        self.assertEqual(set(consents.mapped("state")), {"withdrawn"})
        self.assertLessEqual(self.marketing | self.survey, consents.purpose_id)
        self.assertLessEqual(self.email | self.sms, consents.channel_id)
        self._press(self._url(channel=self.sms, purpose=self.survey))
        self.assertEqual(self._consents(self.customer), consents)

    def test_mail_program_withdraws_in_one_click(self):
        url = self._url(one_click=True)
        self.assertEqual(self.url_open(url, method="GET").status_code, 405)
        self.assertFalse(self._consents(self.customer))
        for _time in range(2):
            response = self.url_open(url, data={"List-Unsubscribe": "One-Click"})
            self.assertEqual((response.status_code, response.text), (200, ""))
        self.assertEqual(self._consents(self.customer).source, "unsubscribe")

    def test_page_is_no_way_around_the_token_of_its_form(self):
        response = self.url_open(self._url(), data={"everything": "1"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._consents(self.customer))

    def test_link_that_is_not_ours_is_not_found(self):
        path, token = self._url().split("token=")
        company_id, signature = token.split("-")
        other_path = self._url(self.other).split("token=")[0]
        sms_path = self._url(channel=self.sms).split("token=")[0]
        unknown_path = path.replace("/email/", "/pigeon/")
        number = 10**30
        for name, url in {
            "no token": path.split("?")[0],
            "empty token": path + "token=",
            "wrong token": f"{path}token={company_id}-{signature[::-1]}",
            "other letters": f"{path}token={company_id}-%E0%B8%81%00%FF",
            "other company": f"{path}token=2{company_id}-{signature}",
            "no company": f"{path}token=x-{signature}",
            "other partner": f"{other_path}token={token}",
            "other channel": f"{sms_path}token={token}",
            "unknown channel": f"{unknown_path}token={token}",
            "huge number": f"/contact/unsubscribe/{number}/email/marketing?token={token}",
        }.items():
            with self.subTest(name=name):
                response = self.url_open(url)
                self.assertEqual(response.status_code, 404)
                self.assertNotIn("Traceback", response.text)
                one_click = url.replace("/unsubscribe/", "/unsubscribe/one-click/")
                self.assertEqual(self.url_open(one_click, data={"a": "b"}).status_code, 404)
        self.assertFalse(self._consents(self.customer | self.other))

    def test_what_belongs_to_an_order_cannot_be_unsubscribed(self):
        url = self._url(purpose=self.service)
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_withdrawal_is_from_the_company_that_wrote(self):
        company = self.env["res.company"].create({"name": "Other Company"})
        self._press(self._url(company=company))
        consent = self._consents(self.customer)
        self.assertEqual((consent.company_id, consent.user_id.id), (company, False))
        self.assertIn("o_unsubscribe_ask", self.url_open(self._url()).text)

    def test_link_outlives_archiving_and_merging(self):
        url = self._url()
        self.customer.active = self.email.active = False
        self.assertEqual(self.url_open(url).status_code, 200)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | self.other).ids, self.other)
        self._press(url)
        self.assertEqual(self._consents(self.other).state, "withdrawn")

    def test_link_of_a_customer_who_is_gone_is_not_found(self):
        url = self._url()
        self.customer.unlink()
        self.assertEqual(self.url_open(url).status_code, 404)
