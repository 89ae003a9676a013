from collections import defaultdict

from odoo import models

from ..logic.points import cents

NOTHING = {"earned": 0.0, "pending": 0.0, "spent": 0.0}


class SaleOrder(models.Model):
    """What an order does to the points of its customer, beside its total and in the portal."""

    _inherit = "sale.order"

    def _compute_loyalty_data(self):
        """Show each account that the order touches, net of what was taken or given back.

        Core adds up all rows of the history, also those that reverse others.
        """
        orders = self.sudo()  # sudo: who sees the order sees its points
        confirmed = orders.filtered(lambda order: order.state == "sale")
        posted = confirmed._posted_by_account()
        for order, system in zip(self, orders, strict=True):
            if order in confirmed:
                figures = posted[order.id]
            else:
                figures = system._offered_points() if order.state in ("draft", "sent") else {}
            order.loyalty_data = system._points_box(figures)

    def _posted_by_account(self):
        """Return what the ledger has of confirmed orders, {order's id: {card: figures}}."""
        result = defaultdict(dict)
        for (order_id, card), figures in self._posted_points().items() if self.ids else ():
            total = result[order_id].setdefault(card._account(), dict(NOTHING))
            for name, points in figures.items():
                total[name] += points
        return result

    def _offered_points(self):
        """Return what a quotation would earn and spend, {card: figures}."""
        result = defaultdict(lambda: dict(NOTHING))
        for entry in self.coupon_point_ids:
            at_once = entry.coupon_id.program_id.earn_on == "confirmation"
            result[entry.coupon_id]["earned" if at_once else "pending"] += entry.points
        for line in self.order_line:
            if line.coupon_id:
                result[line.coupon_id]["spent"] += line.points_cost
        return result

    def _points_box(self, figures):
        """Return the content of the box; empty when the order touches no account.

        ``issued`` and ``cost`` are core's, for templates of others.
        """
        boxes = [
            self._points_of_card(card, {name: cents(points) for name, points in of_card.items()})
            for card, of_card in figures.items()
            if card._is_account() and any(map(cents, of_card.values()))
        ]
        if not boxes:
            return {}
        names = {box["point_name"] for box in boxes}
        return {
            "point_name": names.pop() if len(names) == 1 else self.env._("Points"),
            "issued": sum(box["earned_points"] for box in boxes),
            "cost": sum(box["spent_points"] for box in boxes),
            "cards": boxes,
        }

    def _points_of_card(self, card, figures):
        is_offer = self.state != "sale"
        balance = card.points
        if is_offer:
            balance = cents(balance + figures["earned"] - figures["spent"])
        labels = dict(card.program_id._fields["earn_on"]._description_selection(self.env))
        return {
            "id": card.id,
            "program": card.program_id.name,
            "point_name": card.point_name,
            "is_offer": is_offer,
            "earned_points": figures["earned"],
            "spent_points": figures["spent"],
            "earned": figures["earned"] and card._signed_points(figures["earned"]),
            "pending": figures["pending"] and card._signed_points(figures["pending"]),
            "pending_until": labels[card.program_id.earn_on],
            "spent": figures["spent"] and card._signed_points(-figures["spent"]),
            "balance": card._format_points(balance),
        }
