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

    def _prepare_mass_sms_values(self, records):
        """Cancel what the gate refuses, of what core would send."""
        values_by_id = super()._prepare_mass_sms_values(records)
        sent = records.filtered(lambda record: values_by_id[record.id]["state"] == "outgoing")
        text = (self.body or "").strip()
        origin = self.env._("SMS: %(text)s", text=f"{text[:60]}…" if len(text) > 60 else text)
        for record_id in self._refused_records(sent, "sms", origin):
            values_by_id[record_id].update(state="canceled", failure_type="sms_optout")
        return values_by_id
