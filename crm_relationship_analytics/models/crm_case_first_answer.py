from odoo import api, models
from odoo.tools import SQL


class CrmCase(models.Model):
    """How long a customer waits for the first answer to his case."""

    _inherit = "crm.case"

    @api.model
    def _hours_to_first_answer(self, company, since, until):
        """Return the average hours from opening to first answer, 0.0 where nothing was answered.

        Of the cases of a company that were answered for the first time from the moment ``since``
        until just before ``until``. An answer is a message of our staff on the case that is no
        internal note, or a contact out that was logged on it. Hours are those of the clock, nights
        and weekends among them, as the customer waits them.
        """
        self.env.flush_all()
        [(hours,)] = self.env.execute_query(
            SQL(
                """
                SELECT AVG(EXTRACT(EPOCH FROM first.moment - answered.opened_date) / 3600)
                  FROM (
                        SELECT answer.case_id, MIN(answer.moment) AS moment
                          FROM (%(answers)s) answer (case_id, moment)
                          JOIN crm_case opened ON opened.id = answer.case_id
                                              AND opened.opened_date <= answer.moment
                         WHERE opened.company_id = %(company)s
                         GROUP BY answer.case_id
                       ) first
                  JOIN crm_case answered ON answered.id = first.case_id
                 WHERE first.moment >= %(since)s AND first.moment < %(until)s
                """,
                answers=self._answers(),
                company=company.id,
                since=since,
                until=until,
            )
        )
        return float(hours or 0)

    @api.model
    def _answers(self) -> SQL:
        """Hook: return the SELECT of ``case_id, moment`` of all answers to cases."""
        return SQL(
            """
            SELECT message.res_id, message.date
              FROM mail_message message
              JOIN res_users staff ON staff.partner_id = message.author_id AND NOT staff.share
             WHERE message.model = 'crm.case' AND message.subtype_id = %(comment)s
               AND message.message_type IN ('comment', 'email', 'email_outgoing')
               AND message.is_internal IS NOT TRUE
             UNION ALL
            SELECT case_id, date FROM crm_interaction
             WHERE case_id IS NOT NULL AND direction = 'out'
            """,
            comment=self.env.ref("mail.mt_comment").id,
        )
