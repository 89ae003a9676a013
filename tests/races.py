"""Races on real concurrent connections; run as a program of its own beside the tests.

    python tests/races.py RACE DATABASE

It commits what it needs, prints one line of JSON with what it saw, and takes its rows away again.
The configuration is the one that ``ODOO_RC`` names.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying

ISSUERS = 6
CUSTOMERS = 20
CROWD = 300
PREFIX = "RACE"


def main():
    race, database = sys.argv[1:]
    odoo.tools.config.parse_config(["-d", database, "--no-http", "--log-level=critical"])
    registry = Registry(database)
    sys.stdout.write(json.dumps(RACES[race](registry)) + "\n")


@contextmanager
def transaction(registry):
    """Give an environment whose work is committed at the end."""
    with registry.cursor() as cursor:
        yield api.Environment(cursor, SUPERUSER_ID, {})


def together(registry, work, number=ISSUERS):
    """Run the work so many times at once, each repeated as the server does; return the errors."""
    start, errors = threading.Barrier(number), []

    def run(turn):
        with registry.cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            env.cr.execute("SELECT 1")  # the snapshot is older than what the others do
            start.wait()
            try:
                retrying(lambda: work(env, turn), env)
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(turn,)) for turn in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


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

        errors = together(registry, work)
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
        job = subprocess.Popen([sys.executable, __file__, "issue_slowly", registry.db_name])
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


def log_once(registry):
    """Six imports bring the same contact with a customer in."""
    with transaction(registry) as env:
        partner = env["res.partner"].create({"name": PREFIX})
        channel = env["crm.contact.channel"].search([], limit=1)
        values = {"partner_id": partner.id, "channel_id": channel.id, "external_ref": PREFIX}
    entries = set()

    def work(env, turn):
        entries.add(env["crm.interaction"].create(values).id)

    try:
        errors = together(registry, work)
        with transaction(registry) as env:
            kept = env["crm.interaction"].search([("external_ref", "=", PREFIX)])
            return {"errors": errors, "entries": len(kept), "same": kept.id in entries}
    finally:
        with transaction(registry) as env:
            env.cr.execute("DELETE FROM crm_interaction WHERE partner_id = %s", partner.ids)
            env["res.partner"].browse(partner.id).unlink()


@contextmanager
def running_plan(registry):
    """Give the ids of a plan that is to write to customers, and delete all that came of it."""
    with transaction(registry) as env:
        partners = env["res.partner"].create(
            [{"name": f"{PREFIX} {i}", "email": f"{i}@race.example.com"} for i in range(CROWD)]
        )
        template = env["mail.template"].create(
            {"name": PREFIX, "model_id": env["ir.model"]._get("res.partner").id, "subject": PREFIX}
        )
        plan = env["crm.touch.plan"].create(
            {
                "name": PREFIX,
                "purpose_id": env.ref("crm_relationship.crm_contact_purpose_service").id,
                "audience": f"[('id', 'in', {partners.ids})]",
                "step_ids": [
                    Command.create(
                        {
                            "name": PREFIX,
                            "channel_id": env.ref("crm_relationship.crm_contact_channel_email").id,
                            "mail_template_id": template.id,
                        }
                    )
                ],
            }
        )
        plan.action_start()
    try:
        yield plan.id
    finally:
        with transaction(registry) as env:
            env["mail.mail"].search([("subject", "=", PREFIX)]).unlink()
            env.cr.execute("DELETE FROM crm_interaction WHERE partner_id = ANY(%s)", [partners.ids])
            env.cr.execute("DELETE FROM crm_touch WHERE plan_id = %s", [plan.id])
            env["crm.touch.plan"].browse(plan.id).state = "draft"
            env["crm.touch.plan"].browse(plan.id).unlink()
            env["mail.template"].browse(template.id).unlink()
            env["res.partner"].browse(partners.ids).unlink()


def seen_of(registry, plan_id):
    """Return what is committed of a plan: its touches by state, its e-mails, and its log."""
    with transaction(registry) as env:
        touches = env["crm.touch"].search([("plan_id", "=", plan_id)])
        mails = env["mail.mail"].search([("subject", "=", PREFIX)])
        customers = touches.partner_id
        return {
            "states": {state: len(those) for state, those in touches.grouped("state").items()},
            "customers": len(customers),
            "mails": len(mails),
            "written to": len(mails.recipient_ids),
            "logged": env["crm.interaction"].search_count([("partner_id", "in", customers.ids)]),
        }


def send_together(registry):
    """Two workers send the steps of one plan at the same moment."""
    with running_plan(registry) as plan_id:
        errors = together(registry, lambda env, turn: env["crm.touch"]._cron_send(), 2)
        return {"errors": errors, **seen_of(registry, plan_id)}


def sending_killed(registry):
    """The job is killed in the middle of a step; what it had in hand is never sent again."""
    with running_plan(registry) as plan_id:
        job = subprocess.run(
            [sys.executable, __file__, "send_and_die", registry.db_name], check=False
        )
        time.sleep(1)  # the server takes a moment to see that the client is gone
        half = seen_of(registry, plan_id)
        with transaction(registry) as env:
            env["crm.touch"]._cron_send()
        at_once = seen_of(registry, plan_id)
        with transaction(registry) as env:
            env.cr.execute(
                "UPDATE crm_touch SET date_done = date_done - INTERVAL '2 hours'"
                " WHERE plan_id = %s AND state = 'sending'",
                [plan_id],
            )
        with transaction(registry) as env:
            env["crm.touch"]._cron_send()
        later = seen_of(registry, plan_id)
        return {"signal": -job.returncode, "half": half, "at once": at_once, "later": later}


def send_and_die(registry):
    """Send in batches of a hundred, and end without a word within the second of them."""
    from odoo.addons.crm_relationship.models import crm_outreach

    crm_outreach.BATCH = 100
    Touch, batches = registry["crm.touch"], []
    send = Touch._send

    def _send(touches):
        batches.append(touches.ids)
        send(touches)
        if len(batches) > 1:
            touches.env.flush_all()
            os.kill(os.getpid(), signal.SIGKILL)

    Touch._send = _send
    with transaction(registry) as env:
        env["crm.touch"]._cron_send()


def refresh(registry):
    """Several managers have the customers graded at the same moment."""
    errors = together(registry, lambda env, turn: env["crm.customer.standing"].refresh(), 3)
    with transaction(registry) as env:
        again = env["crm.customer.standing"].refresh()
    return {"errors": errors, "again": again}


def killed(registry):
    """The grading is killed when all is written and nothing committed; then it runs again."""
    with transaction(registry) as env:
        partner = env["res.partner"].create({"name": PREFIX})
        standing = env["crm.customer.standing"]._of_customer(partner, env.company)
        env["crm.customer.standing"].refresh()
        env.cr.execute("UPDATE crm_customer_standing SET revenue = 7 WHERE id = %s", standing.ids)
    try:
        dead = subprocess.run([sys.executable, __file__, "die", registry.db_name], check=False)
        with transaction(registry) as env:
            # The server takes a moment to see that the client is gone, and to undo its work.
            env.cr.execute("SELECT id FROM crm_value_policy FOR UPDATE")
        with transaction(registry) as env:
            kept = env["crm.customer.standing"].browse(standing.id).revenue
            first = env["crm.customer.standing"].refresh()
            second = env["crm.customer.standing"].refresh()
        return {"signal": -dead.returncode, "kept": kept, "first": first, "second": second}
    finally:
        with transaction(registry) as env:
            env.cr.execute("DELETE FROM crm_value_grade_change WHERE partner_id = %s", partner.ids)
            env["res.partner"].browse(partner.id).unlink()


def die(registry):
    """Grade the customers and end without a word before anything is committed."""
    with transaction(registry) as env:
        env["crm.customer.standing"].refresh()
        os.kill(os.getpid(), signal.SIGKILL)


RACES = {
    race.__name__: race
    for race in (
        issue,
        take,
        replace,
        merge,
        issuing_killed,
        issuing_around,
        issue_slowly,
        log_once,
        send_together,
        sending_killed,
        send_and_die,
        refresh,
        killed,
        die,
    )
}

if __name__ == "__main__":
    main()
