from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

MOST_COHORTS = 60
SHOWN = (
    "cohort_month",
    "month_number",
    "cohort_size",
    "active_count",
    "retention_rate",
    "is_running",
)


class CrmCohortRetention(models.Model):
    """The triangle of cohorts: one row for each month of first purchase, one column a month."""

    _inherit = "crm.cohort.retention"

    @api.model
    @api.readonly
    def cohort_table(self, until=None, months=12):
        """Return the last cohorts of the current company and who of them bought in later months.

        ``until``: a day in the last month to show, empty for that of the day the company grades as
        of; ``months``: how many cohorts, 1 to 60. Returns ``{"until", "cohorts": [{"month",
        "label", "size", "cells"}], "averages", "retention"}``; a cell is ``{"id", "number",
        "active", "rate", "is_running"}``, an average the active of all customers by the number of
        the month, of months that are over. ``retention`` tells ``{"at_risk", "retained", "rate"}``
        of twelve months, the rate None of nobody.
        """
        self.check_access("read")
        last = self._month_asked_for(until)
        if not isinstance(months, int) or not 1 <= months <= MOST_COHORTS:
            raise UserError(
                self.env._("Ask for 1 to %(most)s cohorts: correct the number.", most=MOST_COHORTS)
            )
        rows = self.search_fetch(  # one statement: these rows are made anew by each
            [
                ("company_id", "=", self.env.company.id),
                ("cohort_month", ">", last - relativedelta(months=months)),
                ("cohort_month", "<=", last),
                ("month", "<=", last),
            ],
            SHOWN,
            order="cohort_month, month_number",
        )
        by_cohort = rows.grouped("cohort_month")
        kept = self.env["crm.customer.cohort"]._retention(self.env.company)
        return {
            "until": fields.Date.to_string(last),
            "cohorts": [of_cohort._as_plain_cohort() for of_cohort in by_cohort.values()],
            "averages": rows._averages(),
            "retention": kept._asdict(),
        }

    @api.model
    def _month_asked_for(self, until):
        """Return the first day of the month. Raises UserError when it is no day."""
        policy = self.env["crm.value.policy"]._known_of(self.env.company)
        try:
            day = fields.Date.to_date(until) if until else policy._as_of()
        except (TypeError, ValueError):
            day = None
        if not day:
            raise UserError(self.env._("Give the last month as a date, such as 2026-01-31."))
        return day.replace(day=1)

    def _as_plain_cohort(self):
        first = self[0]
        return {
            "month": fields.Date.to_string(first.cohort_month),
            "label": format_date(self.env, first.cohort_month, date_format="MMM y"),
            "size": first.cohort_size,
            "cells": [
                {
                    "id": row.id,
                    "number": row.month_number,
                    "active": row.active_count,
                    "rate": row.retention_rate,
                    "is_running": row.is_running,
                }
                for row in self
            ],
        }

    def _averages(self):
        over = self.filtered(lambda row: not row.is_running).grouped("month_number")
        return [
            {
                "number": number,
                "rate": sum(rows.mapped("active_count")) / sum(rows.mapped("cohort_size")),
            }
            for number, rows in sorted(over.items())
        ]
