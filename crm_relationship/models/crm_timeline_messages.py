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
# How a message leads to a customer: the row that does so, and the number of the way
ON_HIS_PAGE, AS_AUTHOR, AS_RECIPIENT = range(3)
WAYS_AT_MOST = 4
WAYS = SQL(
    """
    SELECT res_id AS partner_id, id AS message_id, id AS row_id, %s AS number
      FROM mail_message WHERE model = 'res.partner'
     UNION ALL
    SELECT author_id, id, id, %s FROM mail_message
     UNION ALL
    SELECT res_partner_id, mail_message_id, id, %s FROM mail_notification
    """,
    ON_HIS_PAGE,
    AS_AUTHOR,
    AS_RECIPIENT,
)
# What is on his own page is that once, and what he wrote was not sent to him as well.
ONCE = SQL(
    """
    (way.number = %s OR mail_message.model IS DISTINCT FROM 'res.partner'
     OR mail_message.res_id <> way.partner_id)
    AND (way.number <> %s OR mail_message.author_id IS DISTINCT FROM way.partner_id)
    """,
    ON_HIS_PAGE,
    AS_RECIPIENT,
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
    def _message_source(self):
        """Return the source of messages; one, since each plans the rules of all documents."""
        return TimelineSource(
            number=1,
            kind="message",
            model="mail.message",
            joins=(("way", SQL("(%s)", WAYS), SQL("way.message_id = mail_message.id")),),
            row_id=SQL("(way.row_id::bigint * %s + way.number)", WAYS_AT_MOST),
            record_of=self._document_of,
            conditions=SQL("%s AND %s AND %s", WRITTEN, ONCE, self._is_on_readable_document()),
            columns={
                "partner_id": SQL("way.partner_id"),
                "date": SQL("mail_message.date"),
                "subject": SQL("NULLIF(mail_message.subject, '')"),
                "message_id": SQL("mail_message.id"),
                "direction": SQL(
                    """
                    CASE WHEN mail_message.author_id = way.partner_id THEN 'in'
                         WHEN way.number = %s
                              OR mail_message.message_type IN ('email_outgoing', 'sms') THEN 'out'
                     END
                    """,
                    AS_RECIPIENT,
                ),
            },
            checks_itself=True,
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
    def _document_of(self, row_id):
        """Return the document of a message; whether it may be opened, its own form decides."""
        row_id, way = divmod(row_id, WAYS_AT_MOST)
        # sudo: only where the document is
        message = self.env["mail.message"].sudo().browse(row_id)
        if way == AS_RECIPIENT:
            message = self.env["mail.notification"].sudo().browse(row_id).mail_message_id
        return self.env[message.model or "mail.message"].browse(message.res_id)
