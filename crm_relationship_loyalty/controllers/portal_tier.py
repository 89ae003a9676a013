from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

URL = "/my/tier"


class CustomerPortalTier(CustomerPortal):
    """The customer sees his tiers, what they bring, and what the next one takes.

    Of a firm's tier its contacts see the amounts, too, as they see its invoices.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if not counters:
            # sudo: only whether there are any
            ladders = request.env["crm.loyalty.ladder"].sudo()
            values["has_tier_page"] = bool(ladders._giving())
        return values

    @route(URL, type="http", auth="user", website=True, readonly=True)
    def portal_my_tier(self, **kw):
        """Show the reader's own tiers; the address names nobody, and nothing in it is read."""
        # sudo: customers have no rights on tiers and numbers; of this one only his own are read
        customer = request.env.user.partner_id.sudo()
        home = self._prepare_home_portal_values([])
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "tier",
            "customer": customer,
            "statements": customer._tier_statements(),
            "cards_per_programs": home.get("cards_per_programs", {}),
        }
        return request.render("crm_relationship_loyalty.portal_my_tier", values)
