import random

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..logic.value_grade import grade_of
from ..models.crm_customer_standing_measures import Measure
from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestCustomerStanding(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One purchase each; together 1,000. Share before: 0, 50, 75, 90, 97 per cent.
        cls.amounts = [500.0, 250.0, 150.0, 70.0, 30.0]
        cls.customers = [cls._customer(f"Customer {amount:g}") for amount in cls.amounts]
        for day, (customer, amount) in enumerate(zip(cls.customers, cls.amounts, strict=True), 1):
            cls._order(customer, amount, f"2025-06-{day:02} 05:00:00")
        cls._refresh()

    def _row(self, customer, *names):
        standing = self._standing_of(customer)
        return tuple(standing[name] for name in names)

    def _snapshot(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT partner_id, revenue, order_count, first_date, last_date, r_score, f_score,
                   m_score, rfm_score, abc_class, value_grade_id, rule_grade_id
              FROM crm_customer_standing WHERE company_id = %s ORDER BY partner_id
            """,
            [self.company.id],
        )
        return self.env.cr.fetchall()

    def test_measures_of_one_customer(self):
        customer = self.customers[0]
        self._order(customer, 20.0, "2025-08-01 05:00:00")
        self._refresh()
        standing = self._standing_of(customer)
        self.assertEqual(standing.revenue, 520.0)
        self.assertEqual(standing.order_count, 2)
        self.assertEqual(str(standing.first_date), "2025-06-01")
        self.assertEqual(str(standing.last_date), "2025-08-01")
        self.assertEqual(standing.recency_days, 152)
        self.assertEqual(str(standing.graded_on), "2025-12-31")

    def test_abc_class_and_grade_by_cumulative_share(self):
        classes = [self._row(customer, "abc_class")[0] for customer in self.customers]
        self.assertEqual(classes, ["a", "a", "a", "b", "c"])
        grades = [self._row(customer, "value_grade_id")[0].code for customer in self.customers]
        self.assertEqual(grades, ["A", "A", "A", "B", "C"])

    def test_quintiles(self):
        """Five customers with different measures are one a quintile; equal ones score alike."""
        scores = [
            self._row(customer, "r_score", "f_score", "m_score") for customer in self.customers
        ]
        self.assertEqual(scores, [(1, 1, 5), (2, 1, 4), (3, 1, 3), (4, 1, 2), (5, 1, 1)])

    def test_second_run_writes_nothing(self):
        self.assertEqual(
            self.Standing.refresh(), {"inserted": 0, "updated": 0, "grades_changed": 0}
        )

    def test_only_changed_rows_are_written(self):
        self._order(self.customers[4], 1.0, "2025-06-05 06:00:00")
        result = self._refresh()
        # His revenue and frequency; the others' ranks stay as they are.
        self.assertEqual(result, {"inserted": 0, "updated": 1, "grades_changed": 0})

    def test_window_has_both_its_days(self):
        customer = self._customer("Edge")
        # Bangkok days: 2024-12-31 is before the window, 2025-01-01 its first, 2025-12-31 its last.
        self._order(customer, 1.0, "2024-12-31 16:59:00")
        self._order(customer, 10.0, "2024-12-31 17:00:00")
        self._order(customer, 100.0, "2025-12-31 16:59:00")
        self._order(customer, 1000.0, "2025-12-31 17:00:00")
        self._refresh()
        standing = self._standing_of(customer)
        self.assertEqual((standing.revenue, standing.order_count), (110.0, 2))
        self.assertEqual(str(standing.first_date), "2024-12-31")
        self.assertEqual(str(standing.last_date), "2025-12-31")

    def test_documents_after_the_day_change_nothing_as_of_it(self):
        before = self._snapshot()
        self._order(self.customers[0], 5000.0, "2026-01-05 05:00:00")
        self._refresh()
        self.assertEqual(self._snapshot(), before)

    def test_orders_of_contacts_count_for_the_company(self):
        firm = self._customer("Firm", is_company=True)
        buyers = [self._customer(f"Buyer {number}", parent_id=firm.id) for number in (1, 2)]
        self._order(buyers[0], 5.0)
        self._order(buyers[1], 7.0)
        self._refresh()
        self.assertEqual(self._standing_of(firm).revenue, 12.0)
        self.assertEqual(self._standing_of(firm).order_count, 2)
        self.assertFalse(self._standing_of(buyers[0]))
        self.assertEqual(buyers[0].value_grade_id, firm.value_grade_id)

    def test_invoiced_basis_takes_credit_notes_off(self):
        self.policy.basis = "invoiced"
        customer = self._customer("Billed")
        self._invoice(customer, 80.0, "2025-03-01")
        self._invoice(customer, 30.0, "2025-04-01", move_type="out_refund")
        self._refresh()
        standing = self._standing_of(customer)
        self.assertEqual((standing.revenue, standing.order_count), (50.0, 1))
        self.assertEqual(str(standing.last_date), "2025-03-01")

    def test_refunds_alone_make_a_negative_value_and_the_last_grade(self):
        self.policy.basis = "invoiced"
        customer = self._customer("Returner")
        self._invoice(customer, 30.0, "2025-04-01", move_type="out_refund")
        self._refresh()
        self.assertEqual(
            self._row(customer, "revenue", "order_count", "r_score", "abc_class"),
            (-30.0, 0, 0, "c"),
        )
        self.assertEqual(customer.value_grade_id, self.grade_c)

    def test_cancelled_order_counts_no_more(self):
        customer = self._customer("Cancelled")
        order = self._order(customer, 10.0)
        self._refresh()
        order._action_cancel()
        self._refresh()
        self.assertEqual(
            self._row(customer, "revenue", "order_count", "last_date"), (0.0, 0, False)
        )

    def test_company_without_customers(self):
        other = self.env["res.company"].create({"name": "Empty"})
        self.env.user.company_ids += other
        empty = self.Standing.with_context(allowed_company_ids=other.ids)
        self.assertEqual(empty.refresh(), {"inserted": 0, "updated": 0, "grades_changed": 0})

    def test_no_grades_means_no_grade(self):
        self.env["crm.value.grade"].search([]).active = False
        self._refresh()
        self.assertFalse(self.customers[0].value_grade_id)

    def test_some_customers_give_the_same_result_as_all(self):
        self._order(self.customers[3], 400.0, "2025-09-01 05:00:00")
        self.Standing.refresh(self.customers[3].ids)
        some = self._snapshot()
        self.Standing.refresh()
        self.assertEqual(self._snapshot(), some)
        self.assertEqual(self._row(self.customers[3], "revenue"), (470.0,))

    def test_hourly_run_finds_the_changed_customers_and_ends_as_the_nightly(self):
        self._forget_recent_documents()
        order = self._order(self.customers[3], 400.0, "2025-09-01 05:00:00")
        self._order(self.customers[1], 1.0, "2025-09-01 05:00:00")._action_cancel()
        refreshed = self.Standing._refresh_changed(self.policy)
        hourly = self._snapshot()
        self.assertGreater(refreshed.updated, 0)
        self.Standing.refresh()
        self.assertEqual(self._snapshot(), hourly)
        self._forget_recent_documents()
        self.assertEqual(self.Standing._refresh_changed(self.policy), (0, 0, 0))
        order._action_cancel()
        self.assertGreater(self.Standing._refresh_changed(self.policy).updated, 0)
        self.env.invalidate_all()
        self.assertEqual(self._row(self.customers[3], "revenue"), (70.0,))

    def _forget_recent_documents(self):
        """Let what exists be older than the overlap of the watermark."""
        self.env.flush_all()
        for table in ("sale_order", "account_move", "res_partner"):
            self.env.cr.execute(
                SQL("UPDATE %s SET write_date = '2025-01-01'", SQL.identifier(table))
            )
        self.env.invalidate_all()

    def test_contact_edited_without_new_documents_ranks_nobody_anew(self):
        self._forget_recent_documents()
        self.customers[0].city = "Chiang Mai"
        self.patch(type(self.Standing), "_grade_company", self.fail)
        self.assertEqual(self.Standing._refresh_changed(self.policy), (0, 0, 0))

    def test_contact_moved_to_a_company_counts_there_after_the_hourly_run(self):
        firm = self._customer("Firm", is_company=True)
        self._refresh()
        self._forget_recent_documents()
        self.customers[0].parent_id = firm
        self.Standing._refresh_changed(self.policy)
        self.env.invalidate_all()
        self.assertEqual(self._row(firm, "revenue"), (500.0,))
        self.assertEqual(self._row(self.customers[0], "revenue", "order_count"), (0.0, 0))

    def test_refreshing_some_customers_does_not_make_the_others_fresh(self):
        self.policy.reference_date = "2025-12-30"
        self.Standing.refresh(self.customers[0].ids)
        self.assertFalse(self.policy._is_fresh())
        self._refresh()
        self._forget_recent_documents()
        self.policy.sudo().refreshed_at = "2025-06-01 00:00:00"
        self._order(self.customers[1], 1.0, "2025-09-01 05:00:00")
        self.Standing.refresh(self.customers[0].ids)
        self.assertEqual(str(self.policy.refreshed_at), "2025-06-01 00:00:00")
        self.assertGreater(self.Standing._refresh_changed(self.policy).updated, 0)

    def test_new_day_or_new_rules_make_the_hourly_run_a_full_one(self):
        self.assertTrue(self.policy._is_fresh())
        self.policy.reference_date = "2025-12-30"
        self.assertFalse(self.policy._is_fresh())
        self._refresh()
        self.assertTrue(self.policy._is_fresh())
        self.grade_a.cumulative_share = 0.4
        self.assertFalse(self.policy._is_fresh())
        self._refresh()
        self.company.business_timezone = "UTC"
        self.assertFalse(self.policy._is_fresh())
        self.company.business_timezone = "Asia/Bangkok"
        self.policy.reference_date = False
        with freeze_time("2026-03-01 16:59:00"):
            self._refresh()
            self.assertTrue(self.policy._is_fresh())
        with freeze_time("2026-03-01 17:01:00"):  # the next day in Bangkok
            self.assertFalse(self.policy._is_fresh())

    def test_scheduled_jobs_grade(self):
        self._order(self.customers[4], 4000.0, "2025-09-01 05:00:00")
        for cron in ("ir_cron_grade_customers", "ir_cron_grade_changed_customers"):
            with self.enter_registry_test_mode():
                self.env.ref(f"crm_relationship.{cron}").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.customers[4].value_grade_id, self.grade_a)

    def test_failing_company_is_reported_and_does_not_stop_the_others(self):
        def fail(policy):
            raise UserError("No rate")  # pylint: disable=translation-required

        self.policy._refresh_or_report(fail)
        self.assertEqual(self.policy.problem, "No rate")
        self._refresh()
        self.assertFalse(self.policy.problem)

    def test_only_managers_refresh(self):
        user = new_test_user(self.env, "desk", "crm_relationship.group_relationship_user")
        with self.assertRaises(AccessError):
            self.Standing.with_user(user).refresh()

    def test_refresh_takes_ids_only(self):
        for bad in (["1"], [1.5], "12", 12, [True], {"id": 1}):
            with self.subTest(bad=bad), self.assertRaisesRegex(UserError, "whole numbers"):
                self.Standing.refresh(bad)
        self.Standing.refresh([2_000_000_000])

    def test_manager_grades_only_the_companies_he_works_in(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["crm.value.policy"]._of_company(other).basis = "ordered"
        self.env.user.company_ids += other
        order = self.env(context={"allowed_company_ids": other.ids})["sale.order"].create(
            {
                "partner_id": self.customers[0].id,
                "company_id": other.id,
                "order_line": [Command.create({"name": "x", "display_type": "line_note"})],
            }
        )
        order.action_confirm()
        self.Standing.with_context(allowed_company_ids=self.company.ids).refresh()
        self.assertFalse(self._standing_of(self.customers[0], other))
        self.Standing.with_context(allowed_company_ids=other.ids).refresh()
        self.assertTrue(self._standing_of(self.customers[0], other))

    def test_statement_decides_as_the_logic_does(self):
        """Random values and random grades held before: SQL and plain Python agree on each."""
        seed = random.Random(20251231)
        customers = self.env["res.partner"].create([{"name": f"R{i}"} for i in range(120)])
        for customer in customers:
            self._order(customer, seed.choice([5.0, 50.0, 500.0]) * seed.randint(1, 9))
        for method in ("cumulative_share", "fixed_bounds", "rfm"):
            self.policy.method = method
            self.policy.tolerance = 0.2
            self._refresh()
            grades = [*self.policy._grades().ids, None]
            for standing in self._all_standings():
                self.env.cr.execute(
                    "UPDATE crm_customer_standing SET rule_grade_id = %s WHERE id = %s",
                    [seed.choice(grades), standing.id],
                )
            self.env.invalidate_all()
            expected = self._expected_grades(method)
            self._refresh()
            decided = {row.id: row.rule_grade_id.id or None for row in self._all_standings()}
            self.assertEqual(decided, expected)

    def _all_standings(self):
        return self.Standing.search([("company_id", "=", self.company.id)])

    def _expected_grades(self, method):
        rows = self._all_standings().sorted(lambda row: (-row.revenue, row.partner_id.id))
        total, walked, expected = sum(rows.mapped("revenue")), 0.0, {}
        for row in rows:
            measure = {
                "cumulative_share": walked / total,
                "fixed_bounds": row.revenue,
                "rfm": row.rfm_score,
            }[method]
            expected[row.id] = grade_of(
                method, measure, row.rule_grade_id.id, self.policy._cut_offs()
            )
            walked += row.revenue
        return expected

    def test_measure_added_by_an_addon_is_computed_and_graded_by(self):
        """The hooks `_measures` and `_value_of`: the largest purchase, and less is better."""
        model = type(self.Standing)
        original = model._measures
        largest = Measure("revenue", SQL("MAX(fact.amount)"), SQL("MAX"), 0)
        self.patch(
            model, "_measures", lambda standing, policy: [largest, *original(standing, policy)[1:]]
        )
        self.patch(model, "_value_of", lambda standing: SQL("-measured.revenue"))
        self._order(self.customers[4], 20.0)
        self._refresh()
        self.assertEqual(self._row(self.customers[4], "revenue", "order_count"), (30.0, 2))
        # The values are negative now: nobody brings any, so all have the last grade.
        self.assertEqual(self.customers[0].value_grade_id, self.grade_c)

    def test_recency_is_searched_sorted_and_averaged(self):
        domain = [("partner_id", "in", [customer.id for customer in self.customers])]
        # 2025-06-01 to 2025-12-31 are 213 days, one less for each later customer.
        found = self.Standing.search([*domain, ("recency_days", ">=", 212)])
        self.assertEqual(found.partner_id, self.customers[0] | self.customers[1])
        [(average,)] = self.Standing._read_group(domain, [], ["recency_days:avg"])
        self.assertEqual(average, 211)
        newest = self.Standing.search(domain, order="recency_days", limit=1)
        self.assertEqual(newest.partner_id, self.customers[4])

    def test_buttons_open_what_they_count(self):
        standing = self._standing_of(self.customers[0])
        action = standing.action_view_facts()
        self.assertEqual(
            sum(self.env["crm.customer.fact"].search(action["domain"]).mapped("amount")),
            standing.revenue,
        )
        action = self.grade_a.action_view_customers()
        self.assertEqual(
            self.Standing.search_count([*action["domain"], ("company_id", "=", self.company.id)]),
            self.grade_a.customer_count,
        )

    def test_list_of_customers_has_a_fixed_number_of_queries(self):
        partners = self.env["res.partner"].browse([customer.id for customer in self.customers])
        partners.action_issue_member_number()
        fields = {"member_number": {}, "value_grade_id": {"fields": {"display_name": {}}}}

        def read(records):
            records.web_read(fields)

        self.env.invalidate_all()
        read(partners[:1])
        self.env.invalidate_all()
        with self.assertQueryCount(5):
            read(partners)
