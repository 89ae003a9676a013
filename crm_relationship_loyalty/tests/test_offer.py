"""What customers are offered, what they answer, and what comes of it."""

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .offer_common import OfferCommon


class AnswerCommon(OfferCommon):
    """A bag of 20.00 that is offered, and a customer who may be told of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bag = cls._product("Bag")
        cls.lamp = cls._product("Lamp", list_price=10.0)
        cls.malee = cls._customer("Malee")
        cls._agree(cls.malee)

    @classmethod
    def _quotation(cls, partner=None, **values):
        return cls.env["sale.order"].create(
            {"partner_id": (partner or cls.customer).id, "company_id": cls.company.id, **values}
        )

    @classmethod
    def _referral(cls, **values):
        partner = cls._customer("Hotel", is_company=True)
        alliance = cls.env["crm.alliance"].create({"name": "Hotel", "partner_id": partner.id})
        alliance.action_start()
        return cls._offer([], kind="referral", alliance_id=alliance.id, **values)


@tagged("post_install", "-at_install")
class TestOfferPrice(AnswerCommon):
    def _accepted_lines(self, offer, **values):
        order = self._quotation(**values)
        self._present(offer).accept(order.id)
        return order.order_line

    def test_products_share_the_price_by_their_own_prices(self):
        offer = self._offer([self.bag, self.lamp], price=24.0)
        lines = self._accepted_lines(offer)
        # 20.00 and 10.00 of 30.00: two thirds and one third
        self.assertEqual(lines.mapped("price_subtotal"), [16.0, 8.0])
        self.assertEqual(lines.offer_presentation_id.offer_id, offer)

    def test_shares_add_up_to_the_cent(self):
        third = self._product("Third", list_price=20.0)
        other = self._product("Other", list_price=20.0)
        lines = self._accepted_lines(self._offer([self.bag, third, other], price=100.0))
        self.assertEqual(lines.mapped("price_subtotal"), [33.33, 33.33, 33.34])
        self.assertEqual(lines.order_id.amount_untaxed, 100.0)

    def test_price_of_a_unit_that_is_no_whole_cent_loses_nothing(self):
        lines = self._accepted_lines(self._offer([self.bag], quantity=3.0, price=100.0))
        self.assertEqual(lines.price_subtotal, 100.0)

    def test_shares_add_up_in_another_currency(self):
        yen = self.setup_other_currency("JPY", rounding=1.0, rates=[("2000-01-01", 150.0)])
        pricelist = self.env["product.pricelist"].create({"name": "Yen", "currency_id": yen.id})
        offer = self._offer([self.bag, self.lamp], price=33.33)
        lines = self._accepted_lines(offer, pricelist_id=pricelist.id)
        # 33.33 x 150 = 4,999.5: 5,000 yen, of which 3,333.3 and the rest
        self.assertEqual(lines.mapped("price_subtotal"), [3333.0, 1667.0])

    def test_taxes_in_prices_are_added_to_what_the_offer_costs(self):
        tax = self.env["account.tax"].create(
            {"name": "VAT", "amount": 7.0, "price_include_override": "tax_included"}
        )
        (self.bag | self.lamp).taxes_id = tax
        lines = self._accepted_lines(self._offer([self.bag, self.lamp], price=100.0))
        self.assertEqual(lines.mapped("price_subtotal"), [66.67, 33.33])
        self.assertEqual(lines.order_id.amount_untaxed, 100.0)
        self.assertEqual(lines.order_id.amount_total, 107.0)

    def test_sample_costs_nothing(self):
        lines = self._accepted_lines(self._offer([self.bag], kind="sample"))
        self.assertEqual((lines.price_subtotal, lines.product_uom_qty), (0.0, 1.0))

    def test_margin_at_the_floor_starts_and_below_does_not(self):
        # two bags cost 20.00: of 25.00 exactly 20 % are left, of 24.99 a little less
        self.assertEqual(
            self._offer([self.bag], quantity=2.0, price=25.0, margin_floor=20.0).state, "running"
        )
        with self.assertRaisesRegex(ValidationError, "raise the price"):
            self._offer([self.bag], quantity=2.0, price=24.99, margin_floor=20.0)

    def test_running_offer_is_held_to_its_floor(self):
        offer = self._offer([self.bag], price=20.0, margin_floor=50.0)
        with self.assertRaisesRegex(ValidationError, "raise the price"):
            offer.price = 19.0

    def test_address_begins_with_http(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self._referral(url="javascript:alert(1)")


@tagged("post_install", "-at_install")
class TestOfferAnswer(AnswerCommon):
    def test_presenting_writes_one_interaction_and_again_gives_the_same(self):
        offer = self._offer([self.bag], name="Bags")
        first, again = self._present(offer), self._present(offer)
        self.assertEqual(first, again)
        [entry] = self.env["crm.interaction"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((entry.subject, entry.direction), ("Offer presented: Bags", "out"))
        self.assertEqual((entry.res_model, entry.res_id), ("crm.offer.presentation", first.id))
        self.assertEqual(first.interaction_id, entry)

    def test_last_day_counts_the_day_of_presenting(self):
        offer = self._offer([self.bag], answer_days=14)
        self.assertEqual(self._present(offer).last_day, fields.Date.add(self.today, days=13))

    def test_accepting_twice_gives_the_same_and_adds_nothing(self):
        presentation = self._present(self._offer([self.bag]))
        answer = presentation.accept()
        self.assertEqual(presentation.accept(), answer)
        self.assertEqual(len(presentation.order_id.order_line), 1)
        self.assertEqual(presentation.offer_id.accepted_count, 1)
        self.assertEqual(answer["order_id"], presentation.order_id.id)

    def test_quotation_of_somebody_else_is_refused(self):
        offer = self._offer([self.bag])
        confirmed = self._buy([self.lamp])
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        for order in (
            self._quotation(self.malee),
            confirmed,
            self._quotation()
            .with_company(elsewhere)
            .create({"partner_id": self.customer.id, "company_id": elsewhere.id}),
            self.env["sale.order"].browse(10**9),
        ):
            with self.assertRaisesRegex(UserError, "Choose a quotation of this customer"):
                self._present(offer).accept(order.id)
        self.assertEqual(self._present(offer).state, "presented")
        self.assertEqual(offer.accepted_count, 0)

    def test_what_is_no_id_gets_a_sentence(self):
        offer = self._offer([self.bag])
        opened = self._present(offer)
        for wrong in ("abc", 2**40, -1, True, [1]):
            for attempt in (
                lambda wrong=wrong: self.Presentation.present(wrong, offer.id),
                lambda wrong=wrong: self.Presentation.present(self.customer.id, wrong),
                lambda wrong=wrong: opened.accept(wrong),
            ):
                with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "whole numbers"):
                    attempt()
        self.assertEqual(opened.state, "presented")

    def test_quotation_of_his_firm_is_taken(self):
        firm = self._customer("Firm", is_company=True)
        self.customer.parent_id = firm
        order = self._quotation(firm)
        answer = self._present(self._offer([self.bag])).accept(order.id)
        self.assertEqual(answer["order_id"], order.id)

    def test_wrong_reason_is_told_with_the_right_ones(self):
        presentation = self._present(self._offer([self.bag]))
        with self.assertRaisesRegex(UserError, "no reason dear. Take one of: price, need"):
            presentation.decline("dear")
        self.assertEqual(presentation.state, "presented")

    def test_refusal_keeps_the_reason_and_his_words(self):
        presentation = self._present(self._offer([self.bag]))
        presentation.decline("price", "  Too dear for me ")
        self.assertEqual(presentation.state, "declined")
        self.assertEqual(presentation.decline_reason_id.code, "price")
        self.assertEqual(presentation.note, "Too dear for me")
        with self.assertRaisesRegex(UserError, "present it again"):
            presentation.accept()

    def test_maximum_in_all_is_kept(self):
        offer = self._offer([self.bag], name="Bags", cap_total=1)
        second = self._present(offer, self.malee)
        self._present(offer).accept()
        with self.assertRaisesRegex(UserError, "Bags was accepted as often as it may be"):
            second.accept()

    def test_maximum_of_a_customer_counts_his_firm(self):
        firm = self._customer("Firm", is_company=True)
        (self.customer | self.malee).parent_id = firm
        offer = self._offer([self.bag], cap_per_customer=1)
        second = self._present(offer, self.malee)
        self._present(offer).accept()
        with self.assertRaisesRegex(UserError, "as often as it may be"):
            second.accept()

    def test_job_has_expire_what_nobody_answered_in_time(self):
        offer = self._offer([self.bag])
        late, in_time = self._present(offer), self._present(offer, self.malee)
        accepted = self._present(self._offer([self.lamp]))
        accepted.accept()
        yesterday = fields.Date.subtract(self.today, days=1)
        (late | accepted).sudo().last_day = yesterday
        in_time.sudo().last_day = self.today
        for _run in range(2):
            with self.enter_registry_test_mode():
                self.env.ref(
                    "crm_relationship_loyalty.ir_cron_expire_offers"
                ).method_direct_trigger()
            self.env.invalidate_all()
            states = (late | in_time | accepted).mapped("state")
            self.assertEqual(states, ["expired", "presented", "accepted"])

    def test_too_late_is_too_late_before_the_job_has_run(self):
        presentation = self._present(self._offer([self.bag]))
        presentation.sudo().last_day = fields.Date.subtract(self.today, days=1)
        with self.assertRaisesRegex(UserError, "too old"):
            presentation.accept()

    def test_code_names_nobody_and_is_given_once(self):
        offer = self._referral(url="https://hotel.example")
        presentation = self._present(offer)
        answer = presentation.accept()
        self.assertRegex(answer["code"], "^[A-HJ-NP-Z2-9]{10}$")
        self.assertEqual(answer["url"], "https://hotel.example")
        self.assertFalse(answer["order_id"])
        other = self._present(offer, self.malee)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            other.sudo().code = answer["code"]
            other.flush_recordset()

    def test_coupon_is_the_customers_own(self):
        coupons = self._program(
            name="Coupons", program_type="coupons", applies_on="current", trigger="with_code"
        )
        coupons.reward_ids.required_points = 1
        presentation = self._present(self._offer([], kind="coupon", program_id=coupons.id))
        answer = presentation.accept()
        card = self._card_of(program=coupons)
        self.assertEqual((card.code, card.points), (answer["code"], 1.0))

    def test_rate_is_the_average_of_what_was_presented(self):
        offer = self._offer([self.bag], cap_per_customer=0)
        self._present(offer).accept()
        for answering in (lambda one: one.decline("need"), lambda one: one.decline("price")):
            answering(self._present(offer, self._agreeing("Somebody")))
        self._present(offer, self.malee)
        [(shown, accepted, rate)] = self.Presentation._read_group(
            [("offer_id", "=", offer.id)],
            [],
            ["presented_count:sum", "accepted_count:sum", "acceptance_rate:avg"],
        )
        self.assertEqual((shown, accepted, rate), (4, 1, 25.0))

    def _agreeing(self, name):
        partner = self._customer(name)
        self._agree(partner)
        return partner


@tagged("post_install", "-at_install")
class TestOfferRights(AnswerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls._offer([cls.bag])

    def _as(self, *groups):
        login = groups[0].split(".")[1]
        return new_test_user(
            self.env, login, ",".join(groups), company_ids=[Command.set(self.company.ids)]
        )

    def test_salespeople_present_and_answer(self):
        presentations = self.Presentation.with_user(self.clerk)
        given = presentations.present(self.customer.id, self.offer.id)
        presentation = presentations.browse(given["presentation_id"])
        self.assertEqual(presentation.user_id, self.clerk)
        presentation.accept()
        self.assertEqual(presentation.order_id.user_id, self.clerk)

    def test_others_present_and_answer_nothing(self):
        presentation = self._present(self.offer)
        for groups in (
            ("crm_relationship.group_contact_point",),
            ("account.group_account_invoice",),
            ("base.group_portal",),
        ):
            user = self._as(*groups)
            with self.subTest(groups=groups):
                with self.assertRaises(AccessError):
                    self.Presentation.with_user(user).present(self.malee.id, self.offer.id)
                for answering in ("accept", "decline", "action_accept"):
                    with self.assertRaises(AccessError):
                        getattr(presentation.with_user(user), answering)()
        self.assertEqual(presentation.state, "presented")

    def test_nobody_writes_answers_by_hand(self):
        presentation = self._present(self.offer)
        for values in ({"state": "accepted"}, {"note": "Yes"}, {"offer_id": self.offer.id}):
            with self.assertRaises(AccessError):
                presentation.with_user(self.clerk).write(values)

    def test_margin_is_for_those_who_see_amounts(self):
        offer = self.offer.with_user(self.clerk)
        self.assertEqual(offer.price, 20.0)
        with self.assertRaises(AccessError):
            offer.read(["margin"])
        biller = self._as("account.group_account_invoice")
        self.assertEqual(self.offer.with_user(biller).margin, 50.0)

    def test_offer_of_another_company_is_not_presented(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        offer = self._offer([], company_id=elsewhere.id, kind="link", url="https://x.example")
        with self.assertRaises(AccessError):
            self.Presentation.with_user(self.clerk).present(self.customer.id, offer.id)
