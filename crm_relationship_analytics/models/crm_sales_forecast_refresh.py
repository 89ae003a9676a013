from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, date_utils

from ..logic.demand import RECENT_DAYS
from .crm_sales_forecast import TOLD_MONTHS
from .crm_sales_forecast_statement import ForecastStatement

LATEST_KEPT_DAY = 5  # of a month; a forecast made later knows too much of it
VALUES = (
    "horizon",
    "so_far_amount",
    "committed_amount",
    "weighted_amount",
    "rhythm_amount",
    "other_amount",
    "amount",
    "last_amount",
    "year_amount",
    "made_for",
    "as_of",
)


class CrmSalesForecast(models.Model):
    """How sales are forecast: on request, and each night."""

    _inherit = "crm.sales.forecast"

    @api.model
    def refresh(self):
        """Forecast the next three months of the current companies, and look at those gone by.

        Returns the number of rows written; a second call on the same day writes none.

        Raises AccessError for others than managers.
        """
        self.env["crm.customer.standing"]._check_may_manage()
        policies = self.env["crm.value.policy"]._of_companies(self.env.companies)
        return sum(self._refresh_company(policy) for policy in policies)

    def action_refresh(self):
        """Forecast now."""
        self.refresh()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_back_test(self):
        """Forget the back-tests of the current companies and make them anew.

        After history was imported or changed. What was kept stays as it is.
        """
        self.env["crm.customer.standing"]._check_may_manage()
        # sudo: no user writes forecasts; the caller was checked
        self.sudo().search(
            [("kind", "=", "tested"), ("company_id", "in", self.env.companies.ids)]
        ).unlink()
        return self.action_refresh()

    @api.model
    def _cron_refresh(self):
        """Forecast the sales of all companies; what goes wrong is said on the policy."""
        policy_of = self.env["crm.value.policy"]._of_company
        self._run_by_company(lambda company: self._refresh_company(policy_of(company)))

    @api.model
    def _company_done(self, company, problem):
        self.env["crm.value.policy"]._of_company(company).sales_forecast_problem = problem
        return super()._company_done(company, problem)

    @api.model
    def _refresh_company(self, policy):
        """Write what is not as it was; return the number of rows."""
        as_of = self._last_day(policy)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        written = self._write_next(policy, as_of)
        if as_of.day < LATEST_KEPT_DAY or _is_last_of_month(as_of):
            written += self._keep(policy, as_of)
        written += self._test_missing(policy, as_of)
        written += self._compare(policy, as_of)
        self.invalidate_model(flush=False)
        return written

    @api.model
    def _last_day(self, policy):
        """Return the last day that is known as a whole."""
        return policy.reference_date or policy.company_id._business_today() - timedelta(days=1)

    @api.model
    def _write_next(self, policy, as_of):
        return self._count(
            SQL(
                """
                WITH fresh AS MATERIALIZED (%(fresh)s),
                     updated AS (
                        UPDATE crm_sales_forecast forecast SET %(assignments)s
                          FROM fresh
                         WHERE forecast.company_id = %(company)s AND forecast.kind = 'next'
                           AND forecast.month = fresh.month
                           AND (%(stored)s) IS DISTINCT FROM (%(new)s)
                        RETURNING 1
                     ), inserted AS (
                        INSERT INTO crm_sales_forecast (company_id, kind, month, %(names)s)
                        SELECT %(company)s, 'next', month, %(names)s FROM fresh
                         WHERE NOT EXISTS (
                               SELECT FROM crm_sales_forecast forecast
                                WHERE forecast.company_id = %(company)s
                                  AND forecast.kind = 'next' AND forecast.month = fresh.month
                               )
                         ORDER BY month
                        RETURNING 1
                     ), deleted AS (
                        DELETE FROM crm_sales_forecast forecast
                         WHERE company_id = %(company)s AND kind = 'next'
                           AND month NOT IN (SELECT month FROM fresh)
                        RETURNING 1
                     )
                SELECT (SELECT COUNT(*) FROM updated) + (SELECT COUNT(*) FROM inserted)
                       + (SELECT COUNT(*) FROM deleted)
                """,
                fresh=self._fresh(ForecastStatement(policy, as_of)),
                assignments=SQL(", ").join(
                    SQL("%s = fresh.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in VALUES
                ),
                company=policy.company_id.id,
                stored=_listed(VALUES, "forecast"),
                new=_listed(VALUES, "fresh"),
                names=_listed(VALUES),
            )
        )

    @api.model
    def _keep(self, policy, as_of):
        """Keep the forecast of the month that begins; one that is kept never changes."""
        return self._count(
            SQL(
                """
                WITH inserted AS (
                    INSERT INTO crm_sales_forecast (company_id, kind, month, %(names)s)
                    SELECT company_id, 'kept', month, %(names)s
                      FROM crm_sales_forecast
                     WHERE company_id = %(company)s AND kind = 'next' AND made_for = %(first)s
                     ORDER BY month
                        ON CONFLICT DO NOTHING
                    RETURNING 1
                )
                SELECT COUNT(*) FROM inserted
                """,
                names=_listed(VALUES),
                company=policy.company_id.id,
                first=(as_of + timedelta(days=1)).replace(day=1),
            )
        )

    @api.model
    def _test_missing(self, policy, as_of):
        """Forecast months gone by as of the days before them, where that has not been done.

        Only where there were documents for so long before that customers have a rhythm.
        """
        first = (as_of + timedelta(days=1)).replace(day=1)
        tested = self.sudo().search(  # sudo: whoever has it done, of this company
            [("company_id", "=", policy.company_id.id), ("kind", "=", "tested")]
        )
        wanted = {date_utils.subtract(first, months=back) for back in range(1, TOLD_MONTHS + 1)}
        missing = sorted(wanted - set(tested.mapped("made_for")))
        if not missing or not (oldest := self._oldest_day(policy)):
            return 0
        begins = fields.Date.add(oldest, days=RECENT_DAYS)
        return sum(
            self._test(policy, made_for - timedelta(days=1))
            for made_for in missing
            if made_for >= begins
        )

    @api.model
    def _oldest_day(self, policy):
        [(oldest,)] = self.env.execute_query(
            SQL(
                "SELECT MIN(date) FROM (%s) fact WHERE company_id = %s AND kind IN %s",
                self.env["crm.customer.fact"]._all_facts(),
                policy.company_id.id,
                policy._kinds(),
            )
        )
        return oldest

    @api.model
    def _test(self, policy, as_of):
        return self._count(
            SQL(
                """
                WITH inserted AS (
                    INSERT INTO crm_sales_forecast (company_id, kind, month, %(names)s)
                    SELECT %(company)s, 'tested', month, %(names)s FROM (%(fresh)s) fresh
                     ORDER BY month
                        ON CONFLICT DO NOTHING
                    RETURNING 1
                )
                SELECT COUNT(*) FROM inserted
                """,
                names=_listed(VALUES),
                company=policy.company_id.id,
                fresh=self._fresh(ForecastStatement(policy, as_of, is_past=True)),
            )
        )

    @api.model
    def _compare(self, policy, as_of):
        """Write what was sold beside the forecasts of months that are over."""
        return self._count(
            SQL(
                """
                WITH sold AS (
                    SELECT DATE_TRUNC('month', date)::date AS month, SUM(amount) AS amount
                      FROM (%(facts)s) fact
                     WHERE company_id = %(company)s AND kind IN %(kinds)s AND date < %(end)s
                     GROUP BY 1
                ), came AS (
                    SELECT forecast.id, COALESCE(sold.amount, 0) AS actual_amount,
                           forecast.amount - COALESCE(sold.amount, 0) AS error_amount,
                           %(error)s AS error_share, %(last_error)s AS last_error_share,
                           %(year_error)s AS year_error_share, TRUE AS is_over
                      FROM crm_sales_forecast forecast
                      LEFT JOIN sold ON sold.month = forecast.month
                     WHERE forecast.company_id = %(company)s
                       AND forecast.kind IN ('kept', 'tested') AND forecast.month < %(end)s
                ), updated AS (
                    UPDATE crm_sales_forecast forecast SET %(assignments)s
                      FROM came
                     WHERE forecast.id = came.id AND (%(stored)s) IS DISTINCT FROM (%(new)s)
                    RETURNING 1
                )
                SELECT COUNT(*) FROM updated
                """,
                facts=self.env["crm.customer.fact"]._all_facts(),
                company=policy.company_id.id,
                kinds=policy._kinds(),
                end=(as_of + timedelta(days=1)).replace(day=1),
                error=_error("amount"),
                last_error=_error("last_amount"),
                year_error=_error("year_amount"),
                assignments=SQL(", ").join(
                    SQL("%s = came.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in COMPARED
                ),
                stored=_listed(COMPARED, "forecast"),
                new=_listed(COMPARED, "came"),
            )
        )

    @api.model
    def _fresh(self, statement) -> SQL:
        """Return the rows of a forecast with their sum and day."""
        return SQL(
            """
            SELECT *, COALESCE(so_far_amount, 0) + COALESCE(committed_amount, 0)
                      + COALESCE(weighted_amount, 0) + COALESCE(rhythm_amount, 0)
                      + COALESCE(other_amount, 0) AS amount,
                   %s::date AS made_for, %s::date AS as_of
              FROM (%s) by_month
            """,
            statement.months[0].first,
            statement.as_of,
            statement.by_month(),
        )

    @api.model
    def _count(self, statement: SQL) -> int:
        [(count,)] = self.env.execute_query(statement)
        return count


COMPARED = (
    "actual_amount",
    "error_amount",
    "error_share",
    "last_error_share",
    "year_error_share",
    "is_over",
)


def _is_last_of_month(day):
    return (day + timedelta(days=1)).day == 1


def _listed(names, alias="") -> SQL:
    return SQL(", ").join(
        SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in names
    )


def _error(column) -> SQL:
    """Return :func:`logic.demand.share_of_error` of a column."""
    return SQL(
        "ROUND(ABS(forecast.%s - sold.amount) / NULLIF(ABS(sold.amount), 0), 4)",
        SQL.identifier(column),
    )
