from odoo import fields, models


class CrmReferralRefusal(models.TransientModel):
    """A manager refuses referrals and says why."""

    _name = "crm.referral.refusal"
    _description = "Refuse Referrals"

    referral_ids = fields.Many2many(comodel_name="crm.referral", string="Referrals", required=True)
    note = fields.Char(string="Reason", required=True)

    def action_refuse(self):
        """Refuse the referrals for good; rewards that were given are taken back."""
        self.ensure_one()
        self.referral_ids._refuse(self.note)
        return {"type": "ir.actions.act_window_close"}
