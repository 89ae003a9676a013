from odoo import api, models


class MailComposeMessage(models.TransientModel):
    """Let no mass mail out but to those whom the gate lets pass."""

    _name = "mail.compose.message"
    _inherit = ["mail.compose.message", "crm.contact.sender"]

    def _contact_model(self):
        return self.model or ""

    @api.model
    def _purpose_depends(self):
        return ["model"]

    def _process_mail_values_state(self, mail_values_dict):
        """Cancel what the gate refuses, of what core would send."""
        values_by_id = super()._process_mail_values_state(mail_values_dict)
        sent = [
            record_id
            for record_id, values in values_by_id.items()
            if values.get("state") not in ("cancel", "exception")
        ]
        origin = self.env._("E-mail: %(subject)s", subject=self.subject or "")
        refused = self._refused_records(self.env[self.model].browse(sent), "email", origin)
        for record_id in refused:
            values_by_id[record_id].update(
                state="cancel", failure_type="mail_optout", is_notification=False
            )
        return values_by_id
