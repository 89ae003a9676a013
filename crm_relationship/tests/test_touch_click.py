from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from lxml import html

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.mail.tests.common import MockEmail

from .test_touch_plan import OutreachCommon

SHOP = "https://shop.example.com/boat?colour=red&size=2#photo"
OTHERS = (
    "mailto:shop@example.com",
    "tel:+6621234567",
    "#top",
    "https://lists.example.com/unsubscribe?who=1",
    "https://crm.example.com/my/contact-preferences",
)


@tagged("post_install", "-at_install")
class TestTouchClick(HttpCase, MockEmail, OutreachCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        others = "".join(f'<a href="{url}">Other</a>' for url in OTHERS)
        cls.mail_template.body_html = (
            f'<p><a class="button" href="{SHOP.replace("&", "&amp;")}">Boat</a>{others}</p>'
        )
        cls.customer = cls.customers[0]

    def _sent(self, minutes=2, **values):
        """Send an e-mail to the customers, which left so many minutes ago; return his touch."""
        reminder = self._step("phone", condition="unanswered", sequence=20)
        plan = self._plan(self._step("email", **values), reminder)
        plan.action_start()
        self._run()
        touch = plan.touch_ids.filtered(lambda one: one.partner_id == self.customer)
        self.link = self._links(touch)[0]
        left = fields.Datetime.now() - timedelta(minutes=minutes)
        plan.touch_ids.sudo().write({"date_left": left, "date_done": left})
        return touch

    def _links(self, touch):
        return html.fromstring(touch.mail_mail_id.body_html).xpath("//a/@href")

    def _open(self, url, **options):
        """Open an address of this server; return the answer, and have the records read again."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}"
        response = self.url_open(path, allow_redirects=False, **options)
        self.env.invalidate_all()
        return response

    def test_web_links_lead_over_the_addon_and_all_others_stay(self):
        touch = self._sent()
        shop, *others = self._links(touch)
        self.assertEqual(tuple(others), OTHERS)
        url = urlsplit(shop)
        self.assertEqual(url.path, f"/contact/click/{touch.id}")
        self.assertTrue(shop.startswith(touch.get_base_url()))
        self.assertEqual(parse_qs(url.query)["to"], [SHOP])
        self.assertIn('class="button"', touch.mail_mail_id.body_html)

    def test_click_leads_to_the_target_and_the_first_is_noted(self):
        touch = self._sent()
        response = self._open(self.link)
        self.assertEqual((response.status_code, response.headers["Location"]), (303, SHOP))
        self.assertTrue(touch.date_clicked)
        first = touch.date_clicked - timedelta(hours=1)
        touch.sudo().date_clicked = first
        self.assertEqual(self._open(self.link).headers["Location"], SHOP)
        self.assertEqual(touch.date_clicked, first)
        others = touch.plan_id.touch_ids - touch
        self.assertFalse(others.filtered("date_clicked"))

    def test_click_is_an_answer_and_spares_the_customer_the_reminder(self):
        touch = self._sent()
        self._open(self.link)
        self._run()
        self.assertEqual((touch.state, touch.answer), ("answered", "click"))
        self.assertEqual(touch.date_answered, touch.date_clicked)
        reminded = touch.plan_id.touch_ids.filtered("activity_id").partner_id
        self.assertEqual(reminded, self.customers - self.customer)

    def test_reminder_that_was_planned_before_the_click_is_not_needed(self):
        touch = self._sent()
        reminder = touch.plan_id.step_ids[1]
        reminder.wait_days = 1
        self._run()
        self._open(self.link)
        planned = touch.plan_id.touch_ids.filtered(
            lambda one: one.step_id == reminder and one.partner_id == self.customer
        )
        self.assertEqual(planned.state, "planned")
        planned.sudo().next_try = fields.Datetime.now()
        self._run()
        self.assertEqual((planned.state, planned.reason), ("skipped", "The customer has answered."))

    def test_step_can_count_clicks_as_no_answers(self):
        touch = self._sent(is_click_answer=False)
        self._open(self.link)
        self._run()
        self.assertTrue(touch.date_clicked)
        self.assertEqual((touch.state, touch.answer), ("sent", False))

    def test_what_the_customer_did_first_is_the_answer(self):
        touch = self._sent(minutes=120)
        self._order(self.customer, 100.0, fields.Datetime.now() - timedelta(hours=1))
        self._open(self.link)
        self._run()
        self.assertEqual(touch.answer, "order")

    def test_link_that_is_not_ours_leads_nowhere(self):
        touch = self._sent()
        query = parse_qs(urlsplit(self.link).query)
        token = query["token"][0]
        other = (touch.plan_id.touch_ids - touch)[0]
        evil = "https://evil.example.com/"
        for name, touch_id, values in (
            ("no token", touch.id, {"to": SHOP}),
            ("empty token", touch.id, {"to": SHOP, "token": ""}),
            ("forged token", touch.id, {"to": SHOP, "token": token[::-1]}),
            ("other letters", touch.id, {"to": SHOP, "token": "ก\0"}),
            ("other target", touch.id, {"to": evil, "token": token}),
            ("longer target", touch.id, {"to": f"{SHOP}.evil.example.com", "token": token}),
            ("no target", touch.id, {"token": token}),
            ("other touch", other.id, {"to": SHOP, "token": token}),
            ("huge number", 10**30, {"to": SHOP, "token": token}),
        ):
            with self.subTest(name=name):
                response = self._open(f"/contact/click/{touch_id}?{urlencode(values)}")
                self.assertEqual(response.status_code, 404)
                self.assertNotIn("Location", response.headers)
        self.assertFalse(touch.plan_id.touch_ids.filtered("date_clicked"))

    def test_programs_that_look_ahead_count_nothing(self):
        touch = self._sent()
        self.assertEqual(self._open(self.link, method="HEAD").status_code, 303)
        for name in ("Sec-Purpose", "Purpose"):
            response = self._open(self.link, headers={name: "prefetch;prerender"})
            self.assertEqual(response.status_code, 303)
        self.assertFalse(touch.date_clicked)

    def test_what_comes_within_a_minute_of_the_mail_is_a_scanner(self):
        touch = self._sent(minutes=0)
        self.assertEqual(self._open(self.link).headers["Location"], SHOP)
        self.assertFalse(touch.date_clicked)

    def test_click_before_the_mail_has_left_counts_nothing(self):
        touch = self._sent()
        touch.sudo().date_left = False
        self._open(self.link)
        self.assertFalse(touch.date_clicked)

    def test_mail_notes_when_it_leaves(self):
        touch = self._sent()
        touch.sudo().date_left = False
        with self.mock_mail_gateway():
            touch.mail_mail_id.send()
        self.env.invalidate_all()
        self.assertAlmostEqual(touch.date_left, fields.Datetime.now(), delta=timedelta(minutes=1))

    def test_staff_who_look_at_a_mail_count_nothing(self):
        touch = self._sent()
        new_test_user(self.env, "curious", "base.group_user", password="curious_curious")
        self.authenticate("curious", "curious_curious")
        self.assertEqual(self._open(self.link).status_code, 303)
        self.assertFalse(touch.date_clicked)

    def test_link_outlives_its_touch_and_notes_nothing_of_the_anonymised(self):
        touch = self._sent()
        self.customer.sudo().anonymised_on = fields.Date.today()
        self.assertEqual(self._open(self.link).status_code, 303)
        self.assertFalse(touch.date_clicked)
        touch.sudo().unlink()
        self.assertEqual(self._open(self.link).headers["Location"], SHOP)
