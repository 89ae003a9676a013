"""Offers where staff and customers see them: the desk, quotations, contacts, the timeline."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .test_offer import AnswerCommon

QUERIES = 14  # those of `next_best_offers`, of what is open, and of the reasons


@tagged("post_install", "-at_install")
class TestOfferScreens(AnswerCommon):
    def _shown(self, **values):
        return self.Presentation.offers_of_customer(self.customer.id, **values)

    def test_what_is_open_comes_before_what_fits_best(self):
        first = self._offer([self.bag], name="First", priority="3")
        self._offer([self.bag], name="Second")
        opened = self._present(self._offer([self.lamp], name="Open"))
        shown = self._shown()
        self.assertEqual(
            [(one["name"], one["presentation_id"]) for one in shown["offers"]],
            [("Open", opened.id), ("First", False), ("Second", False)],
        )
        self.assertEqual(shown["offers"][0]["last_day"], str(opened.last_day))
        self.assertEqual(shown["offers"][1]["offer_id"], first.id)
        self.assertEqual(shown["offers"][1]["kind_label"], "Products at a price")
        self.assertEqual(shown["reasons"][0], ["price", "Too Expensive"])

    def test_not_more_are_shown_than_asked_for(self):
        for name in "ABCDE":
            self._offer([self.bag], name=name)
        self.assertEqual(len(self._shown()["offers"]), 3)
        self.assertEqual(len(self._shown(limit=1)["offers"]), 1)
        for wrong in ("many", -1, 2**40):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "whole numbers"):
                self._shown(limit=wrong)

    def test_open_offer_that_was_stopped_can_still_be_answered(self):
        offer = self._offer([self.bag], name="Stopped", pitch="The last ones")
        opened = self._present(offer)
        offer.action_stop()
        [shown] = self._shown()["offers"]
        self.assertEqual((shown["presentation_id"], shown["pitch"]), (opened.id, "The last ones"))

    def test_what_expired_or_is_answered_is_not_shown(self):
        self._present(self._offer([self.bag])).decline("price")
        late = self._present(self._offer([self.lamp], name="Late"))
        late.sudo().last_day = fields.Date.subtract(self.today, days=1)
        self.assertEqual([one["presentation_id"] for one in self._shown()["offers"]], [False])

    def test_desk_asks_a_fixed_number_of_questions(self):
        for name in "ABC":
            self._present(self._offer([self.bag], name=name))
        self._shown()
        self.env.invalidate_all()
        with self.assertQueryCount(QUERIES):
            self._shown()

    def test_card_of_the_desk_says_who_may_offer(self):
        self.assertTrue(self.customer.with_user(self.clerk).customer_card()["may_offer"])
        host = new_test_user(self.env, "host", "crm_relationship.group_contact_point")
        self.assertFalse(self.customer.with_user(host).customer_card()["may_offer"])
        with self.assertRaises(AccessError):
            self.Presentation.with_user(host).offers_of_customer(self.customer.id)

    def test_quotation_offers_to_its_customer_and_takes_what_he_accepts(self):
        order = self._quotation(order_line=[Command.create({"product_id": self.lamp.id})])
        action = order.with_user(self.clerk).action_view_offers()
        self.assertEqual(action["params"], {"partner_id": self.customer.id, "order_id": order.id})
        presentation = self._present(self._offer([self.bag], price=15.0))
        presentation.with_user(self.clerk).accept(order.id)
        self.assertEqual(order.amount_untaxed, 25.0)
        self.assertEqual(order.order_line[-1].offer_presentation_id, presentation)

    def test_accepting_on_the_form_opens_the_quotation(self):
        presentation = self._present(self._offer([self.bag]))
        action = presentation.action_accept()
        self.assertEqual(action["res_model"], "sale.order")
        self.assertEqual(action["res_id"], presentation.order_id.id)

    def test_form_asks_why_a_customer_declines(self):
        presentation = self._present(self._offer([self.bag]))
        action = presentation.action_decline()
        form = Form(self.env[action["res_model"]].with_context(**action["context"]))
        form.reason_id = self.env.ref("crm_relationship_loyalty.crm_offer_decline_reason_price")
        form.note = "Too dear"
        form.save().action_decline()
        self.assertEqual(
            (presentation.state, presentation.decline_reason_id.code, presentation.note),
            ("declined", "price", "Too dear"),
        )

    def test_invoices_and_credit_notes_lead_back_to_the_offer(self):
        presentation = self._present(self._offer([self.bag]))
        presentation.accept()
        order = presentation.order_id
        order.action_confirm()
        invoice = self._bill(order)
        refund = self._credit(invoice)
        self.assertEqual(presentation.invoice_ids, invoice | refund)
        action = presentation.with_user(self.clerk).action_view_invoices()
        self.assertEqual(self.env["account.move"].search(action["domain"]), invoice | refund)

    def test_offers_and_answers_are_events_of_the_timeline(self):
        self._present(self._offer([self.bag], name="Bags")).decline("price")
        self._present(self._offer([self.lamp], name="Lamps"))
        events = self.env["crm.timeline"].search(
            [("partner_id", "=", self.customer.id), ("kind", "=", "offer")]
        )
        self.assertCountEqual(
            [(one.title, one.status) for one in events],
            [("Bags", "Declined"), ("Lamps", "Presented")],
        )
        self.assertEqual(events[0].action_open_source()["res_model"], "crm.offer.presentation")

    def test_contact_shows_what_was_presented_to_his_company(self):
        firm = self._customer("Firm", is_company=True)
        self.customer.parent_id = firm
        presentation = self._present(self._offer([self.bag]))
        action = firm.action_view_offers()
        self.assertEqual(self.Presentation.search(action["domain"]), presentation)

    def test_offer_counts_its_presentations(self):
        offer = self._offer([self.bag])
        self._present(offer)
        self._present(offer, self.malee).decline("need")
        self.assertEqual(offer.presentation_count, 2)
        action = offer.action_view_presentations()
        self.assertEqual(self.Presentation.search_count(action["domain"]), 2)

    def test_whoever_bills_opens_offers_and_answers(self):
        biller = new_test_user(self.env, "biller", "account.group_account_invoice")
        presentation = self._present(self._offer([self.bag], name="Bags"))
        offer = presentation.offer_id.with_user(biller)
        self.assertEqual(Form(offer).name, "Bags")
        self.assertEqual(Form(presentation.with_user(biller)).offer_id, offer)

    def test_merged_customers_keep_all_answers_and_one_that_is_open(self):
        offer = self._offer([self.bag])
        longer, shorter = self._present(offer), self._present(offer, self.malee)
        shorter.sudo().last_day = fields.Date.subtract(longer.last_day, days=3)
        declined = self._present(self._offer([self.lamp]), self.malee)
        declined.decline("price")
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer | self.malee).ids, self.customer)
        self.env.invalidate_all()
        self.assertEqual((longer | shorter | declined).partner_id, self.customer)
        self.assertEqual(
            (longer | shorter | declined).mapped("state"), ["presented", "expired", "declined"]
        )

    def test_customer_gets_his_answers_with_his_data(self):
        self._present(self._offer([self.bag], name="Bags")).decline("price", "Too dear")
        sections = {one.model: one for one in self.customer._personal_data_sections()}
        [answer] = sections["crm.offer.presentation"].records
        self.assertEqual((answer["offer_id"], answer["note"]), ("Bags", "Too dear"))

    def test_words_of_an_anonymised_customer_go_and_his_answer_stays(self):
        declined = self._present(self._offer([self.bag]))
        declined.decline("price", "Too dear for my daughter Ploy")
        opened = self._present(self._offer([self.lamp]))
        self.customer._anonymise("everything")
        self.env.invalidate_all()
        self.assertEqual((declined.state, declined.note), ("declined", False))
        self.assertEqual(opened.state, "expired")


@tagged("post_install", "-at_install")
class TestOfferAtTheDesk(HttpCase, AnswerCommon):
    def test_staff_presents_and_the_customer_accepts(self):
        self.clerk.password = "nok"
        self.clerk.group_ids += self.env.ref("crm_relationship.group_contact_point")
        offer = self._offer([self.bag], name="Bag of the Month", pitch="Holds everything")
        self._offer([self.lamp], name="Lamp of the Month")
        self.customer.name = "Tour Customer"
        self.start_tour(
            f"/odoo/desk/{self.customer.id}", "crm_relationship_loyalty_offer", login="nok"
        )
        accepted = self.Presentation.search([("offer_id", "=", offer.id)])
        self.assertEqual((accepted.state, accepted.user_id), ("accepted", self.clerk))
        self.assertEqual(accepted.order_id.order_line.product_id, self.bag)
        declined = self.Presentation.search([("offer_id.name", "=", "Lamp of the Month")])
        self.assertEqual(declined.decline_reason_id.code, "need")
        self.assertEqual(declined.note, "Has lamps")
