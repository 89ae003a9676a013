"""Races for the points of one card."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager

from connecting import PREFIX, PROGRAM, together, transaction

from odoo.fields import Command

SELLERS = 8
CARDS_OF_BATCH = 10
REWARD = 50


@contextmanager
def quotations(registry, points=0):
    """Give the ids of a customer and of as many quotations as sellers, each with an award of 10.

    With `points`, the customer has a card with so many, and each quotation spends fifty of them.
    """
    with transaction(registry) as env:
        partner = env["res.partner"].create({"name": PREFIX})
        product = env["product.product"].create(
            {"name": PREFIX, "type": "service", "taxes_id": False}
        )
        program = env["loyalty.program"].create(
            {
                "name": PREFIX,
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "rule_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_point_mode": "money",
                            "reward_point_amount": 0.1,
                            "product_ids": product.ids,
                        }
                    ),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {"discount_mode": "per_order", "discount": 5, "required_points": REWARD}
                    ),
                ],
            }
        )
        card = env["loyalty.card"]
        if points:
            card = card.create(
                {"partner_id": partner.id, "program_id": program.id, "points": points}
            )
        line = {"product_id": product.id, "price_unit": 100.0, "tax_ids": False}
        orders = env["sale.order"].create(
            [
                {"partner_id": partner.id, "order_line": [Command.create(line)]}
                for _seller in range(SELLERS)
            ]
        )
        for order in orders if card else ():
            order._update_programs_and_rewards()
            order._apply_program_reward(program.reward_ids, card)
    try:
        yield partner.id, orders.ids
    finally:
        with transaction(registry) as env:
            orders = env["sale.order"].browse(orders.ids)
            orders.filtered(lambda order: order.state == "sale")._action_cancel()
            orders.unlink()
            cards = env["loyalty.card"].search([("partner_id", "=", partner.id)])
            env.cr.execute("DELETE FROM loyalty_history WHERE card_id = ANY(%s)", [cards.ids])
            env.invalidate_all()
            cards.unlink()
            program = env["loyalty.program"].browse(program.id)
            discounts = program.reward_ids.discount_line_product_id
            program.active = False
            program.unlink()
            (env["product.product"].browse(product.id) | discounts).unlink()
            env["res.partner"].browse(partner.id).unlink()


def seen_of(registry, partner_id):
    """Return the customer's cards, their balance, and what the ledger makes of it."""
    with transaction(registry) as env:
        cards = env["loyalty.card"].search([("partner_id", "=", partner_id)])
        rows = cards.history_ids
        return {
            "cards": len(cards),
            "points": sum(cards.mapped("points")),
            "rows": sum(rows.mapped("points")),
            "remaining": sum(rows.mapped("remaining")),
            "spendings": len(rows.filtered(lambda row: row.kind == "redeem")),
        }


def earn_together(registry):
    """Eight sellers confirm orders of a customer who has no card yet."""
    with quotations(registry) as (partner_id, order_ids):
        errors = together(
            registry,
            lambda env, turn: env["sale.order"].browse(order_ids[turn]).action_confirm(),
            SELLERS,
        )
        return {"errors": errors, **seen_of(registry, partner_id)}


def spend_together(registry):
    """Eight sellers confirm orders that spend fifty points each of a card with a hundred."""
    with quotations(registry, points=100) as (partner_id, order_ids):
        errors = together(
            registry,
            lambda env, turn: env["sale.order"].browse(order_ids[turn]).action_confirm(),
            SELLERS,
        )
        return {"errors": errors, **seen_of(registry, partner_id)}


def expiring_killed(registry):
    """The nightly job is killed in its second batch; the next run ends as if nothing had been."""
    with transaction(registry) as env:
        program = env["loyalty.program"].create({"name": PREFIX, "program_type": "loyalty"})
        cards = env["loyalty.card"].create(
            [{"program_id": program.id, "points": 10.0} for _card in range(2 * CARDS_OF_BATCH)]
        )
        env.cr.execute(
            "UPDATE loyalty_history SET expiration_date = '2020-01-01' WHERE card_id = ANY(%s)",
            [cards.ids],
        )
    try:
        job = subprocess.run([*PROGRAM, "expire_and_die", registry.db_name], check=False)
        time.sleep(1)  # the server takes a moment to see that the client is gone
        half = _expired(registry, cards.ids)
        for _night in range(2):
            with transaction(registry) as env:
                env["loyalty.card"]._cron_expire()
        return {"signal": -job.returncode, "half": half, "later": _expired(registry, cards.ids)}
    finally:
        with transaction(registry) as env:
            env.cr.execute("DELETE FROM loyalty_history WHERE card_id = ANY(%s)", [cards.ids])
            env.invalidate_all()
            env["loyalty.card"].browse(cards.ids).unlink()
            program = env["loyalty.program"].browse(program.id)
            discounts = program.reward_ids.discount_line_product_id
            program.active = False
            program.unlink()
            discounts.unlink()


def expire_and_die(registry):
    """Expire in small batches, and end without a word within the second of them."""
    from odoo.addons.crm_relationship_loyalty.models import loyalty_card_expiry

    loyalty_card_expiry.BATCH = CARDS_OF_BATCH
    Card, batches = registry["loyalty.card"], []
    expire = Card._expire_batch

    def _expire_batch(cards, programs, day, after):
        batches.append(after)
        expired = expire(cards, programs, day, after)
        if len(batches) > 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return expired

    Card._expire_batch = _expire_batch
    with transaction(registry) as env:
        env["loyalty.card"]._cron_expire()


def _expired(registry, card_ids):
    """Return how many cards have no points left, and how many entries took them."""
    with transaction(registry) as env:
        cards = env["loyalty.card"].browse(card_ids)
        entries = cards.history_ids.filtered(lambda row: row.kind == "expire")
        return [len(cards.filtered(lambda card: not card.points)), len(entries)]
