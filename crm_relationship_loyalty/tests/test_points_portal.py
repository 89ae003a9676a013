from datetime import timedelta

from lxml import html

from odoo.tests import HttpCase, new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestPointsPortal(HttpCase, LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "points_owner", "base.group_portal", company_id=cls.company.id
        )
        cls.owner = cls.user.partner_id

    def setUp(self):
        super().setUp()
        self.authenticate("points_owner", "points_owner")

    def _page(self, card=None, query="", status=200):
        card = card or self._card_of(self.owner)
        response = self.url_open(f"/my/loyalty_card/{card.id}/history{query}")
        self.assertEqual(response.status_code, status)
        return html.fromstring(response.text)

    def _lines(self, page):
        return [
            [" ".join(cell.text_content().split()) for cell in row.findall("td")][1:]
            for row in page.xpath("//table//tbody/tr")
        ]

    def test_history_in_words_with_signs(self):
        order = self._sale(500.0, partner=self.owner)
        refund = self._credit(self._bill(order), quantity=0.2)
        card = self._card_of(self.owner)
        self._give(20.0, partner=self.customer)
        spending = self._draft(10.0, partner=self.owner)
        self.History.create(
            {"card_id": card.id, "issued": 30.0, "description": "Sorry for the delay"}
        )
        self._spend(spending, card=card)
        spending.action_confirm()
        page = self._page(card)
        self.assertCountEqual(
            self._lines(page),
            [
                [f"Earned with order {order.name}", "+50 Points"],
                [f"Taken back: credit note {refund.name} for order {order.name}", "-10 Points"],
                ["Sorry for the delay", "+30 Points"],
                [f"Earned with order {spending.name}", "+1 Points"],
                [f"Spent on order {spending.name}", "-50 Points"],
            ],
        )
        [balance] = page.xpath("//div[contains(@class, 'o_points_balance')]/strong")
        self.assertEqual(balance.text_content(), "21 Points")
        links = page.xpath("//table//tbody//a/@href")
        self.assertIn(f"/my/orders/{order.id}", links)

    def test_pending_next_to_expire_and_older_rows(self):
        self.program.earn_on = "payment"
        card = self._give(10.0, partner=self.owner)
        day = self.company._business_today() + timedelta(days=9)
        card.history_ids._keep({card.history_ids: {"expiration_date": day}})
        order = self._sale(500.0, partner=self.owner)
        self.env.cr.execute(
            """
            INSERT INTO loyalty_history (card_id, description, issued, used, create_date)
            VALUES (%s, 'Onsite 42', 3, 0, '2020-01-01')
            """,
            [card.id],
        )
        page = self._page(card)
        self.assertEqual(
            self._lines(page),
            [
                [f"Pending from order {order.name}", "+50 Points pending"],
                ["Opening balance", "+10 Points"],
                ["Onsite 42", "+3 Points"],
            ],
        )
        balance = page.xpath("//div[contains(@class, 'o_points_balance')]")[0].text_content()
        self.assertIn("50 Points pending", balance)
        self.assertIn(f"10 Points can be spent until {day.strftime('%m/%d/%Y')}", balance)
        self.assertIn("50 Points pending", self.url_open("/my/home").text)

    def test_bad_input_is_the_default(self):
        card = self._give(10.0, partner=self.owner)
        for query in (
            "?sortby=zzz",
            "?sortby=",
            "?page=-1",
            "?page=abc",
            "?page=²",
            "/page/999999999",
            "?page=99999999999999999999999",
        ):
            with self.subTest(query=query):
                lines = self._lines(self._page(card, query))
                self.assertEqual(lines, [["Opening balance", "+10 Points"]])

    def test_pages_lead_to_each_other(self):
        card = self._give(10.0, partner=self.owner)
        self.env["loyalty.history"].flush_model()
        self.env.cr.execute(
            """
            INSERT INTO loyalty_history (card_id, description, issued, used, create_date)
            SELECT %s, 'Onsite', 1, 0, '2020-01-01'::timestamp + make_interval(mins => n)
              FROM generate_series(1, 100) n
            """,
            [card.id],
        )
        page = self._page(card)
        self.assertEqual(len(self._lines(page)), 80)
        [url] = set(page.xpath("//a[contains(@href, '/history/page/2')]/@href"))
        self.assertEqual(url, f"/my/loyalty_card/{card.id}/history/page/2?sortby=date")
        self.assertEqual(len(self._lines(self._page(card, "/page/2?sortby=date"))), 21)

    def test_cards_of_others_do_not_exist(self):
        card = self._give(10.0)
        for card_id in (card.id, 2**31 - 1, 2**40):
            with self.subTest(card_id=card_id):
                response = self.url_open(
                    f"/my/loyalty_card/{card_id}/history", allow_redirects=False
                )
                self.assertEqual(response.status_code, 303)
                self.assertEqual(
                    self.make_jsonrpc_request(f"/my/loyalty_card/{card_id}/values"), {}
                )

    def test_the_dialog_has_the_same_words(self):
        self.program.earn_on = "payment"
        order = self._sale(500.0, partner=self.owner)
        card = self._card_of(self.owner)
        values = self.make_jsonrpc_request(f"/my/loyalty_card/{card.id}/values")
        self.assertEqual(values["points_sentences"], ["50 Points pending"])
        self.assertEqual(
            values["history_lines"],
            [
                {
                    "order_id": order.id,
                    "description": f"Pending from order {order.name}",
                    "order_portal_url": f"/my/orders/{order.id}",
                    "points": "+50 Points",
                    "is_pending": True,
                }
            ],
        )

    def test_the_order_shows_its_points(self):
        self._give(80.0, partner=self.owner)
        order = self._draft(300.0, partner=self.owner)
        self._spend(order, card=self._card_of(self.owner))
        order.action_quotation_sent()
        text = " ".join(
            html.fromstring(self.url_open(f"/my/orders/{order.id}").text).text_content().split()
        )
        self.assertIn(
            "You earn +30 Points You spend -50 Points Balance after the order 60 Points", text
        )

    def test_a_long_history_costs_as_many_queries_as_a_short_one(self):
        for number in range(3):
            self._sale(100.0 + number, partner=self.owner)
        card = self._card_of(self.owner).with_user(self.user).sudo()

        def queries(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(card.program_id.portal_point_name, "Points")
            before = self.env.cr.sql_log_count
            self.assertEqual(len(card._statement(limit=limit)), limit)
            return self.env.cr.sql_log_count - before

        queries(3)
        self.assertEqual(queries(3), queries(1))
