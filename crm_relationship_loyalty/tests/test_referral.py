"""Entering the number of the member who has brought the customer."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .test_personal_coupon import CouponCommon

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")


class ReferralCommon(CouponCommon):
    """Somchai is a member and brings Malee: 50 points for him, 20 for her."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.referral.program"].search([]).active = False
        cls.member, cls.friend = cls.customer, cls.other
        cls.member.action_issue_member_number()
        cls.number = cls.member.member_number
        cls.club = cls._program(name="Friends' Club", rule_ids=[Command.clear()])
        cls.referrals = cls._referral_program()
        cls.portal = new_test_user(cls.env, "portal_friend", groups="base.group_portal")
        cls.today = cls.company._business_today()

    @classmethod
    def _referral_program(cls, **values):
        return cls.env["crm.referral.program"].create(
            {
                "name": "Bring a Friend",
                "referrer_program_id": cls.club.id,
                "referrer_points": 50.0,
                "friend_program_id": cls.club.id,
                "friend_points": 20.0,
                **values,
            }
        )

    @classmethod
    def _referral(cls, friend=None):
        return cls.env["crm.referral"].search([("partner_id", "=", (friend or cls.friend).id)])

    @classmethod
    def _referred(cls, amount=100.0, friend=None, number=None, **values):
        """Return a quotation of a friend on which a member's number was entered."""
        order = cls._draft(amount, partner=friend or cls.friend, **values)
        status = order._try_apply_code(number or cls.number)
        if status:
            raise AssertionError(status)
        return order

    def _settle(self):
        """Run the job, as the server does soon after documents have changed."""
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_loyalty.ir_cron_settle_referrals"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _told(self, number=None, friend=None, order=None):
        """Return what a seller and a customer are told, who type a number."""
        order = order or self._draft(100.0, partner=friend or self.friend)
        result = [
            order.with_user(user).sudo()._try_apply_code(number or self.number).get("error")
            for user in (self.env.user, self.portal)
        ]
        self.assertFalse(self._referral(friend))
        return tuple(result)


@tagged("post_install", "-at_install")
class TestReferralEntered(ReferralCommon):
    def _unknown(self, number):
        return (f"There is no code {number}: check each character.",) * 2

    def _forget_number_of(self, partner):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM crm_member_number WHERE partner_id = %s", [partner.id])
        self.env.invalidate_all()

    def test_a_members_number_makes_the_referral_of_the_order(self):
        order = self._referred()
        referral = self._referral()
        self.assertEqual(referral.state, "open")
        self.assertEqual(referral.referrer_id, self.member)
        self.assertEqual(referral.order_id, order)
        self.assertEqual(referral.entered_on, self.today)
        self.assertEqual((order.referrer_id, order.referral_state), (self.member, "open"))

    def test_the_number_may_be_written_in_any_way(self):
        for text in (
            self.number.lower(),
            f"  {self.number[:4]} {self.number[4:]}\n",
            self.number.translate(THAI_DIGITS),
        ):
            with self.subTest(text=text):
                self._referred(number=text)
                self.assertEqual(len(self._referral()), 1)

    def test_the_seller_is_answered_in_words(self):
        order = self._draft(100.0, partner=self.friend)
        wizard = self.env["sale.loyalty.coupon.wizard"]
        action = wizard.create(
            {"order_id": order.id, "coupon_code": f" {self.number.lower()} "}
        ).action_apply()
        self.assertEqual(
            action["params"]["message"],
            "Malee Suksan was referred by Somchai Jaidee. The rewards follow when the order is"
            " paid.",
        )
        with self.assertRaisesRegex(ValidationError, "There is no code"):
            wizard.create({"order_id": order.id, "coupon_code": "NONE"}).action_apply()

    def test_a_coupon_is_still_a_coupon(self):
        order = self._draft(100.0, partner=self.friend)
        coupon = self._coupon(code=self.number)
        self.assertFalse(self._redeem(order, coupon))
        self.assertFalse(self._referral())

    def test_an_unknown_number_is_answered_like_an_unknown_code(self):
        mistyped = self.number[:-1] + str((int(self.number[-1]) + 1) % 10)
        stranger = self._customer("Stranger")
        stranger.action_issue_member_number()
        free = stranger.member_number
        self._forget_number_of(stranger)
        for number in (mistyped, free, "M"):
            with self.subTest(number=number):
                self.assertEqual(self._told(number), self._unknown(number))

    def test_without_a_running_program_a_number_is_no_code(self):
        for values in (
            {"active": False},
            {"active": True, "date_from": "2099-01-01"},
            {"date_from": False, "date_until": "2020-01-01"},
        ):
            with self.subTest(values=values):
                self.referrals.write(values)
                self.assertEqual(self._told(), self._unknown(self.number))

    def test_nobody_refers_himself(self):
        self.assertEqual(
            self._told(friend=self.member),
            (
                "This is the number of Somchai Jaidee himself.",
                "This is your own number: give it to your friends.",
            ),
        )

    def test_nobody_refers_his_household(self):
        members = [Command.create({"partner_id": one.id}) for one in self.member | self.friend]
        self.env["crm.household"].create({"name": "Jaidee", "member_ids": members})
        self.assertEqual(
            self._told(),
            (
                "Malee Suksan and Somchai Jaidee live in the same household: that is no new"
                " customer.",
                "This offer is not available for you.",
            ),
        )

    def test_nobody_refers_a_colleague(self):
        firm = self._customer("Firm", is_company=True)
        (self.member | self.friend).parent_id = firm
        for_seller, for_customer = self._told()
        self.assertIn("belong to the same firm", for_seller)
        self.assertEqual(for_customer, "This offer is not available for you.")

    def test_nobody_refers_himself_under_another_name(self):
        self.friend.email = "SOMCHAI@example.com"
        self.assertIn("the same e-mail address", self._told()[0])
        self.friend.email = False
        self.member.phone = self.friend.phone = "+66 2 123 4567"
        self.assertIn("or phone", self._told()[0])

    def test_only_a_first_order_is_referred(self):
        self._order(self.friend, 10.0)
        self.assertEqual(
            self._told(),
            (
                "Malee Suksan has bought before: who brings a friend is rewarded for the friend's"
                " first order only.",
                "The number of a friend can be used for your first order only.",
            ),
        )

    def test_an_invoice_or_a_colleagues_order_is_a_first_one_too(self):
        self._invoice(self.friend, 10.0)
        self.assertIn("has bought before", self._told()[0])
        firm = self._customer("Firm", is_company=True)
        old, new = (self._customer(name, parent_id=firm.id) for name in ("Nid", "Noi"))
        self._order(old, 10.0)
        self.assertIn("Firm has bought before", self._told(friend=new)[0])

    def test_who_has_bought_before_learns_nothing_of_numbers(self):
        """He is told the same of numbers that there are and of such as there are not."""
        self._order(self.friend, 10.0)
        stranger = self._customer("Stranger")
        stranger.action_issue_member_number()
        free = stranger.member_number
        self._forget_number_of(stranger)
        self.assertEqual(self._told(free)[1], self._told()[1])

    def test_a_replaced_number_leads_to_the_member(self):
        former = self.member.member_number_ids
        former._retire("replaced")
        self.member.action_issue_member_number()
        self.assertNotEqual(self.member.member_number, self.number)
        self._referred()
        self.assertEqual(self._referral().referrer_id, self.member)

    def test_a_lost_card_leads_to_the_member(self):
        self.member.member_number_ids._retire("lost")
        self._referred()
        self.assertEqual(self._referral().referrer_id, self.member)

    def test_who_is_no_member_any_more_refers_nobody(self):
        self.member.member_number_ids._retire("closed")
        told = f"{self.number} is not the number of a member any more."
        self.assertEqual(self._told(), (told, self._unknown(self.number)[1]))

    def test_an_archived_member_refers_nobody(self):
        self.member.active = False
        told = f"{self.number} is not the number of a member any more."
        self.assertEqual(self._told(), (told, self._unknown(self.number)[1]))

    def test_another_number_may_be_entered_until_the_order_is_confirmed(self):
        self._referred()
        nok = self._customer("Nok Member")
        nok.action_issue_member_number()
        order = self._referred(number=nok.member_number)
        self.assertEqual(self._referral().referrer_id, nok)
        order.action_confirm()
        error = order._try_apply_code(self.number)["error"]
        self.assertEqual(error, "Say who has brought the customer before the order is confirmed.")

    def test_a_customer_is_referred_once(self):
        self._referred()
        self._referral().sudo().state = "refused"
        order = self._draft(100.0, partner=self.friend)
        error = order._try_apply_code(self.number)["error"]
        self.assertEqual(error, "Malee Suksan has been referred already.")

    def _visited(self):
        """Return the cart of somebody who is not known yet; it earns nothing."""
        self.program.active = False
        return self._referred(friend=self.env.ref("base.public_user").sudo().partner_id)

    def test_a_visitor_is_referred_as_soon_as_he_is_known(self):
        order = self._visited()
        self.assertFalse(self.env["crm.referral"].search([("order_id", "=", order.id)]))
        self.assertEqual((order.referrer_id, order.referral_state), (self.member, False))
        order.partner_id = self.friend
        order.action_confirm()
        self.assertEqual(self._referral().order_id, order)

    def test_a_visitor_who_turns_out_to_be_a_customer_buys_without_referral(self):
        order = self._visited()
        self._order(self.friend, 10.0)
        order.partner_id = self.friend
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(self._referral())
        self.assertIn("has bought before", order.message_ids[0].body)

    def test_another_customer_on_the_order_is_the_friend_then(self):
        order = self._referred()
        nok = self._customer("Nok Jaidee")
        order.partner_id = nok
        order.action_confirm()
        self.assertEqual(self._referral(nok).order_id, order)
        self._settle()
        self.assertEqual((self._referral().state, self._referral().reason), ("expired", "customer"))
        self._referred()
        self.assertEqual(self._referral().state, "open")

    def test_of_two_quotations_the_confirmed_one_counts(self):
        first = self._referred()
        second = self._referred()
        self.assertEqual(self._referral().order_id, second)
        first.action_confirm()
        self.assertEqual(self._referral().order_id, first)

    def test_a_copy_of_an_order_has_no_referral(self):
        self.assertFalse(self._referred().copy().referral_number_id)

    def test_confirming_costs_one_query_more_with_a_referral(self):
        counts = []
        for referred, name in ((False, "First"), (False, "Second"), (True, "Third")):
            friend = self._customer(name)
            order = self._draft(100.0, partner=friend)
            if referred:
                order._try_apply_code(self.number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.action_confirm()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        _warm, without, with_referral = counts
        self.assertLessEqual(with_referral - without, 1, counts)
