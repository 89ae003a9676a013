from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import AnalyticsCommon


@tagged("post_install", "-at_install")
class TestCohort(AnalyticsCommon):
    """Three customers of January 2025 and one of March; graded by orders, up to 15 April 2025."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({"basis": "ordered", "reference_date": "2025-04-15"})
        cls.ann, cls.bee, cls.cat, cls.dan = map(cls._customer, ("Ann", "Bee", "Cat", "Dan"))
        cls._order(cls.ann, 100.0, "2025-01-10 05:00:00")
        cls._order(cls.ann, 40.0, "2025-01-20 05:00:00")
        cls._order(cls.ann, 10.0, "2025-02-10 05:00:00")
        cls._order(cls.ann, 20.0, "2025-04-10 05:00:00")
        cls._order(cls.bee, 30.0, "2025-01-31 05:00:00")
        cls._order(cls.bee, 5.0, "2025-02-28 05:00:00")
        cls._order(cls.cat, 7.0, "2025-01-01 05:00:00")
        cls._order(cls.dan, 9.0, "2025-03-05 05:00:00")
        cls._order(cls.dan, 9.0, "2025-04-16 05:00:00")  # after the last day that counts

    def _rows(self, *fields):
        rows = self.env["crm.customer.cohort"].search(
            [("partner_id", "in", (self.ann | self.bee | self.cat | self.dan).ids)],
            order="partner_id, month",
        )
        return [tuple(row[name] for name in fields) for row in rows]

    def _cells(self, **values):
        """Return ``{cohort: [active in each month]}`` of the triangle."""
        self.env.invalidate_all()
        table = self.env["crm.cohort.retention"].cohort_table(**values)
        return {
            cohort["month"]: [cell["active"] for cell in cohort["cells"]]
            for cohort in table["cohorts"]
        }

    def test_customer_is_counted_from_the_month_of_his_first_purchase(self):
        self.assertEqual(
            self._rows("partner_id", "month_number", "purchase_count", "revenue"),
            [
                (self.ann, 0, 2, 140.0),
                (self.ann, 1, 1, 10.0),
                (self.ann, 3, 1, 20.0),
                (self.bee, 0, 1, 30.0),
                (self.bee, 1, 1, 5.0),
                (self.cat, 0, 1, 7.0),
                (self.dan, 0, 1, 9.0),
            ],
        )

    def test_table_tells_who_bought_in_each_month_also_where_nobody_did(self):
        self.assertEqual(self._cells(), {"2025-01-01": [3, 2, 0, 1], "2025-03-01": [1, 0]})

    def test_month_that_is_not_over_is_marked_and_in_no_average(self):
        table = self.env["crm.cohort.retention"].cohort_table()
        january, march = table["cohorts"]
        self.assertEqual([cell["is_running"] for cell in january["cells"]], [0, 0, 0, 1])
        self.assertEqual([cell["is_running"] for cell in march["cells"]], [0, 1])
        self.assertEqual(january["size"], 3)
        self.assertEqual(
            [(one["number"], one["rate"]) for one in table["averages"]],
            [(0, 1.0), (1, 2 / 3), (2, 0.0)],  # April of the customer of March is not over
        )
        self.policy.reference_date = "2025-04-30"
        self.env.invalidate_all()
        table = self.env["crm.cohort.retention"].cohort_table()
        self.assertFalse(table["cohorts"][0]["cells"][3]["is_running"])
        self.assertEqual(table["averages"][1]["rate"], 0.75)  # 2 of 3, and Dan's second order

    def test_table_ends_with_the_month_asked_for(self):
        self.assertEqual(self._cells(until="2025-02-01"), {"2025-01-01": [3, 2]})
        self.assertEqual(self._cells(months=2), {"2025-03-01": [1, 0]})
        self.assertEqual(self._cells(until="2024-12-31"), {})

    def test_rate_of_several_cohorts_weighs_them_by_their_size(self):
        self.policy.reference_date = "2025-04-30"
        groups = self.env["crm.cohort.retention"]._read_group(
            [("company_id", "=", self.company.id), ("month_number", "=", 1)],
            [],
            ["retention_rate:avg"],
        )
        self.assertEqual(groups, [(0.75,)])  # 3 of 4, and not the mean of 2/3 and 1

    def test_cell_opens_its_customers(self):
        row = self.env["crm.cohort.retention"].search(
            [
                ("company_id", "=", self.company.id),
                ("cohort_month", "=", "2025-01-01"),
                ("month_number", "=", 1),
            ]
        )
        action = row.action_view_customers()
        found = self.env["crm.customer.cohort"].search(action["domain"])
        self.assertEqual(found.partner_id, self.ann | self.bee)

    def test_wrong_arguments_get_a_sentence(self):
        for values, sentence in (
            ({"until": "2025"}, "2026-01-31"),
            ({"until": 7}, "2026-01-31"),
            ({"months": 0}, "1 to 60"),
            ({"months": "x"}, "1 to 60"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, sentence):
                self.env["crm.cohort.retention"].cohort_table(**values)

    def test_month_is_that_of_the_company(self):
        late, early = self._customer("Late"), self._customer("Early")
        self._order(late, 1.0, "2025-01-31 16:30:00")  # 23:30 of 31 January in Bangkok
        self._order(early, 1.0, "2025-01-31 17:30:00")  # 00:30 of 1 February
        rows = self.env["crm.customer.cohort"].search(
            [("partner_id", "in", (late | early).ids)], order="month"
        )
        self.assertEqual(rows.mapped("partner_id.name"), ["Late", "Early"])
        self.assertEqual([str(row.cohort_month) for row in rows], ["2025-01-01", "2025-02-01"])

    def test_credit_note_is_no_purchase_and_lowers_the_revenue(self):
        self.policy.basis = "invoiced"
        only_credited, buyer = self._customer("Only Credited"), self._customer("Buyer")
        self._invoice(only_credited, 50.0, "2025-02-01", "out_refund")
        self._invoice(buyer, 20.0, "2025-01-15", "out_refund")  # before his first purchase
        self._invoice(buyer, 100.0, "2025-02-15")
        self._invoice(buyer, 30.0, "2025-03-15", "out_refund")
        rows = self.env["crm.customer.cohort"].search(
            [("partner_id", "in", (only_credited | buyer).ids)], order="month"
        )
        self.assertEqual(
            [(row.month_number, row.active_count, row.revenue) for row in rows],
            [(0, 1, 100.0), (1, 0, -30.0)],
        )
        self.assertEqual(self._cells(), {"2025-02-01": [1, 0, 0]})

    def test_contacts_of_a_firm_are_one_customer(self):
        contact = self._customer("Contact", parent_id=self.dan.id)
        self._order(contact, 3.0, "2025-02-05 05:00:00")
        self.assertIn((self.dan, 0, 1), self._rows("partner_id", "month_number", "active_count"))
        self.assertEqual(self._cells()["2025-02-01"], [1, 1, 0])

    def test_retention_is_the_share_of_those_at_risk_who_bought_again(self):
        retention = self.env["crm.customer.cohort"]._retention
        # 16 January to 15 February and 16 February to 15 March at one month: Ann and Bee, Bee
        self.policy.reference_date = "2025-03-15"
        self.assertEqual(retention(self.company, months=1), (2, 1, 0.5))
        # 16 October to 15 January, 16 January to 15 April: Ann and Cat, Ann
        self.policy.reference_date = "2025-04-15"
        self.assertEqual(retention(self.company, months=3), (2, 1, 0.5))
        self.assertEqual(retention(self.company), (0, 0, None))
        self.policy.reference_date = "2026-01-31"  # all are at risk, Ann, Bee and Dan come later
        self.assertEqual(retention(self.company), (3, 2, 2 / 3))
        with self.assertRaisesRegex(UserError, "1 to 120"):
            retention(self.company, months=0)

    def test_another_company_has_its_own_cohorts(self):
        there = self.setup_other_company(name="There")["company"]
        self.env["crm.value.policy"]._of_company(there).write(
            {"basis": "invoiced", "reference_date": "2025-02-28"}
        )
        here = self._cells()
        elsewhere = self.env["crm.cohort.retention"].with_company(there)
        elsewhere = elsewhere.with_context(allowed_company_ids=there.ids)
        self.assertEqual(elsewhere.cohort_table()["cohorts"], [])
        self.assertEqual(self._cells(), here)


@tagged("post_install", "-at_install")
class TestGradeMigration(AnalyticsCommon):
    """Grades of five customers at the end of January and at the end of December."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stays, cls.falls, cls.new, cls.lost, cls.back = map(
            cls._customer, ("Stays", "Falls", "New", "Lost", "Back")
        )
        cls._grade(cls.stays, "2025-01-31", None, cls.grade_a)
        cls._grade(cls.falls, "2025-01-01", None, cls.grade_b)
        cls._grade(cls.falls, "2025-01-31", cls.grade_b, cls.grade_a)
        cls._grade(cls.falls, "2025-06-01", cls.grade_a, cls.grade_c)
        cls._grade(cls.new, "2025-02-01", None, cls.grade_b)
        cls._grade(cls.lost, "2025-01-10", None, cls.grade_c)
        cls._grade(cls.lost, "2025-12-31", cls.grade_c, None)
        cls._grade(cls.back, "2025-01-10", None, cls.grade_a)
        cls._grade(cls.back, "2025-05-01", cls.grade_a, cls.grade_b)
        cls._grade(cls.back, "2025-08-01", cls.grade_b, cls.grade_a)
        cls._grade(cls.back, "2026-01-01", cls.grade_a, cls.grade_c)

    @classmethod
    def _grade(cls, partner, day, before, after):
        cls.env["crm.value.grade.change"].sudo().create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "from_grade_id": before and before.id,
                "to_grade_id": after and after.id,
                "date": day,
                "method": "manual",
                "reason": "By the test",
            }
        )

    def _lines(self, **values):
        migration = self.env["crm.grade.migration"].create(
            {"date_from": "2025-01-31", "date_to": "2025-12-31", **values}
        )
        return self.env["crm.grade.migration.line"].search(migration.action_show()["domain"])

    def test_matrix_tells_where_the_customers_of_a_grade_are_later(self):
        nobody = self.env["crm.value.grade"]
        self.assertEqual(
            {
                (line.from_grade_id, line.to_grade_id): (line.customer_count, line.share)
                for line in self._lines()
            },
            {
                (self.grade_a, self.grade_a): (2, 2 / 3),  # Stays and Back
                (self.grade_a, self.grade_c): (1, 1 / 3),
                (self.grade_c, nobody): (1, 1.0),
                (nobody, self.grade_b): (1, 1.0),  # graded later
            },
        )

    def test_matrix_agrees_with_the_grade_on_a_day(self):
        for line in self._lines():
            action = line.action_view_customers()
            customers = self.env["res.partner"].browse(action["domain"][1][2])
            self.assertEqual(len(customers), line.customer_count)
            for customer in customers:
                self.assertEqual(customer.value_grade_at("2025-01-31"), line.from_grade_id)
                self.assertEqual(customer.value_grade_at("2025-12-31"), line.to_grade_id)

    def test_matrix_can_be_shown_again(self):
        migration = self.env["crm.grade.migration"].create(
            {"date_from": "2025-01-31", "date_to": "2025-12-31"}
        )
        migration.action_show()
        migration.action_show()
        self.assertEqual(sum(migration.line_ids.mapped("customer_count")), 5)

    def test_days_in_the_wrong_order_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "before the second"):
            self._lines(date_to="2025-01-31")

    def test_grades_of_another_company_do_not_count(self):
        there = self.setup_other_company(name="There")["company"]
        self.assertFalse(self._lines(company_id=there.id))
