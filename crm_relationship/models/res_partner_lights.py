from odoo import api, fields, models, tools

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
        channels, (purpose_id, purpose_code) = self._lights_to_show()
        channel_names = self.env["crm.contact.channel"]._names_by_id(self.env.lang or "en_US")
        purpose_names = self.env["crm.contact.purpose"]._names_by_id(self.env.lang or "en_US")
        shown = self.env["crm.contact.channel"].browse(channel_id for channel_id, _code in channels)
        partners = self._origin
        refusals = partners._refusals_of_channels(shown, purpose_code) if channels else {}
        sentences = self._refusal_sentences()
        for partner in self:
            partner.contact_lights = [
                {
                    "channel": code,
                    "name": channel_names[channel_id],
                    "purpose": purpose_names[purpose_id],
                    "allowed": not refusals[partner._origin.id, channel_id],
                    "reason": sentences.get(refusals[partner._origin.id, channel_id], False),
                }
                for channel_id, code in channels
                if partner._origin
            ]

    @api.model
    @tools.ormcache()
    def _lights_to_show(self):
        """Return ids and codes: of the channels, and of the purpose that the lights are for."""
        # sudo: the choices are no secret, and the cache is everybody's
        partners = self.sudo()
        purpose = partners._preference_purposes()[:1]
        channels = partners._preference_channels() if purpose else ()
        return tuple((one.id, one.code) for one in channels), (purpose.id, purpose.code)

    def _prepare_customer_card(self):
        return {**super()._prepare_customer_card(), "lights": self.contact_lights}
