"""The page on which a customer reads of his own tiers."""

from datetime import timedelta

from freezegun import freeze_time
from lxml import html

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierPortal(HttpCase, TierCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._portal_user("tier_owner")
        cls.owner = cls.user.partner_id
        cls.today = cls.company._business_today()
        cls.silver.service_promise = "Free delivery"
        cls.gold.service_promise = "A lounge"

    @classmethod
    def _portal_user(cls, login, **values):
        return new_test_user(
            cls.env, login, "base.group_portal", company_id=cls.company.id, **values
        )

    def _page(self, login="tier_owner", address="/my/tier"):
        self.authenticate(login, login)
        response = self.url_open(address)
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text).xpath("//div[contains(@class, 'o_portal_tier')]")[0]

    def _text(self, page, name):
        return [
            " ".join(node.text_content().split())
            for node in page.xpath(f".//*[contains(concat(' ', @class, ' '), ' {name} ')]")
        ]

    def test_a_customer_reads_what_he_has_and_what_the_next_tier_takes(self):
        self._invoice(self.owner, 1200.0, self.today)
        place = self._evaluate(partner=self.owner)
        page = self._page()
        until = place.tier_until.strftime("%m/%d/%Y")
        self.assertEqual(self._text(page, "o_tier_name"), ["Silver"])
        self.assertEqual(self._text(page, "o_tier_until"), [f"until {until}"])
        self.assertEqual(
            [one.replace("\xa0", " ") for one in self._text(page, "o_tier_sentence")],
            [
                "$ 3,800.00 more bring you Gold.",
                f"$ 1,000.00 more until {until} keep Silver for you.",
            ],
        )
        [bar] = page.xpath(".//*[@role='progressbar']")
        self.assertEqual(bar.get("aria-valuenow"), "24")  # 1,200 of 5,000
        self.assertEqual(
            self._text(page, "o_tier_moves"),
            [
                f"{self.today.strftime('%m/%d/%Y')} No tier Silver The value that the tier begins"
                " at was reached."
            ],
        )

    def test_what_his_and_the_next_tier_bring(self):
        self._invoice(self.owner, 1200.0, self.today)
        self._evaluate()
        self.program.ladder_id = self.ladder
        self._program(name="Silver Days", tier_ids=[Command.set(self.silver.ids)])
        self._program(
            name="Old Days", tier_ids=[Command.set(self.silver.ids)], date_to="2020-01-01"
        )
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        away = self._program(name="Away")
        away.write({"company_id": elsewhere.id, "tier_ids": [Command.set(self.silver.ids)]})
        self.reward.tier_ids = self.gold
        page = self._page()
        self.assertEqual(
            self._text(page, "o_tier_benefits"),
            ["What your tier brings Free delivery Silver Days"],
        )
        self.assertEqual(
            self._text(page, "o_tier_next_benefits"),
            [f"What Gold brings A lounge Club: points × 1.5Club: {self.reward.description}"],
        )

    def test_who_bought_nothing_yet_reads_what_the_first_tier_takes(self):
        page = self._page()
        self.assertEqual(self._text(page, "o_tier_none"), ["No tier yet"])
        self.assertEqual(
            [one.replace("\xa0", " ") for one in self._text(page, "o_tier_sentence")],
            ["$ 1,000.00 more bring you Silver."],
        )
        self.assertFalse(self._text(page, "o_tier_moves"))
        self.ladder.active = False
        self.assertIn("There are no tiers", self._page().text_content())

    def test_the_home_page_leads_to_it_where_a_ladder_is_in_force(self):
        self.authenticate("tier_owner", "tier_owner")
        self.assertIn('href="/my/tier"', self.url_open("/my/home").text)
        self.ladder.active = False
        self.assertNotIn('href="/my/tier"', self.url_open("/my/home").text)

    def test_nothing_of_others_and_nothing_from_the_address(self):
        other = self._portal_user("tier_other")
        self._invoice(self.owner, 1200.0, self.today)
        self._invoice(other.partner_id, 5100.0, self.today)
        self._evaluate()
        for query in (
            "",
            f"?partner_id={other.partner_id.id}",
            f"?ladder={self.ladder.id}&page=-1&sortby=%3Cscript%3E",
            "?id=%F0%9F%98%80&lang=zz&page=99999999999999999999",
        ):
            with self.subTest(query=query):
                text = self._page(address=f"/my/tier{query}").text_content()
                self.assertIn("Silver", text)
                self.assertNotIn("5,100", text)
                self.assertNotIn("tier_other", text)
        self.assertEqual(self._text(self._page("tier_other"), "o_tier_name"), ["Gold"])

    def test_a_contact_of_a_firm_reads_the_tier_of_the_firm(self):
        firm = self._customer("Siam Trading", is_company=True)
        self._invoice(firm, 4000.0, self.today)
        self.owner.parent_id = firm
        self._ladder(scope="person", name="Own")
        self.env["crm.loyalty.ladder"].search([]).action_evaluate()
        page = self._page()
        self.assertEqual(self._text(page, "o_tier_name"), ["Silver"])
        self.assertEqual(self._text(page, "o_tier_none"), ["No tier yet"])
        self.assertIn("1,000.00 more bring you Gold", self._text(page, "o_tier_sentence")[0])

    def test_ladders_of_another_company_are_not_shown(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self._ladder(name="Far Away", company_id=elsewhere.id)
        self.assertNotIn("Far Away", self._page().text_content())

    def test_his_card_has_his_number_and_what_staff_typed_is_not_told(self):
        self.env["crm.member.number"].create({"partner_id": self.owner.id, "number": "M00000018"})
        self.env["crm.loyalty.floor"].create(
            {
                "partner_id": self.owner.id,
                "ladder_id": self.ladder.id,
                "tier_id": self.gold.id,
                "date_until": self.today + timedelta(days=9),
                "reason": "Knows the minister",
            }
        )
        page = self._page()
        self.assertEqual(self._text(page, "o_tier_number"), ["M00000018"])
        [image] = page.xpath(".//img[@alt='M00000018']")
        self.assertTrue(image.get("src").startswith("data:image/png"))
        self.assertNotIn("minister", page.text_content())
        self.assertIn("It was given to you.", self._text(page, "o_tier_moves")[0])

    def test_his_page_is_in_his_language(self):
        self.env["res.lang"]._activate_lang("th_TH")
        self.user.lang = "th_TH"
        self.silver.with_context(lang="th_TH").name = "เงิน"
        self._invoice(self.owner, 1200.0, self.today)
        self._evaluate()
        page = self._page()
        self.assertEqual(self._text(page, "o_tier_name"), ["เงิน"])
        self.assertIn("ยอดถึงเกณฑ์เริ่มต้นของระดับนี้", page.text_content())

    def test_coupons_prices_and_a_pause_are_told(self):
        self._invoice(self.owner, 1200.0, self.today)
        self._evaluate()
        coupons = {"program_type": "coupons", "applies_on": "current", "trigger": "with_code"}
        self.silver.birthday_program_id = self._program(name="A Cake", **coupons)
        self.gold.entry_program_id = self._program(name="A Bottle", **coupons)
        self.gold.grade_id = self.env["res.partner.grade"].create({"name": "Gold Prices"})
        statement = self.owner._tier_statements()[0]
        self.assertEqual(statement["benefits"], ["On your birthday: A Cake"])
        self.assertEqual(
            statement["next_benefits"], ["As a welcome: A Bottle", "The prices of Gold Prices"]
        )
        self.ladder.write({"pause_overdue": True, "overdue_days": 5})
        paused = "Your tier brings nothing while invoices are overdue."
        self.assertNotIn(paused, self.owner._tier_statements()[0]["sentences"])
        self._invoice(
            self.owner,
            10.0,
            self.today - timedelta(days=9),
            invoice_payment_term_id=False,
            invoice_date_due=self.today - timedelta(days=9),
        )
        self.assertIn(paused, self.owner._tier_statements()[0]["sentences"])

    def test_his_cards_are_linked(self):
        card = self._give(20.0, partner=self.owner)
        [link] = self._page().xpath(".//section[contains(@class, 'o_tier_cards')]//a")
        self.assertEqual(link.get("href"), f"/my/loyalty_card/{card.id}/history")
        self.assertEqual(" ".join(link.text_content().split()), "Club: 20 Points")

    def test_strangers_are_asked_to_log_in(self):
        self.authenticate(None, None)
        response = self.url_open("/my/tier", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_a_year_says_until_when_more_counts(self):
        self.ladder.active = False
        ladder = self._ladder(window="year")
        with freeze_time("2026-05-04 05:00:00"):
            self._invoice(self.owner, 1000.0, "2026-05-04")
            ladder._evaluate()
            [statement] = self.owner._tier_statements()
        self.assertEqual(
            [one.replace("\xa0", " ") for one in statement["sentences"]],
            [
                "$ 4,000.00 more until 12/31/2026 bring you Gold.",
                "$ 1,000.00 more until 12/31/2027 keep Silver for you.",
            ],
        )


@tagged("post_install", "-at_install")
class TestTierOfNewVersion(TierCommon):
    """From 1 July 2025 on the same tiers, by other rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2025-06-20 05:00:00"))
        cls.ladder.write({"warn_by": "mail", "warning_days": 60})
        cls._invoice(cls.customer, 1200.0, "2025-03-01")
        cls.ladder._evaluate()
        version = cls.ladder.action_new_version()["res_id"]
        cls.version = cls.env["crm.loyalty.ladder"].browse(version)
        cls.version.published_on = "2025-07-01"
        cls.version.action_publish()

    def _warnings(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            cron = self.env.ref("crm_relationship_loyalty.ir_cron_warn_of_ending_tiers")
            cron.method_direct_trigger()
        return self.env["crm.loyalty.tier.warning"].search([])

    def test_a_tier_that_goes_on_is_neither_ending_nor_warned_of(self):
        self.assertFalse(self._place().tier_until)
        [tier] = self.customer.loyalty_tiers
        self.assertEqual((tier["name"], tier["until"], tier["is_ending"]), ("Silver", False, False))
        self.assertFalse(self._warnings())
        [statement] = self.customer._tier_statements()
        self.assertEqual((statement["tier"], statement["until"]), ("Silver", False))

    def test_the_history_tells_of_the_change_as_one_move(self):
        with freeze_time("2025-07-01 05:00:00"):
            self.version._evaluate()
            self.env.invalidate_all()
            [statement] = self.customer._tier_statements()
            self.assertEqual(
                [
                    (str(one["date"]), one["from"], one["to"], one["reason"])
                    for one in statement["moves"]
                ],
                [
                    (
                        "2025-07-01",
                        "Silver",
                        "Silver",
                        "New rules took the place of the old ones.",
                    ),
                    (
                        "2025-03-01",
                        "No tier",
                        "Silver",
                        "The value that the tier begins at was reached.",
                    ),
                ],
            )
            with self.assertRaisesRegex(UserError, "A new version took the place"):
                self._place().action_view_documents()
            place = self._place(ladder=self.version)
            action = place.action_view_documents()
            invoice = self.env["account.move"].search(action["domain"])
            total = sum(invoice.with_context(**action["context"]).mapped("tier_value"))
            self.assertEqual((place.qualifying_value, total), (1200.0, 1200.0))
            self.assertEqual(
                self.env["res.partner"].search(
                    [("id", "=", self.customer.id), ("loyalty_tier_ids", "=", False)]
                ),
                self.customer.browse(),
            )
