"""B10: what twenty plans have brought, each of which contacted all customers; run inside Odoo.

Of each plan a tenth is held out, and a twentieth has answered. The effects are worked out the
first time, again with nothing changed, and by a bare statement written apart from the product; the
list behind one plan is opened. The database is a copy that is thrown away. ``AssertionError`` when
the figures differ from the bare statement's, or working them out again writes a row.
"""

from pathlib import Path

from measuring import Meter, forget_peak, memory, peak_memory
from session import run_job

PLANS = 20
BARE = (Path(__file__).resolve().parent / "crediting.sql").read_text(encoding="utf-8")
NAMES = ("contacted", "held_out", "buyers", "order_count", "revenue")
TOUCHES = """
    INSERT INTO crm_touch (
        plan_id, step_id, company_id, channel_id, partner_id, year, state, date_planned, next_try,
        date_done, answer, date_answered
    )
    SELECT step.plan_id, step.id, %(company)s, step.channel_id, partner.id, 0, drawn.state,
           drawn.moment, drawn.moment,
           CASE WHEN drawn.state <> 'held_out' THEN drawn.moment END,
           CASE WHEN drawn.state = 'answered' THEN 'reply' END,
           CASE WHEN drawn.state = 'answered' THEN drawn.moment + INTERVAL '2 days' END
      FROM crm_touch_step step
      CROSS JOIN res_partner partner
      CROSS JOIN LATERAL (
            SELECT %(first)s::timestamp + (step.plan_id %% 20) * INTERVAL '15 days' AS moment,
                   CASE WHEN HASHINT8(partner.id::bigint * 100 + step.plan_id) %% 10 = 0
                        THEN 'held_out'
                        WHEN HASHINT8(partner.id::bigint * 100 + step.plan_id) %% 20 = 1
                        THEN 'answered'
                        ELSE 'sent' END AS state
           ) drawn
     WHERE step.plan_id = ANY(%(plans)s) AND partner.customer_rank > 0
       AND partner.id = partner.commercial_partner_id
"""


class Crediting:
    """Plans whose touches are a year old."""

    def __init__(self, session):
        self.session = session
        with session.environment() as env:
            policy = env["crm.value.policy"]._of_company(env.company)
            policy.basis = "ordered"
            self.plans = self._plans(env)
            first = env.company._start_of_day(policy._as_of().replace(month=1, day=1))
            values = {"company": env.company.id, "plans": self.plans, "first": first}
            env.flush_all()
            env.cr.execute(TOUCHES, values)
            self.touches = env.cr.rowcount
            env.cr.execute("ANALYZE crm_touch")

    def _plans(self, env):
        from odoo.fields import Command

        model = env["ir.model"]._get_id("res.partner")
        step = {
            "name": "E-mail",
            "channel_id": env["crm.contact.channel"]._by_code("email").id,
            "mail_template_id": env["mail.template"].create({"name": "P", "model_id": model}).id,
        }
        plans = env["crm.touch.plan"].create(
            [
                {
                    "name": f"B10 {number}",
                    "purpose_id": env["crm.contact.purpose"]._by_code("marketing").id,
                    "audience": "[('customer_rank', '>', 0)]",
                    "step_ids": [Command.create(step)],
                }
                for number in range(PLANS)
            ]
        )
        plans.state = "done"
        return plans.ids

    def costs(self) -> dict:
        """Return the costs ``[cpu, wall]`` by what was done, and ``memory`` in megabytes."""
        before = memory()
        forget_peak()
        first = self._cost(self._refresh)
        again = self._cost(self._unchanged)
        growth = peak_memory() - before
        bare = self._cost(self._bare)
        self._check()
        return {
            "touches": self.touches,
            "first": list(first),
            "again": list(again),
            "bare": list(bare),
            "list": list(self._cost(self._open_list)),
            "memory": growth,
        }

    def _cost(self, work):
        with self.session.environment() as env:
            return Meter(env.cr).cost_of(lambda: work(env))

    def _refresh(self, env):
        self.written = env["crm.effect"]._refresh_companies(env.company)

    def _unchanged(self, env):
        self._refresh(env)
        assert not self.written, self.written

    def _bare(self, env):
        env.cr.execute("SET LOCAL jit = off")
        env.cr.execute(BARE, {"company": env.company.id, "timezone": env.company.business_timezone})
        self.rows = {row.pop("plan_id"): row for row in env.cr.dictfetchall()}

    def _open_list(self, env):
        """Open the first page of the customers behind a plan, with the number of all of them."""
        effect = env["crm.effect"].search([("kind", "=", "plan"), ("res_id", "=", self.plans[0])])
        action = effect.action_open_contacted()
        env[action["res_model"]].web_search_read(
            action["domain"], {"partner_id": {}, "revenue": {}, "order_count": {}}, limit=80
        )

    def _check(self):
        with self.session.environment() as env:
            for plan_id in self.plans:
                effect = env["crm.effect"].search([("kind", "=", "plan"), ("res_id", "=", plan_id)])
                bare = self.rows[plan_id]
                ours, theirs = ({n: float(of[n]) for n in NAMES} for of in (effect, bare))
                assert ours == theirs, (ours, theirs)
                share = round(bare["buyers_held_out"] / bare["held_out"], 6)
                assert effect.held_out_share == share


if __name__ == "__main__":
    run_job(lambda session: Crediting(session).costs())
