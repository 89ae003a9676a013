from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import UserError

from ..logic.points import cents
from ..logic.redemption import most_useful, redemption_fault


class PointsCap(NamedTuple):
    """The most points that the values of a reward are worked out with, for one card."""

    card_id: int
    points: float


class PointsChosen(dict):
    """Points chosen on an order, {(reward id, card id): points}, while core moves its lines."""


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    points_to_use = fields.Float(
        string="Points to Use",
        copy=False,
        readonly=True,
        help="How many points the seller chose to use at most; 0: as many as are useful.",
    )


class SaleOrder(models.Model):
    """Rewards that give an amount for each point can be had for a part of the points."""

    _inherit = "sale.order"

    def _apply_program_reward(self, reward, coupon, points_to_use=None, **kwargs):
        """Apply a reward with a number of points; done again, the new number replaces the old."""
        if points_to_use is None:
            return super()._apply_program_reward(reward, coupon, **kwargs)
        fault = self._redemption_refusal(reward, coupon, points_to_use)
        if fault:
            return {"error": fault}
        lines = self._lines_of_reward(reward, coupon)
        if lines:
            kwargs["old_lines"] = lines._reset_loyalty()
        return super()._apply_program_reward(reward, coupon, points_to_use=points_to_use, **kwargs)

    def _lines_of_reward(self, reward, card):
        return self.order_line.filtered(
            lambda line: line.reward_id == reward and line.coupon_id == card
        )

    def _points_balance(self, reward, card):
        """Return how many points a reward could use, those that it uses on this order included."""
        used = sum(self._lines_of_reward(reward, card).mapped("points_cost"))
        return cents(self._get_real_points_for_coupon(card) + used)

    def _most_useful_points(self, reward, card):
        """Return how many points are worth using on this order."""
        used = sum(self._lines_of_reward(reward, card).mapped("points_cost"))
        balance = self._points_balance(reward, card)
        return most_useful(
            used + self._worth_of_points(reward, card)[0], balance, reward._points_step()
        )

    def _worth_of_points(self, reward, card, points=None):
        """Return how many points a reward would cost beyond what it costs now, and its value."""
        try:
            lines = self._get_reward_line_values(reward, card, points_to_use=points)
        except UserError:  # there is nothing to discount
            return 0.0, 0.0
        cost = sum(line["points_cost"] for line in lines)
        return cost, self._value_of_points(reward, cost)

    def _value_of_points(self, reward, points):
        """Return what points are worth in a reward, in the order's currency."""
        return reward.currency_id._convert(
            points * reward.discount,
            self.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )

    def _redemption_refusal(self, reward, card, points):
        """Return what is wrong with a number of points to use, in a sentence, or None."""
        if not reward._takes_points():
            return self.env._("Points cannot be chosen for this reward.")
        balance, step = self._points_balance(reward, card), reward._points_step()
        fault = redemption_fault(points, balance, step)
        sentences = {
            "number": self.env._("Enter how many points to use: a number above zero."),
            "balance": self.env._(
                "%(points)s is more than there is: the card has %(balance)s.",
                points=card._format_points(points) if fault == "balance" else "",
                balance=card._format_points(balance),
            ),
            "step": self.env._(
                "Points are used %(step)s at a time: enter a multiple of it.",
                step=card._format_points(step),
            ),
        }
        return sentences.get(fault)

    def _update_programs_and_rewards(self):
        """Keep the numbers of points that were chosen, while core works out rewards anew."""
        chosen = PointsChosen(
            ((line.reward_id.id, line.coupon_id.id), line.points_to_use)
            for line in self.order_line
            if line.points_to_use > 0
        )
        order = self.with_context(loyalty_points_chosen=chosen) if chosen else self
        return super(SaleOrder, order)._update_programs_and_rewards()

    def _get_reward_line_values(self, reward, coupon, points_to_use=None, **kwargs):
        chosen = self.env.context.get("loyalty_points_chosen")
        if points_to_use is None and isinstance(chosen, PointsChosen):
            points_to_use = chosen.get((reward.id, coupon.id))
        order = self
        if points_to_use:
            cap = PointsCap(coupon.id, points_to_use)
            order = self.with_context(loyalty_points_cap=cap)
        values = super(SaleOrder, order)._get_reward_line_values(reward, coupon, **kwargs)
        # always, as core uses a line of one reward for another
        return [{**line, "points_to_use": points_to_use or 0.0} for line in values]

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        points = super()._get_real_points_for_coupon(coupon, post_confirm)
        cap = self.env.context.get("loyalty_points_cap")
        if isinstance(cap, PointsCap) and cap.card_id == coupon.id:
            return min(points, cap.points)
        return points

    def action_open_reward_wizard(self):
        """Ask how many points to use also where there is one reward only."""
        self.ensure_one()
        self._update_programs_and_rewards()
        rewards = self.env["loyalty.reward"].union(*self._get_claimable_rewards().values())
        if not any(reward._takes_points() for reward in rewards):
            return super().action_open_reward_wizard()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_loyalty.sale_loyalty_reward_wizard_action"
        )
        context = {"active_id": self.id, "active_model": self._name}
        if len(rewards) == 1:
            context["default_selected_reward_id"] = rewards.id
        return {**action, "context": context}
