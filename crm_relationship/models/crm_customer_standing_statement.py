"""The one SQL statement that measures, ranks, grades and writes the customers of a company."""

from typing import NamedTuple

from odoo.tools import SQL

from .crm_customer_standing_measures import Measure, listed
from .crm_customer_standing_ranks import ShareClass, StandingRanks

SCORE_COLUMNS = ("r_score", "f_score", "m_score", "rfm_score")
GRADE_COLUMNS = (
    "rule_grade_id",
    "value_grade_id",
    "manual_grade_id",
    "manual_until",
    "manual_reason",
)


class ExceptionalGrade(NamedTuple):
    """A grade that a customer has whatever the cut-offs say.

    ``condition`` is an expression of ``scored`` columns, ``reason`` the sentence that says why.
    """

    condition: SQL
    grade_id: int
    reason: str


class StandingStatement(StandingRanks):
    """Builds the statement for a policy.

    Measures come from the facts of all customers, or of some while the others keep what is stored.
    Ranks and grades are always those among all customers of the company, so that both ways end the
    same. Only rows in which a column differs are written.

    A day is found out of a moment once for each fact, and the rows that are sorted are kept narrow:
    that is where the time goes.
    """

    def __init__(
        self,
        policy,
        measures: list[Measure],
        classes: list[ShareClass],
        labels: dict[str, SQL],
    ):
        """Take what is measured, the classes (customers are graded by the first), and labels."""
        super().__init__(policy, measures, classes)
        self.labels = labels
        self.graded = classes[0]
        self.columns = (
            *(measure.name for measure in measures),
            *SCORE_COLUMNS,
            *(share_class.name for share_class in classes),
            *labels,
            *GRADE_COLUMNS,
        )
        self.cut_offs = policy._cut_offs()
        self.exceptions = self._with_company_language(policy)._exceptional_grades()

    def sql(self, customer_ids=None) -> SQL:
        """Return the statement; its one row counts the inserted, the updated, and the changes."""
        return SQL(
            """
            WITH by_contact AS (%(by_contact)s),
                 by_customer AS (%(by_customer)s),
                 measured AS MATERIALIZED (%(measured)s),
                 total AS (%(total)s),
                 r_ranked AS (%(r_ranked)s),
                 f_ranked AS (%(f_ranked)s),
                 ranked AS (%(ranked)s),
                 scored AS (%(scored)s),
                 ruled AS (%(ruled)s),
                 graded AS (%(graded)s),
                 different AS MATERIALIZED (%(different)s),
                 updated AS (%(update)s RETURNING 1),
                 inserted AS (%(insert)s RETURNING 1),
                 changed AS (%(record)s RETURNING 1)
            SELECT (SELECT COUNT(*) FROM inserted), (SELECT COUNT(*) FROM updated),
                   (SELECT COUNT(*) FROM changed)
            """,
            by_contact=self._by_contact(customer_ids),
            by_customer=self._by_customer(),
            measured=self._measured(customer_ids),
            total=self._total(),
            r_ranked=self._ranked_by("last_date"),
            f_ranked=self._ranked_by("order_count"),
            ranked=self._ranked(),
            scored=self._scored(),
            ruled=self._ruled(),
            graded=self._graded(),
            different=self._different(),
            update=self._update(),
            insert=self._insert(),
            record=self._record(),
        )

    def _ruled(self) -> SQL:
        """Grade by the cut-offs, as :func:`logic.value_grade.grade_of` does.

        ``old_`` columns are those that are stored; they come in only after the sorts.
        """
        return SQL(
            """
            SELECT scored.*, stored.*, %(labels)s
                   r_score + f_score + m_score AS rfm_score,
                   CASE WHEN old_manual_grade_id IS NOT NULL
                         AND (old_manual_until IS NULL OR old_manual_until >= %(as_of)s)
                        THEN old_manual_grade_id
                    END AS manual_grade_id,
                   %(grade)s AS rule_grade_id
              FROM scored
              LEFT JOIN (
                    SELECT id AS stored_id, %(old)s FROM crm_customer_standing
                   ) stored ON stored.stored_id = scored.standing_id
            """,
            as_of=self.as_of,
            grade=self._grade(),
            labels=SQL().join(
                SQL("%s AS %s,", label, SQL.identifier(name)) for name, label in self.labels.items()
            ),
            old=listed(
                SQL("%s AS %s", SQL.identifier(name), SQL.identifier(f"old_{name}"))
                for name in self.columns
            ),
        )

    def _grade(self) -> SQL:
        if not self.cut_offs and not self.exceptions:
            return SQL("NULL::integer")
        held = SQL(
            "(CASE old_rule_grade_id %s ELSE %s END)",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", cut_off.key, rank)
                for rank, cut_off in enumerate(self.cut_offs)
            ),
            len(self.cut_offs),
        )
        exceptions = (SQL("WHEN %s THEN %s", *one[:2]) for one in self.exceptions)
        steps = (
            SQL(
                "WHEN %s THEN %s",
                self._reaches(
                    SQL(
                        "(CASE WHEN %s <= %s THEN %s ELSE %s END)",
                        held,
                        rank,
                        cut_off.keep,
                        cut_off.enter,
                    )
                    if cut_off.keep != cut_off.enter
                    else SQL("%s", cut_off.enter)
                ),
                cut_off.key,
            )
            for rank, cut_off in enumerate(self.cut_offs)
        )
        return SQL("CASE %s END", SQL(" ").join([*exceptions, *steps]))

    def _reaches(self, bound: SQL) -> SQL:
        if self.policy.method == "cumulative_share":
            return SQL(
                "(%(before)s < %(bound)s * %(total)s OR %(bound)s >= 1)",
                before=self.graded.column("before"),
                total=self.graded.column("total"),
                bound=bound,
            )
        measure = (
            self.graded.column("value")
            if self.policy.method == "fixed_bounds"
            else SQL("r_score + f_score + m_score")
        )
        return SQL("%s >= %s", measure, bound)

    def _graded(self) -> SQL:
        return SQL(
            """
            SELECT ruled.*,
                   COALESCE(manual_grade_id, rule_grade_id) AS value_grade_id,
                   CASE WHEN manual_grade_id IS NOT NULL THEN old_manual_until END AS manual_until,
                   CASE WHEN manual_grade_id IS NOT NULL THEN old_manual_reason END AS manual_reason
              FROM ruled
            """
        )

    def _different(self) -> SQL:
        return SQL(
            """
            SELECT * FROM graded
             WHERE standing_id IS NULL OR (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            old=listed(SQL.identifier(f"old_{name}") for name in self.columns),
            new=listed(map(SQL.identifier, self.columns)),
        )

    def _update(self) -> SQL:
        return SQL(
            """
            UPDATE crm_customer_standing standing
               SET %(assignments)s, graded_on = %(as_of)s
              FROM different
             WHERE standing.id = different.standing_id
            """,
            assignments=listed(
                SQL("%s = %s", SQL.identifier(name), SQL.identifier("different", name))
                for name in self.columns
            ),
            as_of=self.as_of,
        )

    def _insert(self) -> SQL:
        return SQL(
            """
            INSERT INTO crm_customer_standing (partner_id, company_id, graded_on, %(columns)s)
            SELECT partner_id, %(company)s, %(as_of)s, %(columns)s
              FROM different
             WHERE standing_id IS NULL
             ORDER BY partner_id
                ON CONFLICT (company_id, partner_id) DO NOTHING
            """,
            columns=listed(map(SQL.identifier, self.columns)),
            company=self.policy.company_id.id,
            as_of=self.as_of,
        )

    def _record(self) -> SQL:
        return SQL(
            """
            INSERT INTO crm_value_grade_change (
                partner_id, company_id, from_grade_id, to_grade_id, date, method, reason
            )
            SELECT partner_id, %(company)s, old_value_grade_id, value_grade_id, %(as_of)s,
                   %(method)s, %(reason)s
              FROM different
             WHERE old_value_grade_id IS DISTINCT FROM value_grade_id
             ORDER BY partner_id
            """,
            company=self.policy.company_id.id,
            as_of=self.as_of,
            method=self.policy.method,
            reason=self._reason(),
        )

    def _with_company_language(self, policy):
        return policy.with_context(lang=policy.company_id.partner_id.lang)

    def _reason(self) -> SQL:
        """Return the sentence that explains a change, in the company's language.

        It names no amount, as also those read it who must not see any.
        """
        env = self._with_company_language(self.policy).env
        by_rule = {
            "cumulative_share": (
                env._("Better customers bring {measure} percent of the value."),
                SQL(
                    "ROUND(100 * %s / NULLIF(%s, 0), 1)",
                    self.graded.column("before"),
                    self.graded.column("total"),
                ),
            ),
            "fixed_bounds": (env._("The value in the window has passed a bound."), SQL("NULL")),
            "rfm": (env._("The RFM score is {measure}."), SQL("rfm_score")),
        }
        text, measure = by_rule[self.policy.method]
        return SQL(
            """
            CASE WHEN old_manual_grade_id IS NOT NULL AND manual_grade_id IS NULL
                 THEN %s %s
                 ELSE REPLACE(%s, '{measure}', COALESCE((%s)::varchar, '100')) END
            """,
            env._("The grade by hand has ended."),
            SQL(" ").join(
                SQL("WHEN %s AND value_grade_id = %s THEN %s", *one) for one in self.exceptions
            ),
            text,
            measure,
        )
