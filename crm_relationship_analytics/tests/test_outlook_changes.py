from random import Random

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import uninstall_hook
from .outlook_common import PURCHASES, OutlookCommon


@tagged("post_install", "-at_install")
class TestOutlookChanges(OutlookCommon):
    """Changes as days pass, each told to the salesperson once; and forecasts by the models."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.reference_date = False
        cls._forecast_on("2025-12-30")

    @classmethod
    def _forecast_on(cls, day):
        with freeze_time(f"{day} 05:00:00"):
            return cls._forecast()

    def _activities(self, customer):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.customers[customer].id)]
        )

    def test_first_run_tells_nobody(self):
        self.assertEqual(len(self.Change.search([("cause", "=", "rules")])), 5)
        for name in PURCHASES:
            self.assertFalse(self._activities(name))

    def test_a_change_is_told_to_the_salesperson_once(self):
        result = self._forecast_on("2025-12-31")
        self.assertEqual(result["states_changed"], 1)
        activity = self._activities("Late")
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.seller)
        self.assertIn("at risk", activity.summary)
        change = self.Change.search([("cause", "=", "purchases")])
        self.assertEqual((change.from_state, change.to_state), ("active", "at_risk"))
        self.assertEqual(str(change.date), "2025-12-31")
        self.assertEqual(change.reason, "Last bought 16 days before, usually every 10 days.")
        self._forecast_on("2025-12-31")
        self.assertEqual(self._activities("Late"), activity)

    def test_the_same_change_is_not_told_again_after_the_rules_had_changed(self):
        self._forecast_on("2025-12-31")
        told = self._activities("Late")
        self.policy.outlook_risk_gaps = 2.5
        self._forecast_on("2025-12-31")
        self.assertEqual(self._outlook_of("Late").state, "active")
        self.policy.outlook_risk_gaps = 1.5
        self._forecast_on("2025-12-31")
        self.policy.outlook_risk_gaps = 1.6
        self._forecast_on("2025-12-31")
        self.assertEqual(self._outlook_of("Late").state, "active")
        self._forecast_on("2026-01-01")
        self.assertEqual(self._outlook_of("Late").state, "at_risk")
        self.assertEqual(self._activities("Late"), told)

    def test_becoming_active_again_is_noted_and_not_told(self):
        self._forecast_on("2025-12-31")
        told = self._activities("Late")
        self._order(self.customers["Late"], 10.0, "2025-12-31 06:00:00")
        self._forecast_on("2026-01-01")
        self.assertEqual(self._outlook_of("Late").state, "active")
        self.assertEqual(self._activities("Late"), told)

    def test_who_comes_back_is_told(self):
        self._order(self.customers["Gone"], 10.0, "2025-12-31 05:00:00")
        self._forecast_on("2025-12-31")
        self.assertEqual(self._outlook_of("Gone").state, "won_back")
        self.assertIn("won back", self._activities("Gone").summary)

    def test_customer_without_salesperson_changes_without_activity(self):
        self.customers["Late"].user_id = False
        self._forecast_on("2025-12-31")
        self.assertFalse(self._activities("Late"))
        self.assertEqual(self._outlook_of("Late").state, "at_risk")

    def test_addons_hear_of_changes_once_a_batch(self):
        heard = []
        original = type(self.Outlook)._outlook_changed

        def listen(outlook, changes):
            heard.append(changes.mapped("partner_id.name"))
            return original(outlook, changes)

        self.patch(type(self.Outlook), "_outlook_changed", listen)
        self._forecast_on("2025-12-31")
        self.assertEqual(heard, [["Late"]])

    def test_activities_survive_the_addon(self):
        self._forecast_on("2025-12-31")
        activity = self._activities("Late")
        uninstall_hook(self.env)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))

    def test_history_is_never_altered(self):
        change = self.Change.search([], limit=1)
        with self.assertRaisesRegex(UserError, "history"):
            change.date = "2020-01-01"
        with self.assertRaisesRegex(UserError, "history"):
            change.sudo().unlink()

    def test_job_forecasts_every_company(self):
        with self.enter_registry_test_mode(), freeze_time("2025-12-31 05:00:00"):
            self.env.ref(
                "crm_relationship_analytics.ir_cron_forecast_customers"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self._outlook_of("Late").state, "at_risk")
        self.assertEqual(len(self._activities("Late")), 1)

    # customers enough for BG/NBD and Gamma-Gamma

    def _forecast_many(self):
        """Forecast 200 customers more, who buy and leave at random, as the models suppose."""
        chance = Random(2005)
        partners = self.env["res.partner"].create([{"name": f"Many {one}"} for one in range(200)])
        orders = []
        for partner in partners.ids:
            day, rate = chance.uniform(0, 300), chance.gammavariate(0.8, 0.05)
            leaving, scale = chance.betavariate(1, 4), 50 / chance.gammavariate(4, 1)
            while day < 364:
                orders.append((partner, int(day), chance.gammavariate(6, scale)))
                if chance.random() < leaving:
                    break
                day += 1 + chance.expovariate(rate)
        self.env.cr.execute(
            """
            INSERT INTO sale_order (
                name, partner_id, partner_invoice_id, partner_shipping_id, company_id, currency_id,
                currency_rate, state, date_order, amount_untaxed, picking_policy, warehouse_id
            )
            SELECT 'Many', partner, partner, partner, model.company_id, model.currency_id, 1,
                   'sale', TIMESTAMP '2025-01-01 05:00:00' + INTERVAL '1 day' * day, amount,
                   model.picking_policy, model.warehouse_id
              FROM UNNEST(%s, %s, %s) made (partner, day, amount), sale_order model
             WHERE model.id = %s
            """,
            [*map(list, zip(*orders, strict=True)), self.env["sale.order"].search([], limit=1).id],
        )
        self.policy.write(
            {
                "reference_date": "2025-12-31",
                "outlook_least_customers": 50,
                "outlook_least_repeaters": 20,
            }
        )
        self._forecast()

    def test_model_is_used_and_nothing_is_excused(self):
        self._forecast_many()
        outlook = self._outlook_of("Regular")
        self.assertEqual((outlook.method, outlook.problem), ("bg_nbd", False))
        self.assertEqual(outlook.fit_id.customers, 205)
        self.assertTrue(0 < outlook.alive_probability <= 1)
        self.assertEqual(self._outlook_of("New").alive_probability, 1)
        nothing = {"inserted": 0, "updated": 0, "deleted": 0, "states_changed": 0}
        self.assertEqual(self._forecast(), nothing)

    def test_expectations_by_the_models(self):
        self._forecast_many()
        regular, gone = self._outlook_of("Regular"), self._outlook_of("Gone")
        self.assertGreater(regular.alive_probability, gone.alive_probability)
        self.assertGreater(regular.expected_purchases, gone.expected_purchases)
        self.assertGreater(regular.expected_purchases, regular.expected_purchases_quarter)
        back = self._outlook_of("Back")  # he spends 10, the others 100 on average
        self.assertTrue(10 < back.expected_spend < 100)
        self.assertAlmostEqual(
            back.expected_revenue, back.expected_spend * back.expected_purchases, delta=0.05
        )

    def test_the_way_that_was_less_off_can_be_chosen(self):
        self.policy.outlook_method = "best"
        self._forecast_many()
        fit = self._outlook_of("Regular").fit_id
        self.assertEqual((fit.test_problem, str(fit.tested_since)), (False, "2025-10-02"))
        self.assertNotEqual(fit.mean_error, fit.simple_mean_error)
        is_worse = fit.root_mean_square_error > fit.simple_root_mean_square_error
        self.assertEqual(fit.problem, "worse" if is_worse else False)

    def test_spending_that_is_all_alike_is_no_fit_which_is_said(self):
        self._forecast_many()
        self.env.cr.execute("UPDATE sale_order SET amount_untaxed = 20")
        self._forecast()
        outlook = self._outlook_of("Regular")
        self.assertEqual((outlook.method, outlook.problem), ("simple", "spend"))
