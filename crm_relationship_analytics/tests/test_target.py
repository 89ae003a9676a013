from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .target_common import TargetCommon


@tagged("post_install", "-at_install")
class TestTarget(TargetCommon):
    """What counts for a target, for whom and when, worked out by hand."""

    def test_revenue_is_that_of_the_document_s_salesperson_and_team(self):
        invoice = self._sale(1000.0, self.nok)
        self._sale(200.0, self.nok, "2025-12-20", move_type="out_refund")
        self._sale(500.0, self.sam)
        self._sale(70.0, self.lone, team_id=False)
        self._sale(3.0, self.nok, team_id=self.south.id)  # sold for the other team
        self.assertEqual(invoice.team_id, self.north)
        targets = [
            self._target(owner) for owner in (self.nok, self.sam, self.lone, self.north, self.south)
        ]
        whole = self._target()
        self._measure()
        # Nok 1,000 - 200 + 3; North without the 3 that are South's; all 1,000 - 200 + 500 + 70 + 3
        self.assertEqual(
            [target.actual_value for target in targets], [803.0, 500.0, 70.0, 800.0, 503.0]
        )
        self.assertEqual(whole.actual_value, 1373.0)
        self.assertEqual(targets[0].achievement, 0.803)
        self._assert_lists_add_up(self.Target.concat(*targets) + whole)

    def test_revenue_of_orders_where_the_company_grades_by_these(self):
        self.policy.basis = "ordered"
        order = self._order(self.customer, 400.0, "2025-12-05 05:00:00", user_id=self.sam.id)
        self._sale(9.0, self.sam)  # an invoice does not count then
        targets = self._target(self.sam) + self._target(order.team_id)
        self._measure()
        self.assertEqual(targets.mapped("actual_value"), [400.0, 400.0])
        self._assert_lists_add_up(targets)

    def test_other_currency_counts_at_the_rate_of_the_day(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5), ("2025-12-15", 0.25)])
        self._sale(100.0, self.nok, "2025-12-10", currency_id=euro.id)  # 200
        self._sale(100.0, self.nok, "2025-12-20", currency_id=euro.id)  # 400
        target = self._target(self.nok)
        self._measure()
        self.assertEqual(target.actual_value, 600.0)

    def test_contribution_is_after_costs_and_of_the_customer_s_salesperson_without_document(self):
        self._rate("interaction", 7.0)
        self._invoice(
            self.customer,
            0.0,
            "2025-12-10",
            invoice_user_id=self.sam.id,
            invoice_line_ids=[
                Command.create(
                    {"product_id": self.goods.id, "quantity": 2, "price_unit": 100.0}
                    | {"tax_ids": False}
                )
            ],
        )
        self._contact(self.customer, self.phone, date="2025-12-11 05:00:00", user_id=self.sam.id)
        targets = self.Target.concat(
            *(self._target(owner, "contribution") for owner in (self.sam, self.nok, self.north))
        )
        self._measure()
        # Sam sold for 200 what cost 80; the call of 7 is due to Nok's customer, whoever made it
        self.assertEqual(targets.mapped("actual_value"), [120.0, -7.0, -7.0])
        self._assert_lists_add_up(targets)

    def test_new_customer_counts_once_for_who_sold_to_him_first(self):
        self._sale(10.0, self.sam, "2025-12-01")
        self._sale(10.0, self.nok, "2025-12-02")
        old = self._customer("Bought before")
        self._sale(10.0, self.nok, "2025-11-30", old)
        self._sale(10.0, self.nok, "2025-12-03", old)
        firm = self._customer("Firm", is_company=True)
        buyers = [self._customer(name, parent_id=firm.id) for name in ("One", "Other")]
        for buyer in buyers:
            self._sale(10.0, self.sam, "2025-12-04", buyer)
        targets = self.Target.concat(
            *(self._target(owner, "new_customers", 4) for owner in (self.nok, self.sam, None))
        )
        self._measure()
        self.assertEqual(targets.mapped("actual_value"), [0.0, 2.0, 2.0])
        self._assert_lists_add_up(targets)

    def test_kept_had_the_best_grade_before_the_period_and_has_it_still(self):
        grades = {"A": self.grade_a, "B": self.grade_b}
        histories = {
            "kept": [("2025-06-01", "A")],
            "lost": [("2025-06-01", "A"), ("2025-12-20", "B")],
            "back": [("2025-06-01", "A"), ("2025-12-05", "B"), ("2025-12-09", "A")],
            "new": [("2025-12-01", "A")],
            "lost in november": [("2025-06-01", "A"), ("2025-11-20", "B")],
            "lost and back on a day": [
                ("2025-06-01", "A"),
                ("2025-12-07", "B"),
                ("2025-12-07", "A"),
            ],
        }
        for name, history in histories.items():
            customer = self._customer(name, user_id=self.nok.id)
            for day, grade in history:
                self.env["crm.value.grade.change"].sudo().create(
                    {
                        "partner_id": customer.id,
                        "company_id": self.company.id,
                        "to_grade_id": grades[grade].id,
                        "date": day,
                        "method": "manual",
                        "reason": "By hand",
                    }
                )
        december = self._target(self.nok, "kept_customers", 4)
        quarter = self._target(self.north, "kept_customers", 5, "2025-10-01", period_kind="quarter")
        self._measure()
        # December: kept, back, lost and back. The quarter began with five, of whom these are left.
        self.assertEqual((december.actual_value, quarter.actual_value), (3.0, 3.0))
        self.assertEqual((december.pace, quarter.pace), (0.75, 0.6))
        self._assert_lists_add_up(december + quarter)

    def test_contacts_count_for_who_made_them_and_corrected_ones_once(self):
        moment = "2025-12-04 05:00:00"
        entry = self._contact(self.customer, self.phone, date=moment, user_id=self.nok.id)
        self._contact(
            self.customer, self.phone, date=moment, user_id=self.sam.id, corrects_id=entry.id
        )
        self._contact(self.customer, self.email, date=moment, user_id=self.sam.id)
        targets = self.Target.concat(
            *(self._target(owner, "interactions", 10) for owner in (self.nok, self.sam, self.south))
        )
        self._measure()
        self.assertEqual(targets.mapped("actual_value"), [0.0, 2.0, 2.0])
        self._assert_lists_add_up(targets)

    def test_days_are_those_of_the_company(self):
        for moment in (
            "2025-09-30 16:30:00",  # 23:30 on 30 September in Bangkok
            "2025-09-30 17:30:00",  # 00:30 on 1 October
            "2025-12-31 16:30:00",  # 23:30 on 31 December
            "2025-12-31 17:30:00",  # 00:30 on 1 January: not before the next year
        ):
            self._contact(self.customer, self.phone, date=moment, user_id=self.nok.id)
        kinds = {"month": "2025-12-01", "quarter": "2025-10-01", "year": "2025-01-01"}
        targets = self.Target.concat(
            *(
                self._target(self.nok, "interactions", 5, first, period_kind=kind)
                for kind, first in kinds.items()
            )
        )
        before = self._target(self.nok, "interactions", 5, "2025-07-01", period_kind="quarter")
        self._measure()
        self.assertEqual(targets.mapped("actual_value"), [1.0, 2.0, 3.0])
        self.assertEqual(before.actual_value, 1.0)

    def test_each_company_counts_its_own(self):
        other = self.setup_other_company(name="Elsewhere")["company"]
        self.env["crm.value.policy"]._of_company(other).reference_date = "2025-12-31"
        self._sale(10.0, self.nok)
        here = self._target()
        there = self._target(company_id=other.id)
        self.Target.with_context(allowed_company_ids=[self.company.id, other.id]).measure()
        self.env.invalidate_all()
        self.assertEqual((here.actual_value, there.actual_value), (10.0, 0.0))

    def test_measured_as_of_the_day_that_the_company_grades_as_of(self):
        self.policy.reference_date = "2025-12-15"
        self._sale(10.0, self.nok, "2025-12-15")
        self._sale(90.0, self.nok, "2025-12-16")
        target, to_come = self._target(self.nok), self._target(self.nok, first="2026-01-01")
        self._measure()
        self.assertEqual((target.actual_value, target.measured_on), (10.0, date(2025, 12, 15)))
        self.assertFalse(target.closed_on)
        self.assertAlmostEqual(target.elapsed_share, 15 / 31)
        self.assertAlmostEqual(target.pace, 10 / 1000 / (15 / 31))
        self.assertFalse(to_come.measured_on)
        self._assert_lists_add_up(target)

    def test_closed_period_stays_and_shows_what_came_late(self):
        self._sale(1000.0, self.nok, "2025-11-10")
        november, december = self._target(self.nok, first="2025-11-01"), self._target(self.nok)
        self.assertEqual(self._measure(), 2)
        self.assertEqual(november.closed_on, date(2025, 12, 31))
        self.assertFalse(december.closed_on)  # its last day has not gone by
        self._sale(300.0, self.nok, "2025-11-20", move_type="out_refund")
        self.assertEqual(self._measure(), 1)
        self.assertEqual((november.actual_value, november.late_value), (1000.0, -300.0))
        self._assert_lists_add_up(november)
        for change in (
            lambda: november.write({"target_value": 1.0}),
            november.unlink,
            lambda: november.write({"actual_value": 1.0}),
        ):
            with self.assertRaises(UserError):
                change()
        november.action_reopen()
        november.target_value = 700.0
        self._measure()
        self.assertEqual((november.actual_value, november.late_value), (700.0, 0.0))
        self.assertEqual((november.achievement, november.closed_on), (1.0, date(2025, 12, 31)))

    def test_a_year_after_closing_nobody_asks_any_more(self):
        october = self._target(self.nok, first="2024-10-01")
        self.policy.reference_date = "2024-11-30"
        self._measure()
        self._sale(300.0, self.nok, "2024-10-20")
        self.policy.reference_date = "2025-11-30"
        self.assertEqual(self._measure(), 0)
        self.policy.reference_date = "2025-11-29"
        self.assertEqual(self._measure(), 1)
        self.assertEqual((october.actual_value, october.late_value), (0.0, 300.0))

    def test_a_second_run_writes_nothing(self):
        self._sale(10.0, self.nok)
        self._target(self.nok)
        self._target(self.nok, first="2025-11-01")
        self._target(self.north, "kept_customers", 5)
        self.assertEqual(self._measure(), 3)
        self.assertEqual(self._measure(), 0)

    def test_nightly_job_measures(self):
        target = self._target(self.nok)
        self._sale(10.0, self.nok)
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_analytics.ir_cron_measure_targets"
            ).method_direct_trigger()
        target.invalidate_recordset()
        self.assertEqual(target.actual_value, 10.0)

    def test_target_of_zero_divides_nothing(self):
        self._sale(10.0, self.nok)
        target = self._target(self.nok, value=0.0)
        self._measure()
        self.assertEqual((target.actual_value, target.achievement, target.pace), (10.0, 0.0, 0.0))
        [(reached,)] = self.Target._read_group([("id", "=", target.id)], [], ["achievement:avg"])
        self.assertEqual(reached, 0.0)

    def test_reached_of_several_is_all_by_all(self):
        self._sale(90.0, self.nok)
        targets = self._target(self.nok, value=100.0) + self._target(self.sam, value=200.0)
        self._measure()
        [(reached,)] = self.Target._read_group([("id", "in", targets.ids)], [], ["achievement:avg"])
        self.assertAlmostEqual(reached, 0.3)

    def test_only_what_can_be_compared_is_summed_up(self):
        self._sale(90.0, self.nok)
        mine, other = self._target(self.nok, value=100.0), self._target(self.sam, value=50.0)
        differing = {
            "a team": (self._target(self.north, value=100.0), 0.9),
            "another metric": (self._target(self.nok, "interactions", 20), 0.0),
            "a year": (
                self._target(self.nok, value=900.0, first="2025-01-01", period_kind="year"),
                0.1,
            ),
        }
        self._measure()
        self.assertEqual(self._summed(mine + other), (150.0, 0.6, 150.0))
        for name, (target, reached) in differing.items():
            with self.subTest(name):
                amount, average, shown = self._summed(mine + target)
                self.assertFalse(amount or shown)
                self.assertAlmostEqual(average, (0.9 + reached) / 2)

    def _summed(self, targets):
        """Return the sum of targets, the share reached, and the sum in their history."""
        aggregates = ["target_value:sum", "achievement:avg"]
        [sums] = self.Target._read_group([("id", "in", targets.ids)], [], aggregates)
        [shown] = self.env["crm.target.history"]._read_group(
            [("target_id", "in", targets.ids), ("figure", "=", "target")], [], ["value:sum"]
        )
        return *sums, *shown

    def test_history_shows_target_and_actual_side_by_side(self):
        self._sale(90.0, self.nok)
        target = self._target(self.nok, value=100.0)
        self._measure()
        rows = self.env["crm.target.history"]._read_group(
            [("target_id", "=", target.id)], ["figure"], ["value:sum"]
        )
        self.assertEqual(dict(rows), {"target": 100.0, "actual": 90.0})
