from lxml import html

from odoo import fields
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .test_offer import AnswerCommon


@tagged("post_install", "-at_install")
class TestOfferPortal(HttpCase, AnswerCommon):
    """A customer answers for himself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "offer_reader", "base.group_portal", company_id=cls.company.id
        )
        cls.owner = cls.user.partner_id
        cls._agree(cls.owner)

    def setUp(self):
        super().setUp()
        self.authenticate("offer_reader", "offer_reader")

    def _page(self):
        return html.fromstring(self.url_open("/my/offers").text)

    def _answer(self, presentation, answer, **data):
        token = {"csrf_token": Request.csrf_token(self)}
        url = f"/my/offers/{presentation.id}/{answer}"
        return self.url_open(url, data={**token, **data}, allow_redirects=False)

    def test_page_shows_his_own_with_pitch_and_last_day(self):
        offer = self._offer([self.bag], name="Bags", pitch="Holds everything")
        presentation = self._present(offer, self.owner)
        presentation.sudo().last_day = fields.Date.add(self.today, days=3)
        self._present(self._offer([self.lamp], name="Lamps"))
        text = " ".join(self._page().text_content().split())
        day = fields.Date.add(self.today, days=3)
        self.assertIn(f"Answer until {day.day} {day:%B %Y}", text)
        self.assertIn("Holds everything", text)
        self.assertNotIn("Lamps", text)

    def test_home_counts_what_is_there_for_him(self):
        self._present(self._offer([self.bag]), self.owner)
        result = self.make_jsonrpc_request("/my/counters", {"counters": ["offer_count"]})
        self.assertEqual(result["offer_count"], 1)

    def test_accepted_code_is_shown_for_later(self):
        presentation = self._present(self._referral(url="https://hotel.example"), self.owner)
        response = self._answer(presentation, "accept")
        self.assertEqual(response.status_code, 303)
        [code] = self._page().xpath("//b[contains(@class, 'o_offer_code')]")
        self.assertEqual(presentation.state, "accepted")
        self.assertEqual(code.text_content(), presentation.code)

    def test_products_come_in_a_quotation_that_he_can_sign(self):
        presentation = self._present(self._offer([self.bag]), self.owner)
        response = self._answer(presentation, "accept")
        order = presentation.order_id
        self.assertEqual(order.state, "sent")
        self.assertIn(f"/my/orders/{order.id}", response.headers["Location"])
        self.assertEqual(self.url_open(f"/my/orders/{order.id}").status_code, 200)

    def test_accepting_twice_makes_one_quotation(self):
        presentation = self._present(self._offer([self.bag]), self.owner)
        self._answer(presentation, "accept")
        self._answer(presentation, "accept")
        self.assertEqual(len(presentation.order_id.order_line), 1)

    def test_declining_keeps_the_reason(self):
        presentation = self._present(self._offer([self.bag]), self.owner)
        self._answer(presentation, "decline", reason="price")
        self.assertEqual(presentation.decline_reason_id.code, "price")

    def test_wrong_reason_is_told_and_nothing_is_written(self):
        presentation = self._present(self._offer([self.bag]), self.owner)
        response = self._answer(presentation, "decline", reason="dear")
        self.assertIn("There is no reason dear", response.text)
        self.assertEqual(presentation.state, "presented")

    def test_reached_maximum_is_told_and_nothing_is_written(self):
        offer = self._offer([self.bag], cap_total=1)
        presentation = self._present(offer, self.owner)
        self._present(offer).accept()
        response = self._answer(presentation, "accept")
        self.assertIn("as often as it may be", response.text)
        self.assertEqual(presentation.state, "presented")
        self.assertFalse(presentation.order_id)

    def test_what_is_not_his_is_answered_as_what_is_not_there(self):
        of_others = self._present(self._offer([self.bag]))
        nothing = of_others.browse(of_others.id + 100_000)
        for answer in ("accept", "decline"):
            seen = {
                (response.status_code, response.headers.get("Location"))
                for response in (self._answer(one, answer) for one in (of_others, nothing))
            }
            self.assertEqual(len(seen), 1)
        self.assertEqual(of_others.state, "presented")

    def test_link_alone_answers_nothing(self):
        presentation = self._present(self._offer([self.bag]), self.owner)
        url = f"/my/offers/{presentation.id}/accept"
        self.assertEqual(self.url_open(url).status_code, 405)
        self.assertEqual(self.url_open(url, data={"a": "b"}).status_code, 400)
        self.assertEqual(presentation.state, "presented")
