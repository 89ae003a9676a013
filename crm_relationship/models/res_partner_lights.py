from odoo import api, fields, models

from .res_partner import CONTACT_POINT_GROUP


class ResPartner(models.Model):
    """Shows at a glance on which channels a customer may be contacted now."""

    _inherit = "res.partner"

    contact_lights = fields.Json(
        string="May Be Contacted", compute="_compute_contact_lights", groups=CONTACT_POINT_GROUP
    )

    @api.depends("email", "phone", "contact_cap", "no_contact_until", "consent_ids")
    @api.depends_context("company", "lang")
    def _compute_contact_lights(self):
        purpose = self._preference_purposes()[:1]
        channels = purpose and self._preference_channels()
        permissions = [
            (channel, self._origin._permission_by_id(channel, purpose)) for channel in channels
        ]
        for partner in self:
            partner.contact_lights = [
                {
                    "channel": channel.code,
                    "name": channel.display_name,
                    "purpose": purpose.display_name,
                    "allowed": by_id[partner._origin.id]["allowed"],
                    "reason": by_id[partner._origin.id]["reason"],
                }
                for channel, by_id in permissions
                if partner._origin
            ]

    def _permission_by_id(self, channel, purpose):
        rows = self.contact_permission(channel.code, purpose.code)
        return {row["partner_id"]: row for row in rows}

    def _prepare_customer_card(self):
        return {**super()._prepare_customer_card(), "lights": self.contact_lights}
