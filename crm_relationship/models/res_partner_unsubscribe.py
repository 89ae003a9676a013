from urllib.parse import quote, urlencode

from odoo import api, models, tools

UNSUBSCRIBE_SCOPE = "crm_relationship.unsubscribe"


class ResPartner(models.Model):
    """Withdrawing a consent from a message, without a login."""

    _inherit = "res.partner"

    def _unsubscribe_url(self, channel, purpose, one_click=False):
        """Return the address by which whoever has the message withdraws the consent.

        It never expires. It is for the current company, and leads to a page with a button;
        ``one_click``: the address for a mail program, that goes into the header
        ``List-Unsubscribe`` beside ``List-Unsubscribe-Post: List-Unsubscribe=One-Click``.

        :param channel: a record of ``crm.contact.channel``
        :param purpose: a record of ``crm.contact.purpose`` that does not belong to an order
        """
        self.ensure_one()
        company = str(self.env.company.id)
        token = self._unsubscribe_token(self.id, channel.code, purpose.code, company)
        place = "one-click/" if one_click else ""
        path = "/".join(quote(str(part), safe="") for part in (self.id, channel.code, purpose.code))
        query = urlencode({"token": token})
        return f"{self.get_base_url()}/contact/unsubscribe/{place}{path}?{query}"

    @api.model
    def _unsubscribe_token(self, partner_id, channel_code, purpose_code, company_id):
        """Return the company's id, which the address does not hold, and the signature."""
        signed = (int(partner_id), channel_code, purpose_code, company_id)
        # sudo: the key of the database, which nobody may read
        signature = tools.hmac(self.sudo().env, UNSUBSCRIBE_SCOPE, signed)
        return f"{company_id}-{signature}"

    @api.model
    def _is_unsubscribe_url(self, partner_id, channel_code, purpose_code, token):
        """Tell whether the address is one that was sent; nothing is looked up."""
        company_id = token.partition("-")[0]
        expected = self._unsubscribe_token(partner_id, channel_code, purpose_code, company_id)
        return tools.consteq(expected.encode(), token.encode(errors="replace"))

    @api.model
    def _unsubscribing(self, partner_id, channel_code, purpose_code, token):
        """Return who withdraws, the channel and the purpose; None when one of them is gone.

        Only for an address whose signature is right. Who was merged withdraws as the contact that
        he was merged into.
        """
        company_id = token.partition("-")[0]
        company = self.env["res.company"].browse(int(company_id)).exists()
        partner = self.with_company(company)._living_contact(partner_id)
        channel = self._named_by_code("crm.contact.channel", channel_code)
        purpose = self._named_by_code("crm.contact.purpose", purpose_code)
        if not company or not partner or not channel or not purpose or purpose.is_transactional:
            return None
        return partner, channel, purpose

    @api.model
    def _living_contact(self, partner_id):
        """Return the contact that has the id now, or into which the one that had it was merged."""
        partner = self.browse(partner_id).exists()
        if partner:
            return partner
        Merge = self.env["crm.partner.merge"]
        return Merge.search([("merged_id", "=", partner_id)], limit=1).survivor_id

    @api.model
    def _named_by_code(self, model, code):
        return self.env[model].with_context(active_test=False).search([("code", "=", code)])

    def _unsubscribe(self, channel, purpose):
        """Withdraw once; return whether that changed anything."""
        if self._has_unsubscribed(channel, purpose):
            return False
        self._note_consents([(channel.id, purpose.id)], "withdrawn", "unsubscribe")
        return True

    def _has_unsubscribed(self, channel, purpose):
        return self._consent_states().get((channel.id, purpose.id)) in ("denied", "withdrawn")
