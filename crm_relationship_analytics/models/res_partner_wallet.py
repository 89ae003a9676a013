from odoo import fields, models

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import RELATIONSHIP_GROUP

ESTIMATE_EXPORT = ("date", "category_id", "amount", "source", "confidence", "note")


class ResPartner(models.Model):
    """What a customer is thought to spend, on his form and among his personal data."""

    _inherit = "res.partner"

    wallet_estimate_ids = fields.One2many(
        comodel_name="crm.wallet.estimate",
        inverse_name="partner_id",
        string="Wallet Estimates",
        copy=False,
        groups=RELATIONSHIP_GROUP,
    )

    def action_view_wallet(self):
        """Open how much of what the customer's firm spends is spent with us."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_wallet_share_action"
        )
        customer = self.commercial_partner_id
        return action | {
            "domain": [("partner_id", "=", customer.id)],
            "context": {"default_partner_id": customer.id},
        }

    def _personal_data_models(self):
        return [
            *super()._personal_data_models(),
            PersonalData(
                "crm.wallet.estimate",
                exported=ESTIMATE_EXPORT,
                removal="replace",
                replaced={"note": None},
            ),
        ]
