"""A new version of a ladder takes the place of the old one on its day."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_tier import TierCommon

BEFORE, LAST, FIRST, LATER = (
    f"2025-{day} 05:00:00" for day in ("06-20", "06-30", "07-01", "07-20")
)


@tagged("post_install", "-at_install")
class TestTierVersion(TierCommon):
    """From 1 July 2025 on Silver begins at 2,000.00, and there is Platinum from 9,000.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(BEFORE))
        cls.version = cls.env["crm.loyalty.ladder"].browse(
            cls.ladder.action_new_version()["res_id"]
        )
        cls.version.tier_ids[0].threshold = 2000.0
        cls.version.tier_ids = [
            Command.create({"name": "Platinum", "threshold": 9000.0, "sequence": 3})
        ]
        cls.new_silver, cls.new_gold, cls.platinum = cls.version._tiers()
        cls.version.published_on = "2025-07-01"

    def _names(self):
        """Return the names of the tiers that the customer holds at checkout."""
        return self._draft(10.0).loyalty_tier_ids.mapped("name")

    def _run_job(self, job="ir_cron_evaluate_changed_tiers"):
        with self.enter_registry_test_mode():
            self.env.ref(f"crm_relationship_loyalty.{job}").method_direct_trigger()

    def test_a_new_version_knows_what_it_replaces(self):
        self.assertEqual((self.version.name, self.version.state), ("Club", "draft"))
        self.assertEqual(self.version.replaces_id, self.ladder)
        self.assertEqual(
            [tier.replaces_id for tier in self.version._tiers()],
            [self.silver, self.gold, self.gold.browse()],
        )
        self.assertEqual(self.new_gold.points_multiplier, 1.5)

    def test_to_its_last_day_the_old_ladder_holds_and_then_the_new_one(self):
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        self.version.action_publish()
        place = self._place()
        # whether he keeps the tier from 1 July on is up to the new rules: nobody warns him
        self.assertFalse(place.tier_until or place.is_ending)
        with freeze_time(LAST):
            self._run_job()
            self.assertFalse(self._place(ladder=self.version))
            self.assertEqual(self._draft(10.0).loyalty_tier_ids, self.gold)
        with freeze_time(FIRST):
            # the day has begun, the job has not run yet
            self.assertEqual(self._draft(10.0).loyalty_tier_ids, self.gold)
            self._run_job()
            self.assertEqual(self._draft(10.0).loyalty_tier_ids, self.new_gold)
            self.assertEqual(self._place(ladder=self.version).tier_id, self.new_gold)
            self.assertFalse(place.tier_id or place.next_tier_id or place.tier_until)
            self.assertEqual(self.customer.loyalty_tiers[0]["ladder"], self.version.id)
            self.assertEqual(len(self.customer.loyalty_tiers), 1)
        for day, tier in (("2025-06-30", self.gold), ("2025-07-01", self.gold.browse())):
            self.assertEqual(place.tier_at(day), tier, day)
        new_place = self._place(ladder=self.version)
        with freeze_time(LATER):
            self.assertEqual(new_place.tier_at("2025-07-01"), self.new_gold)
            self.assertFalse(new_place.tier_at("2025-06-30"))

    def test_the_change_of_ladders_is_no_downgrade_and_no_second_welcome(self):
        newcomer, lower = self._customer("Newcomer"), self._customer("Lower")
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._invoice(lower, 1500.0, "2025-03-01")
        self._evaluate()
        self.version.action_publish()
        with freeze_time(FIRST):
            self._invoice(newcomer, 9000.0, "2025-07-01")
            self._run_job()
            self._invoice(lower, 500.0, "2025-07-01")
            self._run_job()
        self.assertEqual(self._noted()[-1], ("2025-07-01", "Gold", False, "replaced"))
        self.assertEqual(
            self._noted(ladder=self.version), [("2025-07-01", False, "Gold", "replaced")]
        )
        self.assertEqual(
            self._noted(newcomer, self.version), [("2025-07-01", False, "Platinum", "upgrade")]
        )
        entries = {
            one.partner_id: one.is_entry
            for one in self.Change.search([("ladder_id", "=", self.version.id)])
        }
        # who has been Silver before is not welcomed to it again when he comes back
        self.assertEqual(entries, {self.customer: False, lower: False, newcomer: True})

    def test_who_rises_above_what_he_held_is_welcomed_there(self):
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        self.version.action_publish()
        with freeze_time(FIRST):
            self._invoice(self.customer, 4000.0, "2025-07-01")
            self._run_job()
        changes = self.Change.search([("ladder_id", "=", self.version.id)])
        self.assertEqual((changes.to_tier_id, changes.is_entry), (self.platinum, True))

    def test_offers_and_multiplied_programs_follow_on_the_day(self):
        self.program.ladder_id = self.ladder
        self.program.tier_ids = self.reward.tier_ids = self.gold
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        order = self._sale(100.0)
        self.assertEqual(order.coupon_point_ids.points, 15)
        self.version.action_publish()
        self.assertEqual(self.program.ladder_id, self.ladder)
        with freeze_time(FIRST):
            self._run_job()
            self.assertEqual(self.program.ladder_id, self.version)
            self.assertEqual(self.program.tier_ids, self.gold | self.new_gold)
            self.assertEqual(self.reward.tier_ids, self.gold | self.new_gold)
            self.assertEqual(self._sale(100.0).coupon_point_ids.points, 15)
            # an order of a day gone by is worked out again as on its day
            order._work_out_award()
            self.assertEqual(order.coupon_point_ids.points, 15)

    def test_a_tier_by_hand_runs_on(self):
        given = self.env["crm.loyalty.floor"].create(
            {
                "partner_id": self.customer.id,
                "ladder_id": self.ladder.id,
                "tier_id": self.gold.id,
                "date_until": "2025-09-30",
                "reason": "Opens a branch",
            }
        )
        self.version.action_publish()
        with freeze_time(FIRST):
            self._run_job()
        carried = given.search([("ladder_id", "=", self.version.id)])
        self.assertEqual(
            (carried.tier_id, str(carried.date_from), str(carried.date_until), carried.reason),
            (self.new_gold, "2025-07-01", "2025-09-30", "Opens a branch"),
        )
        self.assertEqual(str(given.date_until), "2025-06-30")
        place = self._place(ladder=self.version)
        self.assertEqual((place.tier_id, place.floor_tier_id), (self.new_gold, self.new_gold))
        self.assertEqual(
            self._noted(ladder=self.version), [("2025-07-01", False, "Gold", "manual")]
        )

    def test_a_tier_by_hand_without_an_heir_goes_on_as_the_one_below(self):
        self.version.tier_ids -= self.new_gold
        self.assertEqual(self.version._tier_for(self.gold), self.new_silver)

    def test_the_job_of_the_day_may_run_twice(self):
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        self.version.action_publish()
        with freeze_time(FIRST):
            self._run_job()
            count = self.Change.search_count([])
            self._run_job()
            self._run_job("ir_cron_evaluate_tiers")
            self.ladder._evaluate()
            self.assertEqual(self.Change.search_count([]), count)
            self.assertFalse(self.version.problem or self.ladder.problem)

    def test_who_was_welcomed_by_the_first_version_is_not_by_the_third(self):
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        self.version.action_publish()
        with freeze_time(FIRST):
            self._run_job()
            third = self.version.browse(self.version.action_new_version()["res_id"])
            third.published_on = "2026-04-01"
            third.action_publish()
        with freeze_time("2026-05-01 05:00:00"):
            # the 5,000.00 counted to the end of February
            self._run_job()
            self.assertFalse(self._place(ladder=third).tier_id)
            self._invoice(self.customer, 5000.0, "2026-05-01")
            third._evaluate()
        self.assertEqual(
            self._noted(ladder=self.version),
            [("2025-07-01", False, "Gold", "replaced"), ("2026-03-01", "Gold", False, "downgrade")],
        )
        change = self.Change.search([("ladder_id", "=", third.id)])
        self.assertEqual((change.to_tier_id.name, change.is_entry), ("Gold", False))
        self.assertEqual(third._versions(third.id), (third.id, self.version.id, self.ladder.id))

    def test_a_version_of_today_takes_over_at_once(self):
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        self.version.published_on = False
        self.version.action_publish()
        self.assertTrue(self.ladder.is_over)
        self.assertEqual(str(self.ladder.ends_on), "2025-06-19")
        self.assertEqual(self._draft(10.0).loyalty_tier_ids, self.new_gold)

    def test_a_version_to_come_can_be_taken_back(self):
        self._invoice(self.customer, 5000.0, "2025-03-01")
        self._evaluate()
        self.version.action_publish()
        with self.assertRaisesRegex(UserError, "set it back to draft first"):
            self.version.active = False
        self.version.action_set_to_draft()
        self.assertEqual((self.version.state, self.ladder.ends_on), ("draft", False))
        self.assertEqual(str(self._place().tier_until), "2026-02-28")
        with self.assertRaisesRegex(UserError, "make a new version"):
            self.ladder.action_set_to_draft()
        with freeze_time(FIRST):
            self._run_job()
            self.assertEqual(self._names(), ["Gold"])

    def test_what_cannot_be_published_gets_a_sentence(self):
        for values, words in (
            ({"published_on": "2025-06-19"}, "at the earliest"),
            (
                {
                    "tier_ids": [
                        Command.update(tier.id, {"replaces_id": False})
                        for tier in self.version.tier_ids
                    ]
                },
                "Say on the tiers",
            ),
            ({"replaces_id": self.version.id}, "published ladder of its company"),
            ({"ends_on": "2025-12-31"}, "buttons"),
            ({"state": "published"}, "buttons"),
        ):
            with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
                self.version.write(values)
                self.version.action_publish()
        second = self.env["crm.loyalty.ladder"].browse(self.ladder.action_new_version()["res_id"])
        self.version.action_publish()
        with self.assertRaisesRegex(ValidationError, "ends already"):
            second.action_publish()

    def test_only_managers_make_versions(self):
        for attempt in ("action_new_version", "action_set_to_draft", "action_publish"):
            with self.assertRaises(AccessError):
                getattr(self.ladder.with_user(self.salesman), attempt)()

    def test_nobody_is_given_a_tier_that_is_not_in_force(self):
        self.version.action_publish()
        with self.assertRaisesRegex(ValidationError, "in force"):
            self.env["crm.loyalty.floor"].create(
                {
                    "partner_id": self.customer.id,
                    "ladder_id": self.version.id,
                    "tier_id": self.new_gold.id,
                    "date_until": "2025-09-30",
                    "reason": "Opens a branch",
                }
            )
