"""Races for what is sent to customers, and what is logged of it."""

import os
import signal
import subprocess
import time
from contextlib import contextmanager

from connecting import CROWD, PREFIX, PROGRAM, together, transaction

from odoo.fields import Command


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
        job = subprocess.run([*PROGRAM, "send_and_die", registry.db_name], check=False)
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
