from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

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
