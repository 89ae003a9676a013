"""The SQL that finds, for each subject and customer, how he was contacted and what he did."""

from odoo.tools import SQL

from ..report.crm_customer_fact import CONTRIBUTION_KINDS
from .crm_effect_events import EffectEvents

# What it costs to contact a customer is the cost of the subject, and not less contribution.
COUNTED_KINDS = tuple(kind for kind in CONTRIBUTION_KINDS if kind != "interaction")
CONTACTED, HELD_OUT, UNASKED = ("contacted",), ("held_out",), ("unasked",)
MEANT = ("contacted", "not_reached")
ALL = (*MEANT, *HELD_OUT, *UNASKED)
# What is summed up of a subject: over which customers.
FIGURES = {
    "contacted": ("1", CONTACTED),
    "not_reached": ("1", ("not_reached",)),
    "held_out": ("1", HELD_OUT),
    "unasked": ("1", UNASKED),
    "answered": ("customer.is_answer", ALL),
    "buyers": ("customer.is_buyer", CONTACTED),
    "order_count": ("customer.order_count", CONTACTED),
    "revenue": ("customer.revenue", CONTACTED),
    "contribution": ("customer.contribution", CONTACTED),
    "own_order_count": ("customer.own_order_count", ALL),
    "own_revenue": ("customer.own_revenue", ALL),
    "own_contribution": ("customer.own_contribution", ALL),
    "contact_cost": ("customer.contact_cost", ALL),
    "buyers_meant": ("customer.is_buyer", MEANT),
    "buyers_held_out": ("customer.is_buyer", HELD_OUT),
    "total_meant": ("customer.contribution", MEANT),
    "squares_meant": ("customer.contribution * customer.contribution", MEANT),
    "total_held_out": ("customer.contribution", HELD_OUT),
    "squares_held_out": ("customer.contribution * customer.contribution", HELD_OUT),
}


class EffectStatement(EffectEvents):
    """Builds the statement for the policies of some companies.

    ``customers`` has one row per subject and commercial customer. Every step groups by the subject
    first, so that a condition on it goes down to the contacts, and the list of one subject does
    not read those of the others.
    """

    def figures(self) -> SQL:
        """Return the counts and sums of each subject, under the names of ``FIGURES``."""
        return SQL(
            """
            SELECT effect.id, MIN(customer.start_day) AS date_from,
                   MAX(customer.start_day) AS date_to, MAX(customer.last_day) AS last_day,
                   %(figures)s
              FROM crm_effect effect
              LEFT JOIN (%(customers)s) customer ON customer.effect_id = effect.id
             WHERE effect.kind = ANY(%(kinds)s) AND effect.company_id = ANY(%(companies)s)
             GROUP BY effect.id
            """,
            figures=SQL(", ").join(
                SQL(
                    "COALESCE(SUM(%s) FILTER (WHERE customer.contact_group IN %s), 0) AS %s",
                    SQL(expression),
                    groups,
                    SQL.identifier(name),
                )
                for name, (expression, groups) in FIGURES.items()
            ),
            customers=self.customers(),
            kinds=self.kinds,
            companies=self.policies.company_id.ids,
        )

    def customers(self) -> SQL:
        """Return what each customer of each subject did in the days after he was contacted."""
        return SQL(
            """
            SELECT person.effect_id, person.company_id, person.partner_id,
                   MIN(person.contact_group) AS contact_group,
                   MIN(person.start_day) AS start_day, MIN(person.last_day) AS last_day,
                   MIN(person.is_answer) AS is_answer,
                   LEAST(COALESCE(SUM(fact.purchases), 0), 1)::integer AS is_buyer,
                   COALESCE(SUM(fact.purchases), 0)::integer AS order_count,
                   COALESCE(SUM(fact.revenue), 0) AS revenue,
                   COALESCE(SUM(fact.contribution), 0) AS contribution,
                   MIN(person.own_order_count)::integer AS own_order_count,
                   MIN(person.own_revenue) AS own_revenue,
                   MIN(person.own_contribution) AS own_contribution,
                   MIN(person.contact_cost) AS contact_cost
              FROM (%(persons)s) person
              LEFT JOIN (%(facts)s) fact
                ON fact.partner_id = person.partner_id AND fact.company_id = person.company_id
               AND fact.date BETWEEN person.start_day AND person.last_day
             GROUP BY person.effect_id, person.company_id, person.partner_id
            """,
            persons=self._persons(),
            facts=self._facts(),
        )

    def _persons(self) -> SQL:
        """Return the group and the days of each customer.

        A firm belongs to the group that its first contact was drawn into, as chance alone decided
        that: a firm with many contacts is not contacted more likely than one with few. Of two plans
        that turn to him on one day the one that held him out goes first.

        ``one`` is a single row that PostgreSQL takes for a thousand: it expects far too few
        customers, and would read all facts again for each of them instead of once.
        """
        return SQL(
            """
            SELECT met.effect_id, met.company_id, met.partner_id, met.contact_cost,
                   met.own_order_count, met.own_revenue, met.own_contribution,
                   CASE WHEN is_held_out THEN 'held_out'
                        WHEN reached_day IS NOT NULL THEN 'contacted'
                        WHEN planned_day IS NOT NULL THEN 'not_reached'
                        ELSE 'unasked' END AS contact_group,
                   GENERATE_SERIES(1, SIGN(effect.id)::integer) AS one,
                   start.day AS start_day, start.day + %(days)s AS last_day,
                   CASE WHEN NOT is_held_out AND answer_day >= reached_day THEN 1 ELSE 0
                    END AS is_answer
              FROM (%(met)s) met
              JOIN crm_effect effect ON effect.id = met.effect_id
              JOIN res_company company ON company.id = met.company_id
             CROSS JOIN LATERAL (
                    SELECT CASE WHEN is_held_out THEN planned_day
                                ELSE COALESCE(reached_day, planned_day) END
                   ) start (day)
            """,
            met=self._met(),
            days=SQL("COALESCE(NULLIF(effect.window_days, 0), company.effect_days)"),
        )

    def _met(self) -> SQL:
        return SQL(
            """
            SELECT effect_id, company_id, partner_id,
                   MIN(planned_day) AS planned_day, MIN(reached_day) AS reached_day,
                   MAX(answer_day) AS answer_day,
                   (ARRAY_AGG(held_out ORDER BY planned_day, contact_id, held_out DESC)
                       FILTER (WHERE planned_day IS NOT NULL))[1] AS is_held_out,
                   COALESCE(SUM(cost), 0) AS contact_cost,
                   COUNT(order_id) AS own_order_count,
                   COALESCE(SUM(revenue), 0) AS own_revenue,
                   COALESCE(SUM(contribution), 0) AS own_contribution
              FROM (%s) event
             GROUP BY effect_id, company_id, partner_id
            """,
            SQL(" UNION ALL ").join(self._events()),
        )

    def _facts(self) -> SQL:
        """Return purchases and contribution by day; companies that count alike come together."""
        return SQL(" UNION ALL ").join(
            self._facts_of(companies, kinds, as_of)
            for (kinds, as_of), companies in self._companies_by_rule().items()
        )

    def _companies_by_rule(self):
        grouped = self.policies.grouped(lambda policy: (policy._kinds(), policy._as_of()))
        return {rule: policies.company_id for rule, policies in grouped.items()}

    def _facts_of(self, companies, kinds, as_of) -> SQL:
        """Return the facts of companies; of an order its margin is what it contributes.

        OFFSET 0 has the day of a fact computed once, and not again for each subject.
        """
        by_order = kinds == ("order",)
        return SQL(
            """
            SELECT person.commercial_partner_id AS partner_id, fact.company_id, fact.date,
                   (fact.kind IN ('order', 'invoice'))::integer AS purchases,
                   CASE WHEN fact.kind IN %(kinds)s THEN fact.amount ELSE 0 END AS revenue,
                   %(contribution)s AS contribution
              FROM (
                    SELECT * FROM (%(facts)s) fact
                     WHERE fact.company_id = ANY(%(companies)s) AND fact.kind IN %(read)s
                       AND fact.date <= %(as_of)s
                    OFFSET 0
                   ) fact
              JOIN res_partner person ON person.id = fact.partner_id
              %(orders)s
            """,
            kinds=kinds,
            read=kinds if by_order else kinds + COUNTED_KINDS,
            contribution=self._in_company_currency("margin")
            if by_order
            else SQL("CASE WHEN fact.kind IN %s THEN fact.amount ELSE 0 END", COUNTED_KINDS),
            facts=self.facts._all_facts(),
            companies=companies.ids,
            as_of=as_of,
            orders=SQL("JOIN sale_order sale ON sale.id = fact.res_id") if by_order else SQL(),
        )
