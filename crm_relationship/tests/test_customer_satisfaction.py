from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_interaction import InteractionCommon


@tagged("post_install", "-at_install")
class TestCustomerSatisfaction(InteractionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Satisfaction = cls.env["crm.customer.satisfaction"]
        cls.case = cls.env["crm.case"].create({"partner_id": cls.customer.id, "subject": "Broken"})

    def _rate(self, record, rating, **values):
        return self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "partner_id": self.customer.id,
                "rating": rating,
                "consumed": True,
                **values,
            }
        )

    def _scores(self, user=None):
        found = self.Satisfaction.with_user(user or self.env.user).search(
            [("partner_id", "=", self.customer.id)]
        )
        return sorted((one.kind, one.score) for one in found)

    def test_scores_come_from_entries_cases_and_ratings(self):
        self._log(satisfaction=4)
        self._log()
        self._rate(self.case, 5)
        self._rate(self.customer, 1)
        self._rate(self.case, 0)
        self._rate(self.case, 3, consumed=False)
        expected = [("case", 5.0), ("interaction", 4.0), ("rating", 1.0)]
        self.assertEqual(self._scores(), expected)
        self.assertEqual(self._scores(self.clerk), expected)
        [(average,)] = self.Satisfaction._read_group(
            [("partner_id", "=", self.customer.id)], [], ["score:avg"]
        )
        self.assertAlmostEqual(average, 10 / 3)  # of 4, 5 and 1

    def test_corrected_score_counts_once(self):
        entry = self._log(days_ago=30, satisfaction=1)
        self._log(days_ago=30, satisfaction=4, corrects_id=entry.id)
        self.assertEqual(self._scores(), [("interaction", 4.0)])

    def test_score_of_another_company_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self._log(satisfaction=3, company_id=other.id)
        case = self.env["crm.case"].create(
            {"partner_id": self.customer.id, "subject": "There", "company_id": other.id}
        )
        self._rate(case, 2)
        self.assertEqual(self._scores(self.clerk), [])

    def test_card_tells_whether_it_is_getting_better(self):
        for days_ago, score in ((50, 1), (40, 2), (30, 4), (20, 5), (10, 5)):
            self._log(days_ago=days_ago, satisfaction=score)
        self.assertEqual(
            self.customer.with_user(self.clerk).customer_card()["satisfaction"],
            # (1 + 2 + 4 + 5 + 5) / 5 = 3.4; the last three have 4.67, the two before 1.5
            {"average": 3.4, "count": 5, "trend": "up", "scores": [1.0, 2.0, 4.0, 5.0, 5.0]},
        )

    def test_graph_of_a_customer_is_his(self):
        self._log(satisfaction=4)
        self._log(self._customer("Other"), satisfaction=1)
        action = self.customer.action_view_satisfaction()
        self.assertEqual(self.Satisfaction.search(action["domain"]).mapped("score"), [4.0])

    def test_moment_of_a_rating_is_that_of_the_answer(self):
        answered = fields.Datetime.now() - timedelta(days=3)
        self._rate(self.case, 5).rated_on = answered
        found = self.Satisfaction.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(found.date, answered)
