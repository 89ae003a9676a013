from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .outlook_common import PURCHASES, OutlookCommon


@tagged("post_install", "-at_install")
class TestOutlook(OutlookCommon):
    GROUPS = {
        "internal": "base.group_user",
        "contact_point": "crm_relationship.group_contact_point",
        "user": "crm_relationship.group_relationship_user",
        "manager": "crm_relationship.group_relationship_manager",
        "biller": "account.group_account_invoice",
        "portal": "base.group_portal",
    }
    READERS = ("user", "manager")
    MODELS = ("crm.customer.outlook", "crm.customer.state.change", "crm.outlook.fit")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.result = cls._forecast()
        cls.other = cls.env["res.company"].create({"name": "Other Company"})
        cls.users = {
            role: new_test_user(cls.env, f"outlook_{role}", group, company_id=cls.company.id)
            for role, group in cls.GROUPS.items()
        }
        cls.stranger = new_test_user(
            cls.env,
            "outlook_there",
            cls.GROUPS["manager"],
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def _dates(self, outlook, *names):
        return tuple(str(outlook[name]) for name in names)

    # the rhythm

    def test_every_customer_who_bought_has_a_row(self):
        self.assertEqual(
            self.result, {"inserted": 5, "updated": 0, "deleted": 0, "states_changed": 5}
        )

    def test_states_follow_the_own_rhythm(self):
        expected = {
            "Regular": ("active", 10.0, 1.0, "2025-12-21", "2025-12-31"),
            "Late": ("at_risk", 10.0, 1.6, "2025-12-31", "2025-12-25"),
            "Gone": ("lapsed", 10.0, 7.1, "2025-11-21", "2025-10-31"),
            "Back": ("won_back", 10.0, 0.5, "2025-12-26", "2026-01-05"),
            "New": ("new", 10.0, 0.7, "2025-12-24", "2026-01-03"),
        }
        for name, (state, gap, overdue, since, due) in expected.items():
            with self.subTest(name):
                outlook = self._outlook_of(name)
                self.assertEqual(outlook.state, state)
                self.assertEqual((outlook.gap_days, outlook.overdue_ratio), (gap, overdue))
                self.assertEqual(self._dates(outlook, "state_since", "due_date"), (since, due))
                self.assertEqual(outlook.is_own_rhythm, name != "New")

    def test_two_orders_of_a_day_are_one_purchase(self):
        self._order(self.customers["New"], 20.0, "2025-12-24 09:00:00")
        self._forecast()
        outlook = self._outlook_of("New")
        self.assertEqual((outlook.purchases, outlook.expected_spend), (1, 70.0))

    def test_a_day_is_the_companys(self):
        # 00:30 on the 31st in Bangkok
        night = self._customer("Night")
        self._order(night, 20.0, "2025-12-30 17:30:00")
        self._forecast()
        self.assertEqual(str(self._outlook_of(night).last_date), "2025-12-31")

    def test_orders_to_come_and_quotations_make_no_customer(self):
        later, asking = self._customer("Later"), self._customer("Asking")
        self._order(later, 20.0, "2026-01-01 05:00:00")
        self._order(asking, 20.0)._action_cancel()
        self._forecast()
        self.assertFalse(self._outlook_of(later) | self._outlook_of(asking))

    def test_contacts_of_a_firm_are_one_customer(self):
        firm = self._customer("Firm", is_company=True)
        for number, day in enumerate(("12-10", "12-20", "12-20", "12-30")):
            buyer = self._customer(f"Buyer {number}", parent_id=firm.id)
            self._order(buyer, 5.0, f"2025-{day} 05:00:00")
        self._forecast()
        outlook = self._outlook_of(firm)
        self.assertEqual((outlook.purchases, outlook.gap_days), (3, 10.0))
        self.assertEqual(outlook.expected_spend, 6.67)  # 20 on 3 days

    def test_invoices_count_where_they_are_the_basis_and_refunds_are_no_purchase(self):
        self.policy.basis = "invoiced"
        only_back = self._customer("Only Back")
        bought = self._customer("Bought")
        self._invoice(only_back, 5.0, "2025-12-01", "out_refund")
        self._invoice(bought, 100.0, "2025-12-01")
        self._invoice(bought, 40.0, "2025-12-05", "out_refund")
        self._forecast()
        self.assertFalse(self._outlook_of(only_back))
        outlook = self._outlook_of(bought)
        self.assertEqual((outlook.purchases, outlook.expected_spend), (1, 60.0))
        self.assertFalse(self._outlook_of("Regular"))

    def test_a_past_day_is_forecast_as_it_was(self):
        self.policy.reference_date = "2025-12-22"
        self._forecast()
        self.assertEqual(self._outlook_of("Late").state, "active")
        self.assertEqual(self._outlook_of("Back").state, "lapsed")
        self.assertFalse(self._outlook_of("New"))

    def test_who_has_no_purchases_any_more_has_no_outlook(self):
        self.env["sale.order"].search(
            [("partner_id", "=", self.customers["New"].id)]
        )._action_cancel()
        self.assertEqual(self._forecast()["deleted"], 1)
        self.assertFalse(self._outlook_of("New"))

    # running again

    def test_second_run_writes_nothing(self):
        def places():
            return self.env.execute_query(
                SQL(
                    """
                    SELECT 'outlook', id, ctid::text FROM crm_customer_outlook
                     UNION ALL SELECT 'fit', id, ctid::text FROM crm_outlook_fit
                     UNION ALL SELECT 'change', id, ctid::text FROM crm_customer_state_change
                     ORDER BY 1, 2
                    """
                )
            )

        self._forecast()  # of a company that came since
        before = places()
        nothing = {"inserted": 0, "updated": 0, "deleted": 0, "states_changed": 0}
        self.assertEqual(self._forecast(), nothing)
        self.assertEqual(places(), before)

    def test_who_stays_active_keeps_the_day_since_which_he_is(self):
        since = self._outlook_of("Regular").state_since
        self._order(self.customers["Regular"], 30.0, "2025-12-31 05:00:00")
        self._forecast()
        outlook = self._outlook_of("Regular")
        self.assertEqual((outlook.state, str(outlook.last_date)), ("active", "2025-12-31"))
        self.assertEqual(outlook.state_since, since)

    # what is expected

    def test_few_customers_are_forecast_by_the_simple_formula_which_is_said(self):
        outlook = self._outlook_of("Regular")
        self.assertEqual((outlook.method, outlook.problem), ("simple", "few_customers"))
        sentence = dict(outlook._fields["problem"]._description_selection(self.env))[
            outlook.problem
        ]
        self.assertIn("too few customers", sentence)
        # 153 days are known: of the first 76 of them until 31 December, that is 17 July to 15
        # October, two customers bought: one of them again since 16 October, and the other too
        fit = outlook.fit_id
        self.assertEqual(fit.retention, 1.0)
        self.assertAlmostEqual(outlook.expected_purchases, 3 / 153 * 365, places=3)
        self.assertAlmostEqual(outlook.expected_purchases_quarter, 3 / 153 * 91.25, places=3)
        self.assertEqual(outlook.expected_spend, 30.0)
        self.assertFalse(outlook.alive_probability)

    def test_no_cost_known_counts_revenue_as_margin(self):
        outlook = self._outlook_of("Regular")
        self.assertFalse(outlook.is_cost_known)
        self.assertEqual(outlook.margin_rate, 1.0)
        # all stay: 36 months at 10 %: 1 / 1.1 + 1 / 1.21 + 1 / 1.331 years
        self.assertAlmostEqual(
            outlook.clv, 3 / 153 * 365 * 30 * (1 / 1.1 + 1 / 1.21 + 1 / 1.331), places=2
        )

    def test_margin_is_what_the_customer_leaves_after_all_costs(self):
        self._refresh()
        self.env.cr.execute(
            "UPDATE crm_customer_standing SET net_revenue = 90, contribution = 9"
            " WHERE partner_id = %s",
            [self.customers["Regular"].id],
        )
        self.env.cr.execute(
            "UPDATE crm_customer_standing SET net_revenue = 10, contribution = -50"
            " WHERE partner_id = %s",
            [self.customers["Late"].id],
        )
        self._forecast()
        margins = {name: self._outlook_of(name).margin_rate for name in PURCHASES}
        # who has no revenue in the window has the margin of all: (9 - 50) / 100
        self.assertEqual(
            margins, {"Regular": 0.1, "Late": -1.0, "Gone": -0.41, "Back": -0.41, "New": -0.41}
        )
        self.assertTrue(self._outlook_of("New").is_cost_known)
        self.assertLess(self._outlook_of("Late").clv, 0)

    def test_back_test_stands_beside_the_forecast(self):
        self.policy.outlook_held_out_days = 10
        self._forecast()
        outlook = self._outlook_of("Regular")
        self.assertEqual(str(outlook.tested_since), "2025-12-21")
        # as of 21 December four are known; one purchase of theirs came, that of Back
        self.assertEqual(outlook.tested_customers, 4)
        self.assertEqual(outlook.fit_id.tested_purchases, 1)
        # 143 days were known; of two who bought in the first 71 of the last 142, one came again
        # in the second: expected in ten days are 3 purchases / 143 * 10 of each who stays
        expected = 3 / 143 * 10 * 0.5 ** (10 / 71)
        error = (3 * expected + abs(expected - 1)) / 4
        self.assertAlmostEqual(outlook.simple_mean_error, error, places=3)

    def test_no_back_test_where_no_days_are_held_out(self):
        self.policy.outlook_held_out_days = 0
        self._forecast()
        self.assertFalse(self._outlook_of("Regular").tested_customers)

    # in conditions

    def test_contacts_are_found_by_their_state(self):
        Partner = self.env["res.partner"]
        late = Partner.search([("outlook_state", "in", ["at_risk", "lapsed"])])
        self.assertEqual(late, self.customers["Late"] | self.customers["Gone"])
        self.assertIn(self.customers["New"], Partner.search([("outlook_state", "=", "new")]))
        unknown = Partner.search([("outlook_state", "=", False)])
        self.assertFalse(unknown & Partner.union(*self.customers.values()))
        self.assertIn(self.company.partner_id, unknown)
        self.assertEqual(
            Partner.search([("outlook_ids.state", "=", "won_back")]), self.customers["Back"]
        )

    def test_contact_shows_the_outlook_of_his_firm(self):
        buyer = self._customer("Buyer", parent_id=self.customers["Late"].id)
        self.assertEqual(buyer.outlook_state, "at_risk")
        self.assertEqual(str(buyer.outlook_due_date), "2025-12-25")

    def test_list_of_contacts_costs_no_more_queries(self):
        partners = self.env["res.partner"].browse([one.id for one in self.customers.values()])
        partners.mapped("standing_order_count")
        with self.assertQueryCount(0):
            partners.mapped("outlook_state")
            partners.mapped("outlook_clv")

    def test_card_shows_what_the_reader_may_see(self):
        self._refresh()
        worth = self.customers["Late"].customer_card()["worth"]
        self.assertEqual((worth["state"], worth["state_name"]), ("at_risk", "At Risk"))
        self.assertEqual((worth["due"], worth["overdue"]), ("2025-12-25", 1.6))
        self.assertIsNot(worth["clv"], False)
        clerk = new_test_user(self.env, "outlook_desk", "crm_relationship.group_contact_point")
        seen = self.customers["Late"].with_user(clerk).customer_card()["worth"]
        self.assertEqual(seen["state"], "at_risk")
        self.assertEqual((seen["clv"], seen["contribution"], seen["id"]), (False, False, False))
        self.assertFalse(self._customer("Nobody").customer_card()["worth"])

    # the rules

    def test_rules_out_of_range_are_refused(self):
        for values in (
            {"outlook_risk_gaps": 3.0, "outlook_lapse_gaps": 2.0},
            {"outlook_horizon_months": 7},
            {"outlook_horizon_months": 10_000},
            {"outlook_discount_rate": -0.1},
            {"outlook_least_purchases": 0},
            {"outlook_held_out_days": -1},
        ):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.policy.write(values)
                self.env.flush_all()

    def test_simple_formula_can_be_chosen(self):
        self.policy.outlook_method = "simple"
        self._forecast()
        self.assertEqual(self._outlook_of("New").problem, "chosen")

    def test_empty_company_has_nothing_to_forecast(self):
        other = self.env["res.company"].create({"name": "Empty"})
        self.env.user.company_ids += other
        empty = self.Outlook.with_context(allowed_company_ids=other.ids)
        self.assertEqual(sum(empty.refresh().values()), 0)

    # merging

    def test_merged_customers_have_one_outlook(self):
        late, new = self.customers["Late"], self.customers["New"]
        changes = self.Change.search_count([("partner_id", "in", (late | new).ids)])
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((late | new).ids, late)
        self._forecast()
        outlook = self._outlook_of(late)
        self.assertEqual((outlook.purchases, outlook.state), (4, "active"))
        # one more: from at risk to active
        self.assertEqual(self.Change.search_count([("partner_id", "=", late.id)]), changes + 1)

    # who may see it

    def test_who_may_read_and_that_nobody_writes(self):
        for model in self.MODELS:
            row = self.env[model].search([("company_id", "=", self.company.id)], limit=1)
            for role, user in self.users.items():
                with self.subTest(model=model, role=role):
                    as_user = row.with_user(user)
                    self.assertEqual(as_user.has_access("read"), role in self.READERS)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(as_user.has_access(operation))

    def test_other_companies_see_nothing(self):
        for model in self.MODELS:
            there = self.env[model].with_user(self.stranger)
            self.assertFalse(there.search([]), model)
            row = self.env[model].search([("company_id", "=", self.company.id)], limit=1)
            with self.assertRaises(AccessError):
                row.with_user(self.stranger).read(["company_id"])
        late = self.customers["Late"].with_user(self.stranger)
        self.assertFalse(late.outlook_state)
        found = late.search([("outlook_state", "=", "at_risk")])
        self.assertNotIn(late, found)

    def test_amounts_are_for_those_who_see_amounts(self):
        outlook = self._outlook_of("Late")
        for name in ("clv", "expected_spend", "expected_revenue", "margin_rate", "spend_error"):
            with self.subTest(name):
                outlook.with_user(self.users["manager"]).read([name])
                with self.assertRaises(AccessError):
                    outlook.with_user(self.users["user"]).read([name])
        with self.assertRaises(AccessError):
            self.customers["Late"].with_user(self.users["user"]).read(["outlook_clv"])

    def test_state_is_for_staff_of_contact_points(self):
        late = self.customers["Late"]
        self.assertEqual(late.with_user(self.users["contact_point"]).outlook_state, "at_risk")
        with self.assertRaises(AccessError):
            late.with_user(self.users["internal"]).search([("outlook_state", "=", "at_risk")])
        with self.assertRaises(AccessError):
            late.with_user(self.users["contact_point"]).read(["outlook_place"])

    def test_only_managers_forecast(self):
        for role in ("internal", "contact_point", "user", "biller"):
            with self.subTest(role), self.assertRaises(AccessError):
                self.Outlook.with_user(self.users[role]).refresh()
        nothing = {"inserted": 0, "updated": 0, "deleted": 0, "states_changed": 0}
        self.assertEqual(self.Outlook.with_user(self.users["manager"]).refresh(), nothing)

    def test_each_company_has_an_outlook_of_its_own(self):
        self.env["crm.value.policy"]._of_company(self.other).basis = "ordered"
        self.env.user.company_ids += self.other
        late = self.customers["Late"]
        there = self.env(context={"allowed_company_ids": self.other.ids})
        order = there["sale.order"].create({"partner_id": late.id, "company_id": self.other.id})
        order.write({"state": "sale", "date_order": "2025-12-31 05:00:00"})
        self.env.flush_all()
        with freeze_time("2025-12-31 06:00:00"):
            there["crm.customer.outlook"].refresh()
        self.env.invalidate_all()
        self.assertEqual(self._outlook_of(late, self.other).state, "new")
        self.assertEqual(self._outlook_of(late).state, "at_risk")
        self.assertEqual(late.with_company(self.other).outlook_state, "new")
