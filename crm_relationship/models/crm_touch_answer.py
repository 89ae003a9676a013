import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

ANSWERS_WITHIN = timedelta(days=90)
_logger = logging.getLogger(__name__)


class CrmTouch(models.Model):
    """What counts as an answer to a touch, and closes it."""

    _inherit = "crm.touch"

    @api.model
    def _close_answered(self):
        """Close what was answered since it was sent, by the first answer."""
        self._close_calls()
        self.env.flush_all()
        sources = SQL(" UNION ALL ").join(self._answer_sources())
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_touch touch
                   SET state = 'answered', answer = first.answer, date_answered = first.moment
                  FROM (SELECT DISTINCT ON (found.touch_id) found.touch_id, found.answer,
                               found.moment
                          FROM (%s) found (touch_id, answer, moment)
                         ORDER BY found.touch_id, found.moment, found.answer) first
                 WHERE touch.id = first.touch_id AND touch.state = 'sent'
                """,
                sources,
            )
        )
        self.invalidate_model()

    @api.model
    def _answer_sources(self):
        """Hook: return SELECTs of touch, kind of answer and its moment."""
        return [self._replies(), self._contacts(), self._orders(), self._clicks()]

    @api.model
    def _waiting_sql(self) -> SQL:
        """Return the condition of touches that still can be answered."""
        since = fields.Datetime.now() - ANSWERS_WITHIN
        return SQL("touch.state = 'sent' AND touch.date_done >= %s", since)

    @api.model
    def _replies(self) -> SQL:
        return SQL(
            """
            SELECT touch.id, 'reply', message.date
              FROM crm_touch touch
              JOIN mail_message message
                ON message.author_id = touch.partner_id AND message.date > touch.date_done
             WHERE message.message_type IN ('email', 'comment') AND %s
            """,
            self._waiting_sql(),
        )

    @api.model
    def _contacts(self) -> SQL:
        return SQL(
            """
            SELECT touch.id, 'contact', entry.date
              FROM crm_touch touch
              JOIN crm_interaction entry
                ON entry.partner_id = touch.partner_id AND entry.date > touch.date_done
             WHERE entry.direction = 'in' AND entry.company_id = touch.company_id AND %s
            """,
            self._waiting_sql(),
        )

    @api.model
    def _orders(self) -> SQL:
        return SQL(
            """
            SELECT touch.id, 'order', sale.date_order
              FROM crm_touch touch
              JOIN res_partner person ON person.id = touch.partner_id
              JOIN res_partner buyer ON buyer.commercial_partner_id = person.commercial_partner_id
              JOIN sale_order sale
                ON sale.partner_id = buyer.id AND sale.date_order > touch.date_done
             WHERE sale.state = 'sale' AND sale.company_id = touch.company_id AND %s
            """,
            self._waiting_sql(),
        )

    @api.model
    def _clicks(self) -> SQL:
        return SQL(
            """
            SELECT touch.id, 'click', touch.date_clicked
              FROM crm_touch touch
              LEFT JOIN crm_touch_step step ON step.id = touch.step_id
              LEFT JOIN crm_occasion occasion ON occasion.id = touch.occasion_id
             WHERE touch.date_clicked IS NOT NULL
               AND COALESCE(step.is_click_answer, occasion.is_click_answer) AND %s
            """,
            self._waiting_sql(),
        )

    @api.model
    def _close_calls(self):
        """Log the calls that were made; one with a feedback was answered."""
        domain = [("state", "=", "sent"), ("activity_id", "!=", False)]
        touches = self.with_context(active_test=False).search(domain)
        made = touches.filtered(lambda touch: not touch.activity_id.active)
        for touch in made:
            touch._close_call_or_report()

    def _close_call_or_report(self):
        """Close a call; one that cannot be logged does not stop the others."""
        try:
            with self.env.cr.savepoint():
                self._close_call()
        except UserError:
            _logger.warning("The call of touch %s could not be logged", self.id, exc_info=True)

    def _close_call(self):
        call = self.activity_id
        moment = min(call.write_date, fields.Datetime.now())
        values = {"activity_id": False}
        if call.feedback:
            values |= {"state": "answered", "answer": "call", "date_answered": moment}
        entry = self._prepare_interaction(date=moment, user_id=call.user_id.id, note=call.feedback)
        self.env["crm.interaction"].create(entry)
        self.write(values)
