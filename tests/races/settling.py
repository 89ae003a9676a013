"""Races of settlements: sources are settled once, whoever runs and whatever is killed."""

import signal
import subprocess

from connecting import PREFIX, PROGRAM, together, transaction

from odoo.fields import Command

ANSWERS = 40
FIRST, LAST = "2026-01-01", "2026-01-31"


def settle_together(registry):
    """Several settle overlapping periods of one alliance at the same moment."""
    with transaction(registry) as env:
        alliance_id, ids = _alliance(env)
    try:
        errors = together(registry, lambda env, turn: _settle(env, alliance_id, turn + 1))
        with transaction(registry) as env:
            return {"errors": errors, **_seen(env, alliance_id)}
    finally:
        with transaction(registry) as env:
            _take_away(env, alliance_id, ids)


def report_together(registry):
    """A partner's till sends one report of points several times at the same moment."""
    with transaction(registry) as env:
        alliance_id, ids = _alliance(env)
        partner = env["res.partner"].browse(ids["partners"][0])
        partner.action_issue_member_number()
        number = partner.member_number
    try:
        errors = together(
            registry,
            lambda env, _turn: (
                env["crm.alliance"].browse(alliance_id).record_points(number, 100, "T-1")
            ),
        )
        with transaction(registry) as env:
            card = env["loyalty.card"].search([("partner_id", "=", partner.id)])
            entries = env["crm.alliance.points"].search([("alliance_id", "=", alliance_id)])
            return {"errors": errors, "points": card.points, "reports": len(entries)}
    finally:
        with transaction(registry) as env:
            _take_away(env, alliance_id, ids)


def settling_killed(registry):
    """A run is killed after it wrote its lines and documents, before it was done; then it runs."""
    with transaction(registry) as env:
        alliance_id, ids = _alliance(env)
    try:
        database = registry.db_name
        killed = subprocess.run([*PROGRAM, "settle_and_die", database], check=False)
        with transaction(registry) as env:
            half = _seen(env, alliance_id)
            _settle(env, alliance_id, 1)
        with transaction(registry) as env:
            return {
                "signal": -killed.returncode if killed.returncode < 0 else 0,
                "half": half,
                "then": _seen(env, alliance_id),
            }
    finally:
        with transaction(registry) as env:
            _take_away(env, alliance_id, ids)


def settle_and_die(registry):
    """Be the run that is killed."""
    with transaction(registry) as env:
        alliance = env["crm.alliance"].search([("name", "=", PREFIX)])
        _settle(env, alliance.id, 1)
        env.flush_all()
        signal.raise_signal(signal.SIGKILL)


def _settle(env, alliance_id, day):
    """Settle from a day of January to its end, so that no two periods are the same."""
    settlement = env["crm.alliance.settlement"].create(
        {"alliance_id": alliance_id, "date_from": f"2026-01-{day:02}", "date_until": LAST}
    )
    settlement.action_collect()
    if settlement.line_ids:
        settlement.action_invoice()


def _seen(env, alliance_id):
    alliance = env["crm.alliance"].browse(alliance_id)
    lines = alliance.settlement_ids.line_ids
    return {
        "lines": len(lines),
        "sources": len(set(lines.mapped("source_id"))),
        "owed": sum(alliance.settlement_ids.mapped("receivable")),
        "invoiced": sum(alliance.settlement_ids.invoice_id.mapped("amount_untaxed")),
    }


def _alliance(env):
    """Return the id of an alliance with accepted links of January, and what it is made of."""
    partners = env["res.partner"].create([{"name": PREFIX}, {"name": PREFIX, "is_company": True}])
    program = env["loyalty.program"].create(
        {"name": PREFIX, "program_type": "loyalty", "applies_on": "both", "trigger": "auto"}
    )
    product = env["product.product"].create(
        {"name": PREFIX, "type": "service", "taxes_id": [Command.clear()]}
    )
    alliance = env["crm.alliance"].create(
        {
            "name": PREFIX,
            "partner_id": partners[1].id,
            "role": "both",
            "program_id": program.id,
            "fee_earned": 2.5,
            "settlement_product_id": product.id,
            "state": "running",
        }
    )
    offer = env["crm.alliance.offer"].create(
        {"name": PREFIX, "kind": "link", "url": "https://race", "alliance_id": alliance.id}
    )
    env["crm.offer.presentation"].create(
        [
            {
                "partner_id": partners[0].id,
                "offer_id": offer.id,
                "company_id": alliance.company_id.id,
                "date": "2026-01-10 05:00:00",
                "answered_on": "2026-01-10 05:00:00",
                "state": "accepted",
            }
            for _answer in range(ANSWERS)
        ]
    )
    return alliance.id, {
        "partners": partners.ids,
        "program": program.id,
        "product": product.id,
        "offer": offer.id,
    }


def _take_away(env, alliance_id, ids):
    alliance = env["crm.alliance"].browse(alliance_id)
    settlements = alliance.settlement_ids
    moves = settlements.invoice_id | settlements.bill_id
    settlements.write({"state": "draft", "invoice_id": False, "bill_id": False})
    settlements.unlink()
    moves.unlink()
    env["crm.offer.presentation"].search([("offer_id", "=", ids["offer"])]).unlink()
    env["crm.alliance.offer"].browse(ids["offer"]).unlink()
    env.flush_all()
    cards = env["loyalty.card"].search([("program_id", "=", ids["program"])])
    for query in (
        "DELETE FROM loyalty_history WHERE card_id = ANY(%s)",
        "DELETE FROM crm_alliance_points WHERE card_id = ANY(%s)",
        "DELETE FROM loyalty_card WHERE id = ANY(%s)",
    ):
        env.cr.execute(query, [cards.ids])
    env.cr.execute("DELETE FROM crm_member_number WHERE partner_id = ANY(%s)", [ids["partners"]])
    env.invalidate_all()
    alliance.state = "draft"
    alliance.unlink()
    program = env["loyalty.program"].browse(ids["program"])
    program.active = False
    program.unlink()
    env["product.product"].browse(ids["product"]).unlink()
    env["res.partner"].browse(ids["partners"]).unlink()
