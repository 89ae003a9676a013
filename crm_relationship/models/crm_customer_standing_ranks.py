"""The SQL that ranks the measured customers of a company: scores, and classes by share of value."""

from typing import NamedTuple

from odoo.tools import SQL

from .crm_customer_standing_measures import CustomerMeasures, Measure, listed


class ShareClass(NamedTuple):
    """A column with the ABC class of a customer, walking down from the largest value.

    ``value`` is an expression of ``measured`` columns. Who has less than nothing is in the class
    ``negative``, and in ``c`` where that is empty.
    """

    name: str
    value: SQL
    negative: str | None = None

    def column(self, end: str) -> SQL:
        """Return the name of a column that leads to the class."""
        return SQL.identifier(f"{self.name}_{end}")


class StandingRanks(CustomerMeasures):
    """Builds the queries over ``measured`` that say where a customer stands among all."""

    def __init__(self, policy, measures: list[Measure], classes: list[ShareClass]):
        super().__init__(policy, measures)
        self.classes = classes

    def _total(self) -> SQL:
        return SQL(
            """
            SELECT COUNT(*) FILTER (WHERE measured.order_count > 0) AS buyer_count, %s
              FROM measured
            """,
            listed(
                SQL("SUM(GREATEST(%s, 0)) AS %s", share_class.value, share_class.column("total"))
                for share_class in self.classes
            ),
        )

    def _ranked_by(self, measure) -> SQL:
        """Count the buyers at least as good, once for each of the few values of a measure."""
        return SQL(
            """
            SELECT %(measure)s, (SUM(COUNT(*)) OVER (ORDER BY %(measure)s DESC))::bigint AS place
              FROM measured
             WHERE order_count > 0
             GROUP BY %(measure)s
            """,
            measure=SQL.identifier(measure),
        )

    def _ranked(self) -> SQL:
        """Walk from the best customer down: how many buyers and how much value come before.

        A ``place`` is the number of buyers at least as good, equal ones included.
        """
        return SQL(
            """
            SELECT measured.*,
                   COUNT(*) FILTER (WHERE measured.order_count > 0) OVER (
                       ORDER BY measured.revenue DESC
                   ) AS m_place,
                   %s
              FROM measured
            """,
            listed(map(self._walked, self.classes)),
        )

    def _walked(self, share_class) -> SQL:
        return SQL(
            """
            %(value)s AS %(value_column)s,
            COALESCE(SUM(GREATEST(%(value)s, 0)) OVER (
                ORDER BY %(value)s DESC, measured.partner_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS %(before)s
            """,
            value=share_class.value,
            value_column=share_class.column("value"),
            before=share_class.column("before"),
        )

    def _scored(self) -> SQL:
        """Quintiles 1 (least) to 5, equal measures scored alike; 0 for who did not buy."""
        scores = listed(
            SQL(
                "CASE WHEN ranked.order_count > 0"
                " THEN 1 + 5 * (buyer_count - %s) / buyer_count ELSE 0 END AS %s",
                place,
                SQL.identifier(f"{letter}_score"),
            )
            for letter, place in (
                ("r", SQL("r_ranked.place")),
                ("f", SQL("f_ranked.place")),
                ("m", SQL("m_place")),
            )
        )
        return SQL(
            """
            SELECT ranked.*, %(totals)s, %(scores)s, %(classes)s
              FROM ranked
             CROSS JOIN total
              LEFT JOIN r_ranked ON r_ranked.last_date = ranked.last_date
              LEFT JOIN f_ranked ON f_ranked.order_count = ranked.order_count
            """,
            totals=listed(share_class.column("total") for share_class in self.classes),
            scores=scores,
            classes=listed(map(self._classed, self.classes)),
        )

    def _classed(self, share_class) -> SQL:
        negative = SQL()
        if share_class.negative:
            negative = SQL("WHEN %s < 0 THEN %s", share_class.column("value"), share_class.negative)
        return SQL(
            """
            CASE %(negative)s
                 WHEN %(before)s < %(share_a)s * %(total)s THEN 'a'
                 WHEN %(before)s < %(share_b)s * %(total)s THEN 'b'
                 ELSE 'c'
             END AS %(name)s
            """,
            negative=negative,
            before=share_class.column("before"),
            total=share_class.column("total"),
            share_a=self.policy.share_class_a,
            share_b=self.policy.share_class_b,
            name=SQL.identifier(share_class.name),
        )
