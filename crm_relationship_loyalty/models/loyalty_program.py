from odoo import api, fields, models

from ..logic.expiry import last_day
from ..logic.points import after_rewards, cents, rounded_points

VALUE_PROGRAMS = ("gift_card", "ewallet")  # their points are money


class LoyaltyProgram(models.Model):
    """When a program's points are earned, how they are rounded, and how long they last."""

    _inherit = "loyalty.program"

    earn_on = fields.Selection(
        [
            ("confirmation", "The order is confirmed"),
            ("delivery", "The goods are delivered"),
            ("invoice", "The invoice is posted"),
            ("payment", "The invoice is paid"),
        ],
        string="Points Are Earned When",
        required=True,
        default="confirmation",
        help="Until then they are pending: shown to the customer, but not to be spent. Partial"
        " deliveries, invoices and payments earn their share.",
    )
    earn_basis = fields.Selection(
        [("gross", "The full price"), ("net", "What is left after this program's rewards")],
        string="Points Are Earned on",
        required=True,
        default="gross",
    )
    points_rounding = fields.Selection(
        [
            ("down", "Down to whole points"),
            ("nearest", "To the nearest whole point"),
            ("exact", "Two decimals"),
        ],
        compute="_compute_points_rounding",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Points are rounded once for each order.",
    )
    expiry_mode = fields.Selection(
        [
            ("never", "Never"),
            ("months", "Months after they were earned"),
            ("fiscal_year", "At the end of the fiscal year"),
        ],
        string="Points Expire",
        required=True,
        default="never",
    )
    expiry_months = fields.Integer(string="Months", default=12)
    is_extended_by_activity = fields.Boolean(
        string="Extended by Activity",
        help="With each award, all points of the card last as long as the new ones.",
    )

    _expiry_months_range = models.Constraint(
        "CHECK (expiry_mode != 'months' OR expiry_months BETWEEN 1 AND 1200)",
        "Points expire after 1 to 1,200 months: correct the number.",
    )

    @api.depends("program_type")
    def _compute_points_rounding(self):
        for program in self:
            is_loyalty = program.program_type == "loyalty"
            program.points_rounding = "down" if is_loyalty else "exact"

    def _earned_by(self, order, points):
        """Hook: return what an order earns in this program, from what core's rules give for it."""
        points *= self._multiplier_of(order)
        if self.earn_basis == "net":
            goods = order.order_line.filtered(lambda line: not line.is_reward_line)
            rewards = order.order_line.filtered(lambda line: line.reward_id.program_id == self)
            points = after_rewards(
                points, sum(goods.mapped("price_total")), -sum(rewards.mapped("price_total"))
            )
        return rounded_points(points, self.points_rounding)

    def _multiplier_of(self, order):
        """Hook: return how many times the points an order earns, before they are rounded."""
        return 1.0

    def _share_of(self, points, share):
        """Return the part of an award that a share of its order, 0 to 1, has earned.

        A coupon cannot be cut: it is there until all of its order has gone.
        """
        if self.is_nominative or self.is_payment_program:
            return rounded_points(points * share, self.points_rounding)
        return cents(points) if share > 0 else 0.0

    def _expiration_of(self, day):
        """Hook: return the last day of what is earned on a day, False when it never expires."""
        if self.expiry_mode == "months":
            return last_day(day, self.expiry_months)
        if self.expiry_mode == "fiscal_year":
            company = self.company_id or self.env.company
            return company.compute_fiscalyear_dates(day)["date_to"]
        return False

    def _today(self):
        """Return today as a day of the program's company."""
        return (self.company_id or self.env.company)._business_today()

    def _points_of_coupon(self):
        """Return the points of a new coupon: those that its cheapest reward takes."""
        return min(self.reward_ids.mapped("required_points"), default=1)
