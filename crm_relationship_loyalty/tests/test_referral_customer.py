"""Referrals of customers who are merged, seen in the portal, refused, exported."""

from lxml import html

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from .test_referral_settlement import SettlementCommon


@tagged("post_install", "-at_install")
class TestReferralOfCustomer(SettlementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "relationship_user", "crm_relationship.group_relationship_user"
        )

    def _merge(self, survivor, *merged):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((survivor.browse().union(*merged) | survivor).ids, survivor)
        self.env.invalidate_all()

    def test_a_member_and_friend_who_are_merged_keep_no_reward(self):
        for survivor, merged in ((self.member, self.friend), (self.friend, self.member)):
            with self.subTest(survivor=survivor.name), self.env.cr.savepoint() as savepoint:
                self._paid()
                referral = self._referral()
                self._merge(survivor, merged)
                self.assertEqual((referral.state, referral.reason), ("reversed", "merged"))
                self.assertTrue(referral.is_closed)
                self._settle()
                self.assertEqual(referral.state, "reversed")
                self.assertEqual(self._points(survivor), 0.0)
                self.assertLedgerHolds()
                savepoint.rollback()
                self.env.invalidate_all()

    def test_an_open_referral_of_merged_ones_is_refused(self):
        self._referred()
        referral = self._referral()
        self._merge(self.member, self.friend)
        self.assertEqual((referral.state, referral.reason), ("refused", "merged"))

    def test_a_referral_follows_its_merged_member_and_friend(self):
        invoice = self._paid()
        member, friend = self._customer("Somchai J."), self._customer("Malee S.")
        self._merge(member, self.member)
        self._merge(friend, self.friend)
        referral = self._referral(friend)
        self.assertEqual((referral.state, referral.referrer_id), ("rewarded", member))
        self.assertEqual(referral.commercial_partner_id, friend)
        self._credit(invoice)
        self._settle()
        self.assertEqual((referral.state, referral.reason), ("reversed", "refunded"))
        self.assertEqual((self._points(member), self._points(friend)), (0.0, 0.0))
        self.assertLedgerHolds()

    def test_of_two_merged_friends_one_referral_stays_the_rewarded_one(self):
        twin = self._customer("Malee S.")
        self._referred(friend=twin)
        self._paid()
        older, newer = self._referral(twin), self._referral()
        self._merge(twin, self.friend)
        self.assertEqual((older.state, older.reason), ("refused", "merged_friend"))
        self.assertEqual((newer.state, newer.is_closed), ("rewarded", False))
        self.assertEqual(newer.commercial_partner_id, twin)
        self.assertEqual(self._both(twin), (50.0, 20.0))

    def test_of_two_rewarded_friends_who_are_merged_one_reward_stays(self):
        twin = self._customer("Malee S.")
        self._paid(friend=twin)
        self._paid()
        self.assertEqual(self._points(), 100.0)
        self._merge(self.friend, twin)
        self.assertEqual(self._both(), (50.0, 20.0))

    def test_managers_refuse_with_a_reason_and_take_back_what_was_given(self):
        self._paid()
        referral = self._referral()
        wizard = self.env["crm.referral.refusal"]
        wizard.create({"referral_ids": referral.ids, "note": "His second account"}).action_refuse()
        self.assertEqual(
            (referral.state, referral.reason, referral.note),
            ("refused", "manual", "His second account"),
        )
        self.assertEqual(self._both(), (0.0, 0.0))
        self._settle()
        self.assertEqual(referral.state, "refused")
        with self.assertRaisesRegex(UserError, "refused already"):
            referral._refuse("Again")

    def test_nobody_writes_referrals_and_only_managers_refuse(self):
        self._referred()
        referral = self._referral()
        for user in (self.user, self.env.user):
            his = referral.with_user(user)
            self.assertEqual(his.state, "open")
            for attack in (
                lambda his=his: his.write({"state": "rewarded"}),
                lambda his=his: his.copy(),
                lambda his=his: his.unlink(),
            ):
                with self.assertRaises(AccessError):
                    attack()
        with self.assertRaises(AccessError):
            referral.with_user(self.user).action_refuse()
        with self.assertRaises(AccessError):
            referral.with_user(self.user)._refuse("No")

    def test_a_seller_without_these_rights_enters_a_number(self):
        seller = new_test_user(self.env, "seller", "sales_team.group_sale_salesman")
        order = self._draft(100.0, partner=self.friend, user_id=seller.id).with_user(seller)
        wizard = self.env["sale.loyalty.coupon.wizard"].with_user(seller)
        action = wizard.create({"order_id": order.id, "coupon_code": self.number}).action_apply()
        self.assertIn("was referred by", action["params"]["message"])
        self.assertEqual(order.referrer_id, self.member)
        self.assertEqual(order.referral_state, "open")
        order.action_confirm()
        self.assertEqual(self._referral().order_id.id, order.id)

    def test_the_contact_opens_his_referrals(self):
        self._referred()
        for partner in self.member | self.friend:
            his = partner.with_user(self.user)
            self.assertEqual(his.referral_count, 1)
            found = self.env["crm.referral"].search(his.action_view_referrals()["domain"])
            self.assertEqual(found, self._referral())

    def test_who_has_a_part_in_a_referral_is_not_deleted(self):
        friend = self._customer("Nok Jaidee")
        self._referred(friend=friend).unlink()
        with self.assertRaisesRegex(UserError, "Nok Jaidee has a part in a referral"):
            friend.unlink()

    def test_referrals_are_personal_data_without_the_other_ones_name(self):
        self._referred()
        [of_friend] = self.friend.personal_data()["data"]["crm.referral"]
        self.assertEqual(of_friend["entered_on"], str(self.today))
        self.assertNotIn("Somchai", str(of_friend))
        [entry] = [
            entry
            for entry in self.env["res.partner"]._personal_data_models()
            if entry.model == "crm.referral"
        ]
        leads = {
            name
            for name, field in self.env["crm.referral"]._fields.items()
            if field.type == "many2one" and field.comodel_name == "res.partner" and field.store
        }
        self.assertEqual(leads, set(entry.customer))

    def test_a_program_needs_a_reward_that_it_can_give(self):
        for values, message in (
            ({"referrer_program_id": False, "friend_program_id": False}, "Choose a reward"),
            ({"referrer_points": 0.0}, "How many points"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, message):
                self._referral_program(**values)
        for values in ({"program_type": "gift_card"}, {"applies_on": "current"}):
            other = self._program(name="Other", **values)
            with self.assertRaisesRegex(ValidationError, "Other cannot be a reward"):
                self._referral_program(friend_program_id=other.id)


@tagged("post_install", "-at_install")
class TestReferralPortal(HttpCase, SettlementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owner = new_test_user(
            cls.env, "code_owner", "base.group_portal", company_id=cls.company.id
        ).partner_id
        cls.owner.action_issue_member_number()

    def _card(self):
        self.authenticate("code_owner", "code_owner")
        page = html.fromstring(self.url_open("/my/home").text)
        return " ".join(
            " ".join(card.text_content().split())
            for card in page.xpath("//div[contains(@class, 'o_referral_card')]")
        )

    def test_the_customer_sees_his_number_and_how_many_friends_came(self):
        self._paid(number=self.owner.member_number)
        self._referred(friend=self._customer("Nok Jaidee"), number=self.owner.member_number)
        card = self._card()
        self.assertIn(self.owner.member_number, card)
        self.assertIn("Friends who used it: 2", card)
        self.assertIn("Rewards you have had: 1", card)
        self.assertNotIn("Malee", card)

    def test_without_a_program_or_number_there_is_no_card(self):
        self.owner.member_number_ids._retire("closed")
        self.assertFalse(self._card())
        self.owner.action_issue_member_number()
        self.assertTrue(self._card())
        self.referrals.active = False
        self.assertFalse(self._card())

    def test_the_history_of_points_names_no_friend(self):
        self._paid(number=self.owner.member_number)
        card = self._card_of(self.owner, self.club)
        self.authenticate("code_owner", "code_owner")
        page = self.url_open(f"/my/loyalty_card/{card.id}/history").text
        self.assertIn("A friend of yours has bought for the first time", page)
        self.assertNotIn("Malee", page)
