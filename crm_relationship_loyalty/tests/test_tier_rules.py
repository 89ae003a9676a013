"""Rules that stay as they were, and customers who leave: tiers of days gone by do not change."""

from datetime import date

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierRules(TierCommon):
    def test_a_fiscal_year_is_the_one_of_the_day_of_publishing(self):
        self.company.write({"fiscalyear_last_month": "3", "fiscalyear_last_day": 31})
        ladder = self._ladder(window="fiscal_year")
        self._invoice(self.customer, 600.0, "2024-03-31")
        self._invoice(self.customer, 999.99, "2024-04-01")
        # 1,599.99 in two fiscal years; each alone is not enough
        self.assertFalse(self._evaluate("2024-04-01", ladder=ladder).tier_id)
        self._invoice(self.customer, 0.01, "2025-03-31")
        place = self._evaluate("2025-03-31", ladder=ladder)
        self.assertEqual(place.tier_id.name, "Silver")
        # kept to the end of the fiscal year after the one it was reached in
        self.assertEqual(place.tier_until, date(2026, 3, 31))
        self.company.write({"fiscalyear_last_month": "12", "fiscalyear_last_day": 31})
        place = self._evaluate("2025-03-31", ladder=ladder)
        self.assertEqual(place.tier_until, date(2026, 3, 31))

    def test_who_is_made_nameless_keeps_his_tiers_without_the_words(self):
        self.env["crm.loyalty.floor"].create(
            {
                "partner_id": self.customer.id,
                "ladder_id": self.ladder.id,
                "tier_id": self.gold.id,
                "date_until": "2099-12-31",
                "reason": "Somchai was Gold at our rival",
            }
        )
        groups = "crm_relationship.group_relationship_manager,sales_team.group_sale_manager"
        manager = new_test_user(self.env, "boss", groups)
        wizard = self.env["crm.anonymisation"].with_user(manager)
        wizard.with_context(active_id=self.customer.id).create(
            {"mode": "everything"}
        ).action_anonymise()
        self.env.invalidate_all()
        self.assertEqual(self._place().tier_id, self.gold)
        texts = self.Change.search([("partner_id", "=", self.customer.id)]).mapped("reason")
        texts += self.env["crm.loyalty.floor"].search([]).mapped("reason")
        self.assertNotIn("Somchai", " ".join(texts))
        self.assertEqual(texts[-1], "Removed")

    def test_the_job_sees_a_payment_that_is_taken_back(self):
        ladder = self._ladder(metric="paid")
        invoice = self._invoice(self.customer, 1000.0, self.company._business_today())
        self._pay(invoice)
        self.assertEqual(self._evaluate(ladder=ladder).tier_id.name, "Silver")
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE account_move SET write_date = '2020-01-01';
            UPDATE account_partial_reconcile SET write_date = '2020-01-01';
            UPDATE res_partner SET write_date = '2020-01-01'
            """
        )
        self.env.invalidate_all()
        self.assertEqual(ladder._evaluate_changed(), (0, 0))
        invoice.line_ids.remove_move_reconcile()
        ladder._evaluate_changed()
        self.assertFalse(self._place(ladder=ladder).tier_id)

    def test_a_draft_is_not_evaluated(self):
        draft = self._ladder(publish=False)
        with self.assertRaisesRegex(UserError, "publish it first"):
            draft._evaluate()
