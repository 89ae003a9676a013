from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.res_partner_consent_page import WORDING_VERSION

PAGE = "/my/contact-preferences"


class ContactPreferences(CustomerPortal):
    """The page on which a customer sees and changes how he may be contacted."""

    @http.route(PAGE, type="http", auth="user", website=True, methods=["GET"], readonly=True)
    def contact_preferences(self, **_query):
        """Return the page."""
        return self._show_contact_preferences()

    @http.route(PAGE, type="http", auth="user", website=True, methods=["POST"])
    def save_contact_preferences(self, **_form):
        """Note what the customer changed, and return the page with the result in words."""
        form = request.httprequest.form
        if form.get("action") == "withdraw":
            self._customer()._withdraw_everything("portal", WORDING_VERSION)
            return self._show_contact_preferences(is_saved=True)
        shown = set(form.get("shown", "").split(","))
        fault = self._customer()._save_contact_preferences(set(form), shown)
        return self._show_contact_preferences(fault=fault, is_saved=not fault)

    def _show_contact_preferences(self, fault=False, is_saved=False):
        values = {
            **self._prepare_portal_layout_values(),
            **self._customer()._contact_preferences(),
            "page_name": "contact_preferences",
            "fault": fault,
            "is_saved": is_saved,
        }
        return request.render("crm_relationship.contact_preferences_page", values)

    def _customer(self):
        # sudo: a customer has no rights on consents; here he sees and adds his own, nobody else's
        return request.env.user.partner_id.sudo()
