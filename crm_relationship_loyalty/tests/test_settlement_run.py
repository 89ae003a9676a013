from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .alliance_common import AllianceCommon

NOW = "2026-11-10 05:00:00"


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
