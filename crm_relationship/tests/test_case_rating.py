from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .test_case import CaseCommon


@tagged("post_install", "-at_install")
class TestCaseRating(CaseCommon, HttpCase):
    def _requests(self, case):
        return case.sudo().rating_ids

    def _close(self, **values):
        case = self._case(**values)
        case.with_user(self.clerk).action_close()
        return case

    def test_customer_is_asked_once_each_time_his_case_is_closed(self):
        case = self._close()
        letters = (
            self.env["mail.mail"]
            .sudo()
            .search(
                [
                    ("mail_message_id.res_id", "=", case.id),
                    ("mail_message_id.model", "=", "crm.case"),
                ]
            )
        )
        asking = letters.filtered(lambda mail: "/rate/" in (mail.body_html or ""))
        self.assertEqual(len(asking), 1)
        self.assertEqual(asking.recipient_ids, self.customer)
        self.assertIn(case.name, asking.subject)
        self.assertIn(f"/rate/{self._requests(case).access_token}/5", asking.body_html)
        case.stage_id = self.stage_solved
        case.stage_id = self.stage_cancelled
        case.stage_id = self.stage_solved
        self.assertEqual(self._count_of_letters(case), 1)
        case.action_reopen()
        case.action_close()
        self.assertEqual(self._count_of_letters(case), 2)

    def _count_of_letters(self, case):
        return len(case.message_ids.filtered(lambda message: "/rate/" in (message.body or "")))

    def test_nobody_is_asked_about_a_case_that_was_cancelled(self):
        case = self._case()
        case.stage_id = self.stage_cancelled
        self.assertFalse(self._requests(case))

    def test_customer_without_an_address_is_not_asked(self):
        self.customer.email = False
        self.assertFalse(self._requests(self._close()))
        unknown = self.Case.create({"subject": "Lamp", "email_from": "nid@example.com"})
        unknown.action_close()
        self.assertFalse(self._requests(unknown))

    def test_answer_by_the_link_shows_on_the_case_and_in_its_chatter(self):
        case = self._close()
        rating = self._requests(case)
        self.assertEqual(rating.rated_partner_id, self.salesman.partner_id)
        self.authenticate(None, None)
        page = self.url_open(f"/rate/{rating.access_token}/5")
        self.assertEqual(page.status_code, 200)
        self.assertFalse(rating.consumed, "opening the page is no answer yet")
        page = self.url_open(
            f"/rate/{rating.access_token}/submit_feedback",
            data={
                "rate": "5",
                "feedback": "ดีมาก",
                "csrf_token": Request.csrf_token(self),
            },
        )
        self.assertEqual(page.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual((case.rating_count, case.rating_avg, case.rating_last_value), (1, 5, 5))
        self.assertIn("ดีมาก", case.message_ids[0].body)
        action = case.with_user(self.clerk).action_view_ratings()
        self.assertEqual(self.env["rating.rating"].search(action["domain"]), rating)
        self.assertTrue(case.is_closed)
