from collections import defaultdict

from odoo import fields, models

from ..logic.earning import LineProgress, earning_share
from ..logic.points import cents
from .loyalty_history import Posting

NOTHING = {"earned": 0.0, "pending": 0.0, "spent": 0.0}


class SaleOrder(models.Model):
    """What an order has earned and spent, brought to what its documents say now.

    The ledger is compared with the documents, and the difference is posted: done again, it posts
    nothing. So every change of an order, delivery, invoice or payment ends in the same call.
    """

    _inherit = "sale.order"

    def _post_points(self, cause=None, cancelled=False):
        """Post what these orders earn and spend, as far as the ledger does not say so yet.

        :param cause: name of the document that changed something, for the customer to read
        :param cancelled: whether the entries of the orders are gone already
        """
        orders = self.sudo()  # sudo: points follow the documents, whoever writes these
        cards = orders.coupon_point_ids.coupon_id | orders.order_line.coupon_id
        if not cards and not cancelled and not orders._has_posted_points():
            return
        posted = orders._posted_points()
        (cards | self.env["loyalty.card"].sudo().union(*(key[1] for key in posted)))._lock()
        for order in orders:
            order._post_order_points(posted, cause)

    def _work_out_award(self):
        """Work out anew what a confirmed order promises to its customer's accounts."""
        entries = self.sudo().coupon_point_ids.filtered(  # sudo: as core does with entries
            lambda entry: entry.coupon_id.program_id.is_nominative
        )
        if not entries:
            return
        programs = entries.coupon_id.program_id
        statuses = self.sudo()._program_check_compute_points(programs)
        for entry in entries:
            points = statuses[entry.coupon_id.program_id].get("points") or [0.0]
            if entry.points != points[0]:
                entry.points = points[0]

    def _has_posted_points(self):
        domain = [("order_model", "=", self._name), ("order_id", "in", self.ids)]
        return bool(self.env["loyalty.history"].search_count(domain, limit=1))

    def _posted_points(self):
        """Return what the ledger has of these orders, {(order id, card): {what: points}}."""
        groups = self.env["loyalty.history"]._read_group(
            [
                ("order_model", "=", self._name),
                ("order_id", "in", self.ids),
                ("kind", "in", ("earn", "redeem", "reverse")),
            ],
            ["order_id", "card_id", "state", "kind"],
            ["issued:sum", "used:sum"],
        )
        posted = defaultdict(lambda: dict(NOTHING))
        for order_id, card, state, kind, issued, used in groups:
            figures = posted[order_id, card]
            if state == "pending":
                figures["pending"] += issued - used
            elif kind == "earn":
                figures["earned"] += issued
            elif kind == "redeem":
                figures["spent"] += used
            else:
                figures["earned"] -= used
                figures["spent"] -= issued
        return posted

    def _post_order_points(self, posted, cause):
        """Post one order's differences, what it gives before what it takes if both may meet."""
        posting = Posting("earn", self._points_description(cause), self._name, self.id)
        posted_here = {
            card: figures for (order, card), figures in posted.items() if order == self.id
        }
        aims = self._aimed_points()
        changes_by_card = {}
        for card in self._accounts(aims.keys() | posted_here.keys()):
            has, aim = (self._total_of(card, source) for source in (posted_here, aims))
            changes = {name: cents(aim[name] - has[name]) for name in has}
            if any(changes.values()):
                changes_by_card[card] = changes
        if changes_by_card:
            self.env["loyalty.card"].union(*changes_by_card)._post_changes(changes_by_card, posting)

    def _total_of(self, account, figures_by_card):
        total = dict(NOTHING)
        for card, figures in figures_by_card.items():
            if card._account() == account:
                for name, points in figures.items():
                    total[name] += points
        return total

    def _accounts(self, cards):
        """Return the cards that these stand for, each once: of merged cards, the survivor."""
        accounts = self.env["loyalty.card"].sudo()
        for card in cards:
            accounts |= card._account()
        return accounts.sorted("id")

    def _aimed_points(self):
        """Return what the documents say now, {card: {what: points}}."""
        aims = defaultdict(lambda: dict(NOTHING))
        if self.state != "sale":
            return aims
        progress = None
        for entry in self.coupon_point_ids:
            card = entry.coupon_id
            if card.program_id.applies_on == "current":
                aims[card]["earned"] += entry.points
                continue
            progress = self._points_progress() if progress is None else progress
            earned, promised = (
                card.program_id._share_of(entry.points, earning_share(progress, when))
                for when in (card.program_id.earn_on, "confirmation")
            )
            aims[card]["earned"] += earned
            aims[card]["pending"] += cents(promised - earned)
        for line in self.order_line:
            if line.coupon_id:
                aims[line.coupon_id]["spent"] += line.points_cost
        return aims

    def _points_progress(self):
        """Return how far each line that earns has come, in values of the order's currency."""
        return [
            line._points_progress()
            for line in self.order_line
            if not line.display_type and not line.is_reward_line and not line.is_downpayment
        ]

    def _points_description(self, cause):
        if self.state == "cancel":
            return self.env._("Order %s cancelled", self.name)
        if cause:
            return self.env._("%(cause)s for order %(order)s", cause=cause, order=self.name)
        return self.env._("Order %s", self.name)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _points_progress(self):
        """Return how far the line has come, as values without taxes in the order's currency."""
        quantity = self.product_uom_qty
        worth = self.price_subtotal or quantity
        if quantity <= 0 or worth <= 0:
            return LineProgress(0.0)
        share = worth / quantity
        invoiced, paid, refunded = self._invoiced_values(share)
        return LineProgress(
            ordered=worth,
            delivered=self.qty_delivered * share,
            returned=self._returned_quantity() * share,
            invoiced=invoiced,
            paid=paid,
            refunded=refunded,
        )

    def _invoiced_values(self, share):
        """Return what posted documents ask for, what of it is settled, and what was given back.

        Lines without a price count by their quantity, each worth `share`.
        """
        invoiced = paid = refunded = 0.0
        for line in self.invoice_lines:
            move = line.move_id
            if move.state != "posted":
                continue
            value = self._in_order_currency(line) if self.price_subtotal else line.quantity * share
            if move.move_type == "out_refund":
                refunded += value
            elif move.move_type == "out_invoice":
                invoiced += value
                total = move.amount_total
                paid += value * (1 - move.amount_residual / total if total else 1)
        return invoiced, paid, refunded

    def _in_order_currency(self, line):
        if line.currency_id == self.currency_id:
            return line.price_subtotal
        day = line.move_id.invoice_date or fields.Date.context_today(self)
        return line.currency_id._convert(
            line.price_subtotal, self.currency_id, self.company_id, day, round=False
        )

    def _returned_quantity(self):
        """Return how much came back from the customer, in the line's unit."""
        returned = 0.0
        for move in self.move_ids:
            if move.state == "done" and move.to_refund and move.location_id.usage == "customer":
                returned += move.product_uom._compute_quantity(
                    move.quantity, self.product_uom_id, rounding_method="HALF-UP"
                )
        return returned
