from datetime import datetime, time

from pytz import UTC, timezone

from odoo import api, fields, models, tools
from odoo.tools import SQL

from odoo.addons.base.models.res_partner import _tz_get

from ..logic.promise import plain_day
from ..logic.retention import first_free_day


class ResCompany(models.Model):
    _inherit = "res.company"

    business_timezone = fields.Selection(
        selection=_tz_get,
        required=True,
        default=lambda self: self.env.context.get("tz") or self.env.user.tz or "UTC",
        help="The days of orders, windows and grades are days in this time zone.",
    )
    accounting_retention_years = fields.Integer(
        string="Keep Accounting Documents for (Years)",
        default=5,
        required=True,
        help="Counted from the closing of the accounts. Thailand's Accounting Act, section 14, asks"
        " for five years, or up to seven where it is so ordered. A customer cannot be anonymised"
        " before, as his name stands on the invoices.",
    )

    interaction_lock_days = fields.Integer(
        string="Interactions Can Be Changed for (Days)",
        default=7,
        required=True,
        help="Counted from the moment of the contact. After that, a correction is an entry of its"
        " own.",
    )

    case_promise_days = fields.Integer(
        string="Cases Promised within (Working Days)",
        default=5,
        required=True,
        help="For customers without a value grade; each grade has a promise of its own.",
    )

    _case_promise_range = models.Constraint(
        "CHECK (case_promise_days BETWEEN 0 AND 365)",
        "Cases are promised within 0 to 365 working days: correct the number.",
    )
    _interaction_lock_range = models.Constraint(
        "CHECK (interaction_lock_days BETWEEN 0 AND 3650)",
        "Interactions can be changed for 0 to 3,650 days: correct the number.",
    )
    _accounting_retention_range = models.Constraint(
        "CHECK (accounting_retention_years BETWEEN 0 AND 100)",
        "Accounting documents are kept for 0 to 100 years: correct the number.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env.registry.clear_cache()
        self.env["crm.value.policy"]._of_companies(companies)
        self.env["crm.member.scheme"]._have_mirrored()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "business_timezone" in vals:
            self.env.registry.clear_cache()
            self.env["crm.value.policy"]._rules_changed()
        return result

    def _business_today(self):
        """Return the date it is now in the company's time zone."""
        self.ensure_one()
        return fields.Date.context_today(self.with_context(tz=self.business_timezone))

    def _business_day(self, moment):
        """Return the date that a moment (UTC) falls on in the company's time zone."""
        self.ensure_one()
        here = self.with_context(tz=self.business_timezone)
        return fields.Datetime.context_timestamp(here, moment).date()

    def _start_of_day(self, day):
        """Return the moment (UTC, without a zone) at which a date begins in the company's zone."""
        self.ensure_one()
        zone = timezone(self.business_timezone)
        midnight = zone.localize(datetime.combine(day, time.min))
        return midnight.astimezone(UTC).replace(tzinfo=None)

    def _working_day(self, day, days):
        """Return the last of some working days after a day; for none, the day itself.

        Without a working calendar, or with one that is empty, every day counts.
        """
        self.ensure_one()
        calendar = self.resource_calendar_id
        if days <= 0 or not calendar:
            return plain_day(day, days)
        # in the calendar's own time zone its working days are dates
        morning = timezone(calendar.tz).localize(datetime.combine(plain_day(day, 1), time.min))
        end = calendar.plan_days(days, morning, compute_leaves=True)
        return end.date() if end else plain_day(day, days)

    def _accounting_law(self):
        """Hook: return the name of the law that has the company keep accounting documents."""
        self.ensure_one()
        if self.account_fiscal_country_id.code == "TH":
            return self.env._("Accounting Act B.E. 2543, section 14")
        return self.env._("the law on accounting documents")

    def _documents_free_from(self, day):
        """Return the first day on which a document dated on a day need not be kept any more."""
        self.ensure_one()
        closing = self.compute_fiscalyear_dates(day)["date_to"]
        return first_free_day(closing, self.accounting_retention_years)

    @api.model
    def _business_timezone_sql(self, company_column: SQL) -> SQL:
        """Return the time zone of the company in a column, a constant while all share one."""
        ids_by_timezone = self._ids_by_timezone()
        if len(ids_by_timezone) == 1:
            return SQL("%s", next(iter(ids_by_timezone)))
        cases = (
            SQL("WHEN %s = ANY(%s) THEN %s", company_column, list(ids), zone)
            for zone, ids in ids_by_timezone.items()
        )
        return SQL("CASE %s END", SQL(" ").join(cases))

    @api.model
    @tools.ormcache()
    def _ids_by_timezone(self):
        """Return ``{time zone: ids of companies}`` of all companies."""
        # sudo: the time zone of a company is no secret, and facts of all companies need it
        everywhere = self.sudo().with_context(active_test=False)
        companies = everywhere.search_fetch([], ["business_timezone"])
        return {
            zone: tuple(those.ids) for zone, those in companies.grouped("business_timezone").items()
        }
