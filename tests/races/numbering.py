"""Races for member numbers, and of those who have them."""

import subprocess
import time
from contextlib import contextmanager

from connecting import CROWD, PREFIX, PROGRAM, together, transaction

CUSTOMERS = 20


@contextmanager
def racing_customers(registry):
    """Give the ids of a scheme and of customers, and delete all that came of them."""
    with transaction(registry) as env:
        scheme = env["crm.member.scheme"].create({"name": PREFIX, "prefix": PREFIX, "length": 12})
        partners = env["res.partner"].create([{"name": f"{PREFIX} {i}"} for i in range(CUSTOMERS)])
        ids = scheme.id, partners.ids
    try:
        yield ids
    finally:
        with transaction(registry) as env:
            env.cr.execute("DELETE FROM crm_member_number WHERE scheme_id = %s", [ids[0]])
            env["crm.member.scheme"].browse(ids[0]).unlink()
            env["res.partner"].browse(ids[1]).unlink()


def issue(registry):
    """Several issuers give the same customers numbers of one scheme at the same moment."""
    with racing_customers(registry) as (scheme_id, partner_ids):
        errors = together(
            registry,
            lambda env, turn: (
                env["crm.member.scheme"]
                .browse(scheme_id)
                ._issue_to(env["res.partner"].browse(partner_ids))
            ),
        )
        with transaction(registry) as env:
            numbers = env["crm.member.number"].search([("scheme_id", "=", scheme_id)])
            return {
                "errors": errors,
                "numbers": len(numbers),
                "different": len(set(numbers.mapped("number"))),
                "customers": len(numbers.partner_id),
            }


def take(registry):
    """Several customers are given one and the same number by hand at the same moment."""
    with racing_customers(registry) as (_scheme_id, partner_ids):
        number = f"{PREFIX}00000018"
        errors = together(
            registry,
            lambda env, turn: (
                env["res.partner"].browse(partner_ids[turn]).write({"member_number": number})
            ),
        )
        with transaction(registry) as env:
            owners = env["crm.member.number"].search([("number", "=", number)])
            return {"errors": errors, "owners": len(owners)}


def replace(registry):
    """Several users replace one and the same number at the same moment."""
    with racing_customers(registry) as (scheme_id, partner_ids):
        with transaction(registry) as env:
            partner = env["res.partner"].browse(partner_ids[0])
            number = env["crm.member.scheme"].browse(scheme_id)._issue_to(partner)

        def work(env, turn):
            values = {"number_id": number.id, "reason": f"User {turn}"}
            env["crm.member.number.replacement"].create(values).action_apply()

        errors = together(registry, work)
        with transaction(registry) as env:
            numbers = env["crm.member.number"].search([("scheme_id", "=", scheme_id)])
            return {"errors": errors, "states": sorted(numbers.mapped("state"))}


def merge(registry):
    """Several users merge the same two customers at once, in either direction."""
    with racing_customers(registry) as (scheme_id, partner_ids):
        pair = partner_ids[:2]
        with transaction(registry) as env:
            env["crm.member.scheme"].browse(scheme_id)._issue_to(env["res.partner"].browse(pair))

        def work(env, turn):
            survivor = env["res.partner"].browse(pair[turn % 2])
            env["base.partner.merge.automatic.wizard"].create({})._merge(pair, survivor)

        errors = together(registry, work, 3)
        with transaction(registry) as env:
            survivor = env["res.partner"].browse(pair).exists()
            seen = {
                "errors": errors,
                "survivors": len(survivor),
                "states": sorted(survivor.member_number_ids.mapped("state")),
                "journal": env["crm.partner.merge"].search_count(
                    [("survivor_id", "in", survivor.ids)]
                ),
            }
            env.cr.execute(
                "DELETE FROM crm_partner_merge_line WHERE merge_id IN"
                " (SELECT id FROM crm_partner_merge WHERE survivor_id = ANY(%s))",
                [survivor.ids],
            )
            env.cr.execute(
                "DELETE FROM crm_partner_merge WHERE survivor_id = ANY(%s)", [survivor.ids]
            )
        return seen


def issuing_killed(registry):
    """The job that issues to existing customers is killed half way; then it runs again."""
    with racing_customers(registry) as (scheme_id, _partner_ids):
        with transaction(registry) as env:
            crowd = (
                env["res.partner"]
                .create([{"name": f"{PREFIX} {i}", "customer_rank": 1} for i in range(CROWD)])
                .ids
            )
            env["crm.member.scheme"].browse(scheme_id).action_issue_to_customers()
        job = subprocess.Popen([*PROGRAM, "issue_slowly", registry.db_name])
        try:
            while job.poll() is None and count_of(registry, scheme_id, crowd) < CROWD // 10:
                time.sleep(0.005)
            job.kill()
            job.wait()
            half = count_of(registry, scheme_id, crowd)
            with transaction(registry) as env:
                env["crm.member.scheme"]._cron_issue()
            with transaction(registry) as env:
                numbers = env["crm.member.number"].search(
                    [("scheme_id", "=", scheme_id), ("partner_id", "in", crowd)]
                )
                return {
                    "half way": CROWD // 10 <= half < CROWD,
                    "customers": len(numbers.partner_id),
                    "numbers": len(numbers),
                    "still issuing": env["crm.member.scheme"].browse(scheme_id).is_issuing,
                }
        finally:
            with transaction(registry) as env:
                env.cr.execute("DELETE FROM crm_member_number WHERE scheme_id = %s", [scheme_id])
                env["res.partner"].browse(crowd).unlink()


def issuing_around(registry):
    """A user is saving one of the customers while the job issues numbers that are barcodes too."""
    with racing_customers(registry) as (scheme_id, partner_ids):
        with transaction(registry) as env:
            env["res.partner"].browse(partner_ids).customer_rank = 1
            scheme = env["crm.member.scheme"].browse(scheme_id)
            scheme.mirror_barcode = True
            scheme.action_issue_to_customers()
        with registry.cursor() as user:
            user.execute("UPDATE res_partner SET name = name WHERE id = %s", [partner_ids[0]])
            with transaction(registry) as env:
                env["crm.member.scheme"]._cron_issue()
            meanwhile = count_of(registry, scheme_id, partner_ids)
            with transaction(registry) as env:
                waiting = env["crm.member.scheme"].browse(scheme_id).is_issuing
        with transaction(registry) as env:
            env["crm.member.scheme"]._cron_issue()
        with transaction(registry) as env:
            partners = env["res.partner"].browse(partner_ids)
            return {
                "meanwhile": meanwhile,
                "waiting": waiting,
                "after": count_of(registry, scheme_id, partner_ids),
                "barcodes": sum(one.barcode == one.member_number for one in partners),
            }


def count_of(registry, scheme_id, partner_ids):
    """Return how many numbers of a scheme these customers have, of what is committed by now."""
    with transaction(registry) as env:
        return env["crm.member.number"].search_count(
            [("scheme_id", "=", scheme_id), ("partner_id", "in", partner_ids)]
        )


def issue_slowly(registry):
    """Issue as the job does, one customer at a time, until somebody kills it."""
    from odoo.addons.crm_relationship.models import crm_member_scheme_bulk

    crm_member_scheme_bulk.BATCH = 1
    with transaction(registry) as env:
        env["crm.member.scheme"]._cron_issue()
