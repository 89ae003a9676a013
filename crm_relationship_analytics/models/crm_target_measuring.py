from odoo import api, models
from odoo.tools import SQL

WATCHED = "1 year"  # how long after its closing a period is still compared with its documents
# What of a source counts for a target; `event` and `target` are the rows of both.
COUNTS = SQL(
    """
    event.date BETWEEN target.date_from AND target.date_to
    AND (event.period_kind IS NULL
         OR event.period_kind = target.period_kind AND event.date = target.date_from)
    AND (target.user_id IS NULL OR event.user_id = target.user_id)
    AND (target.team_id IS NULL OR event.team_id = target.team_id)
    """
)


class CrmTarget(models.Model):
    """How the actual values are measured and written: each night, and on request."""

    _inherit = "crm.target"

    @api.model
    def measure(self):
        """Measure the targets of the current companies, as of the day that they grade as of.

        Returns the number of rows written; a second call on the same day writes none. Raises
        AccessError for others than managers.
        """
        self.browse().check_access("write")
        policies = self.env["crm.value.policy"]._known_of(self.env.companies)
        return sum(self._measure_company(policy) for policy in policies)

    def action_measure(self):
        """Measure the targets of the companies of these, of none those of the current ones."""
        companies = self.company_id or self.env.companies
        self.with_context(allowed_company_ids=companies.ids).measure()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_measure(self):
        """Measure the targets of all companies."""
        policy_of = self.env["crm.value.policy"]._known_of
        self._run_by_company(lambda company: self._measure_company(policy_of(company)))

    @api.model
    def _measure_company(self, policy):
        """Measure all targets of a company that have begun, and write those that differ.

        A period that is over is closed; for a year from then on, what has changed since is told
        apart from it.
        """
        self.env.flush_all()
        first_days = self._first_days(policy)
        if not first_days:
            return 0
        self.env.cr.execute("SET LOCAL jit = off")
        self.env.cr.execute(
            SQL(
                """
                WITH target AS (%(targets)s),
                event AS MATERIALIZED (%(events)s),
                measured AS (
                    SELECT target.id, COALESCE(SUM(event.value), 0) AS value
                      FROM target
                      LEFT JOIN event ON event.metric = target.metric AND %(counts)s
                     GROUP BY target.id
                ), result AS (
                    SELECT target.id, %(result)s
                      FROM crm_target target
                      JOIN measured ON measured.id = target.id
                )
                UPDATE crm_target target
                   SET actual_value = result.actual_value, late_value = result.late_value,
                       measured_on = result.measured_on, closed_on = result.closed_on
                  FROM result
                 WHERE result.id = target.id
                   AND (target.actual_value, target.late_value, target.measured_on,
                        target.closed_on)
                       IS DISTINCT FROM
                       (result.actual_value, result.late_value, result.measured_on,
                        result.closed_on)
                """,
                targets=self._measurable(policy),
                events=self._events(policy, first_days),
                counts=COUNTS,
                result=self._result(policy),
            )
        )
        written = self.env.cr.rowcount
        self.invalidate_model(flush=False)
        return written

    @api.model
    def _first_days(self, policy):
        """Return ``{metric: first day that counts}`` of the targets that are measured."""
        rows = self.env.execute_query(
            SQL(
                "SELECT metric, MIN(date_from) FROM (%s) target GROUP BY metric",
                self._measurable(policy),
            )
        )
        return dict(rows)

    @api.model
    def _measurable(self, policy) -> SQL:
        return SQL(
            """
            SELECT * FROM crm_target
             WHERE company_id = %(company)s AND date_from <= %(as_of)s
               AND (closed_on IS NULL
                    OR date_to < %(as_of)s AND closed_on > %(as_of)s::date - %(watched)s::interval)
            """,
            company=policy.company_id.id,
            as_of=policy._as_of(),
            watched=WATCHED,
        )

    @api.model
    def _events(self, policy, first_days) -> SQL:
        """Return the sources summed up by day and owner, of the metrics and days that are asked."""
        sources = self._actual_sources(policy)
        return SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT %(metric)s AS metric, date, period_kind, user_id, team_id,
                       SUM(value) AS value
                  FROM (%(source)s) source
                 WHERE date BETWEEN %(first)s AND %(last)s
                 GROUP BY date, period_kind, user_id, team_id
                """,
                metric=metric,
                source=sources[metric],
                first=first,
                last=policy._as_of(),
            )
            for metric, first in first_days.items()
        )

    @api.model
    def _result(self, policy) -> SQL:
        return SQL(
            """
            CASE WHEN target.closed_on IS NULL THEN measured.value
                 ELSE target.actual_value END AS actual_value,
            CASE WHEN target.closed_on IS NULL THEN 0
                 ELSE measured.value - target.actual_value END AS late_value,
            CASE WHEN target.closed_on IS NULL THEN %(as_of)s
                 ELSE target.measured_on END AS measured_on,
            CASE WHEN target.closed_on IS NULL AND target.date_to < %(as_of)s THEN %(as_of)s
                 ELSE target.closed_on END AS closed_on
            """,
            as_of=policy._as_of(),
        )
