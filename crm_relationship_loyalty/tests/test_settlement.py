import re

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .alliance_common import AllianceCommon

NOW = "2026-11-10 05:00:00"


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSettlementSources(AllianceCommon):
    """A period's invoices, answers and points, worked out by hand."""

    def test_partner_owes_for_his_goods_and_we_for_ours(self):
        invoice = self._invoiced("2026-10-12")
        self.assertEqual(invoice.invoice_line_ids.mapped("price_subtotal"), [48.0, 32.0])
        settlement = self._settled()
        self.assertEqual(
            self._amounts(settlement), [("commission_paid", -1.6), ("commission_earned", 4.8)]
        )
        self.assertEqual((settlement.receivable, settlement.payable), (4.8, 1.6))
        self.assertEqual(settlement.line_ids.mapped("base_amount"), [32.0, 48.0])
        self.assertEqual(set(settlement.line_ids.mapped("reference")), {invoice.name})

    def test_documents_are_drafts_with_a_line_for_each_offer(self):
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13")
        settlement = self._settled()
        invoice, bill = settlement.invoice_id, settlement.bill_id
        self.assertEqual((invoice.state, invoice.move_type), ("draft", "out_invoice"))
        self.assertEqual((bill.state, bill.move_type), ("draft", "in_invoice"))
        self.assertEqual((invoice | bill).partner_id, self.hotel)
        self.assertEqual(invoice.journal_id, self.alliance.sale_journal_id)
        self.assertEqual(bill.journal_id, self.alliance.purchase_journal_id)
        self.assertEqual(invoice.invoice_line_ids.quantity, 2.0)
        self.assertEqual(invoice.invoice_line_ids.price_subtotal, 9.6)
        self.assertEqual(
            invoice.invoice_line_ids.name, "Commission on the Partner's Goods: Weekend"
        )
        self.assertEqual(bill.amount_untaxed, 3.2)
        self.assertEqual(invoice.invoice_date, fields.Date.to_date("2026-10-31"))

    def test_half_of_a_good_given_back_takes_half_of_its_commission_back(self):
        invoice = self._invoiced("2026-10-12")
        self._credited(invoice, "2026-10-20", {self.voucher: 0.5})
        settlement = self._settled()
        self.assertEqual(
            self._amounts(settlement),
            [("commission_paid", -1.6), ("commission_earned", 4.8), ("commission_earned", -2.4)],
        )
        self.assertEqual(settlement.invoice_id.amount_untaxed, 2.4)

    def test_credit_note_of_a_later_period_makes_credit_notes(self):
        invoice = self._invoiced("2026-09-12")
        self._settled("2026-09-01", "2026-09-30")
        self._credited(invoice, "2026-10-02")
        settlement = self._settled()
        self.assertEqual((settlement.receivable, settlement.payable), (-4.8, -1.6))
        self.assertEqual(settlement.invoice_id.move_type, "out_refund")
        self.assertEqual(settlement.invoice_id.amount_untaxed, 4.8)
        self.assertEqual(settlement.bill_id.move_type, "in_refund")
        self.assertEqual(settlement.bill_id.amount_untaxed, 1.6)

    def test_all_given_back_in_the_same_period_makes_no_document(self):
        self._credited(self._invoiced("2026-10-12"), "2026-10-20")
        settlement = self._settled()
        self.assertEqual(settlement.line_count, 4)
        self.assertFalse(settlement.invoice_id | settlement.bill_id)
        self.assertEqual(settlement.state, "invoiced")

    def test_other_currency_counts_at_the_rate_of_the_invoice(self):
        """At 2 of the other currency for one of ours, 60.00 and 40.00 are 30.00 and 20.00."""
        other = self.env["res.currency"].create({"name": "XTS", "symbol": "x", "rounding": 0.01})
        self.env["res.currency.rate"].create(
            [
                {"currency_id": other.id, "name": "2026-10-01", "rate": 2.0},
                {"currency_id": other.id, "name": "2026-10-20", "rate": 8.0},
            ]
        )
        pricelist = self.env["product.pricelist"].create({"name": "Other", "currency_id": other.id})
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "pricelist_id": pricelist.id}
        )
        presentation = self._accepted(self.bundle, order_id=order.id)
        for line, price in zip(presentation.order_line_ids, (60.0, 40.0), strict=True):
            line.price_unit = price
        order.action_confirm()
        invoice = order._create_invoices(final=True)
        invoice.invoice_date = invoice.date = "2026-10-12"
        invoice.action_post()
        self.assertEqual(invoice.currency_id, other)
        settlement = self._settled()
        self.assertEqual((settlement.receivable, settlement.payable), (3.0, 1.0))
        self.assertEqual(settlement.invoice_id.currency_id, self.company.currency_id)

    def test_customer_sent_to_the_partner_brings_the_fee_on_the_day_of_his_answer(self):
        """23:30 on 31 October in Bangkok is still October, 00:30 is November."""
        for moment in ("2026-10-31 16:30:00", "2026-10-31 17:30:00"):
            with freeze_time(moment):
                self._accepted(self.link)
        settlement = self._settled()
        self.assertEqual(self._amounts(settlement), [("fee", 25.0)])
        self.assertEqual(settlement.line_ids.date, fields.Date.to_date("2026-10-31"))

    def test_sample_of_the_partner_brings_a_fee_and_one_of_ours_none(self):
        for name, is_of_partner in (("His", True), ("Ours", False)):
            line = {"product_id": self.voucher.id, "is_of_partner": is_of_partner}
            offer = self._offer(name=name, kind="sample", line_ids=[Command.create(line)])
            with freeze_time("2026-10-12 05:00:00"):
                self._accepted(offer)
        settlement = self._settled()
        self.assertEqual(self._amounts(settlement), [("fee", 25.0)])
        self.assertEqual(settlement.line_ids.offer_id.name, "His")

    def test_answer_that_is_no_acceptance_brings_nothing(self):
        with freeze_time("2026-10-12 05:00:00"):
            self._accepted(self.link).sudo().state = "declined"
        settlement = self._settlement()
        settlement.action_collect()
        self.assertFalse(settlement.line_ids)

    def test_own_offers_and_other_sales_are_not_settled(self):
        self._offer(
            name="Own",
            alliance_id=False,
            price=10.0,
            line_ids=[Command.create({"product_id": self.bag.id})],
        )
        self._accepted(self.env["crm.alliance.offer"].search([("name", "=", "Own")]))
        self._bill(self._sale(100.0))
        settlement = self._settlement("2026-11-01", "2026-11-10")
        settlement.action_collect()
        self.assertFalse(settlement.line_ids)

    def test_points_earned_and_spent_there_have_their_prices(self):
        """100 points at 0.08 are 8.00; 30 at 0.05 are 1.50; 40 taken back are 3.20 less."""
        number = self._number()
        for points, reference, more in (
            (100, "A", {}),
            (-30, "B", {}),
            (40, "C", {}),
            (-40, "D", {"reverses": "C"}),
        ):
            self.alliance.record_points(number, points, reference, "2026-10-12", **more)
        settlement = self._settled()
        self.assertEqual(
            self._amounts(settlement),
            [("redemption", -1.5), ("accrual", 8.0), ("accrual", 3.2), ("accrual", -3.2)],
        )
        self.assertEqual(settlement.invoice_id.invoice_line_ids.quantity, 100.0)
        self.assertEqual((settlement.receivable, settlement.payable), (8.0, 1.5))

    def test_cents_are_rounded_once_for_each_line_of_a_document(self):
        """Three times 1 point at 0.0033 is 0.0099: 0.01, and not three times 0.00."""
        self.alliance.point_price = 0.0033
        number = self._number()
        for reference in "ABC":
            self.alliance.record_points(number, 1, reference, "2026-10-12")
        settlement = self._settled()
        self.assertEqual(sum(settlement.line_ids.mapped("amount")), 0.01)
        self.assertEqual(settlement.invoice_id.amount_untaxed, 0.01)

    def _number(self):
        self.customer.action_issue_member_number()
        return self.customer.member_number


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSettlementOnce(AllianceCommon):
    """Each source is settled once for ever."""

    def test_two_periods_take_each_source_once(self):
        self._invoiced("2026-09-12")
        self._invoiced("2026-10-12")
        first = self._settled("2026-09-01", "2026-09-30")
        second = self._settled()
        self.assertEqual((first.receivable, second.receivable), (4.8, 4.8))
        self.assertFalse(
            set(first.line_ids.mapped("source_id")) & set(second.line_ids.mapped("source_id"))
        )

    def test_late_document_is_taken_by_the_next_run_and_marked(self):
        self._invoiced("2026-09-12")
        self._settled("2026-09-01", "2026-09-30")
        self._invoiced("2026-09-30")
        self._invoiced("2026-10-01")
        settlement = self._settled()
        self.assertEqual(settlement.receivable, 9.6)
        self.assertEqual(settlement.late_count, 2)
        late = settlement.line_ids.filtered("is_late")
        self.assertEqual(set(late.mapped("date")), {fields.Date.to_date("2026-09-30")})

    def test_overlapping_periods_settle_nothing_twice(self):
        self._invoiced("2026-10-12")
        self._settled()
        again = self._settlement("2026-10-05", "2026-11-05")
        again.action_collect()
        self.assertFalse(again.line_ids)

    def test_the_same_period_is_not_settled_beside_itself(self):
        self._settlement()
        with self.assertRaisesRegex(Exception, "crm_alliance_settlement_period_once"):
            with self.env.cr.savepoint():
                self._settlement()

    def test_collecting_again_changes_nothing(self):
        self._invoiced("2026-10-12")
        settlement = self._settlement()
        settlement.action_collect()
        before = self._amounts(settlement)
        settlement.action_collect()
        self.assertEqual(self._amounts(settlement), before)
        self.assertEqual(settlement.receivable, 4.8)

    def test_cancelled_settlement_frees_its_sources_and_keeps_the_evidence(self):
        self._invoiced("2026-10-12")
        first = self._settled()
        first.action_cancel()
        self.assertEqual(first.state, "cancelled")
        self.assertEqual((first.invoice_id | first.bill_id).mapped("state"), ["cancel", "cancel"])
        self.assertEqual(len(first.line_ids), 2)
        again = self._settled()
        self.assertEqual((again.receivable, again.payable), (4.8, 1.6))

    def test_settlement_with_a_posted_document_is_not_cancelled(self):
        self._invoiced("2026-10-12")
        settlement = self._settled()
        settlement.invoice_id.action_post()
        with self.assertRaisesRegex(UserError, "posted"):
            settlement.action_cancel()
        settlement.invoice_id.button_draft()
        settlement.action_cancel()
        self.assertEqual(settlement.invoice_id.state, "cancel")

    def test_settled_invoice_is_not_changed_any_more(self):
        invoice = self._invoiced("2026-10-12")
        settlement = self._settled()
        with self.assertRaisesRegex(UserError, "make a credit note, or cancel the settlement"):
            invoice.button_draft()
        settlement.action_cancel()
        invoice.button_draft()
        self.assertEqual(invoice.state, "draft")

    def test_only_drafts_are_deleted_and_free_their_sources(self):
        self._invoiced("2026-10-12")
        draft = self._settlement()
        draft.action_collect()
        draft.unlink()
        settlement = self._settled()
        self.assertEqual(settlement.receivable, 4.8)
        with self.assertRaisesRegex(UserError, "kept as evidence"):
            settlement.unlink()

    def test_rate_that_changes_later_leaves_what_was_settled(self):
        self._invoiced("2026-10-12")
        settlement = self._settled()
        self.alliance.commission_earned = 50.0
        again = self._settlement("2026-11-01", "2026-11-10")
        again.action_collect()
        self.assertEqual(settlement.line_ids.mapped("rate"), [5.0, 10.0])
        self.assertFalse(again.line_ids)

    def test_period_ends_before_today_is_over(self):
        self._settlement("2026-11-01", "2026-11-10")
        with self.assertRaisesRegex(ValidationError, "not over"):
            self._settlement("2026-11-01", "2026-11-11")

    def test_collected_period_keeps_its_dates(self):
        self._invoiced("2026-10-12")
        settlement = self._settlement()
        settlement.action_collect()
        with self.assertRaisesRegex(ValidationError, "make another settlement"):
            settlement.date_from = "2026-10-02"

    def test_documents_need_product_and_sources(self):
        settlement = self._settlement()
        settlement.action_collect()
        with self.assertRaisesRegex(UserError, "nothing to settle"):
            settlement.action_invoice()
        self.alliance.settlement_product_id = False
        with self.assertRaisesRegex(UserError, "Choose the settlement product"):
            settlement.action_invoice()

    def test_taxes_within_the_price_are_refused(self):
        tax = self.env["account.tax"].create(
            {"name": "VAT", "amount": 7.0, "price_include_override": "tax_included"}
        )
        product = self._good("Wrong", 0.0)
        product.taxes_id = tax
        with self.assertRaisesRegex(ValidationError, "within its price"):
            self.alliance.settlement_product_id = product

    def test_taxes_are_added_to_what_is_owed(self):
        tax = self.env["account.tax"].create({"name": "VAT", "amount": 7.0})
        self.settling.taxes_id = tax
        self._invoiced("2026-10-12")
        invoice = self._settled().invoice_id
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (4.8, 0.34))


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSettlementCron(AllianceCommon):
    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_loyalty.ir_cron_settle_alliances"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_last_month_is_settled_once(self):
        self._invoiced("2026-10-12")
        self._run()
        settlement = self.alliance.settlement_ids
        self.assertEqual(
            (str(settlement.date_from), str(settlement.date_until), settlement.state),
            ("2026-10-01", "2026-10-31", "invoiced"),
        )
        self._run()
        self.assertEqual(self.alliance.settlement_ids, settlement)

    def test_quarter_is_settled_when_it_is_over(self):
        self.alliance.settlement_period = "quarter"
        self._invoiced("2026-07-01")
        self._invoiced("2026-10-01")
        self._run()
        settlement = self.alliance.settlement_ids
        self.assertEqual(
            (str(settlement.date_from), str(settlement.date_until), settlement.receivable),
            ("2026-07-01", "2026-09-30", 4.8),
        )

    def test_period_without_sources_makes_no_settlement(self):
        self._run()
        self.assertFalse(self.alliance.settlement_ids)
        self.assertFalse(self.alliance.settlement_problem)

    def test_run_that_stopped_after_collecting_is_finished(self):
        self._invoiced("2026-10-12")
        self._settlement().action_collect()
        self._run()
        self.assertEqual(self.alliance.settlement_ids.mapped("state"), ["invoiced"])
        self.assertEqual(self.alliance.settlement_ids.invoice_id.amount_untaxed, 4.8)

    def test_cancelled_period_is_left_to_people_and_its_sources_to_the_next(self):
        self._invoiced("2026-10-12")
        self._run()
        self.alliance.settlement_ids.action_cancel()
        self._run()
        self.assertEqual(self.alliance.settlement_ids.mapped("state"), ["cancelled"])
        with freeze_time("2026-12-01 05:00:00"):
            self._run()
        november = self.alliance.settlement_ids.filtered(lambda one: one.state == "invoiced")
        self.assertEqual((november.receivable, november.late_count), (4.8, 2))

    def test_problem_of_one_alliance_is_noted_and_stops_no_other(self):
        self._invoiced("2026-10-12")
        broken = self._alliance(name="Airline", settlement_product_id=False)
        offer = self._offer(
            name="Flight", kind="link", url="https://air.example", alliance_id=broken.id
        )
        with freeze_time("2026-10-12 05:00:00"):
            self._accepted(offer)
        self._run()
        self.assertEqual(
            broken.settlement_problem,
            "Choose the settlement product and the journals of Airline first.",
        )
        self.assertFalse(broken.settlement_ids)
        self.assertEqual(self.alliance.settlement_ids.receivable, 4.8)
        broken.settlement_product_id = self.settling
        self._run()
        self.assertFalse(broken.settlement_problem)
        self.assertEqual(broken.settlement_ids.receivable, 25.0)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestPrepaidAlliance(AllianceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.waiting = cls.env["account.account"].create(
            {"name": "Prepayments", "code": "2999", "account_type": "liability_current"}
        )
        cls.alliance.write(
            {
                "is_prepaid": True,
                "prepayment_account_id": cls.waiting.id,
                "prepayment_amount": 10.0,
                "prepaid_threshold": 4.0,
            }
        )

    def _prepay(self, pay=True):
        action = self.alliance.action_invoice_prepayment()
        invoice = self.env["account.move"].browse(action["res_id"])
        invoice.invoice_date = "2026-09-01"
        invoice.action_post()
        if pay:
            self._pay(invoice)
        self.env.invalidate_all()
        return invoice

    def test_prepayment_counts_when_it_is_paid(self):
        invoice = self._prepay(pay=False)
        self.assertEqual(self.alliance.prepaid_balance, 0.0)
        self._pay(invoice)
        self.env.invalidate_all()
        self.assertEqual(self.alliance.prepaid_balance, 10.0)
        self.assertEqual(invoice.line_ids.filtered("prepaid_alliance_id").account_id, self.waiting)

    def test_settlement_is_drawn_from_the_balance(self):
        self._prepay()
        self._invoiced("2026-10-12")
        settlement = self._settled()
        self.env.invalidate_all()
        self.assertEqual((settlement.receivable, settlement.drawn), (4.8, 4.8))
        self.assertEqual(settlement.invoice_id.amount_total, 0.0)
        self.assertEqual(self.alliance.prepaid_balance, 5.2)
        settlement.invoice_id.action_post()
        self.env.invalidate_all()
        self.assertEqual(self.alliance.prepaid_balance, 5.2)
        self.assertEqual(
            settlement.invoice_id.line_ids.filtered(
                lambda line: line.account_id == self.waiting
            ).balance,
            4.8,
        )

    def test_what_the_balance_does_not_cover_is_left_to_pay(self):
        self._prepay()
        for day in ("2026-10-12", "2026-10-13", "2026-10-14"):
            self._invoiced(day)
        settlement = self._settled()
        self.env.invalidate_all()
        self.assertEqual((settlement.receivable, settlement.drawn), (14.4, 10.0))
        self.assertEqual(settlement.invoice_id.amount_total, 4.4)
        self.assertEqual(self.alliance.prepaid_balance, 0.0)

    def test_cancelling_gives_back_what_was_drawn(self):
        self._prepay()
        self._invoiced("2026-10-12")
        self._settled().action_cancel()
        self.env.invalidate_all()
        self.assertEqual(self.alliance.prepaid_balance, 10.0)

    def test_credit_note_goes_back_to_the_balance(self):
        self._prepay()
        invoice = self._invoiced("2026-09-12")
        self._settled("2026-09-01", "2026-09-30")
        self._credited(invoice, "2026-10-02")
        settlement = self._settled()
        self.env.invalidate_all()
        self.assertEqual((settlement.receivable, settlement.drawn), (-4.8, -4.8))
        self.assertEqual(settlement.invoice_id.move_type, "out_refund")
        self.assertEqual(settlement.invoice_id.amount_total, 0.0)
        self.assertEqual(self.alliance.prepaid_balance, 10.0)

    def test_credit_note_of_a_prepayment_lowers_the_balance(self):
        invoice = self._prepay()
        self._credited(invoice, "2026-10-02")
        self.env.invalidate_all()
        self.assertEqual(self.alliance.prepaid_balance, 0.0)

    def test_responsible_person_is_reminded_once(self):
        self._prepay()
        for day in ("2026-10-12", "2026-10-13"):
            self._invoiced(day)
        self._settled()  # 0.40 are left, less than 4.00
        self.alliance._alert_low_balance()
        self.assertEqual(len(self.alliance.activity_ids), 1)
        self.assertEqual(self.alliance.activity_ids.user_id, self.alliance.user_id)
        self._prepay()
        self.alliance._alert_low_balance()
        self.assertFalse(self.alliance.is_prepaid_low)

    def test_prepayment_needs_an_amount(self):
        self.alliance.prepayment_amount = 0.0
        with self.assertRaisesRegex(UserError, "type the amount"):
            self.alliance.action_invoice_prepayment()


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestWhatPartnersSee(AllianceCommon):
    def _agree(self, partner, state="granted", moment="2026-10-01 05:00:00"):
        self.env["crm.contact.consent"].create(
            {
                "partner_id": partner.id,
                "channel_id": self.env.ref("crm_relationship.crm_contact_channel_email").id,
                "purpose_id": self.share.id,
                "state": state,
                "date": moment,
            }
        )

    def test_who_has_not_agreed_has_a_code_and_the_same_one_each_time(self):
        self.alliance.purpose_id = self.share
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13")
        self._invoiced("2026-10-14", self._customer("Malee"))
        settlement = self._settled()
        shown = settlement.line_ids.filtered(lambda line: line.side == "payable").mapped("shown_as")
        self.assertEqual(shown[0], shown[1])
        self.assertNotEqual(shown[0], shown[2])
        for code in shown:
            self.assertRegex(code, r"^[0-9A-F]{10}$")

    def test_code_that_the_customer_shows_there_is_the_one_of_the_list(self):
        with freeze_time("2026-10-12 05:00:00"):
            presentation = self._accepted(self.link)
        self.assertEqual(self._settled().line_ids.shown_as, presentation.code)

    def test_who_agreed_on_that_day_is_named_until_he_objects(self):
        self.alliance.purpose_id = self.share
        self._agree(self.customer, moment="2026-10-13 05:00:00")
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13")
        settlement = self._settled()
        lines = settlement.line_ids.filtered(lambda line: line.side == "payable")
        self.assertEqual(lines.mapped("is_named"), [False, True])
        self.assertEqual(lines[1].shown_as, "Somchai Jaidee")
        self.assertEqual(lines[0].shown_as, lines[0].code)
        self._agree(self.customer, "withdrawn", "2026-11-01 05:00:00")
        self.env.invalidate_all()
        self.assertEqual(lines[1].shown_as, lines[1].code)

    def test_alliance_without_a_purpose_names_nobody(self):
        self._agree(self.customer)
        self._invoiced("2026-10-12")
        self.assertEqual(self._settled().line_ids.mapped("is_named"), [False, False])

    def test_printed_list_has_the_codes_and_no_name(self):
        self.alliance.purpose_id = self.share
        malee = self._customer("Malee Suksai")
        self._agree(malee)
        self._invoiced("2026-10-12")
        self._invoiced("2026-10-13", malee)
        settlement = self._settled()
        report = "crm_relationship_loyalty.crm_alliance_settlement_report"
        html = self.env["ir.actions.report"]._render_qweb_html(report, settlement.ids)[0].decode()
        text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))
        self.assertIn("Malee Suksai", text)
        self.assertNotIn("Somchai", text)
        self.assertIn(settlement.line_ids.sorted("date")[0].code, text)
        self.assertIn("9.60", text)


@freeze_time(NOW)
@tagged("post_install", "-at_install")
class TestSettlementRights(AllianceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.biller = new_test_user(
            cls.env,
            "alliance_biller",
            "account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.manager = new_test_user(
            cls.env,
            "alliance_manager",
            "crm_relationship.group_relationship_manager",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def test_biller_settles_without_other_rights(self):
        self._invoiced("2026-10-12")
        settlement = (
            self.env["crm.alliance.settlement"]
            .with_user(self.biller)
            .create(
                {
                    "alliance_id": self.alliance.id,
                    "date_from": "2026-10-01",
                    "date_until": "2026-10-31",
                }
            )
        )
        settlement.action_collect()
        settlement.action_invoice()
        self.assertEqual(settlement.invoice_id.amount_untaxed, 4.8)
        self.assertEqual(settlement.group_ids.mapped("line_count"), [1, 1])
        action = settlement.group_ids[0].action_view_lines()
        lines = self.env["crm.alliance.settlement.line"].with_user(self.biller)
        found = lines.search(action["domain"])
        self.assertEqual(found.amount, settlement.group_ids[0].amount)
        self.assertEqual(found.action_view_source()["res_model"], "account.move")
        settlement.action_cancel()
        self.assertEqual(settlement.state, "cancelled")

    def test_amounts_and_states_are_not_typed(self):
        self._invoiced("2026-10-12")
        settlement = self._settled().with_user(self.biller)
        for values in ({"state": "draft"}, {"receivable": 1.0}, {"invoice_id": False}):
            with self.assertRaises(AccessError):
                settlement.write(values)
        with self.assertRaises(AccessError):
            settlement.create(
                {
                    "alliance_id": self.alliance.id,
                    "date_from": "2026-09-01",
                    "date_until": "2026-09-30",
                    "receivable": 999.0,
                }
            )

    def test_manager_reads_and_does_not_settle(self):
        self._invoiced("2026-10-12")
        settlement = self._settlement()
        settlement.action_collect()
        mine = settlement.with_user(self.manager)
        self.assertEqual(mine.receivable, 4.8)
        self.assertEqual(len(mine.line_ids), 2)
        for action in (mine.action_collect, mine.action_invoice, mine.action_cancel):
            with self.assertRaises(AccessError):
                action()

    def test_other_company_settles_its_own(self):
        other = self.setup_other_company()["company"]
        self.env.user.company_ids += other
        self._invoiced("2026-10-12")
        there = (
            self.env["crm.alliance"]
            .with_company(other)
            .create(
                {
                    "name": "Hotel",
                    "partner_id": self.hotel.id,
                    "company_id": other.id,
                    "commission_earned": 10.0,
                    "settlement_product_id": self.settling.id,
                }
            )
        )
        self.assertEqual((there.sale_journal_id | there.purchase_journal_id).company_id, other)
        settlement = self._settlement(alliance=there)
        settlement.action_collect()
        self.assertFalse(settlement.line_ids)
        self.assertEqual(self._settled().receivable, 4.8)
