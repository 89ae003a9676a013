from itertools import product

from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..logic.rfm import GRID, NO_PURCHASE, rfm_segment
from ..models.crm_customer_standing_rfm import RFM_SEGMENTS
from .common import AnalyticsCommon

# Least and greatest recency, and mean of frequency and monetary value, as published by Putler.
PUBLISHED = {
    "champions": (4, 5, 4, 5),
    "loyal": (2, 5, 3, 5),
    "potential_loyalist": (3, 5, 1, 3),
    "new": (4, 5, 0, 1),
    "promising": (3, 4, 0, 1),
    "need_attention": (2, 3, 2, 3),
    "about_to_sleep": (2, 3, 0, 2),
    "at_risk": (0, 2, 2, 5),
    "cannot_lose": (0, 1, 4, 5),
    "hibernating": (1, 2, 1, 2),
    "lost": (0, 2, 0, 2),
}
SCORES = [(0, 0, 0), *product(range(1, 6), repeat=3)]


@tagged("post_install", "-at_install")
class TestRfmGrid(BaseCase):
    def test_each_of_the_126_scores_is_in_one_segment_within_its_published_range(self):
        self.assertEqual(len(set(SCORES)), 126)
        for r_score, f_score, m_score in SCORES[1:]:
            with self.subTest(scores=(r_score, f_score, m_score)):
                least_r, most_r, least, most = PUBLISHED[rfm_segment(r_score, f_score, m_score)]
                self.assertTrue(least_r <= r_score <= most_r)
                self.assertTrue(least <= (f_score + m_score + 1) // 2 <= most)
        self.assertEqual(rfm_segment(*SCORES[0]), NO_PURCHASE)

    def test_every_segment_can_be_reached_and_has_a_name(self):
        reached = {rfm_segment(*scores) for scores in SCORES}
        self.assertEqual(reached, {value for value, _name in RFM_SEGMENTS})
        self.assertEqual(reached, {*PUBLISHED, NO_PURCHASE})
        self.assertEqual({len(row) for row in GRID}, {5})


@tagged("post_install", "-at_install")
class TestRfmSegment(AnalyticsCommon):
    """Five buyers, so that each rank is a score; and one who bought before the window."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyers = {}
        for name, days, amount in (
            ("Best", ("2025-12-18", "2025-12-19", "2025-12-20"), 100.0),  # 5 5 5
            ("Slipped", ("2025-01-09", "2025-01-10"), 70.0),  # 1 4 4
            ("Fresh", ("2025-12-10",), 50.0),  # 4 1 3
            ("Sleepy", ("2025-06-10",), 40.0),  # 3 1 2
            ("Small", ("2025-03-10",), 30.0),  # 2 1 1
            ("Former", ("2024-06-10",), 90.0),  # 0 0 0
        ):
            cls.buyers[name] = cls._customer(name)
            for day in days:
                cls._order(cls.buyers[name], amount, f"{day} 05:00:00")
        cls._refresh()

    def test_customers_are_in_the_segments_of_their_scores(self):
        for name, expected in (
            ("Best", "champions"),
            ("Slipped", "cannot_lose"),
            ("Fresh", "potential_loyalist"),
            ("Sleepy", "about_to_sleep"),
            ("Small", "hibernating"),
            ("Former", "no_purchase"),
        ):
            with self.subTest(name):
                self.assertEqual(self._standing_of(self.buyers[name]).rfm_segment, expected)
                self.assertEqual(self.buyers[name].rfm_segment, expected)

    def test_again_nothing_is_written(self):
        self.assertEqual(self.Standing.refresh()["updated"], 0)

    def test_the_statement_names_all_scores_as_the_formula_does(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r_score, f_score, m_score, %s
                  FROM GENERATE_SERIES(0, 5) r_score, GENERATE_SERIES(0, 5) f_score,
                       GENERATE_SERIES(0, 5) m_score
                """,
                self.Standing._labels(self.policy)["rfm_segment"],
            )
        )
        self.assertEqual(len(rows), 216)
        for *scores, segment in rows:
            self.assertEqual(segment, rfm_segment(*scores), scores)

    def test_customers_are_counted_and_found_by_segment(self):
        ours = [("partner_id", "in", [one.id for one in self.buyers.values()])]
        counted = self.Standing._read_group(ours, ["rfm_segment"], ["__count"])
        self.assertEqual(sum(count for _segment, count in counted), 6)
        self.assertEqual(
            [segment for segment, _count in counted],
            [
                "champions",
                "potential_loyalist",
                "about_to_sleep",
                "cannot_lose",
                "hibernating",
                "no_purchase",
            ],
            "from the best to the lost",
        )
        by_grade = self.Standing._read_group(
            ours, ["value_grade_id", "rfm_segment"], order="value_grade_id, rfm_segment desc"
        )
        self.assertEqual(len(by_grade), 6)
        Partner, best = self.env["res.partner"], self.buyers["Best"]
        contact = self._customer("Assistant", parent_id=best.id)
        self.assertEqual(Partner.search([("rfm_segment", "=", "champions")]), best | contact)
        self.assertEqual(Partner.search([("standing_ids.rfm_segment", "=", "champions")]), best)
        others = Partner.search([("rfm_segment", "not in", ["champions", False])])
        self.assertEqual(len(others & Partner.union(*self.buyers.values())), 5)
        self.assertIn(self._customer("Stranger"), Partner.search([("rfm_segment", "=", False)]))

    def test_a_segment_can_be_made_of_them(self):
        segment = self.env["crm.segment"].create(
            {"name": "To Win Back", "audience": "[('rfm_segment', 'in', ['cannot_lose'])]"}
        )
        segment.action_refresh()
        members = self.env["res.partner"].search([("segment_ids", "in", segment.ids)])
        self.assertEqual(members, self.buyers["Slipped"])
