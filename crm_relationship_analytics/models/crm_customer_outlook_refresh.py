import io
from functools import lru_cache
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ..logic.lifetime_value import Errors
from .crm_customer_outlook_run import OutlookRun, day
from .crm_customer_state_change import TOLD_STATES

ANNOUNCED_TOGETHER = 1_000
# written by each run, in this order; `state_since` of who stays active is kept
COLUMNS = (
    "partner_id",
    "fit_id",
    "as_of",
    "state",
    "state_since",
    "purchases",
    "first_date",
    "last_date",
    "gap_days",
    "is_own_rhythm",
    "due_date",
    "overdue_ratio",
    "alive_probability",
    "expected_purchases_quarter",
    "expected_purchases",
    "expected_spend",
    "expected_revenue",
    "margin_rate",
    "clv",
)
PARTNER_FIELDS = ("outlook_place", "outlook_ids")


class Written(NamedTuple):
    """How many rows a run has written."""

    inserted: int
    updated: int
    deleted: int
    states_changed: int


class CrmCustomerOutlook(models.Model):
    """How outlooks are worked out and written: on request, and each night."""

    _inherit = "crm.customer.outlook"

    @api.model
    def refresh(self):
        """Forecast the customers of the current companies, as of their grading policy's day.

        Returns ``{"inserted", "updated", "deleted", "states_changed"}``, the numbers of rows
        written; a second call writes none.

        Raises AccessError for others than managers.
        """
        self.env["crm.customer.standing"]._check_may_manage()
        total = Written(0, 0, 0, 0)
        for policy in self.env["crm.value.policy"]._of_companies(self.env.companies):
            policy._lock_for_grading()
            total = Written(*map(sum, zip(total, self._refresh_company(policy), strict=True)))
        return total._asdict()

    @api.model
    def _cron_refresh(self):
        """Forecast the customers of all companies, one company at a time."""
        policies = self.env["crm.value.policy"]._of_companies(self.env["res.company"].search([]))
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(policies))
        for policy in policies:
            free = policy.try_lock_for_update()
            if free:
                free._forecast_or_report(self._refresh_company)
            if not commit_progress(1):
                break

    @api.model
    def _refresh_company(self, policy) -> Written:
        """Work out the outlook of each customer of a company, and write what is not as it was."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        run = OutlookRun(policy)
        run.read_purchases()
        self._stage(run)
        # sudo: the history of all customers
        Change = self.env["crm.customer.state.change"].sudo()
        newest = Change.search([], order="id desc", limit=1).id or 0
        [row] = self.env.execute_query(self._written_sql(policy))
        written = Written(*row)
        self._invalidate()
        policy._mark_outlook_refreshed()
        if written.states_changed:
            self._announce_changes_after(newest)
        return written

    @api.model
    def _stage(self, run):
        """Put the outlook of each customer into a table of this transaction."""
        policy, currency = run.policy, run.policy.company_id.currency_id
        customers, margins, rules = run.customers(), run.margins(), run.rules()
        estimates, tested = run.estimates(customers), run.back_test()
        problem = self._problem(policy, estimates, tested)
        way = estimates.simple if problem else estimates.way
        # sudo: nobody writes estimates himself; the caller was checked
        fit = (
            self.env["crm.outlook.fit"]
            .sudo()
            ._keep(
                policy.company_id,
                run.as_of,
                self._fit_values(run, estimates, tested, problem, margins, rules),
            )
        )
        horizon, digits = policy._outlook_horizon(), currency.decimal_places
        text, as_of = lru_cache(maxsize=None)(lambda number: day(number).isoformat()), run.as_of
        lines = io.StringIO()
        everything = zip(run.customer_ids, customers, run.rhythms(rules), strict=True)
        for customer_id, customer, place in everything:
            prospect, margin = way.prospect(customer, horizon), margins.of(customer_id)
            spend = round(prospect.spend, digits)
            alive = "\\N" if prospect.alive is None else f"{prospect.alive:.4f}"
            value = prospect.discounted * prospect.spend * margin
            lines.write(
                f"{customer_id}\t{fit.id}\t{as_of}\t{place.state}\t{text(place.since)}\t"
                f"{customer.purchases}\t{text(customer.first)}\t{text(customer.last)}\t"
                f"{place.gap:.1f}\t{place.is_own}\t{text(place.due)}\t{place.overdue:.2f}\t"
                f"{alive}\t{prospect.next_quarter:.3f}\t{prospect.next_year:.3f}\t"
                f"{spend:.{digits}f}\t{prospect.next_year * prospect.spend:.{digits}f}\t"
                f"{margin:.4f}\t{value:.{digits}f}\n"
            )
        lines.seek(0)
        self._copy(lines)

    @api.model
    def _copy(self, lines):
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS pg_temp.crm_outlook_staged")
        cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE crm_outlook_staged ON COMMIT DROP AS
                SELECT %s FROM crm_customer_outlook WITH NO DATA
                """,
                _names(COLUMNS),
            )
        )
        cr.copy_from(lines, "crm_outlook_staged", columns=COLUMNS)
        cr.execute("ANALYZE crm_outlook_staged")

    @api.model
    def _problem(self, policy, estimates, tested):
        """Return why the simple formula is used, empty where the model is."""
        if policy.outlook_method == "simple":
            return "chosen"
        if estimates.problem or policy.outlook_method != "best" or not tested:
            return estimates.problem
        by_model, by_formula = tested.purchases, tested.simple
        is_worse = by_model.root_mean_square > by_formula.root_mean_square
        return "worse" if is_worse and not tested.problem else ""

    @api.model
    def _fit_values(self, run, estimates, tested, problem, margins, rules):
        rates, spread = estimates.purchases.rates, estimates.spending.spread
        values = {
            "method": "simple" if problem else "bg_nbd",
            "problem": problem or False,
            "customers": estimates.customers,
            "repeaters": estimates.repeaters,
            "retention": estimates.retention,
            "usual_gap_days": rules.usual_gap,
            "margin_rate": margins.of_all,
            "is_cost_known": margins.is_cost_known,
            "rate_r": rates.r,
            "rate_alpha": rates.alpha,
            "rate_a": rates.a,
            "rate_b": rates.b,
            "log_likelihood": estimates.purchases.log_likelihood,
            "spend_p": spread.p,
            "spend_q": spread.q,
            "spend_gamma": spread.gamma,
            "spend_log_likelihood": estimates.spending.log_likelihood,
        }
        return values | self._test_values(run, tested)

    @api.model
    def _test_values(self, run, tested):
        nothing = Errors(0.0, 0.0, 0.0)
        model, simple, spend, simple_spend = (
            (tested.purchases, tested.simple, tested.spend, tested.simple_spend)
            if tested
            else (nothing,) * 4
        )
        return {
            "tested_since": tested and day(run.today - run.held_out),
            "tested_customers": tested and tested.customers,
            "tested_purchases": tested and tested.came,
            "test_problem": tested and tested.problem,
            "mean_error": model.mean_absolute,
            "simple_mean_error": simple.mean_absolute,
            "root_mean_square_error": model.root_mean_square,
            "simple_root_mean_square_error": simple.root_mean_square,
            "bias": model.bias,
            "simple_bias": simple.bias,
            "spend_error": spend.mean_absolute,
            "simple_spend_error": simple_spend.mean_absolute,
        }

    @api.model
    def _written_sql(self, policy) -> SQL:
        """Return the statement that writes what differs, and the changes of state."""
        continued = policy._is_outlook_continued()
        return SQL(
            """
            WITH fresh AS (
                SELECT %(staged)s, %(stored)s, stored.id AS outlook_id,
                       CASE WHEN staged.state = 'active' AND stored.state = 'active'
                            THEN stored.state_since ELSE staged.state_since END AS state_since
                  FROM crm_outlook_staged staged
                  LEFT JOIN crm_customer_outlook stored
                    ON stored.company_id = %(company)s AND stored.partner_id = staged.partner_id
            ), different AS MATERIALIZED (
                SELECT * FROM fresh
                 WHERE outlook_id IS NULL OR (%(old)s) IS DISTINCT FROM (%(names)s)
            ), updated AS (
                UPDATE crm_customer_outlook outlook SET %(assignments)s
                  FROM different WHERE outlook.id = different.outlook_id
                RETURNING 1
            ), inserted AS (
                INSERT INTO crm_customer_outlook (company_id, %(names)s)
                SELECT %(company)s, %(names)s FROM different
                 WHERE outlook_id IS NULL ORDER BY partner_id
                    ON CONFLICT (company_id, partner_id) DO NOTHING
                RETURNING 1
            ), deleted AS (
                DELETE FROM crm_customer_outlook outlook
                 WHERE company_id = %(company)s AND NOT EXISTS (
                       SELECT FROM crm_outlook_staged staged
                        WHERE staged.partner_id = outlook.partner_id
                       )
                RETURNING 1
            ), recorded AS (
                INSERT INTO crm_customer_state_change (
                    partner_id, company_id, from_state, to_state, date, last_date, gap_days,
                    cause, is_for_owner
                )
                SELECT partner_id, %(company)s, old_state, state, as_of, last_date, gap_days,
                       %(cause)s, %(continued)s AND old_state IS NOT NULL AND state IN %(told)s
                       AND NOT EXISTS (
                           SELECT FROM crm_customer_state_change before
                            WHERE before.partner_id = different.partner_id
                              AND before.company_id = %(company)s
                              AND before.to_state = different.state
                              AND before.last_date = different.last_date
                              AND before.is_for_owner
                           )
                  FROM different
                 WHERE old_state IS DISTINCT FROM state
                 ORDER BY partner_id
                RETURNING 1
            )
            SELECT (SELECT COUNT(*) FROM inserted), (SELECT COUNT(*) FROM updated),
                   (SELECT COUNT(*) FROM deleted), (SELECT COUNT(*) FROM recorded)
            """,
            staged=_names((name for name in COLUMNS if name != "state_since"), "staged"),
            stored=SQL(", ").join(
                SQL("stored.%s AS %s", SQL.identifier(name), SQL.identifier(f"old_{name}"))
                for name in COLUMNS
            ),
            old=_names(f"old_{name}" for name in COLUMNS),
            names=_names(COLUMNS),
            assignments=SQL(", ").join(
                SQL("%s = different.%s", SQL.identifier(name), SQL.identifier(name))
                for name in COLUMNS
            ),
            company=policy.company_id.id,
            cause="purchases" if continued else "rules",
            continued=continued,
            told=TOLD_STATES,
        )

    @api.model
    def _announce_changes_after(self, newest):
        # sudo: the changes that this transaction has written, of whatever customer
        Change = self.env["crm.customer.state.change"].sudo()
        while changes := Change.search([("id", ">", newest)], order="id", limit=ANNOUNCED_TOGETHER):
            self._outlook_changed(changes)
            newest = changes[-1].id
            changes.invalidate_recordset(flush=False)

    @api.model
    def _invalidate(self):
        self.invalidate_model(flush=False)
        self.env["crm.customer.state.change"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(PARTNER_FIELDS, flush=False)

    @api.model
    def _outlook_changed(self, changes):
        """Hook: called with the changes of state just written, once per batch.

        Here the salespersons are told of those that are worth it, each once.
        """
        changes.filtered("is_for_owner")._tell_owners()


def _names(names, alias="") -> SQL:
    """Return columns with commas between them."""
    return SQL(", ").join(
        SQL.identifier(alias, name) if alias else SQL.identifier(name) for name in names
    )
