from odoo import api, models
from odoo.tools import SQL

from .crm_timeline import TimelineSource

# What people wrote, and activities that they did; not the log of what was changed.
WRITTEN = SQL(
    """
    (mail_message.message_type IN ('comment', 'email', 'email_outgoing', 'sms')
     OR mail_message.mail_activity_type_id IS NOT NULL)
    """
)


class CrmTimeline(models.Model):
    """The messages of a customer: on his own page, written by him, or sent to him.

    Core would look at each message's document; here the rules of the documents are part of the
    statement, and a message is an event only where its document may be read.
    """

    _inherit = "crm.timeline"

    @api.model
    def _message_models(self) -> list[str]:
        """Hook: return the models whose messages from and to customers are shown."""
        return [
            "res.partner",
            "crm.case",
            "crm.lead",
            "sale.order",
            "account.move",
            "calendar.event",
            "stock.picking",
        ]

    @api.model
    def _message_sources(self):
        author, recipient = SQL("mail_message.author_id"), SQL("recipient.res_partner_id")
        return [
            self._message_source(
                number=1,
                partner=SQL("mail_message.res_id"),
                direction=SQL(
                    """
                    CASE WHEN mail_message.author_id = mail_message.res_id THEN 'in'
                         WHEN mail_message.message_type IN ('email_outgoing', 'sms') THEN 'out' END
                    """
                ),
                conditions=(SQL("mail_message.model = 'res.partner'"),),
            ),
            self._message_source(
                number=2,
                partner=author,
                direction=SQL("'in'"),
                conditions=(self._is_elsewhere_than(author),),
            ),
            self._message_source(
                number=3,
                partner=recipient,
                direction=SQL("'out'"),
                conditions=(
                    self._is_elsewhere_than(recipient),
                    SQL("%s IS DISTINCT FROM %s", author, recipient),
                ),
                joins=(
                    (
                        "recipient",
                        SQL("mail_notification"),
                        SQL("recipient.mail_message_id = mail_message.id"),
                    ),
                ),
                row_id=SQL("recipient.id"),
            ),
        ]

    @api.model
    def _message_source(self, number, partner, direction, conditions, joins=(), row_id=None):
        conditions = (WRITTEN, *conditions, self._is_on_readable_document())
        return TimelineSource(
            number=number,
            kind="message",
            model="mail.message",
            joins=joins,
            row_id=row_id,
            record_of=self._document_of_recipient if row_id else self._document_of_message,
            conditions=SQL(" AND ").join(conditions),
            columns={
                "partner_id": partner,
                "date": SQL("mail_message.date"),
                "subject": SQL("NULLIF(mail_message.subject, '')"),
                "message_id": SQL("mail_message.id"),
                "direction": direction,
            },
            checks_itself=True,
        )

    @api.model
    def _is_elsewhere_than(self, partner: SQL) -> SQL:
        """Return that a message is not on this contact's own page, where it is an event already."""
        return SQL(
            "(mail_message.model IS DISTINCT FROM 'res.partner' OR mail_message.res_id <> %s)",
            partner,
        )

    @api.model
    def _is_on_readable_document(self) -> SQL:
        """Return that a message is on a document that the reader may see."""
        readable = [
            self._is_on_readable(model)
            for model in self._message_models()
            if model in self.env and self.env[model].has_access("read")
        ]
        return SQL("(%s)", SQL(" OR ").join(readable or [SQL("FALSE")]))

    @api.model
    def _is_on_readable(self, model) -> SQL:
        self.env[model].flush_model()
        query = self.env[model].with_context(active_test=False)._search([])
        is_of_model = SQL("mail_message.model = %s", model)
        if not query.where_clause:
            return is_of_model
        query.add_where(SQL("%s = mail_message.res_id", SQL.identifier(query.table, "id")))
        return SQL("(%s AND EXISTS (%s))", is_of_model, query.select(SQL("1")))

    @api.model
    def _document_of_message(self, message_id):
        # sudo: only where the document is; whether it may be opened, its own form decides
        message = self.env["mail.message"].sudo().browse(message_id)
        return self.env[message.model or "mail.message"].browse(message.res_id or 0)

    @api.model
    def _document_of_recipient(self, notification_id):
        # sudo: as above
        notification = self.env["mail.notification"].sudo().browse(notification_id)
        return self._document_of_message(notification.mail_message_id.id)
