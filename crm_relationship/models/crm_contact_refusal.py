from odoo import api, fields, models


class CrmContactRefusal(models.Model):
    """A contact that the gate did not let pass, and why; rows are only added."""

    _name = "crm.contact.refusal"
    _description = "Refused Contact"
    _inherit = ["crm.append.only", "crm.customer.dimension"]
    _order = "date desc, id desc"

    partner_id = fields.Many2one(required=True, ondelete="restrict")
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    channel_id = fields.Many2one(
        comodel_name="crm.contact.channel", required=True, readonly=True, ondelete="restrict"
    )
    purpose_id = fields.Many2one(
        comodel_name="crm.contact.purpose", required=True, readonly=True, ondelete="restrict"
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    reason_code = fields.Selection(
        selection="_selection_reason", string="Reason", required=True, readonly=True
    )
    reason = fields.Char(
        string="Reason Told", required=True, readonly=True, help="In the sender's language."
    )
    origin = fields.Char(required=True, readonly=True, help="What wanted to contact him.")
    user_id = fields.Many2one(
        comodel_name="res.users", string="Sender", readonly=True, ondelete="restrict"
    )

    @api.model
    def _selection_reason(self):
        return list(self.env["res.partner"]._refusal_sentences().items())
