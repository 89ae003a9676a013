from datetime import timedelta
from urllib.parse import urlsplit

from odoo.tests import HttpCase, tagged

from ..models.crm_wrong_link import MOST_WRONG_LINKS
from .test_contact_preferences import ConsentCommon

HERE = "127.0.0.1"


@tagged("post_install", "-at_install")
class TestWrongLink(HttpCase, ConsentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Customer", email="customer@example.com")
        cls.WrongLink = cls.env["crm.wrong.link"].sudo()
        cls.WrongLink.search([]).unlink()
        right = urlsplit(cls.customer._unsubscribe_url(cls.email, cls.marketing))
        cls.right = f"{right.path}?{right.query}"
        one_click = right.path.replace("/unsubscribe/", "/unsubscribe/one-click/")
        cls.wrong = {
            f"{right.path}?token=1-guessed": None,
            f"{one_click}?token=1-guessed": {"List-Unsubscribe": "One-Click"},
            "/contact/click/1?token=guessed&to=https://example.com": None,
        }

    def _note(self, times, address=HERE):
        for _time in range(times):
            self.WrongLink._note(address)

    def test_wrong_links_are_counted_though_nothing_is_found(self):
        for number, (url, data) in enumerate(self.wrong.items(), start=1):
            self.assertEqual(self.url_open(url, data=data).status_code, 404)
            self.assertEqual(self.WrongLink.search_count([]), number)

    def test_twenty_first_wrong_link_in_ten_minutes_is_turned_away(self):
        self._note(19)
        url, *_others = self.wrong
        self.assertEqual(self.url_open(url).status_code, 404)
        for wrong, data in self.wrong.items():
            response = self.url_open(wrong, data=data)
            self.assertEqual(response.status_code, 429)
            self.assertEqual(response.headers["Retry-After"], "600")
            self.assertIn("try again in ten minutes", response.text)
        self.assertEqual(self.WrongLink.search_count([]), 20)

    def test_right_link_works_from_where_many_wrong_ones_came(self):
        self._note(MOST_WRONG_LINKS)
        for _time in range(2):
            self.assertEqual(self.url_open(self.right).status_code, 200)

    def test_right_link_to_what_is_gone_is_not_counted(self):
        self.customer.unlink()
        self.assertEqual(self.url_open(self.right).status_code, 404)
        self.assertFalse(self.WrongLink.search_count([]))

    def test_other_addresses_are_not_turned_away(self):
        self._note(MOST_WRONG_LINKS, "2001:db8:1:2::7")
        self.assertTrue(self.WrongLink._are_too_many("2001:db8:1:2:ffff::1"))
        self.assertFalse(self.WrongLink._are_too_many("2001:db8:1:3::7"))
        self.assertFalse(self.WrongLink._are_too_many(HERE))

    def test_after_ten_minutes_it_is_forgotten_and_later_removed(self):
        self._note(MOST_WRONG_LINKS)
        self._age(minutes=9)
        self.assertTrue(self.WrongLink._are_too_many(HERE))
        self._age(minutes=2)
        self.assertFalse(self.WrongLink._are_too_many(HERE))
        self._age(minutes=60)
        self.WrongLink._transient_vacuum()
        self.assertFalse(self.WrongLink.search_count([]))

    def _age(self, minutes):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_wrong_link SET create_date = create_date - %(age)s,"
            " write_date = write_date - %(age)s",
            {"age": timedelta(minutes=minutes)},
        )
        self.env.invalidate_all()

    def test_address_is_not_kept(self):
        self._note(1, "203.0.113.7")
        self.assertRegex(self.WrongLink.search([]).sender, "^[0-9a-f]{64}$")
