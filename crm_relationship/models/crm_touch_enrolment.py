from odoo import models
from odoo.tools import SQL


class CrmTouchPlan(models.Model):
    """For whom the steps of a plan are planned, and when."""

    _inherit = "crm.touch.plan"

    def _is_answered_by(self, partners):
        """Return those of the customers who have answered the plan."""
        touches = self.env["crm.touch"].search(
            [
                ("plan_id", "=", self.id),
                ("partner_id", "in", partners.ids),
                ("state", "=", "answered"),
            ]
        )
        return touches.partner_id

    def _enrol(self):
        """Plan the first step for the audience, and further steps for who has come so far."""
        first = self.step_ids.sorted()[:1]
        self.env["crm.touch"].flush_model()
        if first:
            self._enrol_audience(first)
        for before, step in zip(self.step_ids.sorted(), self.step_ids.sorted()[1:], strict=False):
            self._enrol_after(before, step)
        self.env["crm.touch"].invalidate_model()

    def _enrol_audience(self, step):
        """Plan the first step; who is held out follows from the seed and the contact alone."""
        domain = self._audience_domain()
        held_out = SQL(
            "MOD(('x' || SUBSTR(MD5(%s || ':' || audience.id), 1, 8))::bit(32)::bigint, 100) < %s",
            str(self.seed),
            self.holdout,
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_touch (
                       step_id, plan_id, company_id, channel_id, partner_id, state,
                       year, date_planned, next_try, create_uid, create_date, write_uid, write_date)
                SELECT %(step)s, %(plan)s, %(company)s, %(channel)s, audience.id,
                       CASE WHEN %(held_out)s THEN 'held_out' ELSE 'planned' END,
                       0, due.moment, due.moment, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM %(audience)s audience,
                       (SELECT %(now)s + %(wait)s * INTERVAL '1 day' AS moment) due
                 WHERE NOT EXISTS (
                       SELECT FROM crm_touch known
                        WHERE known.partner_id = audience.id AND known.plan_id = %(plan)s)
                ON CONFLICT DO NOTHING
                """,
                **step._values_of_touch(),
                held_out=held_out,
                audience=self._customers()._search(domain).subselect(),
            )
        )

    def _enrol_after(self, before, step):
        """Plan a step for those whom the step before it has reached, as its condition says."""
        conditions = {
            "always": SQL("TRUE"),
            "asked": SQL("earlier.wants_again"),
            "unanswered": SQL(
                """NOT EXISTS (
                   SELECT FROM crm_touch answered
                    WHERE answered.plan_id = earlier.plan_id
                      AND answered.partner_id = earlier.partner_id
                      AND answered.state = 'answered')"""
            ),
        }
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_touch (
                       step_id, plan_id, company_id, channel_id, partner_id, state,
                       year, date_planned, next_try, create_uid, create_date, write_uid, write_date)
                SELECT %(step)s, %(plan)s, %(company)s, %(channel)s, earlier.partner_id, 'planned',
                       0, due.moment, due.moment, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM crm_touch earlier,
                       LATERAL (SELECT earlier.date_done + %(wait)s * INTERVAL '1 day') due (moment)
                 WHERE earlier.step_id = %(before)s
                   AND earlier.state IN ('sent', 'answered', 'skipped')
                   AND earlier.date_done IS NOT NULL
                   AND %(condition)s
                ON CONFLICT DO NOTHING
                """,
                **step._values_of_touch(),
                before=before.id,
                condition=conditions[step.condition],
            )
        )
