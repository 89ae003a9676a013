from ast import literal_eval
from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from ..report.crm_customer_fact import INCOME_KINDS
from .contribution_common import ContributionCommon


@tagged("post_install", "-at_install")
class TestContribution(ContributionCommon):
    """The figures of a small company, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls._customer("Alice")
        cls.bob = cls._customer("Bob")

    def _serve_alice(self):
        """Five pieces sold, two credited, one of them returned, paid 30 days late, and contacts."""
        self._rate("interaction", 2.0, minute_amount=0.5, channel_id=self.phone.id)
        self._rate("interaction", 1.0)
        self._rate("case", 20.0)
        self._rate("delivery", 6.0)
        self._rate("return", 9.0)
        self._rate("order_line", 0.25)
        self._rate("late_payment", yearly_rate=0.073)
        order = self._sold(self.alice, 5)
        delivery = self._deliver(order)
        invoice = self._invoice_order(order)
        self._pay(invoice, "2025-07-01")
        self._credit(invoice, 2)
        self._return(delivery, 1)
        self._contact(self.alice, self.phone, 10)
        self._contact(self.alice, self.email, 30)
        self._case(self.alice)
        return order

    def test_each_figure_is_what_a_hand_works_out(self):
        self._serve_alice()
        self.assertEqual(
            self._amounts(self.alice),
            {
                "income": 300.0,  # 5 x 100 less 2 x 100
                "cost": -160.0,  # 5 x 40, and back for the one piece that came back
                "interaction": -8.0,  # 2 + 10 x 0.50 by phone, 1 by e-mail
                "case": -20.0,
                "delivery": -6.0,
                "return": -9.0,
                "order_line": -0.25,
                "late_payment": -3.0,  # 500 x 30 days x 7.3 % / 365
            },
        )
        self._refresh()
        self.assertEqual(self._measured(self.alice), [300.0, 0.0, -160.0, 0.0, -46.25, 93.75])
        standing = self._standing_of(self.alice)
        self.assertEqual(standing.service_cost_per_order, -46.25)
        self.assertEqual((standing.revenue, standing.contribution_class), (300.0, "a"))

    def test_every_cent_opens_to_its_document(self):
        order = self._serve_alice()
        self._refresh()
        standing = self._standing_of(self.alice)
        action = standing.action_view_contribution()
        facts = self.Fact.search(action["domain"])
        self.assertEqual(sum(facts.mapped("amount")), 93.75)
        documents = {
            fact.kind: (fact.action_open_document()["res_model"], fact.res_id) for fact in facts
        }
        self.assertEqual(documents["order_line"], ("sale.order", order.id))
        self.assertEqual(
            {kind: model for kind, (model, _id) in documents.items()},
            {
                "income": "account.move",
                "cost": "account.move",
                "late_payment": "account.move",
                "interaction": "crm.interaction",
                "case": "crm.case",
                "delivery": "stock.picking",
                "return": "stock.picking",
                "order_line": "sale.order",
            },
        )
        self.assertEqual(len(set(facts.ids)), len(facts))
        purchases = self.Fact.search(standing.action_view_facts()["domain"])
        self.assertEqual(set(purchases.mapped("kind")), {"order", "invoice", "refund"})
        exported = {
            section.model: section.records for section in self.alice._personal_data_sections()
        }
        self.assertEqual(
            {record["kind"] for record in exported["crm.customer.fact"]},
            {"order", "invoice", "refund"},
        )

    def test_price_reduction_brings_no_cost_back_until_goods_return(self):
        order = self._sold(self.alice, 5)
        delivery = self._deliver(order)
        self._credit(self._invoice_order(order), 2)
        self.assertEqual(self._amounts(self.alice)["cost"], -200.0)
        self._return(delivery, 2)
        self.assertEqual(self._amounts(self.alice)["cost"], -120.0)

    def test_credit_before_delivery_brings_all_cost_back(self):
        order = self._sold(self.alice, 5)
        self._credit(self._invoice_order(order), 5)
        self.assertEqual(self._amounts(self.alice), {"income": 0.0, "cost": 0.0})

    def test_cost_without_order_is_that_of_the_day(self):
        History = self.env["product.value"]
        history = History.search([("product_id", "=", self.goods.id)])
        history.date = "2025-01-01 05:00:00"
        self.goods.standard_price = 25.0
        newest = History.search([("product_id", "=", self.goods.id)]) - history
        newest.date = "2025-03-09 18:00:00"  # on 10 March in Bangkok
        line = {"product_id": self.goods.id, "quantity": 2.0, "price_unit": 60.0}
        for day, cost in (("2024-06-01", -80.0), ("2025-03-09", -80.0), ("2025-03-10", -50.0)):
            with self.subTest(day=day):
                customer = self._customer(day)
                self._invoice(customer, 0.0, day, invoice_line_ids=[Command.create(line)])
                self.assertEqual(self._amounts(customer), {"income": 120.0, "cost": cost})

    def test_cost_is_that_of_the_unit_sold(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        line = {"product_id": self.goods.id, "product_uom_qty": 2.0, "price_unit": 900.0}
        order = self._sold(
            self.alice,
            order_line=[Command.create({**line, "product_uom_id": dozen.id, "tax_ids": False})],
        )
        self.assertEqual(order.order_line.purchase_price, 480.0)
        invoice = self._invoice_order(order)
        self.assertEqual(self._amounts(self.alice), {"income": 1800.0, "cost": -960.0})
        invoice.button_draft()
        invoice.invoice_line_ids.write(
            {"product_uom_id": self.goods.uom_id.id, "quantity": 6.0, "price_unit": 75.0}
        )
        invoice.action_post()
        self.assertEqual(self._amounts(self.alice), {"income": 450.0, "cost": -240.0})

    def test_foreign_currency_counts_at_the_day_of_the_document(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        pricelist = self.env["product.pricelist"].create({"name": "Euro", "currency_id": euro.id})
        order = self._sold(self.alice, 3, 50.0, pricelist_id=pricelist.id)
        self.assertEqual(order.order_line.purchase_price, 20.0)
        self._invoice_order(order)
        # 3 x 50 EUR and 3 x 20 EUR, two dollars a euro
        self.assertEqual(self._amounts(self.alice), {"income": 300.0, "cost": -120.0})

    def test_down_payment_is_no_contribution(self):
        order = self._sold(self.alice, 1)
        self._invoice_order(order, "2025-05-01", advance_payment_method="percentage", amount=30.0)
        self._refresh()
        self.assertEqual(self._amounts(self.alice), {"down_payment": 30.0})
        self.assertEqual(self._standing_of(self.alice).contribution, 0.0)
        self._invoice_order(order, "2025-06-01")
        self._refresh()
        self.assertEqual(
            self._amounts(self.alice), {"down_payment": 0.0, "income": 100.0, "cost": -40.0}
        )
        self.assertEqual(self._standing_of(self.alice).contribution, 60.0)

    def test_each_company_has_its_own_contribution(self):
        data = self.setup_other_company()
        there = data["company"]
        self.goods.with_company(there).standard_price = 10.0
        self._rate("case", 20.0)
        self._rate("case", 5.0, company_id=there.id)
        line = {"product_id": self.goods.id, "quantity": 1.0, "price_unit": 100.0}
        for company in (self.company, there):
            env = self.env(context={"allowed_company_ids": company.ids})
            invoice = env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.alice.id,
                    "invoice_date": "2025-06-01",
                    "invoice_line_ids": [Command.create({**line, "tax_ids": False})],
                }
            )
            invoice.action_post()
            self._case(self.alice, company_id=company.id)
        self.env["crm.value.policy"]._of_company(there).write(
            {"reference_date": "2025-12-31", "basis": "invoiced"}
        )
        self.Standing.with_context(allowed_company_ids=[self.company.id, there.id]).refresh()
        self.assertEqual(self._measured(self.alice), [100.0, 0.0, -40.0, 0.0, -20.0, 40.0])
        self.assertEqual(self._measured(self.alice, there), [100.0, 0.0, -10.0, 0.0, -5.0, 85.0])

    def test_income_of_a_period_ties_to_the_books(self):
        income = self.company_data["default_account_revenue"]
        self._serve_alice()
        self._invoice_order(
            self._sold(self.bob, 1), advance_payment_method="percentage", amount=30.0
        )
        other = self.company_data["default_account_expense"]
        for partner in (self.bob, self.env["res.partner"]):
            sides = (
                Command.create(
                    {"account_id": account.id, "partner_id": partner.id, "balance": balance}
                )
                for account, balance in ((income, -11.0), (other, 11.0))
            )
            self.env["account.move"].create(
                {"move_type": "entry", "date": "2025-06-30", "line_ids": list(sides)}
            ).action_post()
        self._invoice(self.bob, 7.0, move_type="in_invoice").invoice_line_ids.account_id = income
        self._invoice(self.bob, 1000.0, "2024-12-31")  # another period
        lines = self.env["account.move.line"].search(
            [
                ("account_id.account_type", "=", "income"),
                ("parent_state", "=", "posted"),
                ("company_id", "=", self.company.id),
                ("date", ">=", "2025-01-01"),
                ("date", "<=", "2025-12-31"),
            ]
        )
        facts = self.Fact.search(
            [
                ("kind", "in", INCOME_KINDS),
                ("company_id", "=", self.company.id),
                ("date", ">=", "2025-01-01"),
                ("date", "<=", "2025-12-31"),
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_income_without_customer_action"
        )
        without = lines.filtered_domain(literal_eval(action["domain"]))
        self.assertEqual(-sum(lines.mapped("balance")), 300.0 + 30.0 + 11.0 + 11.0 - 7.0)
        self.assertEqual(sum(facts.mapped("amount")), 300.0 + 30.0 + 11.0)
        self.assertEqual(-sum(without.mapped("balance")), 11.0 - 7.0)

    def test_what_is_overdue_costs_until_today(self):
        self._rate("late_payment", yearly_rate=0.1)
        due = "2025-06-01"
        invoice = self._invoice(self.bob, 3650.0, due, invoice_date_due=due)
        days = (self.company._business_today() - date(2025, 6, 1)).days
        self.assertEqual(self._amounts(self.bob)["late_payment"], -float(days))
        self._pay(invoice, "2025-06-03")
        self.assertEqual(self._amounts(self.bob)["late_payment"], -2.0)

    def test_credit_note_is_no_late_payment(self):
        self._rate("late_payment", yearly_rate=0.1)
        due = "2025-06-01"
        invoice = self._invoice(self.bob, 3650.0, due, invoice_date_due=due)
        note = self._invoice(self.bob, 3650.0, "2025-06-21", "out_refund")
        (invoice + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertNotIn("late_payment", self._amounts(self.bob))
