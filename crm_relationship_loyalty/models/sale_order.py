from odoo import models
from odoo.exceptions import UserError

from .loyalty_history import LATER


class SaleOrder(models.Model):
    """What core does to points with an order, done by the ledger instead."""

    _inherit = "sale.order"

    def copy(self, default=None):
        """Let the lines of rewards be copied, which core takes off the copy."""
        copying = self.with_context(loyalty_posting=LATER)
        return super(SaleOrder, copying).copy(default).with_env(self.env)

    def _write_vals_from_reward_vals(self, reward_vals, old_lines, delete=True):
        """Let core write the lines of a reward, whoever has applied it."""
        order = self.with_context(loyalty_posting=LATER)
        lines = super(SaleOrder, order)._write_vals_from_reward_vals(
            reward_vals, old_lines, delete=delete
        )
        return lines.with_env(self.env)

    def _add_loyalty_history_lines(self):
        """Leave it to the ledger, which posts when the order is confirmed."""

    def _get_point_changes(self):
        """Return nothing: the ledger posts what an order changes."""
        return {}

    def _update_loyalty_history(self, coupon_id, points):
        """Leave it to the ledger, which posts after core has changed the line."""

    def action_confirm(self):
        """Say how many points are missing, where core would call the rewards invalid."""
        for order in self:
            order._check_points_suffice()
        return super().action_confirm()

    def _check_points_suffice(self):
        for card in self.order_line.coupon_id:
            if self._get_real_points_for_coupon(card) < 0:
                lines = self.order_line.filtered(lambda line, card=card: line.coupon_id == card)
                raise UserError(
                    card._too_few_points(
                        sum(lines.mapped("points_cost")), self._points_description(None)
                    )
                )

    def _action_confirm(self):
        result = super()._action_confirm()
        self._post_points()
        return result

    def _action_cancel(self):
        confirmed = self.filtered(lambda order: order.state == "sale")
        # the rows stay, the ledger reverses them; a flag that keeps more harms nobody
        kept = self.with_context(loyalty_keep_history=True)
        result = super(SaleOrder, kept)._action_cancel()
        confirmed._post_points(cancelled=True)
        return result

    def _update_programs_and_rewards(self):
        result = super()._update_programs_and_rewards()
        if self.state == "sale":
            self._post_points()
        return result

    def _add_points_for_coupon(self, coupon_points):
        """Note what an order gives to cards; once confirmed, the ledger posts the change."""
        if self.state != "sale":
            return super()._add_points_for_coupon(coupon_points)
        entries = {entry.coupon_id: entry for entry in self.coupon_point_ids.sudo()}
        for card, points in coupon_points.items():
            if card in entries:
                entries[card].points = points
            else:
                # sudo: core, too, writes these entries as the system
                self.env["sale.order.coupon.points"].sudo().create(
                    {"order_id": self.id, "coupon_id": card.id, "points": points}
                )
        return self._post_points()

    def _program_check_compute_points(self, programs):
        """Round what accounts earn as their program says, after its own rewards if it says so."""
        result = super()._program_check_compute_points(programs)
        for program, status in result.items():
            if status.get("points") and program.is_nominative:
                status["points"][0] = program._earned_by(self, status["points"][0])
        return result

    def _get_real_points_for_coupon(self, coupon, post_confirm=False):
        """Leave out what this order will earn only later."""
        points = super()._get_real_points_for_coupon(coupon, post_confirm)
        program = coupon.program_id
        is_later = program.is_nominative and program.earn_on != "confirmation"
        if is_later and program.applies_on != "future" and self.state != "sale":
            own = self.coupon_point_ids.filtered(lambda entry: entry.coupon_id == coupon)
            points = coupon.currency_id.round(points - sum(own.mapped("points")))
        return points
