"""Tiers from real documents, worked out by hand."""

from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import LoyaltyCommon


class TierCommon(LoyaltyCommon):
    """Silver from 1,000.00 and Gold from 5,000.00, invoiced within twelve months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Membership = cls.env["crm.loyalty.membership"]
        cls.Change = cls.env["crm.loyalty.tier.change"]
        cls.ladder = cls._ladder()
        cls.silver, cls.gold = cls.ladder.tier_ids

    @classmethod
    def _ladder(cls, publish=True, **values):
        ladder = cls.env["crm.loyalty.ladder"].create(
            {
                "name": "Club",
                "published_on": "2024-01-01",
                "tier_ids": [
                    Command.create({"name": "Silver", "sequence": 1, "threshold": 1000.0}),
                    Command.create(
                        {
                            "name": "Gold",
                            "sequence": 2,
                            "threshold": 5000.0,
                            "points_multiplier": 1.5,
                        }
                    ),
                ],
                **values,
            }
        )
        if publish:
            ladder.action_publish()
        return ladder

    def _place(self, partner=None, ladder=None):
        return self.Membership.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("ladder_id", "=", (ladder or self.ladder).id),
            ]
        )

    def _evaluate(self, as_of=None, partner=None, ladder=None):
        (ladder or self.ladder)._evaluate(None, fields.Date.to_date(as_of) if as_of else None)
        return self._place(partner, ladder)

    def _noted(self, partner=None, ladder=None):
        changes = self.Change.search(
            [
                ("partner_id", "=", (partner or self.customer).id),
                ("ladder_id", "=", (ladder or self.ladder).id),
            ],
            order="date, id",
        )
        return [
            (str(one.date), one.from_tier_id.name, one.to_tier_id.name, one.method)
            for one in changes
        ]


@tagged("post_install", "-at_install")
class TestTier(TierCommon):
    def test_a_cent_below_the_threshold_is_not_enough(self):
        self._invoice(self.customer, 999.99, "2025-03-01")
        place = self._evaluate("2025-03-01")
        self.assertFalse(place.tier_id)
        self.assertEqual(place.next_tier_id, self.silver)
        self.assertEqual(place.value_to_next, 0.01)
        self._invoice(self.customer, 0.01, "2025-03-02")
        place = self._evaluate("2025-03-02")
        self.assertEqual(place.tier_id, self.silver)
        self.assertEqual(place.qualifying_value, 1000.0)
        self.assertEqual(place.next_tier_id, self.gold)
        self.assertEqual(place.value_to_next, 4000.0)
        self.assertEqual(place.tier_since, date(2025, 3, 2))
        # the first 999.99 count to 28 February, the last day of their twelve months
        self.assertEqual(place.tier_until, date(2026, 2, 28))
        self.assertEqual(place.value_to_keep, 999.99)

    def test_the_history_is_the_same_however_late_it_is_worked_out(self):
        self._invoice(self.customer, 5000.0, "2024-02-29")
        self._invoice(self.customer, 1000.0, "2024-06-01")
        place = self._evaluate("2025-08-01")
        self.assertFalse(place.tier_id)
        expected = [
            ("2024-02-29", False, "Gold", "upgrade"),
            ("2025-03-01", "Gold", "Silver", "downgrade"),
            ("2025-06-01", "Silver", False, "downgrade"),
        ]
        self.assertEqual(self._noted(), expected)
        days = {
            "2024-02-28": "",
            "2025-02-28": "Gold",
            "2025-03-01": "Silver",
            "2025-05-31": "Silver",
        }
        for day, tier in days.items():
            self.assertEqual(place.tier_at(day).name or "", tier, day)
        self._evaluate("2024-07-01")
        self._evaluate("2025-08-01")
        self.assertEqual(self._noted(), expected)

    def test_a_second_evaluation_writes_nothing(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        first = self.Membership.evaluate("2025-04-01")
        self.assertEqual(first["moved"], 1)
        self.assertEqual(self.Membership.evaluate("2025-04-01"), {"written": 0, "moved": 0})

    def test_a_refund_lowers_the_tier_after_the_days_of_grace(self):
        ladder = self._ladder(grace_days=30)
        invoice = self._invoice(self.customer, 1200.0, "2025-03-01")
        self._invoice(self.customer, 300.0, "2025-04-10", move_type="out_refund")
        self.assertTrue(invoice)
        place = self._evaluate("2025-05-09", ladder=ladder)
        self.assertEqual(place.tier_id.name, "Silver")
        self.assertEqual(place.tier_until, date(2025, 5, 9))
        self.assertEqual(place.value_to_keep, 100.0)
        self.assertFalse(self._evaluate("2025-05-10", ladder=ladder).tier_id)

    def test_a_tier_of_a_year_is_kept_to_the_end_of_the_next(self):
        ladder = self._ladder(window="year")
        self._invoice(self.customer, 1000.0, "2024-12-31")
        place = self._evaluate("2025-01-01", ladder=ladder)
        self.assertEqual(place.tier_id.name, "Silver")
        self.assertEqual(place.qualifying_value, 0.0)
        self.assertEqual(place.tier_until, date(2025, 12, 31))
        self.assertEqual(place.value_to_keep, 1000.0)
        self.assertFalse(self._evaluate("2026-01-01", ladder=ladder).tier_id)

    def test_a_fall_goes_one_step_where_the_ladder_says_so(self):
        ladder = self._ladder(downgrade_policy="one_step")
        self._invoice(self.customer, 5000.0, "2024-03-15")
        self._evaluate("2026-06-01", ladder=ladder)
        self.assertEqual(
            self._noted(ladder=ladder),
            [
                ("2024-03-15", False, "Gold", "upgrade"),
                ("2025-03-15", "Gold", "Silver", "downgrade"),
                ("2026-03-15", "Silver", False, "downgrade"),
            ],
        )

    def test_a_tier_is_kept_for_ever_where_the_ladder_says_so(self):
        ladder = self._ladder(downgrade_policy="never")
        self._invoice(self.customer, 5000.0, "2024-03-15")
        place = self._evaluate("2026-06-01", ladder=ladder)
        self.assertEqual(place.tier_id.name, "Gold")
        self.assertFalse(place.tier_until)

    def test_orders_count_on_the_day_of_the_company(self):
        ladder = self._ladder(metric="ordered", window="year")
        # in Bangkok 23:30 of 31 December, and 00:30 of 1 January
        self._order(self.customer, 600.0, "2024-12-31 16:30:00")
        self._order(self.customer, 400.0, "2024-12-31 17:30:00")
        place = self._evaluate("2024-12-31", ladder=ladder)
        self.assertEqual(place.qualifying_value, 600.0)
        place = self._evaluate("2025-01-01", ladder=ladder)
        self.assertEqual(place.qualifying_value, 400.0)
        self.assertFalse(place.tier_id)

    def test_money_of_another_currency_counts_at_the_rate_of_the_day(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2025-01-01", 0.5), ("2025-06-01", 0.25)]
        )
        for day in ("2025-05-31", "2025-06-01"):
            self._invoice(self.customer, 100.0, day, currency_id=currency.id)
        # 100.00 at a half are 200.00, at a quarter 400.00
        self.assertEqual(self._evaluate("2025-06-01").qualifying_value, 600.0)

    def test_paid_revenue_counts_on_the_day_of_the_payment(self):
        ladder = self._ladder(metric="paid")
        invoice = self._invoice(self.customer, 1000.0, "2025-03-01")
        self.assertFalse(self._evaluate("2025-03-31", ladder=ladder))
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({"payment_date": "2025-04-02", "amount": 333.33}).action_create_payments()
        self.assertEqual(self._evaluate("2025-04-02", ladder=ladder).qualifying_value, 333.33)
        self._pay(invoice, "2025-04-05")
        self.assertFalse(self._evaluate("2025-04-04", ladder=ladder).tier_id)
        self.assertEqual(self._evaluate("2025-04-05", ladder=ladder).tier_id.name, "Silver")

    def test_points_earned_count_and_points_spent_do_not(self):
        ladder = self._ladder(metric="points", published_on="2020-01-01")
        self._sale(10000.0)
        order = self._draft(20.0)
        self._spend(order)
        order.action_confirm()
        place = self._evaluate(ladder=ladder)
        # 1,000 for the first order, 2 for the second
        self.assertEqual(place.qualifying_value, 1002.0)
        self.assertEqual(place.tier_id.name, "Silver")

    def test_a_firm_counts_with_all_its_contacts_and_a_person_alone(self):
        firm = self._customer("Siam Trading", is_company=True)
        buyer = self._customer("Nok", parent_id=firm.id)
        own = self._ladder(scope="person")
        self._invoice(firm, 400.0, "2025-03-01")
        self._invoice(buyer, 600.0, "2025-03-02")
        self.assertEqual(self._evaluate("2025-03-02", firm).tier_id, self.silver)
        self.assertFalse(self._place(buyer))
        self.assertEqual(self._evaluate("2025-03-02", firm, own).qualifying_value, 400.0)
        self.assertEqual(self._place(buyer, own).qualifying_value, 600.0)

    def test_a_household_earns_together_for_each_of_its_members(self):
        ladder = self._ladder(scope="household")
        wife = self._customer("Malee")
        self.env["crm.household"].create(
            {
                "name": "Jaidee",
                "member_ids": [
                    Command.create({"partner_id": self.customer.id}),
                    Command.create({"partner_id": wife.id}),
                ],
            }
        )
        self._invoice(self.customer, 400.0, "2025-03-01")
        self._invoice(wife, 600.0, "2025-03-02")
        for partner in (self.customer, wife):
            self.assertEqual(self._evaluate("2025-03-02", partner, ladder).qualifying_value, 1000.0)

    def test_a_year_of_membership_begins_with_the_number(self):
        ladder = self._ladder(window="anniversary")
        self.env["crm.member.number"].create(
            {
                "partner_id": self.customer.id,
                "number": "M00000018",
                "issued_on": "2024-05-10",
            }
        )
        self._invoice(self.customer, 900.0, "2025-05-09")
        self._invoice(self.customer, 1000.0, "2025-05-10")
        self.assertEqual(self._evaluate("2025-05-09", ladder=ladder).qualifying_value, 900.0)
        place = self._evaluate("2025-05-10", ladder=ladder)
        self.assertEqual(place.qualifying_value, 1000.0)
        self.assertEqual(place.tier_until, date(2027, 5, 9))

    def test_an_invoice_dated_back_is_noted_as_a_correction(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        self._evaluate("2025-04-01")
        self._invoice(self.customer, 4000.0, "2025-02-01")
        place = self._evaluate("2025-04-01")
        self.assertEqual(place.tier_id, self.gold)
        self.assertEqual(place.tier_since, date(2025, 3, 1))
        self.assertEqual(
            self._noted(),
            [
                ("2025-03-01", False, "Silver", "upgrade"),
                ("2025-03-01", "Silver", "Gold", "upgrade"),
            ],
        )
        self.assertEqual(place.tier_at("2025-02-28"), self.silver)

    def test_who_comes_back_to_a_tier_enters_it_only_once(self):
        for day in ("2024-02-01", "2025-06-01"):
            self._invoice(self.customer, 1000.0, day)
        self._evaluate("2025-06-01")
        self.assertEqual(
            self.Change.search([("partner_id", "=", self.customer.id)], order="id").mapped(
                "is_entry"
            ),
            [True, False, False],
        )

    def test_changes_are_announced_once_with_their_document(self):
        announced = []
        self.patch(
            self.registry["crm.loyalty.membership"],
            "_tier_changed",
            lambda model, changes: announced.append(changes),
        )
        invoice = self._invoice(self.customer, 1000.0, "2025-03-01")
        self._invoice(self._customer("Other"), 5000.0, "2025-03-01")
        self._evaluate("2025-03-01")
        self.assertEqual([len(changes) for changes in announced], [2])
        change = announced[0].filtered(lambda one: one.partner_id == self.customer)
        self.assertEqual((change.res_model, change.res_id), ("account.move", invoice.id))
        self.assertEqual(change.value, 1000.0)

    def test_a_new_invoice_has_the_job_evaluate_its_customer(self):
        self._evaluate()
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([])
        with freeze_time("2025-07-01 05:00:00"):
            self._invoice(self.customer, 1000.0, "2025-07-01")
            self.assertEqual(triggers.search_count([]), before + 1)
        self.ladder._evaluate_changed()
        self.assertEqual(self._noted()[0][:3], ("2025-07-01", False, "Silver"))

    def test_the_jobs_evaluate_all_ladders_and_twice_changes_nothing(self):
        self._invoice(self.customer, 1000.0, self.company._business_today())
        for job in ("ir_cron_evaluate_tiers", "ir_cron_evaluate_changed_tiers"):
            with self.enter_registry_test_mode():
                self.env.ref(f"crm_relationship_loyalty.{job}").method_direct_trigger()
            self.assertEqual(self._place().tier_id, self.silver)
            self.assertFalse(self.ladder.problem)
            self.assertEqual(len(self._noted()), 1)

    def test_changes_of_a_history_cannot_be_changed(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        self._evaluate("2025-03-01")
        change = self.Change.search([("partner_id", "=", self.customer.id)])
        with self.assertRaises(UserError):
            change.reason = "Other"
        with self.assertRaises(UserError):
            change.unlink()

    def test_the_rules_of_a_published_ladder_stay(self):
        for record, values in (
            (self.ladder, {"grace_days": 3}),
            (self.silver, {"threshold": 1.0}),
            (self.ladder, {"tier_ids": [Command.create({"name": "X", "threshold": 9.0})]}),
        ):
            with self.assertRaisesRegex(UserError, "make a new version"), self.cr.savepoint():
                record.write(values)
        with self.assertRaisesRegex(UserError, "make a new version"), self.cr.savepoint():
            self.silver.unlink()
        copied = self.ladder.copy()
        self.assertEqual((copied.state, len(copied.tier_ids)), ("draft", 2))

    def test_tiers_that_do_not_rise_are_named(self):
        ladder = self._ladder(publish=False)
        ladder.tier_ids[1].threshold = 500.0
        with self.assertRaisesRegex(ValidationError, "Gold comes after Silver"):
            ladder.action_publish()

    def test_only_managers_evaluate_and_nobody_writes(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        place = self._evaluate("2025-03-01").with_user(self.salesman)
        self.assertEqual(place.tier_id.name, "Silver")
        for attempt in (
            lambda: place.evaluate(),
            lambda: place.write({"tier_id": self.gold.id}),
            lambda: place.ladder_id.action_publish(),
            lambda: place.action_end_floor(),
            lambda: place.read(["qualifying_value"]),
            lambda: place.env["crm.loyalty.tier.change"].create({}),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_bad_days_get_a_sentence(self):
        for day in ("2025-02-30", "soon"):
            with self.assertRaisesRegex(UserError, "Give the day as a date"):
                self.Membership.evaluate(day)

    def test_a_user_sees_nothing_of_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            "elsewhere",
            "crm_relationship.group_relationship_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self._invoice(self.customer, 1000.0, "2025-03-01")
        place = self._evaluate("2025-03-01")
        self.assertFalse(self.Membership.with_user(user).search([("id", "=", place.id)]))
        with self.assertRaises(AccessError):
            place.with_user(user).evaluate()


@tagged("post_install", "-at_install")
class TestTierByHand(TierCommon):
    def _give(self, tier, until, **values):
        return self.env["crm.loyalty.floor"].create(
            {
                "partner_id": self.customer.id,
                "ladder_id": self.ladder.id,
                "tier_id": tier.id,
                "date_until": until,
                "reason": "Opens a branch",
                **values,
            }
        )

    def test_a_tier_by_hand_holds_to_its_last_day(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        with freeze_time("2025-04-01 05:00:00"):
            self._give(self.gold, "2025-06-30")
            place = self._place()
            self.assertEqual((place.tier_id, place.floor_tier_id), (self.gold, self.gold))
            self.assertEqual((place.tier_until, place.floor_until), (date(2025, 6, 30),) * 2)
        self.assertEqual(self._evaluate("2025-07-01").tier_id, self.silver)
        self.assertEqual(
            self._noted(),
            [
                ("2025-03-01", False, "Silver", "upgrade"),
                ("2025-04-01", "Silver", "Gold", "manual"),
                ("2025-07-01", "Gold", "Silver", "manual"),
            ],
        )
        given = self.Change.search([("to_tier_id", "=", self.gold.id)])
        self.assertEqual((given.reason, given.user_id), ("Opens a branch", self.env.user))

    def test_a_tier_by_hand_can_be_ended(self):
        with freeze_time("2025-04-01 05:00:00"):
            self._give(self.gold, "2025-06-30")
        with freeze_time("2025-04-10 05:00:00"):
            place = self._place()
            place.action_end_floor()
            self.assertFalse(place.tier_id or place.floor_tier_id)
            self.assertEqual(place.tier_at("2025-04-09"), self.gold)

    def test_what_is_given_must_be_right(self):
        other = self._ladder()
        with freeze_time("2025-04-01 05:00:00"):
            for tier, until, values, words in (
                (self.gold, "2025-03-31", {}, "today or later"),
                (self.gold, "2025-04-30", {"reason": " "}, "Say why"),
                (other.tier_ids[0], "2025-04-30", {}, "Choose a tier of the ladder"),
            ):
                with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                    self._give(tier, until, **values)

    def test_only_a_manager_gives_tiers(self):
        with self.assertRaises(AccessError):
            self.env["crm.loyalty.floor"].with_user(self.salesman).create({})


@tagged("post_install", "-at_install")
class TestTierCost(TierCommon):
    def _queries_to_confirm(self):
        orders = [self._draft(100.0, partner=self._customer(name)) for name in ("A", "B")]
        orders[0].action_confirm()
        self.env.flush_all()
        self.env.cr.precommit.data.clear()
        before = self.env.cr.sql_log_count
        orders[1].action_confirm()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_confirming_an_order_costs_two_statements_at_most(self):
        self.ladder.active = False
        without = self._queries_to_confirm()
        self.ladder.active = True
        self.assertLessEqual(self._queries_to_confirm(), without)
        self._ladder(metric="ordered")
        self.assertLessEqual(self._queries_to_confirm(), without + 2)
