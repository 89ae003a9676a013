from odoo import fields, models


class MailMail(models.Model):
    """A planned e-mail tells its touch when it leaves."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Note when a planned e-mail has left, before core deletes it."""
        if success_pids or success_emails:
            # sudo: who sends e-mails writes no touches by hand
            touches = self.env["crm.touch"].sudo().search([("mail_mail_id", "in", self.ids)])
            touches.date_left = fields.Datetime.now()
        return super()._postprocess_sent_message(
            success_pids,
            success_emails,
            failure_reason=failure_reason,
            failure_type=failure_type,
        )
