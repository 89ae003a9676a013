"""The tier of a customer on his form, after a merge, and among his personal data."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierOfCustomer(TierCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()
        cls.clerk = new_test_user(cls.env, "clerk", "crm_relationship.group_contact_point")

    def _merge(self, survivor, *merged):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor.browse().union(*merged) | survivor).ids, survivor)
        self.env.invalidate_all()

    def test_the_form_tells_what_is_missing_to_who_sees_amounts(self):
        self._invoice(self.customer, 1200.0, self.today)
        self._evaluate()
        text = self.customer.loyalty_tier_summary
        self.assertIn("Silver until", text)
        self.assertIn("Gold: $\xa03,800.00 more", text)
        self.env.invalidate_all()
        told = self.customer.with_user(self.clerk).loyalty_tier_summary
        self.assertIn("Silver until", told)
        self.assertNotIn("3,800", told)
        [tier] = self.customer.with_user(self.clerk).customer_card()["loyalty_tiers"]
        self.assertEqual(tier["name"], "Silver")
        self.assertNotIn("missing", tier)

    def test_merged_customers_have_the_tier_of_all_their_documents(self):
        other = self._customer("Somchai J.")
        self._invoice(self.customer, 3000.0, "2025-03-01")
        self._invoice(other, 2000.0, "2025-03-02")
        self.ladder._evaluate(as_of=self._moment("2025-03-02").date())
        self._merge(self.customer, other)
        self.assertEqual(len(self._place()), 1)
        self.assertFalse(self._place(other))
        self.assertEqual(self._place().tier_at("2025-03-02"), self.gold)
        changes = self.Change.search([("partner_id", "=", self.customer.id)])
        # two of Silver, one of each contact, and one of Gold, which they reach together
        upgrades = changes.filtered(lambda one: one.method == "upgrade").sorted("id")
        self.assertEqual(upgrades.to_tier_id, self.silver | self.gold)
        self.assertEqual(len(upgrades), 3)

    def test_a_customer_with_a_history_of_tiers_is_not_deleted(self):
        invoice = self._invoice(self.customer, 1000.0, "2025-03-01")
        self._evaluate("2025-03-01")
        invoice.button_draft()
        invoice.unlink()
        with self.assertRaisesRegex(UserError, "history of tiers"):
            self.customer.unlink()

    def test_the_models_of_tiers_are_among_the_personal_data(self):
        listed = {entry.model for entry in self.env["res.partner"]._personal_data_models()}
        self.assertLessEqual(
            {"crm.loyalty.membership", "crm.loyalty.tier.change", "crm.loyalty.floor"}, listed
        )
