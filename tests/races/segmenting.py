"""Races for the members of one segment."""

from contextlib import contextmanager

from connecting import PREFIX, together, transaction

MANAGERS = 4


@contextmanager
def segment_of_a_town(registry):
    """Give the ids of a segment without members yet and of the customer whom its rule lets in."""
    with transaction(registry) as env:
        partner = env["res.partner"].create({"name": PREFIX, "city": PREFIX})
        segment = env["crm.segment"].create(
            {"name": PREFIX, "audience": repr([("city", "=", PREFIX)])}
        )
    try:
        yield segment.id, partner.id
    finally:
        with transaction(registry) as env:
            env.cr.execute("DELETE FROM crm_segment_membership WHERE segment_id = %s", [segment.id])
            env["crm.segment"].browse(segment.id).unlink()
            env["res.partner"].browse(partner.id).unlink()


def refresh_segment_together(registry):
    """Several managers have one segment refreshed at the same moment."""
    with segment_of_a_town(registry) as (segment_id, partner_id):
        errors = together(
            registry,
            lambda env, turn: env["crm.segment"].browse(segment_id).action_refresh(),
            MANAGERS,
        )
        with transaction(registry) as env:
            again = env["crm.segment"].browse(segment_id)._evaluate()
            members = env["crm.segment.membership"].search([("segment_id", "=", segment_id)])
            return {
                "errors": errors,
                "members": members.partner_id.ids == [partner_id] and len(members),
                "again": list(again),
            }
