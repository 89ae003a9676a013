from odoo import fields, models
from odoo.tools import SQL

MONTHS_AT_MOST = 120_000  # of a date: those of 10,000 years


class CrmCohortRetention(models.Model):
    """How many customers of a cohort bought in each of the months after their first purchase.

    One row for each company, cohort and month up to the day the company grades as of, also where
    nobody bought. The month that is not over yet is marked.
    """

    _name = "crm.cohort.retention"
    _description = "Cohort Retention"
    _auto = False
    _order = "cohort_month desc, month_number, company_id"
    _rec_name = "cohort_month"
    _depends = {"crm.customer.cohort": ["partner_id", "company_id", "month", "active_count"]}

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    cohort_month = fields.Date(
        string="Cohort", readonly=True, help="The month of the first purchase, by its first day."
    )
    month = fields.Date(readonly=True, help="By its first day.")
    month_number = fields.Integer(
        string="Months Later",
        readonly=True,
        aggregator=None,
        help="0 in the month of the first purchase.",
    )
    cohort_size = fields.Integer(
        string="Customers of the Cohort",
        readonly=True,
        help="Of several months of a cohort, its customers count once for each.",
    )
    active_count = fields.Integer(
        string="Active Customers", readonly=True, help="Who bought in the month."
    )
    retention_rate = fields.Float(
        readonly=True,
        aggregator="avg",
        help="The active customers of those of the cohort. Of several cohorts or months, all active"
        " customers of all that there are.",
    )
    is_running = fields.Boolean(
        string="Month Not Over", readonly=True, help="What will still be bought is not known."
    )

    @property
    def _table_query(self) -> SQL:
        Cohort = self.env["crm.customer.cohort"]
        return SQL(
            """
            WITH bought AS (
                SELECT company_id, cohort_month, month,
                       COUNT(*) FILTER (WHERE purchase_count > 0) AS active_count
                  FROM (%(months)s) bought
                 WHERE month >= cohort_month
                 GROUP BY company_id, cohort_month, month
            )
            SELECT (cohort.company_id::bigint * %(months_at_most)s
                    + 12 * EXTRACT(YEAR FROM cohort.cohort_month)::integer
                    + EXTRACT(MONTH FROM cohort.cohort_month)::integer
                   ) * %(months_at_most)s + %(number)s AS id,
                   cohort.company_id, cohort.cohort_month, calendar.month::date AS month,
                   %(number)s AS month_number,
                   cohort.active_count::integer AS cohort_size,
                   COALESCE(bought.active_count, 0)::integer AS active_count,
                   COALESCE(bought.active_count, 0)::double precision / cohort.active_count
                   AS retention_rate,
                   calendar.month + INTERVAL '1 month' > until.as_of + 1 AS is_running
              FROM bought cohort
              JOIN (VALUES %(until)s) until (company_id, as_of)
                ON until.company_id = cohort.company_id
             CROSS JOIN LATERAL GENERATE_SERIES(
                       cohort.cohort_month::timestamp, until.as_of::timestamp, '1 month'
                   ) calendar (month)
              LEFT JOIN bought
                ON bought.company_id = cohort.company_id
               AND bought.cohort_month = cohort.cohort_month
               AND bought.month = calendar.month
             WHERE cohort.month = cohort.cohort_month
            """,
            months=Cohort._months(),
            months_at_most=MONTHS_AT_MOST,
            number=Cohort._month_number(SQL("cohort.cohort_month"), SQL("calendar.month")),
            until=SQL(", ").join(
                SQL("(%s, %s::date)", policy.company_id.id, policy._as_of())
                for policy in self.env["crm.value.policy"]._known_of(self.env.companies)
            ),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Weigh the rates of cohorts by their size."""
        if aggregate_spec != "retention_rate:avg":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "SUM(%s)::double precision / NULLIF(SUM(%s), 0)",
            self._field_to_sql(query.table, "active_count", query),
            self._field_to_sql(query.table, "cohort_size", query),
        )

    def action_view_customers(self):
        """Open the customers of the cohort who bought in the month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_customer_cohort_action"
        )
        return action | {
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("cohort_month", "=", self.cohort_month),
                ("month", "=", self.month),
                ("active_count", ">", 0),
            ],
            "context": {},
            "views": [[False, "list"], [False, "kanban"]],
        }
