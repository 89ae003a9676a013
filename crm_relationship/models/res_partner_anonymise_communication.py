from odoo import models
from odoo.tools import SQL

MESSAGE_TEXTS = (
    "subject",
    "email_from",
    "reply_to",
    "incoming_email_to",
    "incoming_email_cc",
    "outgoing_email_to",
)
ACTIVITY_TEXTS = dict.fromkeys(("summary", "note", "feedback", "res_name"))
MEETING_TEXTS = dict.fromkeys(("description", "notes", "location"))


class ResPartner(models.Model):
    """Remove the person from what was written, planned and filed about a customer."""

    _inherit = "res.partner"

    def _anonymise_messages(self, mode, documents):
        """Empty what was written by him, to him, and about him; dates and authors stay."""
        theirs = [
            SQL("message.model = %s AND message.res_id = ANY(%s)", model, ids)
            if model != "account.move"
            else self._correspondence_on_invoices(ids)
            for model, ids in documents.items()
            if "message_ids" in self.env[model]._fields
        ]
        if mode == "everything":
            theirs.append(SQL("message.author_id = ANY(%s)", self.ids))
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM mail_message message WHERE (%s) AND subtype_id IS DISTINCT FROM %s",
                SQL(" OR ").join(SQL("(%s)", condition) for condition in theirs),
                self.env["ir.model.data"]._xmlid_to_res_id("crm_relationship.mt_anonymised"),
            )
        )
        changed = self._empty_messages([message_id for (message_id,) in rows])
        if mode == "everything":
            changed += self._forget_former_names()
        return changed

    def _correspondence_on_invoices(self, invoice_ids):
        """Choose what was sent to him with invoices; what was done to them is an audit trail."""
        return SQL(
            """
            message.model = 'account.move' AND message.res_id = ANY(%s)
            AND message.message_type <> 'notification'
            AND EXISTS (
                SELECT 1 FROM mail_notification notification
                 WHERE notification.mail_message_id = message.id
                   AND notification.res_partner_id = ANY(%s)
            )
            """,
            invoice_ids,
            self.ids,
        )

    def _empty_messages(self, message_ids):
        self._execute(SQL("DELETE FROM mail_mail WHERE mail_message_id = ANY(%s)", message_ids))
        self._execute(
            SQL("DELETE FROM mail_message_translation WHERE message_id = ANY(%s)", message_ids)
        )
        values = {**dict.fromkeys(MESSAGE_TEXTS), "body": SQL("''")}
        return self._replace("mail.message", message_ids, values) + self._execute(
            SQL("DELETE FROM mail_tracking_value WHERE mail_message_id = ANY(%s)", message_ids)
        )

    def _forget_former_names(self):
        """Empty the names that other documents noted when they came to him or left him."""
        return self._execute(
            SQL(
                """
                UPDATE mail_tracking_value tracking
                   SET old_value_char = CASE WHEN old_value_integer = ANY(%(contacts)s)
                                             THEN NULL ELSE old_value_char END,
                       new_value_char = CASE WHEN new_value_integer = ANY(%(contacts)s)
                                             THEN NULL ELSE new_value_char END
                  FROM ir_model_fields field
                 WHERE field.id = tracking.field_id AND field.relation = 'res.partner'
                   AND (old_value_integer = ANY(%(contacts)s) AND old_value_char IS NOT NULL
                        OR new_value_integer = ANY(%(contacts)s) AND new_value_char IS NOT NULL)
                """,
                contacts=self.ids,
            )
        )

    def _anonymise_activities(self, mode, documents):
        """Empty the notes of activities; what is still planned stays with a kept contact."""
        changed = 0
        for model, ids in documents.items():
            activities = self.env["mail.activity"].search(
                [("res_model", "=", model), ("res_id", "in", ids)]
            )
            if mode != "everything":
                activities = activities.filtered(lambda activity: not activity.active)
            changed += self._replace("mail.activity", activities.ids, ACTIVITY_TEXTS)
        return changed

    def _anonymise_attachments(self, mode, documents):
        """Delete the files of the contacts and their documents; those of invoices stay."""
        Attachment = self.env["ir.attachment"]
        files = Attachment
        for model, ids in documents.items():
            if model != "account.move":
                # A condition on the id has the search find images and signatures too.
                files |= Attachment.search(
                    [("res_model", "=", model), ("res_id", "in", ids), ("id", "!=", False)]
                )
        if mode == "everything":
            written = self.env["mail.message"].search([("author_id", "in", self.ids)])
            files |= written.attachment_ids.filtered(
                lambda attachment: attachment.res_model != "account.move"
            )
        changed = len(files)
        files.unlink()
        return changed

    def _anonymise_meetings(self, mode):
        """Empty the texts of meetings at which he was the only one from outside."""
        if mode != "everything":
            return 0
        rows = self.env.execute_query(
            SQL(
                """
                SELECT his.calendar_event_id
                  FROM calendar_event_res_partner_rel his
                 WHERE his.res_partner_id = ANY(%(contacts)s)
                   AND NOT EXISTS (
                       SELECT 1
                         FROM calendar_event_res_partner_rel other
                         JOIN res_partner partner ON partner.id = other.res_partner_id
                        WHERE other.calendar_event_id = his.calendar_event_id
                          AND other.res_partner_id <> ALL(%(contacts)s)
                          AND partner.partner_share
                   )
                """,
                contacts=self.ids,
            )
        )
        values = {**MEETING_TEXTS, "name": SQL("%s", self.env._("Anonymised"))}
        return self._replace("calendar.event", [event_id for (event_id,) in rows], values)
