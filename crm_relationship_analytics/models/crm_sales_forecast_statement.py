"""The SQL of what a company will probably sell in the months after a day."""

from datetime import timedelta

from odoo.tools import SQL

from ..logic.demand import HISTORY_DAYS, MONTHS_AHEAD, RECENT_DAYS
from .crm_supply_terms import MonthTerms


class ForecastStatement(MonthTerms):
    """Builds the query of a forecast from the documents up to a day, which has passed.

    Of a day that is long gone only the rhythm is known, not what was quoted or planned then.
    """

    def __init__(self, policy, as_of, is_past=False):
        super().__init__(policy.company_id, as_of + timedelta(days=1))
        self.policy = policy
        self.as_of = as_of
        self.is_past = is_past

    def by_month(self) -> SQL:
        """Return ``month, horizon`` and the amounts of each month, in the company's currency."""
        return SQL(
            """
            WITH fact AS MATERIALIZED (%(facts)s),
                 history AS MATERIALIZED (%(history)s),
                 expected AS (
                    SELECT number, SUM(GREATEST(rhythm - committed - weighted, 0)) AS rhythm,
                           SUM(committed) AS committed, SUM(weighted) AS weighted
                      FROM (
                            SELECT partner_id, number, SUM(rhythm) AS rhythm,
                                   SUM(committed) AS committed, SUM(weighted) AS weighted
                              FROM (%(sources)s) source
                             GROUP BY partner_id, number
                           ) customer
                     GROUP BY number
                 ), other AS (
                    SELECT COALESCE(SUM(recent), 0) / %(recent_days)s AS a_day
                      FROM history WHERE purchases < %(least)s
                 )
            SELECT month.first_day AS month, month.number + 1 AS horizon,
                   %(so_far)s AS so_far_amount, %(committed)s AS committed_amount,
                   %(weighted)s AS weighted_amount, %(rhythm)s AS rhythm_amount,
                   %(other)s AS other_amount, %(last)s AS last_amount, %(year)s AS year_amount
              FROM (%(months)s) month
             CROSS JOIN other
              LEFT JOIN expected ON expected.number = month.number
             WHERE month.number < %(ahead)s
            """,
            facts=self._facts(),
            history=self._history(),
            sources=SQL(" UNION ALL ").join(SQL("(%s)", source) for source in self._sources()),
            recent_days=RECENT_DAYS,
            least=self._least(),
            so_far=self._money(
                SQL(
                    "CASE month.number WHEN 0 THEN (%s) END",
                    self._sum_from(SQL("month.first_day"), SQL("month.start_day")),
                )
            ),
            committed=self._money(SQL("expected.committed")),
            weighted=self._money(SQL("expected.weighted")),
            rhythm=self._money(SQL("expected.rhythm")),
            other=self._money(SQL("other.a_day * month.days")),
            last=self._money(self._month_before()),
            year=self._money(self._year_before()),
            months=self._months(),
            ahead=MONTHS_AHEAD,
        )

    def _facts(self) -> SQL:
        """Return the facts up to the day, of the same months a year before and since."""
        first = self.months[0].first
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, fact.date,
                   fact.kind <> 'refund' AS is_purchase, fact.amount
              FROM (
                    SELECT * FROM (%(facts)s) fact
                     WHERE fact.company_id = %(company)s AND fact.kind IN %(kinds)s
                    OFFSET 0
                   ) fact
              JOIN res_partner partner ON partner.id = fact.partner_id
             WHERE fact.date <= %(as_of)s AND fact.date >= %(since)s
            """,
            facts=self.env["crm.customer.fact"]._all_facts(),
            company=self.company.id,
            kinds=self.policy._kinds(),
            as_of=self.as_of,
            since=first.replace(year=first.year - 1),
        )

    def _history(self) -> SQL:
        return SQL(
            """
            SELECT partner_id, COUNT(DISTINCT date) FILTER (WHERE is_purchase) AS purchases,
                   MIN(date) FILTER (WHERE is_purchase) AS first_day, SUM(amount) AS amount,
                   SUM(amount) FILTER (WHERE date > %s) AS recent
              FROM fact
             WHERE date > %s
             GROUP BY partner_id
            """,
            self.as_of - timedelta(days=RECENT_DAYS),
            self.as_of - timedelta(days=HISTORY_DAYS),
        )

    # what is expected: partner_id, number of the month, and three amounts

    def _sources(self) -> list[SQL]:
        if self.is_past:
            return [self._by_rhythm()]
        return [self._by_rhythm(), self._committed(), self._opportunities(), self._quotations()]

    def _by_rhythm(self) -> SQL:
        """Return :func:`logic.demand.expected_by_rate`, times the usual spend."""
        return SQL(
            """
            SELECT partner_id, month.number,
                   (purchases - 1) / (%s - history.first_day)::float8 * month.days
                   * amount / purchases AS rhythm,
                   0::float8 AS committed, 0::float8 AS weighted
              FROM history
             CROSS JOIN (%s) month
             WHERE purchases >= %s AND amount > 0 AND month.number < %s
            """,
            self.as_of,
            self._months(),
            self._least(),
            MONTHS_AHEAD,
        )

    def _committed(self) -> SQL:
        """Return what is ordered and will count later: by its invoice, or as it is dated later."""
        if self.policy.basis == "ordered":
            return self._orders_dated_later()
        day = SQL(
            "COALESCE(%s, %s + CEIL(COALESCE(line.customer_lead, 0))::integer)",
            self._day(SQL("sale.commitment_date")),
            self._day(SQL("sale.date_order")),
        )
        return SQL(
            """
            SELECT partner.commercial_partner_id, month.number, 0::float8,
                   GREATEST(line.price_subtotal - COALESCE(line.untaxed_amount_invoiced, 0), 0)
                   / COALESCE(NULLIF(sale.currency_rate, 0), 1)::float8,
                   0::float8
              FROM sale_order sale
              JOIN sale_order_line line ON line.order_id = sale.id
              JOIN res_partner partner ON partner.id = sale.partner_id
              JOIN (%(months)s) month ON %(in_month)s AND month.number < %(ahead)s
             WHERE sale.state = 'sale' AND sale.company_id = %(company)s
               AND sale.invoice_status <> 'invoiced' AND sale.date_order >= %(since)s
               AND line.display_type IS NULL AND line.is_downpayment IS NOT TRUE
            """,
            months=self._months(),
            in_month=self._in_month(day),
            ahead=MONTHS_AHEAD,
            company=self.company.id,
            since=self.company._start_of_day(self.as_of - timedelta(days=HISTORY_DAYS)),
        )

    def _orders_dated_later(self) -> SQL:
        return SQL(
            """
            SELECT partner.commercial_partner_id, month.number, 0::float8,
                   sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)::float8,
                   0::float8
              FROM sale_order sale
              JOIN res_partner partner ON partner.id = sale.partner_id
              JOIN (%s) month ON %s AND month.number < %s
             WHERE sale.state = 'sale' AND sale.company_id = %s AND sale.date_order >= %s
            """,
            self._months(),
            self._in_month(self._day(SQL("sale.date_order"))),
            MONTHS_AHEAD,
            self.company.id,
            self.company._start_of_day(self.today),
        )

    def _opportunities(self) -> SQL:
        """Return open opportunities with a day of closing, by their probability."""
        is_only_company = self.env["res.company"].sudo().search_count([]) == 1
        return SQL(
            """
            SELECT partner.commercial_partner_id, month.number, 0::float8, 0::float8,
                   lead.expected_revenue::float8 * lead.probability / 100
              FROM crm_lead lead
              LEFT JOIN res_partner partner ON partner.id = lead.partner_id
              JOIN (%s) month ON %s AND month.number < %s
             WHERE lead.type = 'opportunity' AND lead.active
               AND lead.probability > 0 AND lead.probability < 100
               AND (lead.company_id = %s OR (lead.company_id IS NULL AND %s))
               AND lead.date_deadline IS NOT NULL
            """,
            self._months(),
            self._in_month(SQL("lead.date_deadline")),
            MONTHS_AHEAD,
            self.company.id,
            is_only_company,
        )

    def _quotations(self) -> SQL:
        """Return open quotations of no opportunity, by the probability of the policy."""
        return SQL(
            """
            SELECT partner.commercial_partner_id, month.number, 0::float8, 0::float8,
                   sale.amount_untaxed / COALESCE(NULLIF(sale.currency_rate, 0), 1)::float8 * %s
              FROM sale_order sale
              JOIN res_partner partner ON partner.id = sale.partner_id
              JOIN (%s) month ON %s AND month.number < %s
             WHERE sale.state IN ('draft', 'sent') AND sale.company_id = %s
               AND sale.opportunity_id IS NULL
               AND (sale.validity_date IS NULL OR sale.validity_date >= %s)
            """,
            self.rules.quotation_probability,
            self._months(),
            self._in_month(
                SQL("COALESCE(%s, %s)", self._day(SQL("sale.commitment_date")), self.today)
            ),
            MONTHS_AHEAD,
            self.company.id,
            self.today,
        )

    # what was sold, and the parts of the statement

    def _month_before(self) -> SQL:
        """Return what the last whole month before the forecast brought."""
        first = SQL("%s", self.months[0].first)
        return self._sum_from(SQL("%s - INTERVAL '1 month'", first), first)

    def _year_before(self) -> SQL:
        """Return what the same month of the year before brought, nothing where nothing is known."""
        return SQL(
            "NULLIF((%s), 0)",
            self._sum_from(
                SQL("month.first_day - INTERVAL '1 year'"),
                SQL("month.first_day - INTERVAL '11 months'"),
            ),
        )

    def _sum_from(self, start: SQL, end: SQL) -> SQL:
        return SQL(
            "(SELECT COALESCE(SUM(fact.amount), 0) FROM fact WHERE date >= %s AND date < %s)",
            start,
            end,
        )

    def _money(self, amount: SQL) -> SQL:
        return SQL("ROUND((%s)::numeric, %s)", amount, self.company.currency_id.decimal_places)

    def _least(self) -> int:
        return max(self.rules.least_purchases, 2)
