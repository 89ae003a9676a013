"""Races for the last time that an offer may be accepted."""

from connecting import PREFIX, together, transaction

from odoo import fields

CUSTOMERS = 5


def last_acceptance(registry):
    """Several customers accept an offer that may be accepted once in all, at the same moment."""
    return _race(registry, {"cap_total": 1, "cap_per_customer": 0})


def acceptance_of_one_firm(registry):
    """Several contacts of one firm accept an offer that a customer may accept once."""
    return _race(registry, {"cap_per_customer": 1}, is_one_firm=True)


def same_acceptance(registry):
    """Several users accept the same offer for the same customer."""
    return _race(registry, {"cap_per_customer": 0}, turns=[0] * CUSTOMERS)


def _race(registry, values, is_one_firm=False, turns=range(CUSTOMERS)):
    with transaction(registry) as env:
        ids = _presented(env, values, is_one_firm)
    try:
        errors = together(
            registry,
            lambda env, turn: env["crm.offer.presentation"].browse(ids[turns[turn]]).accept(),
            CUSTOMERS,
        )
        with transaction(registry) as env:
            presentations = env["crm.offer.presentation"].browse(ids)
            return {
                "errors": sorted(set(errors)),
                "refused": len(errors),
                "accepted": presentations.mapped("state").count("accepted"),
                "codes": len(set(presentations.mapped("code")) - {False}),
                "counted": presentations.offer_id.accepted_count,
            }
    finally:
        with transaction(registry) as env:
            _take_away(env, ids)


def _presented(env, values, is_one_firm):
    """Return the ids of presentations of one offer, each to another contact."""
    partners = env["res.partner"].create([{"name": PREFIX} for _turn in range(CUSTOMERS + 1)])
    alliance = env["crm.alliance"].create({"name": PREFIX, "partner_id": partners[-1].id})
    if is_one_firm:
        partners[1:-1].parent_id = partners[0]
    alliance.action_start()
    offer = env["crm.alliance.offer"].create(
        {"name": PREFIX, "kind": "referral", "alliance_id": alliance.id, **values}
    )
    offer.action_start()
    shown = {
        "offer_id": offer.id,
        "company_id": offer.company_id.id,
        "date": fields.Datetime.now(),
        "last_day": fields.Date.add(fields.Date.today(), days=2),
    }
    presentations = env["crm.offer.presentation"].create(
        [{**shown, "partner_id": partner.id} for partner in partners[:-1]]
    )
    return presentations.ids


def _take_away(env, ids):
    presentations = env["crm.offer.presentation"].browse(ids)
    offer, alliance = presentations.offer_id, presentations.offer_id.alliance_id
    partners = presentations.partner_id | alliance.partner_id
    presentations.unlink()
    for record in (offer, alliance):
        record.state = "draft"
        record.unlink()
    partners.unlink()
