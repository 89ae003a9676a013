"""What the front desk, lists and filters of contacts tell of tiers, and to whom."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierShown(TierCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()
        cls.clerk = new_test_user(cls.env, "clerk", "crm_relationship.group_contact_point")
        cls.silver.write(
            {"color": 4, "service_promise": "Free delivery", "desk_text": "Offer a seat"}
        )

    def _card(self, user=None, partner=None):
        self.env.invalidate_all()
        partner = (partner or self.customer).with_user(user or self.env.user)
        return partner.customer_card()["loyalty_tiers"]

    def test_the_card_tells_all_there_is_to_know_of_a_tier(self):
        self._invoice(self.customer, 1000.0, self.today)
        place = self._evaluate()
        [tier] = self._card()
        self.assertEqual(
            tier,
            {
                "membership": place.id,
                "ladder": self.ladder.id,
                "ladder_name": "Club",
                "tier": self.silver.id,
                "name": "Silver",
                "color": 4,
                "until": str(place.tier_until),
                "is_ending": False,
                "next": "Gold",
                "missing": 4000.0,
                "keep": 1000.0,
                "progress": 20,  # 1,000 of 5,000
                "by": False,
                "currency_id": self.company.currency_id.id,
                "promise": "Free delivery",
                "note": "Offer a seat",
            },
        )

    def test_who_sees_no_amounts_gets_none_by_any_way(self):
        self._invoice(self.customer, 1234.0, self.today)
        place = self._evaluate()
        [tier] = self._card(self.clerk)
        self.assertEqual((tier["name"], tier["next"]), ("Silver", "Gold"))
        self.assertFalse(tier["membership"])
        self.assertFalse({"missing", "keep", "progress", "value"} & tier.keys())
        customer = self.customer.with_user(self.clerk)
        self.assertEqual(customer.read(["loyalty_tiers"])[0]["loyalty_tiers"], [tier])
        for name in ("loyalty_places",):
            with self.assertRaises(AccessError):
                customer.read([name])
        told = f"{customer.customer_card()} {customer.loyalty_tier_summary}"
        for amount in ("1234", "1,234", "3766", "3,766"):
            self.assertNotIn(amount, told)
        # after who sees them has read them in the same transaction, too
        self.assertIn("missing", self.customer.loyalty_tiers[0])
        self.assertNotIn("missing", customer.loyalty_tiers[0])
        [tier] = self._card(self.salesman)
        self.assertEqual(tier["membership"], place.id)
        self.assertNotIn("missing", tier)

    def test_points_are_told_to_everybody(self):
        ladder = self._ladder(metric="points", published_on="2020-01-01", name="Stars")
        self._sale(2500.0)
        ladder._evaluate()
        tier = self._card(self.clerk)[-1]
        # 250 points of 1,000
        self.assertEqual((tier["name"], tier["missing"], tier["progress"]), (False, 750.0, 25))
        self.assertFalse(tier["currency_id"])
        self.assertIn("Silver: 750 points more", self.customer.loyalty_tier_summary)

    def test_a_year_says_until_when_more_counts(self):
        ladder = self._ladder(window="year")
        self.ladder.active = False
        with freeze_time("2026-05-04 05:00:00"):
            self._invoice(self.customer, 1000.0, "2026-05-04")
            self._evaluate(ladder=ladder)
            [tier] = self._card()
        self.assertEqual((tier["by"], tier["until"]), ("2026-12-31", "2027-12-31"))

    def test_a_tier_is_ending_in_the_days_of_warning(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        # it counts to 28 February 2026; the warning begins 30 days before, on 29 January
        for day, is_ending in (("2026-01-28", False), ("2026-01-29", True)):
            with freeze_time(f"{day} 05:00:00"):
                self._evaluate()
                self.assertEqual(self._card()[0]["is_ending"], is_ending, day)

    def test_a_contact_of_a_firm_shows_the_tier_of_the_firm(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        self._ladder(scope="person", name="Own")
        self._invoice(buyer, 1000.0, self.today)
        self.env["crm.loyalty.ladder"].search([]).action_evaluate()
        self.assertEqual(
            [(one["ladder_name"], one["name"]) for one in self._card(partner=buyer)],
            [("Club", "Silver"), ("Own", "Silver")],
        )
        self.assertEqual([one["ladder_name"] for one in self._card(partner=firm)], ["Club"])

    def test_tiers_cost_the_card_no_query(self):
        def queries():
            customer = self.customer.with_user(self.salesman).with_context(lang="en_US")
            customer.customer_card()
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertTrue(customer.env.user.partner_id)
            before = self.env.cr.sql_log_count
            customer.customer_card()
            return self.env.cr.sql_log_count - before

        self._invoice(self.customer, 1000.0, self.today)
        self.ladder.active = False
        without = queries()
        self.ladder.active = True
        self._ladder(window="fiscal_year")
        self.env["crm.loyalty.ladder"].search([]).action_evaluate()
        self.assertEqual(len(self._card()), 2)
        self.assertLessEqual(queries(), without)

    def test_contacts_are_found_by_their_tier_and_that_of_their_firm(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        nobody = self._customer("Malee")
        own = self._ladder(scope="person", name="Own")
        self._invoice(buyer, 1000.0, self.today)
        self._invoice(self.customer, 5000.0, self.today)
        self.env["crm.loyalty.ladder"].search([]).action_evaluate()
        everybody = firm | buyer | nobody | self.customer

        def found(*condition, user=None):
            domain = [("id", "in", everybody.ids), condition]
            return self.env["res.partner"].with_user(user or self.env.user).search(domain)

        field = "loyalty_tier_ids"
        self.assertEqual(found(field, "in", self.silver.ids), firm | buyer)
        self.assertEqual(found(field, "in", own.tier_ids[0].ids), buyer)
        self.assertEqual(found(field, "not in", self.silver.ids), nobody | self.customer)
        self.assertEqual(found(field, "=", False), nobody)
        self.assertEqual(found(field, "!=", False), everybody - nobody)
        self.assertEqual(found(field, "ilike", "gol"), self.customer)
        self.assertEqual(found(field, "in", self.gold.ids, user=self.clerk), self.customer)
        self.assertEqual(buyer.loyalty_tier_ids, self.silver | own.tier_ids[0])
        internal = new_test_user(self.env, "internal_only", "base.group_user")
        with self.assertRaises(AccessError):
            found(field, "in", self.gold.ids, user=internal)
        self.env["crm.loyalty.ladder"].search([]).active = False
        self.assertFalse(found(field, "!=", False))

    def test_a_list_of_contacts_costs_the_same_for_few_and_many(self):
        partners = [self._customer(f"Customer {number}") for number in range(12)]
        for partner in partners:
            self._invoice(partner, 1000.0, self.today)
        self._evaluate()
        Partner = self.env["res.partner"].with_user(self.salesman)

        def queries(limit, names):
            specification = {name: {} for name in names if name != "loyalty_tier_ids"}
            if "loyalty_tier_ids" in names:
                tags = {"fields": {"display_name": {}, "color": {}}}
                specification["loyalty_tier_ids"] = tags
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertTrue(Partner.env.user.partner_id)
            before = self.env.cr.sql_log_count
            ids = [partner.id for partner in partners[:limit]]
            Partner.web_search_read([("id", "in", ids)], specification)
            return self.env.cr.sql_log_count - before

        names = ("name", "member_number")
        queries(12, (*names, "loyalty_tier_ids"))  # fills the caches of the registry
        without = queries(12, names)
        with_tiers = queries(12, (*names, "loyalty_tier_ids"))
        self.assertEqual(with_tiers, queries(2, (*names, "loyalty_tier_ids")))
        self.assertLessEqual(with_tiers, without + 2)


@tagged("post_install", "-at_install")
class TestTierReasons(TierCommon):
    def test_reasons_are_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("th_TH")
        self._invoice(self.customer, 1000.0, "2025-03-01")
        self._evaluate("2026-03-01")
        changes = self.Change.search([("partner_id", "=", self.customer.id)], order="date")
        self.assertEqual(
            changes.mapped("reason"),
            [
                "The value that the tier begins at was reached.",
                "The value that keeps the tier is not reached any more.",
            ],
        )
        self.salesman.lang = "th_TH"
        told = changes.with_user(self.salesman).with_context(lang="th_TH")
        self.assertEqual(
            told.mapped("reason"),
            ["ยอดถึงเกณฑ์เริ่มต้นของระดับนี้", "ยอดไม่ถึงเกณฑ์ที่จะคงระดับไว้แล้ว"],
        )
        exported = changes.with_context(lang="th_TH").export_data(["reason"])["datas"]
        self.assertEqual(exported[0][0], "ยอดถึงเกณฑ์เริ่มต้นของระดับนี้")

    def test_what_was_typed_stays_as_it_was_typed_until_it_is_removed(self):
        today = self.company._business_today()
        self.env["crm.loyalty.floor"].create(
            {
                "partner_id": self.customer.id,
                "ladder_id": self.ladder.id,
                "tier_id": self.gold.id,
                "date_until": today + timedelta(days=9),
                "reason": "Opens a branch",
            }
        )
        self._place().action_end_floor()
        self._invoice(self.customer, 1000.0, today)
        self._evaluate()
        changes = self.Change.search([("partner_id", "=", self.customer.id)])
        typed = changes.filtered("note")
        self.assertEqual(typed.mapped("reason"), ["Opens a branch"])
        [entry] = [
            one
            for one in self.env["res.partner"]._personal_data_models()
            if one.model == "crm.loyalty.tier.change"
        ]
        changed = self.env["res.partner"]._replace(entry.model, changes.ids, entry.replaced)
        self.env.invalidate_all()
        self.assertEqual(changed, 1)
        self.assertEqual(typed.reason, "Removed")
        self.assertIn("The value that the tier begins at was reached.", changes.mapped("reason"))
