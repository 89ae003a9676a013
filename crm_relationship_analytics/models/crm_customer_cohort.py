from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.retention_rate import Retention, retention, retention_spans

MOST_MONTHS = 120


class CrmCustomerCohort(models.Model):
    """A month in which a customer bought or returned something, counted from his first purchase.

    The cohort is the month of his first purchase. Purchases are orders or invoices, as his company
    grades by, up to the day it grades as of; days are those of the company. A credit note lowers
    the revenue of its month and is no purchase: who was only credited belongs to no cohort.
    """

    _name = "crm.customer.cohort"
    _description = "Customer Cohort"
    _inherit = ["crm.customer.dimension"]
    _auto = False
    _order = "cohort_month desc, month_number, id"
    _rec_name = "partner_id"
    _depends = {"crm.customer.fact": ["partner_id", "company_id", "date", "kind", "amount"]}

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
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
    active_count = fields.Integer(
        string="Active Customers",
        readonly=True,
        help="1 in a month with a purchase. Of several months, customer by customer and month by"
        " month.",
    )
    purchase_count = fields.Integer(string="Purchases", readonly=True)
    revenue = fields.Monetary(readonly=True, groups=AMOUNT_GROUPS)

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            SELECT id, partner_id, company_id, month, purchase_count, revenue,
                   cohort_month, %(number)s AS month_number,
                   LEAST(purchase_count, 1) AS active_count
              FROM (%(months)s) bought
             WHERE month >= cohort_month
            """,
            number=self._month_number(SQL("cohort_month"), SQL("month")),
            months=self._months(),
        )

    @api.model
    def _months(self) -> SQL:
        """Return each customer's months with documents, and the month of his first purchase."""
        is_purchase = SQL("fact.kind IN ('order', 'invoice')")
        return SQL(
            """
            SELECT MIN(fact.id) AS id, partner.commercial_partner_id AS partner_id,
                   fact.company_id, %(month)s AS month,
                   (COUNT(*) FILTER (WHERE %(is_purchase)s))::integer AS purchase_count,
                   SUM(fact.amount) AS revenue,
                   MIN(MIN(%(month)s) FILTER (WHERE %(is_purchase)s)) OVER (
                       PARTITION BY fact.company_id, partner.commercial_partner_id
                   ) AS cohort_month
              FROM (%(facts)s) fact
              JOIN res_partner partner ON partner.id = fact.partner_id
             GROUP BY fact.company_id, partner.commercial_partner_id, %(month)s
            """,
            month=SQL("DATE_TRUNC('month', fact.date::timestamp)::date"),
            is_purchase=is_purchase,
            facts=self._facts(),
        )

    @api.model
    def _facts(self, since=None) -> SQL:
        """Return the facts that count, of the reader's companies, each by what it grades by.

        ``since``: the first day, else they are all there are.

        OFFSET 0 has the day of a fact computed only once.
        """
        policies = self.env["crm.value.policy"]._known_of(self.env.companies)
        return SQL(
            "SELECT * FROM (%s) fact WHERE %s OFFSET 0",
            self.env["crm.customer.fact"]._all_facts(),
            SQL(" OR ").join(
                SQL(
                    "(fact.company_id = %s AND fact.kind IN %s AND fact.date <= %s AND %s)",
                    policy.company_id.id,
                    policy._kinds(),
                    policy._as_of(),
                    SQL("fact.date >= %s", since) if since else SQL("TRUE"),
                )
                for policy in policies
            ),
        )

    @api.model
    def _month_number(self, first: SQL, month: SQL) -> SQL:
        """Return how many months a month lies after another."""
        return SQL(
            "(12 * (EXTRACT(YEAR FROM %(month)s) - EXTRACT(YEAR FROM %(first)s))"
            " + EXTRACT(MONTH FROM %(month)s) - EXTRACT(MONTH FROM %(first)s))::integer",
            first=first,
            month=month,
        )

    @api.model
    def _retention(self, company, as_of=None, months=12) -> Retention:
        """Return the share of a company's customers who stayed, as of a day.

        At risk is who bought in the ``months`` before the last ``months``; retained is who of them
        bought in the last ``months`` too, up to ``as_of`` (the day the company grades as of when
        empty). With twelve months and the end of 2025: who bought in 2024, and who of them again in
        2025. See :func:`logic.retention_rate.retention` for the source.

        :raise UserError: when the months are not between 1 and 120
        """
        if not isinstance(months, int) or not 1 <= months <= MOST_MONTHS:
            raise UserError(
                self.env._(
                    "Retention is measured over 1 to %(most)s months: correct the number.",
                    most=MOST_MONTHS,
                )
            )
        policy = self.env["crm.value.policy"]._known_of(company)
        before, since = retention_spans(as_of or policy._as_of(), months)
        here = self.with_context(allowed_company_ids=company.ids)
        self.env.flush_all()
        [row] = self.env.execute_query(
            SQL(
                """
                SELECT COUNT(*) FILTER (WHERE at_risk),
                       COUNT(*) FILTER (WHERE at_risk AND retained)
                  FROM (
                    SELECT BOOL_OR(fact.date <= %(until)s) AS at_risk,
                           BOOL_OR(fact.date > %(until)s) AS retained
                      FROM (%(facts)s) fact
                      JOIN res_partner partner ON partner.id = fact.partner_id
                     WHERE fact.kind IN ('order', 'invoice')
                       AND fact.date <= %(last)s
                     GROUP BY partner.commercial_partner_id
                  ) customer
                """,
                facts=here._facts(before.first),
                until=before.last,
                last=since.last,
            )
        )
        return retention(*row)
