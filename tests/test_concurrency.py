"""What happens at the same moment, or is killed in the middle, ends as if one came after another.

The races run in a process of their own, on real connections that commit.
"""

import json
import subprocess
import sys
from pathlib import Path

from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

RACES = Path(__file__).with_name("races")


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    def _race(self, name):
        ended = subprocess.run(
            [sys.executable, RACES, name, get_db_name()],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout.splitlines()[-1])

    def test_no_number_is_issued_twice_and_no_customer_gets_two(self):
        self.assertEqual(
            self._race("issue"), {"errors": [], "numbers": 20, "different": 20, "customers": 20}
        )

    def test_one_number_is_taken_by_one_customer_and_the_others_are_told(self):
        seen = self._race("take")
        self.assertEqual(seen["owners"], 1)
        self.assertEqual(len(seen["errors"]), 5)
        for error in seen["errors"]:
            self.assertIn("in use already", error)

    def test_number_replaced_by_several_users_has_one_successor(self):
        seen = self._race("replace")
        self.assertEqual(seen["states"], ["active", "replaced"])
        self.assertEqual(len(seen["errors"]), 5)
        for error in seen["errors"]:
            self.assertIn("is not in use any more", error)

    def test_customers_merged_by_several_users_become_one_without_loss(self):
        self.assertEqual(
            self._race("merge"),
            {"errors": [], "survivors": 1, "states": ["active", "merged"], "journal": 1},
        )

    def test_killed_bulk_issue_goes_on_where_it_stopped(self):
        self.assertEqual(
            self._race("issuing_killed"),
            {
                "half way": True,
                "customers": 300,
                "numbers": 300,
                "still issuing": False,
            },
        )

    def test_bulk_issue_works_around_a_contact_that_somebody_saves(self):
        self.assertEqual(
            self._race("issuing_around"),
            {"meanwhile": 19, "waiting": True, "after": 20, "barcodes": 20},
        )

    def test_contact_imported_by_several_users_at_once_is_logged_once(self):
        self.assertEqual(self._race("log_once"), {"errors": [], "entries": 1, "same": True})

    def test_offer_is_accepted_no_more_often_than_it_may_be(self):
        for race in ("last_acceptance", "acceptance_of_one_firm"):
            with self.subTest(race=race):
                seen = self._race(race)
                [error] = seen.pop("errors")
                self.assertIn("RACE was accepted as often as it may be", error)
                self.assertEqual(seen, {"refused": 4, "accepted": 1, "codes": 1, "counted": 1})

    def test_same_offer_accepted_by_several_users_gives_one_code(self):
        self.assertEqual(
            self._race("same_acceptance"),
            {"errors": [], "refused": 0, "accepted": 1, "codes": 1, "counted": 1},
        )

    def test_sellers_who_earn_on_one_card_lose_no_points(self):
        self.assertEqual(
            self._race("earn_together"),
            {
                "errors": [],
                "cards": 1,
                "points": 80.0,
                "rows": 80.0,
                "remaining": 80.0,
                "spendings": 0,
            },
        )

    def test_sellers_who_spend_from_one_card_spend_no_point_twice(self):
        """A hundred points, ten more by each order, and fifty for each reward.

        Two orders leave 20, a third could take 30 of them at most: with its own ten, too few.
        """
        seen = self._race("spend_together")
        for error in seen["errors"]:
            self.assertRegex(error, "^UserError: Order .* needs 50")
        passed = 8 - len(seen.pop("errors"))
        self.assertEqual(passed, 2)
        self.assertEqual(
            seen,
            {"cards": 1, "points": 20.0, "rows": 20.0, "remaining": 20.0, "spendings": 2},
        )

    def test_killed_expiry_goes_on_where_it_stopped(self):
        self.assertEqual(
            self._race("expiring_killed"),
            {"signal": 9, "half": [10, 10], "later": [20, 20]},
        )

    def test_a_move_of_a_customer_is_noted_once(self):
        seen = self._race("evaluate_together")
        for error in seen.pop("errors"):
            self.assertRegex(error, "^UserError: RACE is being evaluated right now")
        self.assertEqual(seen, {"places": 1, "moves": 1, "again": [0, 0]})

    def test_killed_evaluation_leaves_nothing_half(self):
        self.assertEqual(
            self._race("evaluation_killed"),
            {"signal": 9, "half": 0, "places": 1, "moves": 1, "again": [0, 0]},
        )

    def test_a_customer_comes_into_a_segment_once(self):
        seen = self._race("refresh_segment_together")
        for error in seen.pop("errors"):
            self.assertRegex(error, "^UserError: RACE is being refreshed right now")
        self.assertEqual(seen, {"members": 1, "again": [0, 0]})

    def test_the_last_use_of_an_offer_is_made_once(self):
        seen = self._race("last_use")
        self.assertEqual((seen["used"], seen["refused"]), (1, 3), seen)
        for error in seen["errors"]:
            self.assertIn("has used RACE 1 of 1 times", error)

    def test_friends_who_pay_at_once_do_not_exceed_the_maximum_of_the_member(self):
        self.assertEqual(
            self._race("reward_together"),
            {"errors": [], "rewarded": 4, "beyond": 3, "coupons": 1},
        )

    def test_a_friend_is_referred_once_however_often_the_number_is_entered_at_once(self):
        self.assertEqual(self._race("refer_together"), {"errors": [], "referrals": 1})

    def test_killed_settling_of_referrals_goes_on_where_it_stopped(self):
        self.assertEqual(
            self._race("rewarding_killed"),
            {
                "signal": 9,
                "half": [100.0, 100.0],
                "later": [300.0, 300.0],
                "again": [300.0, 300.0],
            },
        )

    def test_runs_that_overlap_settle_each_source_once(self):
        """Forty customers who were sent to the partner bring 2.50 each."""
        seen = self._race("settle_together")
        self.assertEqual(
            seen, {"errors": [], "lines": 40, "sources": 40, "owed": 100.0, "invoiced": 100.0}
        )

    def test_killed_settlement_leaves_nothing_half(self):
        whole = {"lines": 40, "sources": 40, "owed": 100.0, "invoiced": 100.0}
        nothing = dict.fromkeys(whole, 0)
        self.assertEqual(
            self._race("settling_killed"), {"signal": 9, "half": nothing, "then": whole}
        )

    def test_points_that_a_partner_reports_several_times_are_posted_once(self):
        self.assertEqual(
            self._race("report_together"), {"errors": [], "points": 100.0, "reports": 1}
        )

    def test_two_workers_on_one_plan_write_to_each_customer_once(self):
        seen = self._race("send_together")
        self.assertEqual(seen.pop("errors"), [])
        self.assertEqual(
            seen,
            {
                "states": {"sent": 300},
                "customers": 300,
                "mails": 300,
                "written to": 300,
                "logged": 300,
            },
        )

    def test_killed_sending_writes_to_nobody_twice_and_shows_what_was_in_hand(self):
        seen = self._race("sending_killed")
        self.assertEqual(seen["signal"], 9)
        self.assertEqual(seen["half"]["states"], {"sent": 100, "sending": 100, "planned": 100})
        self.assertEqual(seen["half"]["mails"], 100)
        self.assertEqual(seen["at once"]["states"], {"sent": 200, "sending": 100})
        self.assertEqual(
            seen["later"],
            {
                "states": {"sent": 200, "unknown": 100},
                "customers": 300,
                "mails": 200,
                "written to": 200,
                "logged": 200,
            },
        )

    def test_gradings_at_the_same_moment_do_not_fail_half_way(self):
        seen = self._race("refresh")
        for error in seen["errors"]:
            self.assertIn("being graded right now", error)
        self.assertEqual(seen["again"], {"inserted": 0, "updated": 0, "grades_changed": 0})

    def test_killed_grading_leaves_nothing_half_written_and_runs_again(self):
        seen = self._race("killed")
        self.assertEqual(seen["signal"], 9)
        self.assertEqual(seen["kept"], 7.0)
        self.assertEqual(seen["first"]["updated"], 1)
        self.assertEqual(seen["second"], {"inserted": 0, "updated": 0, "grades_changed": 0})
