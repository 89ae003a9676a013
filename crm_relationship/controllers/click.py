from odoo import http
from odoo.http import request

from .signed_link import refuse_wrong_link


class ClickController(http.Controller):
    """Leads from a link in a planned message to its target, and notes the click."""

    @http.route(
        "/contact/click/<int:touch_id>",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        save_session=False,
    )
    def click(self, touch_id, token="", to="", **_query):
        """Note the first click of a customer and lead to the target, which is signed too."""
        # sudo: the signed link is the right to note this one click, also without a login
        Touch = request.env["crm.touch"].sudo()
        is_text = isinstance(token, str) and isinstance(to, str)
        if not is_text or not Touch._is_click_url(touch_id, to, token):
            return refuse_wrong_link()
        if self._is_customer():
            Touch.browse(touch_id)._note_click()
        return request.redirect(to, code=303, local=False)

    def _is_customer(self):
        """Tell whether a person asks: no program that looks ahead, and nobody of the staff."""
        headers = request.httprequest.headers
        is_ahead = "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))
        is_get = request.httprequest.method == "GET"
        return is_get and not is_ahead and not request.env.user._is_internal()
