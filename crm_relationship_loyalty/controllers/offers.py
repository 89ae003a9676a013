from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import CustomerPortal

PAGE = "/my/offers"


class CustomerPortalOffers(CustomerPortal):
    """The customer sees what was offered to him, answers, and finds his codes again."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "offer_count" in counters:
            mine = self._my_presentations()
            values["offer_count"] = len(mine._still_open() | mine._given())
        return values

    @route(PAGE, type="http", auth="user", website=True)
    def portal_my_offers(self, **_kw):
        """Show what can be answered, and what he accepted."""
        return self._offers_page()

    @route(
        f"{PAGE}/<int:presentation_id>/accept",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_accept_offer(self, presentation_id, **_kw):
        """Accept; who is to sign a quotation is led to it."""
        presentation = self._mine(presentation_id)
        problem = self._problem_of(presentation._accept_by_customer) if presentation else ""
        if problem:
            return self._offers_page(problem)
        order = presentation.order_id
        return request.redirect(order.get_portal_url() if order else PAGE)

    @route(
        f"{PAGE}/<int:presentation_id>/decline",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_decline_offer(self, presentation_id, reason=None, note=None, **_kw):
        """Decline, with one of the reasons or without."""
        presentation = self._mine(presentation_id)
        problem = presentation and self._problem_of(
            lambda: presentation._decline(reason, (note or "")[:500])
        )
        return self._offers_page(problem) if problem else request.redirect(PAGE)

    def _offers_page(self, problem=""):
        mine = self._my_presentations()
        values = {
            "page_name": "offers",
            "problem": problem,
            "open_offers": mine._still_open(),
            "given_offers": mine._given(),
            # sudo: customers have no rights on the list of reasons
            "decline_reasons": request.env["crm.offer.decline.reason"].sudo().search([]),
        }
        return request.render("crm_relationship_loyalty.portal_my_offers", values)

    def _my_presentations(self):
        # sudo: customers have no rights on presentations, these are his own
        presentations = request.env["crm.offer.presentation"].sudo()
        return presentations._of_customer(request.env.user.partner_id)

    def _mine(self, presentation_id):
        return self._my_presentations().filtered(lambda one: one.id == presentation_id)

    def _problem_of(self, answering):
        """Return why an answer was not taken, an empty text when it was."""
        try:
            with request.env.cr.savepoint():
                answering()
        except UserError as error:
            return str(error)
        return ""
