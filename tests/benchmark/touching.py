"""B4: what a step of a plan to all customers costs; run inside Odoo.

All agreed to be written to. They are enrolled; then batches of a thousand are sent by SMS, one
after the other, and the mean of a batch is told. The database is a copy that is thrown away.
``AssertionError`` when somebody is enrolled twice, or a touch of a batch was not sent.
"""

from measuring import Meter
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
     WHERE partner.customer_rank > 0 AND channel.code = 'sms' AND purpose.code = 'marketing';
    UPDATE crm_contact_rule SET active = FALSE;
"""


def costs(session) -> dict:
    """Return ``{"customers", "enrolling": [cpu, wall], "batch": [cpu, wall]}``."""
    with session.environment() as env:
        env.cr.execute(CONSENTS)
        plan = _plan(env)
        plan_id = plan.id
    with session.environment() as env:
        meter, plan = Meter(env.cr), env["crm.touch.plan"].browse(plan_id)
        plan.action_start()
        enrolling = meter.cost_of(plan._enrol)
        first = env["crm.touch"].search_count([("plan_id", "=", plan_id)])
        enrolling_again = meter.cost_of(plan._enrol)
        assert env["crm.touch"].search_count([("plan_id", "=", plan_id)]) == first
        batch = meter.cost_of(lambda: _send_batches(env, plan))
        return {
            "customers": first,
            "enrolling": list(enrolling),
            "again": list(enrolling_again),
            "batch": [cost and cost / BATCHES for cost in batch],
        }


def _plan(env):
    from odoo.fields import Command

    template = env["sms.template"].create(
        {
            "name": "Spring",
            "model_id": env["ir.model"]._get("res.partner").id,
            "body": "Hello {{ object.name }}",
        }
    )
    step = {
        "name": "SMS",
        "channel_id": env["crm.contact.channel"]._by_code("sms").id,
        "sms_template_id": template.id,
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
