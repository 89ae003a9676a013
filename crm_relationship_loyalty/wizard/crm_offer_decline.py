from odoo import fields, models


class CrmOfferDecline(models.TransientModel):
    """Why a customer declines an offer, in a word and in his words."""

    _name = "crm.offer.decline"
    _description = "Refusal of an Offer"

    presentation_id = fields.Many2one(
        comodel_name="crm.offer.presentation", required=True, ondelete="cascade", readonly=True
    )
    reason_id = fields.Many2one(comodel_name="crm.offer.decline.reason", required=True)
    note = fields.Char(string="What the Customer Said")

    def action_decline(self):
        """Note the refusal."""
        self.ensure_one()
        self.presentation_id.decline(self.reason_id.code, self.note)
        return {"type": "ir.actions.act_window_close"}
