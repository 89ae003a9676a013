"""B4: what a step of a plan to all customers costs; run inside Odoo.

All agreed to be written to. They are enrolled; then batches of a thousand are sent by SMS, one
after the other, and the mean of a batch is told. Then the job makes out an e-mail to each of them
who has an address, in batches that it commits. The database is a copy that is thrown away.
``AssertionError`` when somebody is enrolled twice, a touch of a batch was not sent, or anybody with
an address has not exactly one e-mail.
"""

from measuring import Meter, forget_peak, memory, peak_memory
from session import run_job

BATCHES = 5
CONSENTS = """
    INSERT INTO crm_contact_consent (
        partner_id, company_id, channel_id, purpose_id, state, lawful_basis, source, date, user_id
    )
    SELECT partner.id, company.id, channel.id, purpose.id, 'granted', 'consent', 'import',
           '2025-01-01', 1
      FROM res_partner partner, crm_contact_channel channel, crm_contact_purpose purpose,
           (SELECT id FROM res_company ORDER BY id LIMIT 1) company
     WHERE partner.customer_rank > 0 AND channel.code IN ('sms', 'email')
       AND purpose.code = 'marketing';
    UPDATE crm_contact_rule SET active = FALSE;
"""


def costs(session) -> dict:
    """Return ``{"customers", "enrolling", "again", "batch", "mails", "job", "memory"}``.

    Costs are ``[cpu, wall]``; ``mails`` is a number; ``memory`` are the megabytes by which the
    process grew while it did all of it.
    """
    before = memory()
    forget_peak()
    with session.environment() as env:
        env.cr.execute(CONSENTS)
        plan_id = _plan(env, "sms").id
        mailing_id = _plan(env, "email").id
    with session.environment() as env:
        meter, plan = Meter(env.cr), env["crm.touch.plan"].browse(plan_id)
        plan.action_start()
        enrolling = meter.cost_of(plan._enrol)
        first = env["crm.touch"].search_count([("plan_id", "=", plan_id)])
        enrolling_again = meter.cost_of(plan._enrol)
        assert env["crm.touch"].search_count([("plan_id", "=", plan_id)]) == first
        batch = meter.cost_of(lambda: _send_batches(env, plan))
        plan.action_pause()
    return {
        "customers": first,
        "enrolling": list(enrolling),
        "again": list(enrolling_again),
        "batch": [cost and cost / BATCHES for cost in batch],
        **_mailing(session, mailing_id, before),
    }


def _mailing(session, plan_id, before) -> dict:
    """Have the job send the e-mails of a plan; return what it cost.

    ``before``: the megabytes that this process held at its start.
    """
    with session.environment() as env:
        plan = env["crm.touch.plan"].browse(plan_id)
        plan.action_start()
        plan._enrol()
    with session.environment() as env:
        cost = Meter(env.cr).cost_of(env["crm.touch"]._cron_send)
        growth = peak_memory() - before
        reachable = "SELECT COUNT(*) FROM res_partner WHERE active AND customer_rank > 0"
        env.cr.execute(f"{reachable} AND email_normalized IS NOT NULL")
        [number] = env.cr.fetchone()
        sent = env["crm.touch"].search([("plan_id", "=", plan_id), ("state", "=", "sent")])
        assert len(sent) == len(sent.mail_mail_id) == number, (len(sent), number)
        return {"mails": number, "job": list(cost), "memory": growth}


def _plan(env, channel):
    from odoo.fields import Command

    model = {"name": "Spring", "model_id": env["ir.model"]._get("res.partner").id}
    text = {"body": "Hello {{ object.name }}"}
    mail = {
        "subject": "Spring for {{ object.name }}",
        "body_html": "<p>Dear <t t-out='object.name'/>, spring has come.</p>",
    }
    step = {
        "name": "Step",
        "channel_id": env["crm.contact.channel"]._by_code(channel).id,
        "sms_template_id": env["sms.template"].create({**model, **text}).id,
        "mail_template_id": env["mail.template"].create({**model, **mail}).id,
    }
    return env["crm.touch.plan"].create(
        {
            "name": "Spring",
            "purpose_id": env["crm.contact.purpose"]._by_code("marketing").id,
            "audience": "[('customer_rank', '>', 0)]",
            "step_ids": [Command.create(step)],
        }
    )


def _send_batches(env, plan):
    for _time in range(BATCHES):
        due = env["crm.touch"].search(
            [("plan_id", "=", plan.id), ("state", "=", "planned")], limit=1000
        )
        taken = due._take(plan)
        env.flush_all()
        taken._send_taken()
        env.flush_all()
        assert set(due.mapped("state")) == {"sent"}, due.grouped("state")


if __name__ == "__main__":
    run_job(costs)
