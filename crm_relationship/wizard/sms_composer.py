from odoo import api, models


class SmsComposer(models.TransientModel):
    """Let no mass SMS out but to those whom the gate lets pass."""

    _name = "sms.composer"
    _inherit = ["sms.composer", "crm.contact.sender"]

    def _contact_model(self):
        return self.res_model or ""

    @api.model
    def _purpose_depends(self):
        return ["res_model"]

    def _get_optout_record_ids(self, records, recipients_info):
        """Add those whom the gate refuses, of whom a message could reach."""
        opted_out = super()._get_optout_record_ids(records, recipients_info)
        reached = records.filtered(
            lambda one: recipients_info[one.id]["sanitized"] and one.id not in opted_out
        )
        text = (self.body or "").strip()
        origin = self.env._("SMS: %(text)s", text=f"{text[:60]}…" if len(text) > 60 else text)
        return [*opted_out, *self._refused_records(reached, "sms", origin)]
