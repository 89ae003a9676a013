"""B3: what it costs to ask the gate, for a thousand customers and for all; run inside Odoo.

Half of them agreed, each got four contacts before. The database is a copy that is thrown away.
``AssertionError`` when the answers are not those of the consents.
"""

from measuring import Meter
from session import run_job

TIMES = 3
HISTORY = """
    INSERT INTO crm_contact_consent (
        partner_id, company_id, channel_id, purpose_id, state, lawful_basis, source, date, user_id
    )
    SELECT partner.id, company.id, channel.id, purpose.id,
           CASE WHEN partner.id %% 2 = 0 THEN 'granted' ELSE 'withdrawn' END,
           'consent', 'import', '2025-01-01', 1
      FROM res_partner partner, crm_contact_channel channel, crm_contact_purpose purpose,
           (SELECT id FROM res_company ORDER BY id LIMIT 1) company
     WHERE partner.customer_rank > 0 AND channel.code = 'email' AND purpose.code = 'marketing';
    INSERT INTO crm_interaction (
        partner_id, company_id, channel_id, purpose_id, direction, date, user_id
    )
    SELECT partner.id, company.id, channel.id, purpose.id, 'out',
           '2025-01-01'::timestamp + place * INTERVAL '50 days', 1
      FROM res_partner partner, crm_contact_channel channel, crm_contact_purpose purpose,
           (SELECT id FROM res_company ORDER BY id LIMIT 1) company, GENERATE_SERIES(1, 4) place
     WHERE partner.customer_rank > 0 AND channel.code = 'email' AND purpose.code = 'marketing';
    ANALYZE crm_contact_consent;
    ANALYZE crm_interaction;
"""


def costs(session) -> dict:
    """Return ``{customers: [cpu, wall]}`` of the quickest of some calls."""
    with session.environment() as env:
        env.cr.execute(HISTORY.replace("%%", "%"))
    with session.environment(login="admin") as env:
        everybody = env["res.partner"].search([("customer_rank", ">", 0)], order="id")
        return {
            name: _cost(env, customers)
            for name, customers in (("thousand", everybody[:1000]), ("all", everybody))
        }


def _cost(env, customers):
    meter, answers, taken = Meter(env.cr), [], []
    for _time in range(TIMES):
        env.invalidate_all()

        def ask():
            answers[:] = customers.contact_permission("email", "marketing", "2025-12-31 05:00:00")

        taken.append(meter.cost_of(ask))
    for answer in answers:
        agreed = answer["partner_id"] % 2 == 0
        reachable = answer["reason"] != "There is no address for this channel."
        assert answer["allowed"] == (agreed and reachable), answer
    return list(min(taken, key=lambda cost: cost.seconds))


if __name__ == "__main__":
    run_job(costs)
