from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestPointsFact(LoyaltyCommon):
    """What the points of a customer cost, each entry of the ledger a fact."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = cls.env["account.account"].create(
            [
                {"name": "Points", "code": "219901", "account_type": "liability_current"},
                {"name": "Points given", "code": "649901", "account_type": "expense"},
            ]
        )
        cls.booked = {
            "company_id": cls.company.id,
            "point_value": 0.1,
            "liability_account_id": accounts[0].id,
            "liability_expense_account_id": accounts[1].id,
            "liability_journal_id": cls.company_data["default_journal_misc"].id,
        }
        cls.program.write(cls.booked)

    def _facts(self):
        self.env.flush_all()
        return self.env["crm.customer.fact"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "points")], order="id"
        )

    def test_points_cost_when_given_and_come_back_when_spent(self):
        earning = self._sale(1000.0)
        spending = self._draft(100.0)
        self._spend(spending)
        spending.action_confirm()
        self.assertEqual(
            [(kind, points) for kind, points, _state in self._rows()],
            [("earn", 100.0), ("earn", 10.0), ("redeem", -50.0)],
        )
        facts = self._facts()
        self.assertEqual(sorted(facts.mapped("amount")), [-10.0, -1.0, 5.0])
        card = self._card_of()
        self.assertEqual(sum(facts.mapped("amount")), -6.0)
        self.assertEqual(card.points * 0.1, 6.0)
        action = facts[0].action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", earning.id))

    def test_points_given_by_hand_open_the_card(self):
        card = self._give(30.0)
        [fact] = self._facts()
        self.assertEqual((fact.amount, fact.company_id), (-3.0, self.company))
        action = fact.action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("loyalty.card", card.id))

    def test_pending_points_and_those_without_value_cost_nothing(self):
        self.program.earn_on = "invoice"
        order = self._sale(1000.0)
        self.assertFalse(self._facts())
        self._bill(order)
        self.assertEqual(self._facts().mapped("amount"), [-10.0])
        policy = self.env["crm.value.policy"]._of_company(self.company)
        policy._mark_refreshed(policy._as_of())
        self.program.point_value = 0.0
        self.assertFalse(policy.refreshed_at)
        self.assertFalse(self._facts())

    def test_points_are_part_of_the_contribution_where_that_is_measured(self):
        if "points_cost" not in self.Standing._fields:
            self.skipTest("contributions are measured by another addon")
        self.policy.reference_date = False
        self._bill(self._sale(1000.0))
        self._refresh()
        standing = self._standing_of(self.customer)
        self.assertEqual((standing.points_cost, standing.contribution), (-10.0, 990.0))
