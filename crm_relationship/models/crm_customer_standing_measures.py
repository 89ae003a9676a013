"""The SQL that sums up the facts of each customer of a company into his measures."""

from typing import NamedTuple

from odoo.tools import SQL


class Measure(NamedTuple):
    """A measured column of the standing.

    ``aggregate`` sums up the rows of ``fact`` of one contact, ``combine`` names the aggregate that
    joins the contacts of a customer, ``nothing`` is the value of a customer without facts.
    """

    name: str
    aggregate: SQL
    combine: SQL
    nothing: object = None


class CustomerMeasures:
    """Builds the queries for the measures under a policy.

    Measures come from the facts of all customers, or of some while the others keep what is stored.
    """

    def __init__(self, policy, measures: list[Measure]):
        self.policy = policy
        self.env = policy.env
        self.measures = measures
        self.as_of = policy._as_of()

    def differing(self, customer_ids) -> SQL:
        """Return the query of those of the customers whose measures are not what is stored."""
        return SQL(
            """
            WITH by_contact AS (%(by_contact)s),
                 by_customer AS (%(by_customer)s)
            SELECT COALESCE(by_customer.partner_id, standing.partner_id)
              FROM %(now_and_before)s
             WHERE (%(stored)s) IS DISTINCT FROM (%(new)s)
            """,
            by_contact=self._by_contact(customer_ids),
            by_customer=self._by_customer(),
            now_and_before=self._now_and_before(customer_ids),
            stored=self._stored_measures(),
            new=listed(map(self._new, self.measures)),
        )

    def _by_contact(self, customer_ids) -> SQL:
        """Sum up the facts of each contact."""
        some = SQL()
        if customer_ids is not None:
            some = SQL(
                """
                AND fact.partner_id = ANY(ARRAY(
                    SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s)
                ))
                """,
                customer_ids,
            )
        return SQL(
            """
            SELECT fact.partner_id, %(aggregates)s
              FROM (%(facts)s) fact
             WHERE fact.date <= %(as_of)s
             GROUP BY fact.partner_id
            """,
            aggregates=listed(
                SQL("%s AS %s", measure.aggregate, SQL.identifier(measure.name))
                for measure in self.measures
            ),
            facts=self._facts(some),
            as_of=self.as_of,
        )

    def _facts(self, some) -> SQL:
        """Return the facts that are summed up; OFFSET 0 has the day of one computed only once."""
        facts, company = self.env["crm.customer.fact"]._all_facts(), self.policy.company_id.id
        counted = SQL(
            """
            SELECT * FROM (%s) fact
             WHERE fact.company_id = %s AND fact.kind IN %s %s
            OFFSET 0
            """,
            facts,
            company,
            self.policy._kinds(),
            some,
        )
        if not (window_kinds := self.policy._window_kinds()):
            return counted
        return SQL(
            """
            (%(counted)s)
             UNION ALL
            SELECT * FROM (%(facts)s) fact
             WHERE fact.company_id = %(company)s AND fact.kind IN %(kinds)s
               AND fact.date >= %(first)s AND fact.date <= %(as_of)s %(some)s
            """,
            counted=counted,
            facts=facts,
            company=company,
            kinds=window_kinds,
            first=self.policy._window().first,
            as_of=self.as_of,
            some=some,
        )

    def _by_customer(self) -> SQL:
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id, %s
              FROM by_contact
              JOIN res_partner partner ON partner.id = by_contact.partner_id
             GROUP BY partner.commercial_partner_id
            """,
            listed(
                SQL(
                    "%s(%s) AS %s",
                    measure.combine,
                    SQL.identifier("by_contact", measure.name),
                    SQL.identifier(measure.name),
                )
                for measure in self.measures
            ),
        )

    def _measured(self, customer_ids) -> SQL:
        """Return the measures of all customers; who has no facts has none left."""
        now = SQL(
            """
            SELECT standing.id AS standing_id,
                   COALESCE(by_customer.partner_id, standing.partner_id) AS partner_id,
                   %s
              FROM %s
            """,
            listed(
                SQL("%s AS %s", self._new(measure), SQL.identifier(measure.name))
                for measure in self.measures
            ),
            self._now_and_before(customer_ids),
        )
        if customer_ids is None:
            return now
        return SQL(
            """
            %(now)s
             UNION ALL
            SELECT standing.id, standing.partner_id, %(stored)s
              FROM crm_customer_standing standing
             WHERE standing.company_id = %(company)s AND standing.partner_id <> ALL(%(customers)s)
            """,
            now=now,
            stored=self._stored_measures(),
            company=self.policy.company_id.id,
            customers=customer_ids,
        )

    def _now_and_before(self, customer_ids) -> SQL:
        """Return what was measured beside what is stored, of some customers or of all."""
        some = SQL()
        if customer_ids is not None:
            some = SQL("AND partner_id = ANY(%s)", customer_ids)
        return SQL(
            """
            by_customer
              FULL JOIN (
                    SELECT * FROM crm_customer_standing WHERE company_id = %s %s
                   ) standing ON standing.partner_id = by_customer.partner_id
            """,
            self.policy.company_id.id,
            some,
        )

    def _stored_measures(self) -> SQL:
        return listed(SQL.identifier("standing", measure.name) for measure in self.measures)

    def _new(self, measure) -> SQL:
        return SQL("COALESCE(%s, %s)", SQL.identifier("by_customer", measure.name), measure.nothing)


def listed(expressions) -> SQL:
    """Return SQL expressions with commas between them."""
    return SQL(", ").join(expressions)
