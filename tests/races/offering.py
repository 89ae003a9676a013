"""Races for an offer that a customer may use so many times."""

from connecting import PREFIX, together, transaction

from odoo.exceptions import ValidationError
from odoo.fields import Command

ORDERS = 4


def last_use(registry):
    """Several orders of one customer use an offer that he may use once, at the same moment."""
    with transaction(registry) as env:
        order_ids, ids = _limited_orders(env)
    try:
        errors = together(
            registry,
            lambda env, turn: _use(env["sale.order"].browse(order_ids[turn])),
            ORDERS,
        )
        with transaction(registry) as env:
            orders = env["sale.order"].browse(order_ids)
            used = orders.filtered(lambda order: order.state == "sale")
            return {"errors": sorted(set(errors)), "refused": len(errors), "used": len(used)}
    finally:
        with transaction(registry) as env:
            _take_away(env, order_ids, ids)


def _use(order):
    """Do what confirming does, without what else it writes: that alone would part the orders."""
    order.state = "sale"
    try:
        order._check_uses()
    except ValidationError:
        order.env.cr.rollback()  # as the server does
        raise


def _limited_orders(env):
    """Return the ids of quotations with a reward that can be used once, and what they are of."""
    program = env["loyalty.program"].create(
        {
            "name": PREFIX,
            "program_type": "promotion",
            "trigger": "auto",
            "applies_on": "current",
            "max_per_customer": 1,
            "rule_ids": [
                Command.clear(),
                Command.create({"reward_point_mode": "order", "minimum_qty": 0}),
            ],
            "reward_ids": [Command.clear(), Command.create({"required_points": 1})],
        }
    )
    partner = env["res.partner"].create({"name": PREFIX})
    product = env["product.product"].create({"name": PREFIX, "type": "service"})
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "order_line": [Command.create({"product_id": product.id, "price_unit": 100.0})],
            }
            for _order in range(ORDERS)
        ]
    )
    for order in orders:
        order._update_programs_and_rewards()
        for card, rewards in order._get_claimable_rewards().items():
            if card.program_id == program:
                order._apply_program_reward(rewards, card)
    return orders.ids, (program.id, partner.id, product.id)


def _take_away(env, order_ids, ids):
    program = env["loyalty.program"].browse(ids[0])
    orders = env["sale.order"].browse(order_ids)
    orders._action_cancel()
    orders.unlink()
    env["loyalty.card"].search([("program_id", "=", program.id)]).unlink()
    program.active = False
    program.unlink()
    env["product.product"].browse(ids[2]).unlink()
    env["res.partner"].browse(ids[1]).unlink()
