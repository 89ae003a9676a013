from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..logic.demand import Rules, expected_by_rate
from .common import AnalyticsCommon

PARTS = ("committed_amount", "weighted_amount", "rhythm_amount", "other_amount", "amount")


@tagged("post_install", "-at_install")
class TestSalesForecast(AnalyticsCommon):
    """All is known up to 31 December 2025; orders count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Forecast = cls.env["crm.sales.forecast"]
        cls.somchai, cls.malee = cls._customer("Somchai"), cls._customer("Malee")
        # two more purchases in the 90 days since the first, 100 each: 2.2222 a day
        for day in ("2025-10-02", "2025-11-01", "2025-12-01"):
            cls._order(cls.somchai, 100, f"{day} 05:00:00")
        # bought once: 180 in 90 days, 2 a day
        cls._order(cls._customer("Nok"), 180, "2025-11-20 05:00:00")

    @classmethod
    def _forecast(cls, as_of="2025-12-31"):
        cls.policy.reference_date = as_of
        written = cls.Forecast.refresh()
        cls.env.invalidate_all()
        return written

    def _rows(self, *names, kind="next"):
        rows = self.Forecast.search([("kind", "=", kind), ("company_id", "=", self.company.id)])
        return [tuple(round(row[name], 4) for name in names) for row in rows.sorted("month")]

    def _opportunity(self, partner, amount, probability, deadline):
        return self.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": partner.id,
                "expected_revenue": amount,
                "probability": probability,
                "date_deadline": deadline,
                "company_id": self.company.id,
            }
        )

    def _quotation(self, partner, amount, **values):
        order = self._order(partner, amount, **values)
        order._action_cancel()
        order.action_draft()
        return order

    def test_rhythm_and_other_customers_by_the_days_of_each_month(self):
        self._forecast()
        self.assertEqual(
            self._rows(*PARTS),
            [
                (0.0, 0.0, 68.89, 62.0, 130.89),
                (0.0, 0.0, 62.22, 56.0, 118.22),
                (0.0, 0.0, 68.89, 62.0, 130.89),
            ],
        )
        expected = expected_by_rate(3, date(2025, 10, 2), date(2025, 12, 31), 31, Rules())
        self.assertEqual(round(expected * 100, 2), 68.89)
        # December brought 100; of the year before nothing is known
        self.assertEqual(self._rows("last_amount", "year_amount")[0], (100.0, 0.0))

    def test_pipeline_counts_once_and_before_the_rhythm(self):
        self._opportunity(self.malee, 400, 25, "2026-02-10")
        deal = self._opportunity(self.somchai, 200, 50, "2026-01-15")
        self._quotation(self.somchai, 200, opportunity_id=deal.id)
        self._opportunity(self.malee, 900, 50, False)  # nobody knows when
        self._quotation(self.malee, 60, commitment_date="2026-03-03 05:00:00")  # 50%
        self._quotation(self.malee, 70, validity_date="2025-12-30")
        self._forecast()
        # of Somchai 100 are in January's pipeline, more than the 68.89 of his rhythm
        self.assertEqual(
            self._rows(*PARTS),
            [
                (0.0, 100.0, 0.0, 62.0, 162.0),
                (0.0, 100.0, 62.22, 56.0, 218.22),
                (0.0, 30.0, 68.89, 62.0, 160.89),
            ],
        )
        deal.action_set_lost()
        self._forecast()
        self.assertEqual(self._rows("weighted_amount", "rhythm_amount")[0], (0.0, 68.89))

    def test_order_not_invoiced_is_committed_in_the_month_of_its_delivery(self):
        self.policy.basis = "invoiced"
        order = self._order(self.malee, 300, commitment_date="2026-02-10 05:00:00")
        self._forecast()
        # the orders of the others are late to be invoiced: 100 x 3 + 180, expected at once
        self.assertEqual(
            self._rows("committed_amount", "rhythm_amount"),
            [(480.0, 0.0), (300.0, 0.0), (0.0, 0.0)],
        )
        invoice = order._create_invoices()
        invoice.invoice_date = "2026-01-05"
        invoice.action_post()
        self._forecast()
        self.assertEqual(self._rows("committed_amount")[1], (0.0,))

    def test_order_dated_later_is_committed_where_orders_count(self):
        self._order(self.malee, 250, "2026-02-03 05:00:00")
        self._forecast()
        self.assertEqual(self._rows("committed_amount"), [(0.0,), (250.0,), (0.0,)])

    def test_month_that_has_begun_keeps_what_was_sold(self):
        self._order(self.malee, 150, "2026-01-05 05:00:00")
        self._forecast("2026-01-10")
        # 21 days are left: Somchai 2 in 100 days; Nok and Malee 330 in 90 days
        self.assertEqual(
            self._rows("so_far_amount", "rhythm_amount", "other_amount", "amount")[0],
            (150.0, 42.0, 77.0, 269.0),
        )
        self.assertEqual(self._rows("amount", kind="kept"), [])

    def test_kept_forecast_stays_and_learns_what_came(self):
        self._forecast()
        kept = self._rows("amount", "is_over", kind="kept")
        self.assertEqual(kept, [(130.89, 0), (118.22, 0), (130.89, 0)])
        self._order(self.malee, 150, "2026-01-05 05:00:00")
        self._order(self.malee, 99, "2025-12-20 05:00:00")  # entered late
        self._forecast("2026-01-31")
        # 130.89 to 150 is 12.74% off; the 100 of December would have been 33.33% off
        january = self.Forecast.search([("kind", "=", "kept")], order="made_for, month", limit=1)
        self.assertEqual(
            (january.amount, january.actual_amount, january.is_over), (130.89, 150.0, True)
        )
        self.assertEqual(january.error_amount, -19.11)
        self.assertEqual(
            (round(january.error_share, 4), round(january.last_error_share, 4)), (0.1274, 0.3333)
        )
        # beside the next month that is as far ahead, and not beside those further ahead
        self.assertEqual(
            self._rows("past_count", "past_error", "past_last_error"),
            [(1, 0.1274, 0.3333), (0, 0.0, 0.0), (0, 0.0, 0.0)],
        )

    def test_forecast_again_writes_nothing(self):
        self.assertEqual(self._forecast(), 6)  # three to come, three kept
        self.assertEqual(self._forecast(), 0)
        self.assertGreater(self._forecast("2026-01-31"), 0)
        self.assertEqual(self._forecast("2026-01-31"), 0)

    def test_back_test_is_the_rhythm_as_of_a_day_gone_by(self):
        self._opportunity(self.malee, 400, 50, "2026-01-10")
        self._order(self.malee, 150, "2026-01-05 05:00:00")
        self._forecast("2026-02-28")
        tested = self.Forecast.search([("kind", "=", "tested")], order="made_for, month")
        # 90 days after the first order at the earliest: as of 31 December, and of 31 January
        self.assertEqual(
            [(str(row.as_of), str(row.month), row.amount) for row in tested[:2]],
            [("2025-12-31", "2026-01-01", 130.89), ("2025-12-31", "2026-02-01", 118.22)],
        )
        self.assertEqual(len(tested), 6)
        self.assertEqual(tested.filtered("is_over").mapped("actual_amount"), [150.0, 0.0, 0.0])
        self.assertEqual(self._rows("past_count", "past_error")[0], (1, 0.1274))

    def test_back_test_again_sees_changed_history(self):
        self._forecast("2026-01-31")
        self._order(self._customer("Old"), 90, "2025-12-10 05:00:00")
        self._forecast("2026-01-31")
        self.assertEqual(self._rows("amount", kind="tested")[0], (130.89,))
        self.Forecast.action_back_test()
        self.env.invalidate_all()
        # another 1 a day
        self.assertEqual(self._rows("amount", kind="tested")[0], (161.89,))

    def test_refunds_lower_what_was_sold(self):
        self.policy.basis = "invoiced"
        self._invoice(self.malee, 500, "2025-12-05")
        self._invoice(self.malee, 200, "2025-12-06", "out_refund")
        self._forecast()
        self.assertEqual(self._rows("last_amount")[0], (300.0,))
        # 300 in 90 days
        self.assertEqual(self._rows("other_amount")[0], (103.33,))

    def test_what_goes_wrong_with_one_company_stops_no_other(self):
        other = self.env["res.company"].create({"name": "Other"})
        others_policy = self.env["crm.value.policy"]._of_company(other)
        others_policy.sales_forecast_problem = "Of yesterday"
        work, reason = type(self.Forecast)._refresh_company, "No rates"

        def refresh_company(forecast, policy):
            if policy == self.policy:
                policy.window_months = 7  # undone with the rest
                raise UserError(reason)
            return work(forecast, policy)

        self.patch(type(self.Forecast), "_refresh_company", refresh_company)
        logger = "odoo.addons.crm_relationship_analytics.models.crm_company_job"
        with self.enter_registry_test_mode(), self.assertLogs(logger, "WARNING"):
            self.env.ref(
                "crm_relationship_analytics.ir_cron_forecast_sales"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(
            (self.policy.sales_forecast_problem, self.policy.window_months), (reason, 12)
        )
        self.assertFalse(others_policy.sales_forecast_problem)
        forecasts = [("company_id", "=", other.id), ("kind", "=", "next")]
        self.assertEqual(self.Forecast.search_count(forecasts), 3)
