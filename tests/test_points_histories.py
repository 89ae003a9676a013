"""Random histories of orders, changes, invoices, refunds, cancels and merges."""

import logging
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.crm_relationship_loyalty.tests.common import LoyaltyCommon

_logger = logging.getLogger(__name__)

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "sell",
                "sell and spend",
                "change",
                "bill",
                "pay",
                "credit",
                "cancel",
                "adjust",
                "expire",
                "merge",
            ]
        ),
        st.integers(0, 2**16),
    ),
    min_size=8,
    max_size=14,
)


@tagged("post_install", "-at_install")
class TestRandomHistories(LoyaltyCommon):
    """After every step the balance is what the rows and the lots say, and the same again."""

    def setUp(self):
        super().setUp()
        self.done = {}

    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        steps=STEPS,
        earn_on=st.sampled_from(["confirmation", "invoice", "payment"]),
        extended=st.booleans(),
    )
    def _explore(self, steps, earn_on, extended):
        savepoint = self.env.cr.savepoint(flush=True)
        try:
            self.program.write(
                {
                    "earn_on": earn_on,
                    "expiry_mode": "months",
                    "is_extended_by_activity": extended,
                }
            )
            self.people = self._customer("One") | self._customer("Two")
            self.orders = self.env["sale.order"]
            for partner in self.people:
                self.orders |= self._sale(700.0, partner=partner)
            for name, seed in steps:
                self._step(name, random.Random(seed))
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all()

    def test_the_ledger_equals_the_points_after_every_step(self):
        self._explore()
        _logger.info("steps done: %s", self.done)
        for name in ("sell and spend", "change", "bill", "pay", "credit", "cancel", "merge"):
            self.assertTrue(self.done.get(name), name)

    def _step(self, name, chance):
        try:
            with self.env.cr.savepoint():
                applied = getattr(self, "_" + name.replace(" ", "_"))(chance)
        except UserError as refused:
            _logger.debug("%s refused: %s", name, refused)
            applied = False
        self.done[name] = self.done.get(name, 0) + bool(applied)
        self.assertLedgerHolds()
        before = self.History.search_count([])
        self.orders._post_points()
        self.assertEqual(self.History.search_count([]), before, f"posted twice after {name}")

    def _pick(self, chance, orders):
        return chance.choice(orders) if orders else None

    def _posted_invoices(self):
        """Return the invoices to customers; one is made when there is none yet."""
        invoices = self.orders.invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        waiting = self.orders.filtered(lambda one: one.invoice_status == "to invoice")[:1]
        return invoices if invoices or not waiting else super()._bill(waiting)

    def _sell(self, chance):
        partner = chance.choice(self.people)
        self.orders |= self._sale(chance.choice([9.99, 100.0, 333.4, 1000.0]), partner=partner)
        return True

    def _sell_and_spend(self, chance):
        partner = chance.choice(self.people)
        order = self._draft(chance.choice([20.0, 500.0]), partner=partner)
        card = self._card_of(partner)
        if not card or "error" in order._apply_program_reward(self.reward, card):
            return False
        order.action_confirm()
        self.orders |= order
        return True

    def _change(self, chance):
        order = self._pick(chance, self.orders.filtered(lambda one: one.state == "sale"))
        if not order:
            return False
        line = order.order_line.filtered(lambda one: not one.is_reward_line)[:1]
        line.write({"product_uom_qty": chance.randint(1, 4), "price_unit": line.price_unit})
        return True

    def _bill(self, chance):
        order = self._pick(
            chance, self.orders.filtered(lambda one: one.invoice_status == "to invoice")
        )
        if not order:
            return False
        super()._bill(order)
        return True

    def _pay(self, chance):
        invoice = self._pick(
            chance, self._posted_invoices().filtered(lambda move: move.amount_residual > 0)
        )
        if not invoice:
            return False
        super()._pay(invoice)
        return True

    def _credit(self, chance):
        invoice = self._pick(chance, self._posted_invoices())
        if not invoice or len(invoice.invoice_line_ids) > 1:
            return False
        quantity = invoice.invoice_line_ids.quantity
        super()._credit(invoice, quantity * chance.choice([0.25, 0.5, 1]))
        return True

    def _cancel(self, chance):
        order = self._pick(chance, self.orders.filtered(lambda one: one.state == "sale"))
        if not order:
            return False
        order._action_cancel()
        return True

    def _adjust(self, chance):
        card = self._card_of(chance.choice(self.people))
        if not card:
            return False
        self.env["loyalty.card.update.balance"].create(
            {
                "card_id": card.id,
                "new_balance": chance.randint(0, 300),
                "description": "Counted again",
            }
        ).action_update_card_point()
        return True

    def _expire(self, chance):
        card = self._card_of(chance.choice(self.people))
        lot = card.sudo()._lots()[:1]
        if not lot:
            return False
        lot._keep({lot: {"expiration_date": "2020-01-01"}})
        card.sudo()._expire_due()
        return True

    def _merge(self, chance):
        if len(self.people) < 2:
            return False
        survivor = chance.choice(self.people)
        self.env["base.partner.merge.automatic.wizard"]._merge(self.people.ids, survivor)
        self.people = survivor
        return True
