from odoo import http
from odoo.http import Response, request

from .signed_link import refuse_wrong_link

PLACE = "/<int:partner_id>/<string:channel_code>/<string:purpose_code>"
PAGE = f"/contact/unsubscribe{PLACE}"
ONE_CLICK = f"/contact/unsubscribe/one-click{PLACE}"
OPEN_TO_ALL = {"type": "http", "auth": "public", "website": True, "sitemap": False}


class UnsubscribeController(http.Controller):
    """Withdraws a consent for whoever has a message's link; a link that is not ours is a 404."""

    @http.route(PAGE, methods=["GET"], readonly=True, **OPEN_TO_ALL)
    def unsubscribe_page(self, partner_id, channel_code, purpose_code, token="", **_query):
        """Return a page with a button: programs that look at links withdraw nothing."""
        found = self._who(partner_id, channel_code, purpose_code, token)
        if not found:
            return refuse_wrong_link()
        partner, channel, purpose = found
        is_done = partner._has_unsubscribed(channel, purpose)
        return self._show(partner, channel, purpose, "before" if is_done else "ask")

    @http.route(PAGE, methods=["POST"], **OPEN_TO_ALL)
    def unsubscribe(self, partner_id, channel_code, purpose_code, token="", **form):
        """Withdraw the consent, or all of them, and say what was done."""
        found = self._who(partner_id, channel_code, purpose_code, token)
        if not found:
            return refuse_wrong_link()
        partner, channel, purpose = found
        if form.get("everything"):
            partner._withdraw_everything("unsubscribe")
            return self._show(partner, channel, purpose, "everything")
        is_changed = partner._unsubscribe(channel, purpose)
        return self._show(partner, channel, purpose, "now" if is_changed else "before")

    # without a CSRF token: a mail program sends it, on behalf of whoever has the signed link
    @http.route(ONE_CLICK, methods=["POST"], csrf=False, save_session=False, **OPEN_TO_ALL)
    def unsubscribe_in_one_click(self, partner_id, channel_code, purpose_code, token="", **_form):
        """Withdraw the consent for a mail program (RFC 8058); the answer is empty."""
        found = self._who(partner_id, channel_code, purpose_code, token)
        if not found:
            return refuse_wrong_link()
        partner, channel, purpose = found
        partner._unsubscribe(channel, purpose)
        return Response(status=200)

    def _who(self, partner_id, channel_code, purpose_code, token):
        """Return who withdraws, the channel and the purpose; None for a link that is not ours."""
        # sudo: the signed link is the right to this one withdrawal, also without a login
        Partner = request.env["res.partner"].sudo()
        address = partner_id, channel_code, purpose_code, token
        if not isinstance(token, str) or not Partner._is_unsubscribe_url(*address):
            return None
        found = Partner._unsubscribing(*address)
        if not found:
            raise request.not_found()
        return found

    def _show(self, partner, channel, purpose, outcome):
        values = {
            "company": partner.env.company,
            "channel": channel,
            "purpose": purpose,
            "outcome": outcome,
        }
        return request.render("crm_relationship.unsubscribe_page", values)
