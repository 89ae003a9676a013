"""Races for the rewards of a member who brings friends."""

import os
import signal
import subprocess
import time

from connecting import PREFIX, PROGRAM, together, transaction

from odoo.fields import Command

FRIENDS = 4
CROWD_OF_FRIENDS = 6
BATCH = 2


def _program(env, program_type="loyalty", **values):
    """Return a running referral program that gives the member 50 points, or a coupon."""
    applies_on = "both" if program_type == "loyalty" else "current"
    reward = env["loyalty.program"].create(
        {"name": PREFIX, "program_type": program_type, "applies_on": applies_on}
    )
    return env["crm.referral.program"].create(
        {
            "name": PREFIX,
            "sequence": -1,
            "referrer_program_id": reward.id,
            "referrer_points": 50.0,
            **values,
        }
    )


def _orders(env, count, friend=None):
    """Return quotations of so many friends, or of one, and the number of a new member."""
    member = env["res.partner"].create({"name": PREFIX})
    env["crm.member.scheme"]._of_company(env.company)[:1]._issue_to(member)
    product = env["product.product"].create(
        {"name": PREFIX, "type": "service", "invoice_policy": "order", "taxes_id": False}
    )
    friends = friend or env["res.partner"].create([{"name": PREFIX}] * count)
    line = {"product_id": product.id, "price_unit": 100.0, "tax_ids": False}
    orders = env["sale.order"].create(
        [
            {
                "partner_id": (friends[turn : turn + 1] or friends).id,
                "order_line": [Command.create(line)],
            }
            for turn in range(count)
        ]
    )
    return orders, member


def _take_away(registry, order_ids, member_id, program_id):
    with transaction(registry) as env:
        orders = env["sale.order"].browse(order_ids)
        friends, product = orders.partner_id, orders.order_line.product_id
        invoices = orders.invoice_ids
        orders.referral_number_id = False
        env["crm.referral"].search([("program_id", "=", program_id)]).unlink()
        cards = env["loyalty.card"].search([("partner_id", "=", member_id)])
        env.flush_all()
        env.cr.execute("DELETE FROM loyalty_history WHERE card_id = ANY(%s)", [cards.ids])
        env.invalidate_all()
        cards.unlink()
        contacts = friends | env["res.partner"].browse(member_id)
        env["account.payment.register"].search([("partner_id", "in", contacts.ids)]).unlink()
        payments = invoices.matched_payment_ids
        payments.action_draft()
        payments.unlink()
        invoices.button_draft()
        invoices.with_context(force_delete=True).unlink()
        orders.filtered(lambda order: order.state == "sale")._action_cancel()
        orders.unlink()
        program = env["crm.referral.program"].browse(program_id)
        reward = program.referrer_program_id
        discounts = reward.reward_ids.discount_line_product_id
        program.unlink()
        reward.active = False
        reward.unlink()
        env.flush_all()
        env.cr.execute("DELETE FROM crm_member_number WHERE partner_id = %s", [member_id])
        env.invalidate_all()
        (product | discounts).unlink()
        contacts.unlink()


def reward_together(registry):
    """Four friends of a member pay at once, who gets a coupon for one friend a year.

    Each coupon is a card of its own, on which no two transactions meet.
    """
    with transaction(registry) as env:
        program = _program(env, "coupons", yearly_maximum=1)
        orders, member = _orders(env, FRIENDS)
        for order in orders:
            order._refer(member.member_number_ids, program)
        referral_ids = env["crm.referral"].search([("order_id", "in", orders.ids)]).ids
    try:
        errors = together(
            registry,
            lambda env, turn: (
                env["crm.referral"].browse(referral_ids[turn])._settle_as("rewarded", None)
            ),
            FRIENDS,
        )
        with transaction(registry) as env:
            referrals = env["crm.referral"].browse(referral_ids)
            return {
                "errors": errors,
                "rewarded": referrals.mapped("state").count("rewarded"),
                "beyond": len(referrals.filtered("is_capped")),
                "coupons": env["loyalty.card"].search_count([("partner_id", "=", member.id)]),
            }
    finally:
        _take_away(registry, orders.ids, member.id, program.id)


def refer_together(registry):
    """The number is entered on four quotations of one friend at the same moment."""
    with transaction(registry) as env:
        program = _program(env)
        friend = env["res.partner"].create({"name": PREFIX})
        orders, member = _orders(env, FRIENDS, friend)
        number = member.member_number
    try:
        errors = together(
            registry,
            lambda env, turn: env["sale.order"].browse(orders.ids[turn])._try_apply_code(number),
            FRIENDS,
        )
        with transaction(registry) as env:
            referrals = env["crm.referral"].search([("partner_id", "=", friend.id)])
            return {"errors": errors, "referrals": len(referrals)}
    finally:
        _take_away(registry, orders.ids, member.id, program.id)


def rewarding_killed(registry):
    """The job is killed in its second batch; the next run gives what is missing, and no more."""
    with transaction(registry) as env:
        program = _program(env)
        orders, member = _orders(env, CROWD_OF_FRIENDS)
        for order in orders:
            order._refer(member.member_number_ids, program)
        orders.action_confirm()
        orders.order_line.flush_recordset()
        for order in orders:
            invoice = order._create_invoices()
            invoice.action_post()
            env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({}).action_create_payments()
    try:
        job = subprocess.run([*PROGRAM, "reward_and_die", registry.db_name], check=False)
        time.sleep(1)  # the server takes a moment to see that the client is gone
        seen = {"signal": -job.returncode}
        for moment in ("half", "later", "again"):
            with transaction(registry) as env:
                if moment != "half":
                    env["crm.referral"]._cron_settle()
                seen[moment] = _points(env, member.id)
        return seen
    finally:
        _take_away(registry, orders.ids, member.id, program.id)


def reward_and_die(registry):
    """Settle in small batches, and end without a word within the second of them."""
    from odoo.addons.crm_relationship_loyalty.models import crm_referral_settlement

    crm_referral_settlement.BATCH = BATCH
    Referral, batches = registry["crm.referral"], []
    settle = Referral._settle

    def _settle(referrals):
        batches.append(referrals)
        settle(referrals)
        if len(batches) > 1:
            os.kill(os.getpid(), signal.SIGKILL)

    Referral._settle = _settle
    with transaction(registry) as env:
        env["crm.referral"]._cron_settle()


def _points(env, member_id):
    """Return the balance of the member, and what his ledger makes of it."""
    cards = env["loyalty.card"].search([("partner_id", "=", member_id)])
    return [sum(cards.mapped("points")), sum(cards.history_ids.mapped("points"))]
