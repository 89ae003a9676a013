"""What the customers of a company bought, read in one statement, and what is to be expected."""

from array import array
from datetime import date, timedelta
from operator import itemgetter
from typing import NamedTuple

from odoo.tools import SQL, groupby

from ..logic.forecast import (
    BackTest,
    Bought,
    Estimates,
    back_test,
    customer_as_of,
    estimate,
)
from ..logic.lifetime_value import Customer
from ..logic.rhythm import Rhythm, Rules, rhythm, usual_gap

FETCHED_TOGETHER = 10_000


class Margins(NamedTuple):
    """What part of revenue is left after all costs: of each customer, and of all together."""

    by_customer: dict[int, float]
    of_all: float
    is_cost_known: bool

    def of(self, customer_id: int) -> float:
        """Return a customer's margin, that of all where he has none of his own."""
        return self.by_customer.get(customer_id, self.of_all)


class OutlookRun:
    """Forecasts the customers of a company as of its policy's day; nothing is written here."""

    def __init__(self, policy):
        self.policy = policy
        self.env = policy.env
        self.as_of = policy._as_of()
        self.held_out = policy.outlook_held_out_days
        self.today = self.as_of.toordinal()
        self.customer_ids: list[int] = []
        self.bought: list[Bought] = []

    def read_purchases(self):
        """Read the days on which each customer bought, and what he spent."""
        self.env.cr.execute(self._purchases_sql())
        while rows := self.env.cr.fetchmany(FETCHED_TOGETHER):
            for row in rows:
                self._add(*row)
        self._join_contacts()

    def _add(self, customer_id, days, spent, spent_before):
        self.customer_ids.append(customer_id)
        self.bought.append(Bought(array("l", days or ()), spent or 0.0, spent_before or 0.0))

    def _join_contacts(self):
        """Make one customer of his contacts; each day counts once. Who never bought is left out."""
        joined_ids, joined = [], []
        pairs = zip(self.customer_ids, self.bought, strict=True)
        for customer_id, rows in groupby(pairs, key=itemgetter(0)):
            of_contacts = [bought for _customer_id, bought in rows]
            days = sorted({day for bought in of_contacts for day in bought.days})
            if days:
                joined_ids.append(customer_id)
                joined.append(
                    Bought(
                        array("l", days),
                        sum(bought.spent for bought in of_contacts),
                        sum(bought.spent_before for bought in of_contacts),
                    )
                )
        self.customer_ids, self.bought = joined_ids, joined

    def _purchases_sql(self) -> SQL:
        """Return the query of ``customer, days, spent, spent before the back-test`` by contact."""
        return SQL(
            """
            SELECT partner.commercial_partner_id, by_contact.days,
                   by_contact.spent, by_contact.spent_before
              FROM (
                    SELECT fact.partner_id,
                           ARRAY_AGG(fact.date - DATE '0001-01-01' + 1)
                           FILTER (WHERE fact.kind IN %(bought)s) AS days,
                           SUM(fact.amount)::float8 AS spent,
                           (SUM(fact.amount) FILTER (WHERE fact.date <= %(cut)s))::float8
                           AS spent_before
                      FROM (
                            SELECT * FROM (%(facts)s) fact
                             WHERE fact.company_id = %(company)s AND fact.kind IN %(kinds)s
                            OFFSET 0
                           ) fact
                     WHERE fact.date <= %(as_of)s
                     GROUP BY fact.partner_id
                   ) by_contact
              JOIN res_partner partner ON partner.id = by_contact.partner_id
             ORDER BY partner.commercial_partner_id, partner.id
            """,
            bought=self.policy._bought_kinds(),
            cut=self.as_of - timedelta(days=self.held_out),
            facts=self.env["crm.customer.fact"]._all_facts(),
            company=self.policy.company_id.id,
            kinds=self.policy._kinds(),
            as_of=self.as_of,
        )

    def margins(self) -> Margins:
        """Return the margins by the standings of the window."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, contribution::float8, net_revenue::float8
                  FROM crm_customer_standing
                 WHERE company_id = %s AND net_revenue > 0
                """,
                self.policy.company_id.id,
            )
        )
        revenue = sum(net_revenue for _id, _contribution, net_revenue in rows)
        contribution = sum(left or 0.0 for _id, left, _net_revenue in rows)
        if not rows or contribution == revenue:
            return Margins({}, 1.0, False)
        by_customer = {
            customer_id: _share(left or 0.0, net_revenue) for customer_id, left, net_revenue in rows
        }
        return Margins(by_customer, _share(contribution, revenue), True)

    def customers(self) -> list[Customer]:
        """Return what is known of each customer as of the day."""
        return [customer_as_of(bought, self.today, bought.spent) for bought in self.bought]

    def estimates(self, customers: list[Customer]) -> Estimates:
        """Return the way to forecast that is possible with these customers."""
        days = [bought.days for bought in self.bought]
        return estimate(customers, days, self.today, self.policy._outlook_needs())

    def back_test(self) -> BackTest | None:
        """Return how far the last days' forecasts were off, None where none are held out."""
        if not self.held_out:
            return None
        return back_test(self.bought, self.today, self.held_out, self.policy._outlook_needs())

    def rules(self) -> Rules:
        """Return when a customer is late, with the gap of the customer in the middle."""
        policy = self.policy
        least = policy.outlook_least_purchases
        days = (bought.days for bought in self.bought)
        return Rules(
            policy.outlook_risk_gaps,
            policy.outlook_lapse_gaps,
            least,
            usual_gap(days, least, policy.outlook_first_gap_days),
        )

    def rhythms(self, rules: Rules) -> list[Rhythm]:
        """Return where each customer stands."""
        return [rhythm(bought.days, self.today, rules) for bought in self.bought]


def _share(part: float, whole: float) -> float:
    return max(-1.0, min(1.0, part / whole))


def day(number: int) -> date:
    """Return the date of a number of days."""
    return date.fromordinal(number)
