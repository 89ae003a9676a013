from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class CustomerPortalReferral(CustomerPortal):
    """The customer sees the number that he can give to his friends, and how many have come."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            values["referral_card"] = request.env.user.partner_id._referral_card(
                request.env.company
            )
        return values
