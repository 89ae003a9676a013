"""Races for the tier of one customer."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager

from connecting import PREFIX, PROGRAM, together, transaction

from odoo.fields import Command

MANAGERS = 4


@contextmanager
def ladder_of_orders(registry):
    """Give the ids of a ladder in force and of a customer whose new order reaches its tier."""
    with transaction(registry) as env:
        partner = env["res.partner"].create({"name": PREFIX})
        product = env["product.product"].create({"name": PREFIX, "type": "service"})
        ladder = env["crm.loyalty.ladder"].create(
            {
                "name": PREFIX,
                "metric": "ordered",
                "tier_ids": [Command.create({"name": PREFIX, "threshold": 1e9})],
            }
        )
        ladder.action_publish()
        line = {"product_id": product.id, "price_unit": 2e9, "tax_ids": False}
        order = env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
    try:
        yield ladder.id, partner.id
    finally:
        with transaction(registry) as env:
            order = env["sale.order"].browse(order.id)
            order._action_cancel()
            order.unlink()
            env.cr.execute("DELETE FROM crm_loyalty_membership WHERE ladder_id = %s", [ladder.id])
            env.cr.execute("DELETE FROM crm_loyalty_tier_change WHERE ladder_id = %s", [ladder.id])
            env.cr.execute("DELETE FROM crm_loyalty_ladder WHERE id = %s", [ladder.id])
            env.registry.clear_cache()
            env.invalidate_all()
            env["product.product"].browse(product.id).unlink()
            env["res.partner"].browse(partner.id).unlink()


def seen_of(registry, ladder_id, partner_id):
    """Return how many places and moves are noted, and what another evaluation adds."""
    with transaction(registry) as env:
        mine = [("ladder_id", "=", ladder_id), ("partner_id", "=", partner_id)]
        again = env["crm.loyalty.ladder"].browse(ladder_id)._evaluate([partner_id])
        return {
            "places": env["crm.loyalty.membership"].search_count(mine),
            "moves": env["crm.loyalty.tier.change"].search_count(mine),
            "again": list(again),
        }


def evaluate_together(registry):
    """Several managers have one customer evaluated at the same moment."""
    with ladder_of_orders(registry) as (ladder_id, partner_id):
        errors = together(
            registry,
            lambda env, turn: env["crm.loyalty.ladder"].browse(ladder_id)._evaluate([partner_id]),
            MANAGERS,
        )
        return {"errors": errors, **seen_of(registry, ladder_id, partner_id)}


def evaluation_killed(registry):
    """The nightly job is killed when all is written and nothing committed; then it runs again."""
    with ladder_of_orders(registry) as (ladder_id, partner_id):
        dead = subprocess.run([*PROGRAM, "evaluate_and_die", registry.db_name], check=False)
        time.sleep(1)  # the server takes a moment to see that the client is gone
        with transaction(registry) as env:
            mine = [("ladder_id", "=", ladder_id), ("partner_id", "=", partner_id)]
            half = env["crm.loyalty.tier.change"].search_count(mine)
            env["crm.loyalty.ladder"]._cron_evaluate()
        seen = seen_of(registry, ladder_id, partner_id)
        return {"signal": -dead.returncode, "half": half, **seen}


def evaluate_and_die(registry):
    """Evaluate the ladders in force and end without a word before anything is committed."""
    with transaction(registry) as env:
        for ladder in env["crm.loyalty.ladder"].search([("state", "=", "published")]):
            ladder._evaluate()
        os.kill(os.getpid(), signal.SIGKILL)
