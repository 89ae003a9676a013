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
    touch_id = fields.Many2one(
        comodel_name="crm.touch",
        readonly=True,
        ondelete="set null",
        help="Logged once for each reason, however often it is tried again.",
    )

    _once_a_touch = models.UniqueIndex(
        "(touch_id, reason_code) WHERE touch_id IS NOT NULL",
        "That this was refused, and why, is known already.",
    )

    @api.model
    def _log(self, rows, channel_code, purpose_code, origin):
        """Log refusals of the company; each row has at least a ``partner_id``, ``reason_code``."""
        sentences = self.env["res.partner"]._refusal_sentences()
        shared = {
            "company_id": self.env.company.id,
            "channel_id": self.env["crm.contact.channel"]._by_code(channel_code).id,
            "purpose_id": self.env["crm.contact.purpose"]._by_code(purpose_code).id,
            "origin": origin,
            "user_id": self.env.uid,
        }
        return self.create(
            [{**shared, "reason": sentences[row["reason_code"]], **row} for row in rows]
        )

    @api.model
    def _selection_reason(self):
        return list(self.env["res.partner"]._refusal_sentences().items())
