"""Rewards follow the payment of the friend's first order."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_referral import ReferralCommon

CAPPED = ("rewarded", "maximum")


class SettlementCommon(ReferralCommon):
    @classmethod
    def _pay(cls, invoice, date=None):
        return super()._pay(invoice, date or cls.today)

    def _points(self, partner=None):
        return sum(self._card_of(partner or self.member, self.club).mapped("points"))

    def _both(self, friend=None):
        return self._points(), self._points(friend or self.friend)

    def _confirmed(self, amount=100.0, **values):
        order = self._referred(amount, **values)
        order.action_confirm()
        return order

    def _paid(self, amount=100.0, **values):
        """Return the invoice, paid, of a friend's first order, after the job has run."""
        invoice = self._bill(self._confirmed(amount, **values))
        self._pay(invoice)
        self._settle()
        return invoice

    def _fate(self, friend=None):
        referral = self._referral(friend)
        return referral.state, referral.reason

    def _brought(self, name, **values):
        """Let the member bring another friend, who pays at once."""
        friend = self._customer(name)
        self._paid(friend=friend, **values)
        return friend


@tagged("post_install", "-at_install")
class TestReferralRewarded(SettlementCommon):
    def test_both_are_rewarded_when_the_order_is_paid_and_not_before(self):
        order = self._confirmed()
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("open", False), (0.0, 0.0)))
        invoice = self._bill(order)
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("open", False), (0.0, 0.0)))
        self._pay(invoice)
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("rewarded", False), (50.0, 20.0)))
        referral = self._referral()
        self.assertEqual((referral.paid_on, referral.rewarded_on), (self.today, self.today))
        self.assertEqual(referral.referrer_card_id, self._card_of(self.member, self.club))
        self.assertEqual(order.referral_state, "rewarded")
        self.assertLedgerHolds()

    def test_the_job_again_gives_nothing_more(self):
        self._paid()
        for _time in range(2):
            self._settle()
        self.assertEqual(self._both(), (50.0, 20.0))
        self.assertEqual(
            self._rows(self._card_of(self.member, self.club)), [("referral", 50.0, "active")]
        )

    def test_the_payment_wakes_the_job(self):
        trigger = self.env["ir.cron.trigger"]
        mine = [
            (
                "cron_id",
                "=",
                self.env.ref("crm_relationship_loyalty.ir_cron_settle_referrals").id,
            )
        ]
        invoice = self._bill(self._confirmed())
        self.env.cr.precommit.data.clear()
        before = trigger.search_count(mine)
        self._pay(invoice)
        self.assertEqual(trigger.search_count(mine), before + 1)
        self.env.cr.precommit.data.clear()
        self._pay(self._invoice(self._customer("Stranger"), 10.0))
        self.assertEqual(trigger.search_count(mine), before + 1)

    def test_points_of_a_referral_count_for_no_tier(self):
        ladder = self.env["crm.loyalty.ladder"].create(
            {
                "name": "Points",
                "metric": "points",
                "scope": "person",
                "tier_ids": [Command.create({"name": "Gold", "threshold": 10.0})],
            }
        )
        ladder.action_publish()
        invoice = self._paid()
        self._credit(invoice)
        self._settle()
        ladder._evaluate()
        places = self.env["crm.loyalty.membership"].search(
            [("ladder_id", "=", ladder.id), ("partner_id", "=", self.member.id)]
        )
        self.assertEqual(sum(places.mapped("qualifying_value")), 0.0)

    def test_the_minimum_itself_is_enough_and_a_cent_less_is_not(self):
        self.referrals.minimum_amount = 100.0
        self._paid(99.99)
        self.assertEqual((self._fate(), self._both()), (("open", "minimum"), (0.0, 0.0)))
        friend = self._brought("Nok Jaidee", amount=100.0)
        self.assertEqual(self._fate(friend), ("rewarded", False))
        self.assertEqual(self._both(friend), (50.0, 20.0))

    def test_the_whole_order_must_be_paid(self):
        order = self._confirmed(quantity=2)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.quantity = 1
        invoice.action_post()
        self._pay(invoice)
        self._settle()
        self.assertEqual(self._fate(), ("open", False))
        rest = self._bill(order)
        self._settle()
        self.assertEqual(self._fate(), ("open", False))
        self._pay(rest)
        self._settle()
        self.assertEqual(self._fate(), ("rewarded", False))

    def test_a_down_payment_is_no_payment_of_the_order(self):
        order = self._confirmed()
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids)
        wizard.create({"advance_payment_method": "percentage", "amount": 50}).create_invoices()
        order.invoice_ids.action_post()
        self._pay(order.invoice_ids)
        self._settle()
        self.assertEqual(self._fate(), ("open", False))
        rest = self._bill(order)
        self.assertEqual(rest.amount_untaxed, 50.0)
        self._pay(rest)
        self._settle()
        self.assertEqual(self._fate(), ("rewarded", False))

    def test_the_reward_waits_for_its_days(self):
        self.referrals.waiting_days = 14
        self._paid()
        self.assertEqual((self._fate(), self._both()), (("waiting", False), (0.0, 0.0)))
        for days, expected in ((13, "waiting"), (14, "rewarded")):
            with freeze_time(fields.Datetime.now() + timedelta(days)):
                self._settle()
            self.assertEqual(self._fate()[0], expected)

    def test_what_is_not_paid_in_time_expires(self):
        self.referrals.payment_days = 10
        invoice = self._bill(self._confirmed())
        for days, expected in ((10, ("open", False)), (11, ("expired", "late"))):
            with freeze_time(fields.Datetime.now() + timedelta(days)):
                self._settle()
            self.assertEqual(self._fate(), expected)
        self._pay(invoice)
        self._settle()
        self.assertEqual((self._fate()[0], self._both()), ("expired", (0.0, 0.0)))

    def test_a_payment_in_time_counts_though_the_job_comes_late(self):
        self.referrals.payment_days = 10
        invoice = self._bill(self._confirmed())
        self._pay(invoice, self.today + timedelta(10))
        with freeze_time(fields.Datetime.now() + timedelta(30)):
            self._settle()
        self.assertEqual(self._fate(), ("rewarded", False))

    def test_who_bought_meanwhile_is_no_new_customer(self):
        order = self._confirmed()
        self._order(self.friend, 10.0, date="2025-01-01 05:00:00")
        self._pay(self._bill(order))
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("refused", "not_first"), (0.0, 0.0)))

    def test_a_later_order_takes_nothing_away(self):
        order = self._confirmed()
        self._order(self.friend, 10.0, date=order.date_order + timedelta(minutes=1))
        self._pay(self._bill(order))
        self._settle()
        self.assertEqual(self._fate(), ("rewarded", False))

    def test_who_marries_before_the_payment_is_no_new_customer(self):
        order = self._confirmed()
        members = [Command.create({"partner_id": one.id}) for one in self.member | self.friend]
        self.env["crm.household"].create({"name": "Jaidee", "member_ids": members})
        self._pay(self._bill(order))
        self._settle()
        self.assertEqual((self._fate(), self._both()), (("refused", "household"), (0.0, 0.0)))

    def test_beyond_his_maximum_of_the_year_only_the_friend_is_rewarded(self):
        self.referrals.yearly_maximum = 2
        self._brought("One")
        second = self._brought("Two")
        self.assertEqual(self._fate(second), ("rewarded", False))
        third = self._brought("Three")
        self.assertEqual(self._fate(third), CAPPED)
        self.assertEqual(self._both(third), (100.0, 20.0))
        with freeze_time(f"{self.today.year + 1}-01-02"):
            fourth = self._brought("Four")
        self.assertEqual(self._fate(fourth), ("rewarded", False))
        self.assertEqual(self._points(), 150.0)

    def test_beyond_his_maximum_in_total_only_the_friend_is_rewarded(self):
        self.referrals.total_maximum = 1
        self._brought("One")
        with freeze_time(f"{self.today.year + 1}-01-02"):
            second = self._brought("Two")
        self.assertEqual((self._fate(second), self._points()), (CAPPED, 50.0))

    def test_two_friends_in_one_run_do_not_exceed_the_maximum(self):
        self.referrals.yearly_maximum = 1
        friends = [self._customer(name) for name in ("One", "Two")]
        for friend in friends:
            self._pay(self._bill(self._confirmed(friend=friend)))
        self._settle()
        self.assertEqual([self._fate(one) for one in friends], [("rewarded", False), CAPPED])
        self.assertEqual(self._points(), 50.0)

    def test_a_reward_taken_back_makes_room_for_another(self):
        self.referrals.yearly_maximum = 1
        first = self._customer("One")
        self._credit(self._paid(friend=first))
        self._settle()
        second = self._brought("Two")
        self.assertEqual((self._fate(second), self._points()), (("rewarded", False), 50.0))

    def test_rewards_may_be_coupons(self):
        self.referrals.write({"referrer_program_id": self.coupons.id, "friend_program_id": False})
        self._paid()
        coupon = self._referral().referrer_card_id
        self.assertEqual(coupon.partner_id, self.member)
        order = self._draft(100.0)
        self.assertFalse(self._redeem(order, coupon))
        self.assertEqual(order.amount_total, 90.0)
        self.assertEqual(self._points(self.friend), 0.0)

    def test_what_fails_says_so_and_the_others_go_on(self):
        friends = [self._customer(name) for name in ("One", "Two")]
        for friend in friends:
            self._pay(self._bill(self._confirmed(friend=friend)))
        other = self._referral_program(name="Broken")
        self._referral(friends[0]).sudo().program_id = other
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_referral_program SET referrer_points = 0.001 WHERE id = %s", [other.id]
        )
        self.env.cr.execute("ALTER TABLE loyalty_history ADD CHECK (issued <> 0.001)")
        self.env.invalidate_all()
        with mute_logger(
            "odoo.addons.crm_relationship_loyalty.models.crm_referral_settlement", "odoo.sql_db"
        ):
            self._settle()
        self.assertEqual([self._fate(one)[0] for one in friends], ["open", "rewarded"])
        self.assertTrue(self._referral(friends[0]).problem)

    def test_two_companies_know_nothing_of_each_other(self):
        self._paid()
        there = self.env["res.company"].create({"name": "There"})
        self.env.user.company_ids += there
        self.club.company_id = False
        self._referral_program(company_id=there.id, name="There")
        order = self._draft(100.0, partner=self.friend, company_id=there.id)
        self.assertEqual(order.with_company(there)._try_apply_code(self.number), {})
        referrals = self._referral()
        self.assertEqual(referrals.company_id, self.company | there)
        self.assertEqual(self._both(), (50.0, 20.0))
