from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .alliance_common import AllianceCommon

NOW = "2026-11-10 05:00:00"


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
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UniqueViolation, "crm_alliance_settlement_period_once"),
        ):
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
