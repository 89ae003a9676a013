from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .crm_customer_standing_measures import Measure
from .crm_customer_standing_ranks import ShareClass
from .crm_customer_standing_statement import StandingStatement
from .res_partner import RELATIONSHIP_FIELDS

OVERLAP = timedelta(hours=1)
ANNOUNCED_TOGETHER = 10_000
MANY_CUSTOMERS = 50_000


class Refreshed(NamedTuple):
    """How many rows a refresh has written."""

    inserted: int
    updated: int
    grades_changed: int


class CrmCustomerStanding(models.Model):
    """How standings are measured, graded and written: on request, each night, each hour."""

    _inherit = "crm.customer.standing"

    @api.model
    def refresh(self, partner_ids=None):
        """Measure and grade the customers of the current companies, as of today.

        ``partner_ids``: ids of the customers whose documents are read again; all when empty. Ranks
        and grades are those among all customers either way. Returns ``{"inserted", "updated",
        "grades_changed"}``, the numbers of rows written; a second call writes none.

        Raises AccessError for others than managers.
        """
        self._check_may_manage()
        customer_ids = self._commercial_ids(partner_ids) if partner_ids else None
        total = Refreshed(0, 0, 0)
        for policy in self.env["crm.value.policy"]._of_companies(self.env.companies):
            policy._lock_for_grading()
            if customer_ids is None:
                refreshed = self._refresh_company(policy)
            else:
                refreshed = self._grade_company(policy, customer_ids)
            total = Refreshed(*map(sum, zip(total, refreshed, strict=True)))
        return total._asdict()

    @api.model
    def _cron_refresh(self):
        """Measure all customers of all companies, one company at a time."""
        self._refresh_companies(self._refresh_company)

    @api.model
    def _cron_refresh_changed(self):
        """Measure the customers whose documents have changed; everybody where a day has begun."""
        self._refresh_companies(self._refresh_changed)

    def _refresh_companies(self, refresh):
        policies = self.env["crm.value.policy"]._of_companies(self.env["res.company"].search([]))
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(policies))
        for policy in policies:
            free = policy.try_lock_for_update()
            if free:
                free._refresh_or_report(refresh)
            if not commit_progress(1):
                break

    @api.model
    def _refresh_changed(self, policy) -> Refreshed:
        """Measure again the customers of what was written since the last run."""
        if not policy._is_fresh():
            return self._refresh_company(policy)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        customer_ids = self._changed_customer_ids(policy)
        if len(customer_ids) > MANY_CUSTOMERS:
            return self._refresh_company(policy)
        if customer_ids:
            rows = self.env.execute_query(self._statement(policy).differing(customer_ids))
            customer_ids = [customer_id for (customer_id,) in rows]
        if not customer_ids:
            return Refreshed(0, 0, 0)
        refreshed = self._grade_company(policy, customer_ids)
        policy._mark_refreshed(policy._as_of())
        return refreshed

    @api.model
    def _changed_customer_ids(self, policy) -> list[int]:
        """Return the customers of what was written, and the contacts who were customers before."""
        sources = self.env["crm.customer.fact"]._changed_customer_sources(
            policy.refreshed_at - OVERLAP
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT unnest(ARRAY[partner.commercial_partner_id, partner.id])
                  FROM (%(sources)s) changed (partner_id, company_id)
                  JOIN res_partner partner ON partner.id = changed.partner_id
                 WHERE COALESCE(changed.company_id, %(company)s) = %(company)s
                """,
                sources=SQL(" UNION ALL ").join(SQL("(%s)", source) for source in sources),
                company=policy.company_id.id,
            )
        )
        return [customer_id for (customer_id,) in rows]

    @api.model
    def _statement(self, policy) -> StandingStatement:
        return StandingStatement(
            policy,
            self._measures(policy),
            [ShareClass("abc_class", self._value_of()), *self._share_classes(policy)],
            self._labels(policy),
        )

    @api.model
    def _refresh_company(self, policy) -> Refreshed:
        """Measure and grade all customers of a company, and remember that it has been done."""
        refreshed = self._grade_company(policy)
        policy._mark_refreshed(policy._as_of())
        return refreshed

    @api.model
    def _grade_company(self, policy, customer_ids=None) -> Refreshed:
        """Measure customers (all when None), rank and grade all, write what has changed."""
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL jit = off")
        Change = self.env["crm.value.grade.change"].sudo()  # sudo: the history of all customers
        newest = Change.search([], order="id desc", limit=1).id or 0
        [row] = self.env.execute_query(self._statement(policy).sql(customer_ids))
        refreshed = Refreshed(*row)
        self._invalidate()
        if refreshed.grades_changed:
            self._announce_changes_after(newest)
        return refreshed

    @api.model
    def _announce_changes_after(self, newest):
        # sudo: the changes that this transaction has written, of whatever customer
        Change = self.env["crm.value.grade.change"].sudo()
        while changes := Change.search([("id", ">", newest)], order="id", limit=ANNOUNCED_TOGETHER):
            self._grade_changed(changes)
            newest = changes[-1].id
            changes.invalidate_recordset(flush=False)

    @api.model
    def _invalidate(self):
        self.invalidate_model(flush=False)
        self.env["crm.value.grade.change"].invalidate_model(flush=False)
        self.env["crm.value.grade"].invalidate_model(["customer_count"], flush=False)
        self.env["res.partner"].invalidate_model(RELATIONSHIP_FIELDS, flush=False)

    @api.model
    def _commercial_ids(self, partner_ids) -> list[int]:
        if not isinstance(partner_ids, list | tuple) or {*map(type, partner_ids)} != {int}:
            raise UserError(self.env._("Give the ids of the customers as a list of whole numbers."))
        # sudo: the customers are graded, nothing of them is shown
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        return partners.commercial_partner_id.ids

    @api.model
    def _measures(self, policy) -> list[Measure]:
        """Hook: return what is measured of a customer; each name is a column of this model."""
        counts = SQL("fact.kind IN %s", policy._kinds())
        bought = SQL("%s AND fact.kind IN %s", counts, ("order", "invoice"))
        in_window = SQL("fact.date >= %s", policy._window().first)
        return [
            Measure(
                "revenue",
                SQL("SUM(fact.amount) FILTER (WHERE %s AND %s)", counts, in_window),
                SQL("SUM"),
                0,
            ),
            Measure(
                "order_count",
                SQL("(COUNT(*) FILTER (WHERE %s AND %s))::integer", in_window, bought),
                SQL("SUM"),
                0,
            ),
            Measure("first_date", SQL("MIN(fact.date) FILTER (WHERE %s)", bought), SQL("MIN")),
            Measure("last_date", SQL("MAX(fact.date) FILTER (WHERE %s)", bought), SQL("MAX")),
        ]

    @api.model
    def _value_of(self) -> SQL:
        """Hook: return the value that customers are ranked by, of ``measured`` columns."""
        return SQL("measured.revenue")

    @api.model
    def _share_classes(self, policy) -> list[ShareClass]:
        """Hook: return the further ABC classes, each by a value of ``measured`` columns."""
        return []

    @api.model
    def _labels(self, policy) -> dict[str, SQL]:
        """Hook: return further stored columns, each an expression of ``scored`` columns.

        These are the measures, the scores, the classes and their ``<class>_before`` shares.
        """
        return {}

    @api.model
    def _grade_changed(self, changes):
        """Hook: called with the changes of grade just written, once per batch."""
