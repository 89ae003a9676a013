from math import isfinite

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleLoyaltyRewardWizard(models.TransientModel):
    """The seller chooses how many points a reward uses, where each point has its value."""

    _inherit = "sale.loyalty.reward.wizard"

    currency_id = fields.Many2one(related="order_id.currency_id")
    takes_points = fields.Boolean(compute="_compute_points")
    point_name = fields.Char(related="selected_reward_id.point_name")
    points_balance = fields.Float(string="Balance", compute="_compute_points")
    points_to_use = fields.Float(
        string="Points to Use",
        compute="_compute_points_to_use",
        store=True,
        readonly=False,
        help="At first, the most that is useful on this order.",
    )
    points_value = fields.Monetary(string="Value", compute="_compute_points_value")

    def _selected_card(self):
        """Return the card that the selected reward is claimed from."""
        claimable = self.order_id._get_claimable_rewards() if self.order_id else {}
        for card, rewards in claimable.items():
            if self.selected_reward_id in rewards:
                return card
        return self.env["loyalty.card"]

    @api.depends("order_id", "selected_reward_id")
    def _compute_points(self):
        for wizard in self:
            reward = wizard.selected_reward_id
            wizard.takes_points = bool(reward) and reward._takes_points()
            card = wizard._selected_card() if wizard.takes_points else None
            wizard.points_balance = wizard.order_id._points_balance(reward, card) if card else 0.0

    @api.depends("order_id", "selected_reward_id")
    def _compute_points_to_use(self):
        for wizard in self:
            reward = wizard.selected_reward_id
            card = wizard._selected_card() if wizard.takes_points else None
            useful = wizard.order_id._most_useful_points(reward, card) if card else 0.0
            wizard.points_to_use = useful

    @api.depends("points_to_use", "points_balance", "selected_reward_id")
    def _compute_points_value(self):
        """Show what the order would take; nothing for what cannot be used."""
        for wizard in self:
            card = wizard._selected_card() if wizard.takes_points else None
            wizard.points_value = wizard._value_on_order(card) if card else 0.0

    def _value_on_order(self, card):
        order, reward, points = self.order_id, self.selected_reward_id, self.points_to_use
        if not isfinite(points) or not 0 < points <= self.points_balance:
            return 0.0
        used = sum(order._lines_of_reward(reward, card).mapped("points_cost"))
        taken = min(points, used + order._worth_of_points(reward, card)[0])
        return order._value_of_points(reward, taken)

    def action_apply(self):
        """Apply the reward, or say why not: core would close the window and do nothing."""
        self.ensure_one()
        card = self._selected_card()
        if not card:
            return super().action_apply()
        if not self.takes_points:
            refusal = self.order_id._refusal_of_reward(self.selected_reward_id, card)
            if refusal:
                raise ValidationError(refusal)
            return super().action_apply()
        result = self.order_id._apply_program_reward(
            self.selected_reward_id, card, points_to_use=self.points_to_use
        )
        if result.get("error"):
            raise ValidationError(result["error"])
        self.order_id._update_programs_and_rewards()
        self._unlink_unused_coupon_ids()
        return True
