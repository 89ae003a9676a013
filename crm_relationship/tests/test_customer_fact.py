from odoo.tests import tagged

from ..report.crm_customer_fact import PURCHASE_KINDS
from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestCustomerFact(RelationshipCommon):
    def setUp(self):
        super().setUp()
        self.customer = self._customer("Buyer")

    def _facts(self):
        self.env.flush_all()
        return self.env["crm.customer.fact"].search(
            [("partner_id", "=", self.customer.id), ("kind", "in", PURCHASE_KINDS)]
        )

    def test_order_invoice_and_refund_each_make_a_fact(self):
        self._order(self.customer, 100.0)
        self._invoice(self.customer, 80.0)
        self._invoice(self.customer, 30.0, move_type="out_refund")
        amount_by_kind = {fact.kind: fact.amount for fact in self._facts()}
        self.assertEqual(amount_by_kind, {"order": 100.0, "invoice": 80.0, "refund": -30.0})

    def test_drafts_and_cancelled_documents_are_none(self):
        order = self._order(self.customer, 100.0)
        order._action_cancel()
        draft = self._invoice(self.customer, 80.0)
        draft.button_draft()
        self.assertFalse(self._facts())

    def test_contact_counts_for_its_company(self):
        firm = self._customer("Firm", is_company=True)
        self.customer.parent_id = firm
        self._order(self.customer, 100.0)
        self.env.flush_all()
        fact = self.env["crm.customer.fact"].search([("partner_id", "=", firm.id)])
        self.assertEqual(fact.document_partner_id, self.customer)

    def test_foreign_currency_is_converted_at_the_date_of_the_document(self):
        """100 in a currency at 2 to 1 on the day are 50, whatever the rate is later."""
        foreign = self.setup_other_currency("HRK", rates=[("2025-01-01", 2.0), ("2025-12-15", 5.0)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": foreign.id}
        )
        order = self._order(self.customer, 100.0, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, foreign)
        self._invoice(self.customer, 100.0, currency_id=foreign.id)
        self._invoice(self.customer, 40.0, move_type="out_refund", currency_id=foreign.id)
        amount_by_kind = {fact.kind: fact.amount for fact in self._facts()}
        self.assertEqual(amount_by_kind, {"order": 50.0, "invoice": 50.0, "refund": -20.0})

    def test_day_is_the_company_s_not_utc_s(self):
        """23:30 and 00:30 in Bangkok (UTC+7) and in Los Angeles (UTC-8 in December)."""
        late = self._order(self.customer, 1.0, "2025-12-01 16:30:00")
        early = self._order(self.customer, 2.0, "2025-12-01 17:30:00")
        day_by_amount = {fact.amount: str(fact.date) for fact in self._facts()}
        self.assertEqual(day_by_amount, {1.0: "2025-12-01", 2.0: "2025-12-02"})
        self.company.business_timezone = "America/Los_Angeles"
        late.date_order, early.date_order = "2025-12-02 07:30:00", "2025-12-02 08:30:00"
        self.env.invalidate_all()
        day_by_amount = {fact.amount: str(fact.date) for fact in self._facts()}
        self.assertEqual(day_by_amount, {1.0: "2025-12-01", 2.0: "2025-12-02"})

    def test_archived_company_keeps_the_days_of_its_facts(self):
        other = self.env["res.company"].create({"name": "Closed", "business_timezone": "UTC"})
        self._order(self.customer, 1.0, "2025-12-01 17:30:00", company_id=other.id)
        other.active = False
        self.env.flush_all()
        fact = self.env["crm.customer.fact"].sudo().search([("company_id", "=", other.id)])
        self.assertEqual(str(fact.date), "2025-12-01")

    def test_companies_in_different_time_zones(self):
        companies = self.env["res.company"].search([])
        companies.business_timezone = "UTC"
        self.company.business_timezone = "Asia/Bangkok"
        self._order(self.customer, 1.0, "2025-12-01 17:30:00")
        self.assertEqual(str(self._facts().date), "2025-12-02")

    def test_fact_opens_its_document(self):
        order = self._order(self.customer, 100.0)
        action = self._facts().action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", order.id))

    def test_dimension_is_groupable_and_searchable(self):
        self.customer.country_id = self.env.ref("base.th")
        self._order(self.customer, 100.0)
        self.env.flush_all()
        Fact = self.env["crm.customer.fact"]
        groups = Fact._read_group(
            [("partner_country_id", "=", self.env.ref("base.th").id)],
            ["partner_country_id"],
            ["amount:sum"],
        )
        self.assertEqual(groups, [(self.env.ref("base.th"), 100.0)])

    def test_sum_of_invoice_facts_is_the_balance_of_the_income_accounts(self):
        self._invoice(self.customer, 80.0)
        self._invoice(self.customer, 30.0, move_type="out_refund")
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("account_id.account_type", "=", "income"),
                ("parent_state", "=", "posted"),
            ]
        )
        facts = self._facts()
        self.assertEqual(sum(facts.mapped("amount")), 50.0)
        self.assertEqual(-sum(lines.mapped("balance")), 50.0)
