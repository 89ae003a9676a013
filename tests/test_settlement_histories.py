"""Random histories of acceptances, invoices, refunds, points, runs and cancelled runs."""

import logging
import random
from decimal import ROUND_HALF_UP, Decimal

from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.crm_relationship_loyalty.tests.alliance_common import AllianceCommon

_logger = logging.getLogger(__name__)

MONTHS = [
    ("2026-07-01", "2026-07-31"),
    ("2026-08-01", "2026-08-31"),
    ("2026-09-01", "2026-09-30"),
    ("2026-10-01", "2026-10-31"),
]
ONCE = ["send", "spend", "take_back"]
STEPS = st.permutations([*ONCE, *["sell", "run"] * 3, *["refund", "earn", "cancel"] * 2])
CENT = Decimal("0.01")


@freeze_time("2026-11-10 05:00:00")
@tagged("post_install", "-at_install")
class TestSettlementHistories(AllianceCommon):
    """Whatever happens in which order: each source once, and no cent lost."""

    def setUp(self):
        super().setUp()
        self.done = {}
        self.customer.action_issue_member_number()

    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(steps=STEPS, seed=st.integers(0, 2**16), rate=st.sampled_from([10.0, 3.33, 0.01]))
    def _explore(self, steps, seed, rate):
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            self.alliance.write({"commission_earned": rate, "point_price": 0.0033})
            self.reports = []
            chance = random.Random(seed)
            for name in steps:
                self._step(name, chance)
            self._settle_the_rest()
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()

    def test_each_source_is_settled_once_and_no_cent_is_lost(self):
        self._explore()
        _logger.info("steps done: %s", self.done)
        for name in ("sell", "refund", "send", "earn", "spend", "take_back", "run", "cancel"):
            self.assertTrue(self.done.get(name), name)

    def _step(self, name, chance):
        try:
            with self.env.cr.savepoint():
                applied = getattr(self, "_" + name)(chance)
        except UserError as refused:
            _logger.debug("%s refused: %s", name, refused)
            applied = False
        self.done[name] = self.done.get(name, 0) + bool(applied)

    def _day(self, chance):
        first, last = chance.choice(MONTHS)
        return chance.choice([first, last, first[:-2] + "15"])

    def _sell(self, chance):
        return self._invoiced(self._day(chance))

    def _refund(self, chance):
        invoices = self.env["account.move"].search(
            [("partner_id", "=", self.customer.id), ("move_type", "=", "out_invoice")]
        )
        if not invoices:
            return False
        quantities = {self.voucher: chance.choice([0.33, 0.5, 1.0]), self.bag: 1.0}
        return self._credited(chance.choice(invoices), self._day(chance), quantities)

    def _send(self, chance):
        with freeze_time(f"{self._day(chance)} 05:00:00"):
            return self._accepted(self.link)

    def _report(self, points, chance, **more):
        reference = f"T-{len(self.reports)}"
        day = self._day(chance)
        number = self.customer.member_number
        self.alliance.record_points(number, points, reference, day, **more)
        self.reports.append((reference, points, bool(more)))
        return True

    def _earn(self, chance):
        return self._report(chance.choice([1, 7, 100.5]), chance)

    def _spend(self, chance):
        return self._report(-chance.choice([1, 5.25]), chance)

    def _take_back(self, chance):
        own = [report for report in self.reports if not report[2]]
        if not own:
            return False
        reference, points, _is_reversal = chance.choice(own)
        return self._report(-points, chance, reverses=reference)

    def _run(self, chance):
        """Settle a month, or a period that overlaps others."""
        first, last = chance.choice(MONTHS)
        period = chance.choice([first, "2026-07-15"]), last
        same = self.alliance.settlement_ids.filtered(
            lambda one: (str(one.date_from), str(one.date_until)) == period
        )
        if same - same.filtered(lambda one: one.state == "cancelled"):
            return False
        return self._settled(*period)

    def _cancel(self, chance):
        open_ones = self.alliance.settlement_ids.filtered(lambda one: one.state == "invoiced")
        return bool(open_ones) and chance.choice(open_ones).action_cancel()

    def _check(self, settlement):
        """Compare the documents, the lines, and what the sources say by themselves."""
        rest = {}
        for line in settlement.line_ids:
            key = line.side, line.kind, line.offer_id
            exact, billed = rest.get(key, (Decimal(0), Decimal(0)))
            rest[key] = (exact + self._exact(line), billed + Decimal(repr(line.amount)))
            self.assertEqual(line.is_late, line.date < settlement.date_from)
            self.assertLessEqual(line.date, settlement.date_until)
        for exact, billed in rest.values():
            self.assertEqual(billed, exact.quantize(CENT, ROUND_HALF_UP))
        if settlement.state == "cancelled":
            return
        sums = {"receivable": Decimal(0), "payable": Decimal(0)}
        for (side, *_key), (_exact, billed) in rest.items():
            sums[side] += billed
        self.assertEqual(
            Decimal(repr(settlement.invoice_id.amount_untaxed_signed)).quantize(CENT),
            sums["receivable"],
        )
        self.assertEqual(
            Decimal(repr(settlement.bill_id.amount_untaxed_signed)).quantize(CENT), sums["payable"]
        )

    def _exact(self, line):
        """Return what the source brings, worked out from the source itself."""
        source = self.env[line.source_model].browse(line.source_id)
        if line.source_model == "account.move.line":
            net = Decimal(repr(source.price_subtotal))
            net = -net if source.move_id.move_type == "out_refund" else net
            if source.product_id == self.voucher:
                return net * Decimal(repr(line.alliance_id.commission_earned)) / 100
            return -net * Decimal(repr(line.alliance_id.commission_paid)) / 100
        if line.source_model == "crm.offer.presentation":
            return Decimal(25)
        price = "0.0033" if line.kind == "accrual" else "0.05"
        return Decimal(repr(source.points)) * Decimal(price)

    def _settle_the_rest(self):
        """Run once more: now every source is in one settlement that holds, and in no other."""
        last = self._settlement("2026-11-01", "2026-11-10")
        last.action_collect()
        for settlement in self.alliance.settlement_ids - last:
            self._check(settlement)
        lines = self.env["crm.alliance.settlement.line"].search(
            [("alliance_id", "=", self.alliance.id), ("is_settled", "=", True)]
        )
        settled = sorted((line.source_model, line.source_id) for line in lines)
        self.assertEqual(settled, sorted(set(settled)))
        self.assertEqual(settled, sorted(self._all_sources()))

    def _all_sources(self):
        invoices = self.env["account.move"].search(
            [("partner_id", "=", self.customer.id), ("state", "=", "posted")]
        )
        yield from (
            ("account.move.line", line.id) for line in invoices.invoice_line_ids if line.balance
        )
        presentations = self.env["crm.offer.presentation"].search(
            [("offer_id", "=", self.link.id), ("state", "=", "accepted")]
        )
        yield from (("crm.offer.presentation", one.id) for one in presentations)
        rows = self.History.search([("alliance_id", "=", self.alliance.id)])
        yield from (("loyalty.history", row.id) for row in rows)
