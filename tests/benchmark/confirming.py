"""P8: what it costs to confirm an order of ten lines; run inside Odoo, with and without our addons.

The same orders are confirmed where core's loyalty is installed alone and where ours is installed as
well: without programs, with as many that give points, and with a reward that is paid with points.
The database is a copy that is thrown away.
"""

from measuring import Meter, median_of
from session import run_job

from odoo.fields import Command

LINES = 10
TIMES = 15
PROGRAMS = (0, 1, 5, 20)
REWARD = 50
AMOUNT = 1000.0  # 100 points a time
TIERS = (1, 20)


class Orders:
    """One customer's orders."""

    def __init__(self, env):
        self.env = env
        self.meter = Meter(env.cr)
        env["loyalty.program"].search([]).active = False
        self.partner = env["res.partner"].create({"name": "P8"})
        self.products = env["product.product"].create(
            [
                {"name": f"P8 {number}", "type": "service", "list_price": AMOUNT / LINES}
                for number in range(LINES)
            ]
        )
        self.programs = env["loyalty.program"]

    def costs(self) -> dict:
        """Return ``{"0 programs": [cpu, wall, queries], ..., "1 program, spending": ...}``."""
        costs = {}
        for number in PROGRAMS:
            while len(self.programs) < number:
                self.programs |= self._program()
            name = f"{number} program{'s' * (number != 1)}"
            costs[name] = self._confirm()
            if number == 1:
                costs[f"{name}, spending"] = self._confirm(spending=True)
                costs |= self._costs_with_tiers(name)
        return costs

    def _costs_with_tiers(self, name):
        """Return what the program costs whose points and reward go by tier; core has no tiers."""
        costs = {}
        for number in TIERS if "crm.loyalty.ladder" in self.env else ():
            ladder = self._ladder(number)
            self.programs.ladder_id = ladder
            self.programs.reward_ids.tier_ids = ladder.tier_ids[0]
            costs[f"{name}, spending, {number} tier{'s' * (number != 1)}"] = self._confirm(True)
        if costs:
            self.programs.ladder_id = False
            self.programs.reward_ids.tier_ids = False
            ladder.active = False
        return costs

    def _ladder(self, tiers):
        """Return a ladder in force, whose lowest tier everybody holds who has an order."""
        self.env["crm.loyalty.ladder"].search([]).active = False
        steps = [
            Command.create({"name": str(place), "threshold": 1e9 * place, "sequence": place})
            for place in range(tiers)
        ]
        ladder = self.env["crm.loyalty.ladder"].create(
            {"name": "P8", "metric": "ordered", "tier_ids": steps}
        )
        ladder.action_publish()
        assert self.env["crm.loyalty.membership"].search(
            [("partner_id", "=", self.partner.id), ("tier_id", "=", ladder.tier_ids[0].id)]
        )
        return ladder

    def _program(self):
        return self.env["loyalty.program"].create(
            {
                "name": "P8",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "rule_ids": [
                    Command.clear(),
                    Command.create({"reward_point_mode": "money", "reward_point_amount": 0.1}),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {"discount_mode": "per_order", "discount": 5, "required_points": REWARD}
                    ),
                ],
            }
        )

    def _confirm(self, spending=False):
        """Return the cost in the middle, and the most queries of any order but the first."""
        measured, queries = [], []
        for turn in range(TIMES):
            order = self._quotation(spending)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cost = self.meter.cost_of(lambda order=order: self._confirmed(order))
            if turn:
                measured.append(cost)
                queries.append(self.env.cr.sql_log_count - before)
        return [*median_of(measured), max(queries)]

    def _quotation(self, spending):
        lines = [
            Command.create({"product_id": product.id, "tax_ids": False})
            for product in self.products
        ]
        order = self.env["sale.order"].create({"partner_id": self.partner.id, "order_line": lines})
        order._update_programs_and_rewards()
        if spending:
            card = self.env["loyalty.card"].search([("partner_id", "=", self.partner.id)])
            assert not order._apply_program_reward(self.programs.reward_ids, card)
        return order

    def _confirmed(self, order):
        order.action_confirm()
        self.env.flush_all()


def costs(session) -> dict:
    """Return the costs of all scenarios."""
    with session.environment() as env:
        return Orders(env).costs()


if __name__ == "__main__":
    run_job(costs)
