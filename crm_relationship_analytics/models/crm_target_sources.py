from odoo import api, models
from odoo.tools import SQL

from ..report.crm_customer_fact import CONTRIBUTION_KINDS

# Whose a fact is: its invoice's or order's, and of what is on neither its customer's salesperson.
OWNER = SQL(
    """
    CASE fact.res_model WHEN 'account.move' THEN move.invoice_user_id
                        WHEN 'sale.order' THEN sale.user_id
                        ELSE customer.user_id END AS user_id,
    CASE fact.res_model WHEN 'account.move' THEN move.team_id
                        WHEN 'sale.order' THEN sale.team_id
                        ELSE seller.sale_team_id END AS team_id
    """
)
OWNER_JOINS = SQL(
    """
    JOIN res_partner contact ON contact.id = fact.partner_id
    JOIN res_partner customer ON customer.id = contact.commercial_partner_id
    LEFT JOIN res_users seller ON seller.id = customer.user_id
    LEFT JOIN account_move move ON fact.res_model = 'account.move' AND move.id = fact.res_id
    LEFT JOIN sale_order sale ON fact.res_model = 'sale.order' AND sale.id = fact.res_id
    """
)


class CrmTarget(models.Model):
    """Where the actual values come from, and whose they are.

    Facts know no users, so who sold is read here, from the document that a fact names.
    """

    _inherit = "crm.target"

    @api.model
    def _actual_sources(self, policy) -> dict[str, SQL]:
        """Hook: return ``{metric: SELECT}`` of what one company has reached.

        Columns, in this order: ``id`` (unique in the metric and, where there is one, the kind of
        period), ``partner_id``, ``date`` (of the company), ``period_kind`` (NULL for what counts in
        every period that its date is in; else the kind of those that begin on its date),
        ``user_id``, ``team_id``, ``value``, ``document_name``, ``res_model``, ``res_id``.
        """
        return {
            "revenue": self._fact_actuals(policy, policy._kinds()),
            "contribution": self._fact_actuals(policy, CONTRIBUTION_KINDS),
            "new_customers": self._new_customer_actuals(policy),
            "kept_customers": self._kept_customer_actuals(policy),
            "interactions": self._interaction_actuals(policy),
        }

    @api.model
    def _fact_actuals(self, policy, kinds) -> SQL:
        return SQL(
            """
            SELECT fact.id, customer.id AS partner_id, fact.date, NULL AS period_kind, %(owner)s,
                   fact.amount AS value, fact.document_name, fact.res_model, fact.res_id
              FROM (%(facts)s) fact %(joins)s
             WHERE fact.company_id = %(company)s AND fact.kind IN %(kinds)s
            """,
            owner=OWNER,
            facts=self.env["crm.customer.fact"]._all_facts(),
            joins=OWNER_JOINS,
            company=policy.company_id.id,
            kinds=tuple(kinds),
        )

    @api.model
    def _new_customer_actuals(self, policy) -> SQL:
        """Return the first purchase of each customer, by the documents that the company counts."""
        return SQL(
            """
            SELECT fact.id, customer.id AS partner_id, fact.date, NULL AS period_kind, %(owner)s,
                   1 AS value, fact.document_name, fact.res_model, fact.res_id
              FROM (
                    SELECT DISTINCT ON (buyer.commercial_partner_id) bought.*
                      FROM (%(facts)s) bought
                      JOIN res_partner buyer ON buyer.id = bought.partner_id
                     WHERE bought.company_id = %(company)s AND bought.kind IN %(kinds)s
                     ORDER BY buyer.commercial_partner_id, bought.date, bought.id
                   ) fact %(joins)s
            """,
            owner=OWNER,
            facts=self.env["crm.customer.fact"]._all_facts(),
            joins=OWNER_JOINS,
            company=policy.company_id.id,
            kinds=tuple({"order", "invoice"} & set(policy._kinds())),
        )

    @api.model
    def _kept_customer_actuals(self, policy) -> SQL:
        """Return who had the best grade before a period, and has it at its end or today."""
        return SQL(
            """
            WITH held AS MATERIALIZED (
                SELECT * FROM (
                    SELECT change.partner_id, change.to_grade_id, change.date,
                           LEAD(change.date, 1, 'infinity') OVER (
                               PARTITION BY change.partner_id ORDER BY change.date, change.id
                           ) AS date_end
                      FROM crm_value_grade_change change
                     WHERE change.company_id = %(company)s
                ) history
                 WHERE to_grade_id = %(best)s AND date < date_end
            )
            SELECT customer.id, customer.id AS partner_id, period.date_from AS date,
                   period.period_kind, customer.user_id, seller.sale_team_id AS team_id, 1 AS value,
                   customer.complete_name AS document_name, 'res.partner' AS res_model,
                   customer.id AS res_id
              FROM (
                    SELECT DISTINCT period_kind, date_from, LEAST(date_to, %(as_of)s) AS until
                      FROM crm_target
                     WHERE company_id = %(company)s AND metric = 'kept_customers'
                       AND date_from <= %(as_of)s
                   ) period
              JOIN held before ON before.date < period.date_from
                              AND before.date_end >= period.date_from
              JOIN held since ON since.partner_id = before.partner_id
                             AND since.date <= period.until AND since.date_end > period.until
              JOIN res_partner customer ON customer.id = before.partner_id
              LEFT JOIN res_users seller ON seller.id = customer.user_id
            """,
            company=policy.company_id.id,
            best=policy._grades()[:1].id or None,
            as_of=policy._as_of(),
        )

    @api.model
    def _interaction_actuals(self, policy) -> SQL:
        """Return the contacts; of one that was corrected only the correction."""
        day = self.env["crm.customer.fact"]._day(SQL("contact.date"), SQL("contact.company_id"))
        return SQL(
            """
            SELECT contact.id, contact.partner_id, %(day)s AS date, NULL AS period_kind,
                   contact.user_id, staff.sale_team_id AS team_id, 1 AS value,
                   contact.subject AS document_name, 'crm.interaction' AS res_model,
                   contact.id AS res_id
              FROM crm_interaction contact
              LEFT JOIN res_users staff ON staff.id = contact.user_id
             WHERE contact.company_id = %(company)s AND NOT EXISTS (
                    SELECT FROM crm_interaction correction
                     WHERE correction.corrects_id = contact.id
                   )
            """,
            day=day,
            company=policy.company_id.id,
        )
