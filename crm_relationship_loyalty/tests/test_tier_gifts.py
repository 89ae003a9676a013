"""Coupons that tiers bring: on the first entry, and on birthdays."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .test_personal_coupon import CouponCommon
from .test_points_notice import NoticeCommon
from .test_tier import TierCommon


class GiftCommon(TierCommon, CouponCommon, NoticeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()
        cls.Gift = cls.env["crm.loyalty.gift"]
        cls.welcome = cls._coupons("Welcome", company_id=cls.company.id)
        cls.birthday = cls._coupons("Birthday", company_id=cls.company.id)

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_loyalty.ir_cron_give_tier_coupons"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _gifts(self, partner=None):
        return self.Gift.search([("partner_id", "=", (partner or self.customer).id)], order="id")

    def _buy(self, amount, partner=None, **values):
        self._invoice(partner or self.customer, amount, self.today, **values)
        self._evaluate()

    def _merge(self, survivor, merged):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor | merged).ids, survivor)
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestEntryCoupon(GiftCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ladder.tier_ids.entry_program_id = cls.welcome

    def test_who_enters_a_tier_gets_a_coupon_that_he_can_use(self):
        self.welcome.coupon_valid_days = 30
        self._buy(1000.0)
        self._run()
        gift = self._gifts()
        self.assertEqual((gift.kind, gift.tier_id, gift.state), ("entry", self.silver, "sent"))
        card = gift.card_id
        self.assertEqual((card.partner_id, card.points), (self.customer, 1.0))
        self.assertEqual(card.expiration_date, self.today + timedelta(30))
        mail = self._mails(self.customer)
        self.assertEqual(mail.subject, "Welcome to Silver: a coupon for you")
        self.assertIn(card.code, mail.body_html)
        self.assertIn("List-Unsubscribe", mail.headers)
        order = self._draft(100.0)
        self.assertFalse(self._redeem(order, card))
        self.assertEqual(order.amount_total, 90.0)
        self.assertLedgerHolds()

    def test_the_job_run_twice_gives_and_sends_once(self):
        self._buy(1000.0)
        self._run()
        card, mail = self._gifts().card_id, self._mails(self.customer)
        self._run()
        self.assertEqual(self._gifts().card_id, card)
        self.assertEqual(self._mails(self.customer), mail)
        self.assertEqual(self._card_of(program=self.welcome), card)

    def test_who_falls_and_comes_back_gets_no_second_one(self):
        self._buy(1000.0)
        self._buy(1000.0, move_type="out_refund")
        self._buy(1000.0)
        self._run()
        self.assertEqual(self._gifts().tier_id, self.silver)
        self.assertEqual(len(self._gifts()), 1)

    def test_who_jumps_over_a_tier_gets_the_coupon_of_the_one_he_reached(self):
        self._buy(5000.0)
        self._run()
        self.assertEqual(self._gifts().tier_id, self.gold)

    def test_one_tier_after_the_other_brings_a_coupon_each(self):
        self._buy(1000.0)
        self._buy(4000.0)
        self._run()
        self.assertEqual(self._gifts().tier_id, self.silver | self.gold)
        # the second mail waits for the next run, which knows of the first one
        self.assertEqual(len(self._mails(self.customer)), 1)
        self.assertEqual(len(self._card_of(program=self.welcome)), 2)

    def test_who_objected_gets_his_coupon_and_no_mail(self):
        self._object(self.customer)
        self._buy(1000.0)
        self._run()
        gift = self._gifts()
        self.assertEqual(gift.state, "refused")
        self.assertEqual(gift.card_id.partner_id, self.customer)
        self.assertFalse(self._mails(self.customer))
        self.assertEqual(self._refusals(self.customer).reason_code, "withdrawn")

    def test_who_has_a_tier_when_a_ladder_is_published_gets_none(self):
        self._invoice(self.customer, 1000.0, self.today - timedelta(30))
        for greets, count in ((False, 0), (True, 1)):
            ladder = self._ladder(publish=False, greets_at_publishing=greets, name=str(greets))
            ladder.tier_ids.entry_program_id = self.welcome
            ladder.action_publish()
            gifts = self._gifts().filtered(lambda one, ladder=ladder: one.ladder_id == ladder)
            self.assertEqual(len(gifts), count)
        late = self._customer("Malee")
        ladder = self.env["crm.loyalty.ladder"].search([("name", "=", "False")])
        self._invoice(late, 1000.0, self.today)
        ladder._evaluate()
        self.assertEqual(self._gifts(late).ladder_id, ladder)

    def test_nobody_is_greeted_on_the_first_day_of_a_ladder_published_before(self):
        self._invoice(self.customer, 1000.0, self.today)
        first = self.today + timedelta(1)
        ladder = self._ladder(publish=False, published_on=first, name="Tomorrow")
        ladder.tier_ids.entry_program_id = self.welcome
        ladder.action_publish()
        late = self._customer("Malee")
        with freeze_time(f"{first} 05:00:00"):
            self.env.invalidate_all()
            ladder._evaluate()
            self._invoice(late, 1000.0, first)
            ladder._evaluate()
        self.assertEqual(self._place(ladder=ladder).tier_id.name, "Silver")
        self.assertFalse(self._gifts())
        self.assertEqual(self._gifts(late).ladder_id, ladder)

    def test_a_new_version_of_a_ladder_greets_nobody_again(self):
        self._buy(1000.0)
        self.assertEqual(self._gifts().tier_id, self.silver)
        action = self.ladder.action_new_version()
        version = self.env["crm.loyalty.ladder"].browse(action["res_id"])
        self.assertEqual(version.tier_ids.entry_program_id, self.welcome)
        version.published_on = self.today + timedelta(1)
        version.action_publish()
        late = self._customer("Malee")
        with freeze_time(f"{version.published_on} 05:00:00"):
            self.env.invalidate_all()
            version._evaluate()
            self._invoice(late, 1000.0, version.published_on)
            version._evaluate()
        self.assertEqual(self._place(ladder=version).tier_id.name, "Silver")
        self.assertEqual(self._gifts().tier_id, self.silver)
        self.assertEqual(self._gifts(late).ladder_id, version)

    def test_an_archived_program_gives_nothing_and_says_so(self):
        self._buy(1000.0)
        self.welcome.active = False
        self._run()
        gift = self._gifts()
        self.assertEqual((gift.state, gift.reason), ("skipped", "The program is archived."))
        self.assertFalse(gift.card_id)

    def test_only_programs_that_make_coupons_are_chosen(self):
        with self.assertRaisesRegex(ValidationError, "makes no coupons"):
            self.silver.entry_program_id = self.program
        there = self.env["res.company"].create({"name": "Chiang Mai Branch"})
        self.env.user.company_ids += there
        theirs = self._coupons("Theirs", company_id=there.id)
        with self.assertRaises(UserError):
            self.silver.birthday_program_id = theirs

    def test_a_coupon_used_before_the_mail_is_not_announced(self):
        self._buy(1000.0)
        self.Gift.sudo().with_company(self.company).search([])._make()
        self._gifts().card_id.active = False
        self._run()
        self.assertEqual(self._gifts().state, "skipped")
        self.assertFalse(self._mails(self.customer))

    def test_a_merge_gives_no_second_coupon_for_the_same_tier(self):
        other = self._customer("Somchai J.")
        self._invoice(other, 1500.0, self.today)
        self._buy(1500.0)
        self._run()
        self.assertEqual((self._gifts() | self._gifts(other)).tier_id, self.silver)
        kept = self._gifts()
        self._merge(self.customer, other)
        self._run()
        self.assertEqual(self._gifts(), kept)
        # what both were given stays theirs
        self.assertEqual(len(self._card_of(program=self.welcome)), 2)

    def test_a_merge_brings_the_note_of_what_was_given_along(self):
        other = self._customer("Somchai J.")
        self._buy(1000.0)
        self._run()
        self._merge(other, self.customer)
        self._run()
        self.assertEqual(self._gifts(other).tier_id, self.silver)
        self.assertEqual(len(self._card_of(other, self.welcome)), 1)


@tagged("post_install", "-at_install")
class TestBirthdayCoupon(GiftCommon):
    """The customer is Gold since 2 January 2026; 2028 is a leap year."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ladder = cls._ladder(window="lifetime", name="Life")
        cls.silver, cls.gold = cls.ladder.tier_ids
        cls.gold.birthday_program_id = cls.birthday
        cls._invoice(cls.customer, 5000.0, "2026-01-02")
        cls.ladder._evaluate(as_of=date(2026, 1, 2))
        cls.customer.birthdate = "1990-05-10"

    def _at(self, moment):
        """Run the job at a moment (UTC; Bangkok is seven hours ahead)."""
        with freeze_time(moment):
            self._run()

    def _days(self):
        return [str(gift.date) for gift in self._gifts()]

    def test_a_birthday_brings_one_coupon_a_year(self):
        self._at("2026-05-09 10:00:00")
        self.assertEqual(self._days(), [])
        self._at("2026-05-10 05:00:00")
        self._at("2026-05-11 05:00:00")
        self.assertEqual(self._days(), ["2026-05-10"])
        gift = self._gifts()
        self.assertEqual((gift.kind, gift.year, gift.state), ("birthday", 2026, "sent"))
        self.assertEqual(gift.card_id.partner_id, self.customer)
        self.assertEqual(self._mails(self.customer).subject, "Happy birthday: a coupon for you")
        self._at("2027-05-10 05:00:00")
        self.assertEqual(self._days(), ["2026-05-10", "2027-05-10"])

    def test_the_day_is_the_companys(self):
        self._at("2026-05-09 16:30:00")  # 23:30 in Bangkok
        self.assertEqual(self._days(), [])
        self._at("2026-05-09 17:30:00")  # 00:30 on the 10th
        self.assertEqual(self._days(), ["2026-05-10"])

    def test_a_late_job_catches_up_seven_days(self):
        self._at("2026-05-18 05:00:00")
        self.assertEqual(self._days(), [])
        self._at("2026-05-17 05:00:00")
        self.assertEqual(self._days(), ["2026-05-10"])
        self.assertEqual(self._gifts().state, "sent")

    def test_a_birthday_in_the_last_days_of_a_year_is_of_that_year(self):
        self.customer.birthdate = "1990-12-31"
        self._at("2027-01-02 05:00:00")
        self._at("2027-12-31 05:00:00")
        self.assertEqual(self._gifts().mapped("year"), [2026, 2027])

    def test_29_february_is_the_28th_in_other_years(self):
        self.customer.birthdate = "1992-02-29"
        self._at("2026-02-28 05:00:00")
        self._at("2026-03-01 05:00:00")
        self._at("2028-02-28 05:00:00")
        self.assertEqual(self._days(), ["2026-02-28"])
        self._at("2028-02-29 05:00:00")
        self.assertEqual(self._days(), ["2026-02-28", "2028-02-29"])

    def test_the_tier_of_the_birthday_counts(self):
        self._invoice(self.customer, 5000.0, "2026-05-11", move_type="out_refund")
        self.ladder._evaluate(as_of=date(2026, 5, 11))
        self.assertFalse(self._place(ladder=self.ladder).tier_id)
        self._at("2026-05-12 05:00:00")
        self.assertEqual(self._gifts().tier_id, self.gold)
        self._at("2027-05-10 05:00:00")
        self.assertEqual(self._days(), ["2026-05-10"])

    def test_who_reaches_the_tier_after_his_birthday_waits_a_year(self):
        other = self._customer("Malee", birthdate="1990-05-10")
        self._invoice(other, 5000.0, "2026-05-11")
        self.ladder._evaluate(as_of=date(2026, 5, 11))
        self._at("2026-05-12 05:00:00")
        self.assertFalse(self._gifts(other))

    def test_a_corrected_birthdate_brings_no_second_coupon(self):
        self._at("2026-05-10 05:00:00")
        self.customer.birthdate = "1990-06-10"
        self._at("2026-06-10 05:00:00")
        self.assertEqual(self._days(), ["2026-05-10"])

    def test_a_tier_without_a_program_brings_nothing(self):
        self.gold.birthday_program_id = False
        self._at("2026-05-10 05:00:00")
        self.assertFalse(self._gifts())

    def test_what_was_given_is_among_the_personal_data(self):
        listed = {entry.model for entry in self.env["res.partner"]._personal_data_models()}
        self.assertLessEqual({"crm.loyalty.gift", "crm.loyalty.level"}, listed)
