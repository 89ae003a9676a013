from odoo.http import request, route

from odoo.addons.loyalty.controllers.portal import CustomerPortalLoyalty
from odoo.addons.portal.controllers.portal import pager as portal_pager

HISTORY = "/my/loyalty_card/{card_id}/history"
LAST_ENTRIES = 5


class CustomerPortalPoints(CustomerPortalLoyalty):
    """The customer sees what he has, what is pending, what expires next, and why."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        cards = request.env["loyalty.card"].sudo()  # sudo: core has found the customer's own
        for of_program in values.get("cards_per_programs", {}).values():
            cards |= of_program
        if cards:
            overviews = cards._points_overview()
            values["points_sentences"] = {
                card.id: card._points_sentences(overviews[card.id]) for card in cards
            }
        return values

    def _get_loyalty_searchbar_sortings(self):
        labels = {
            "date": request.env._("Date"),
            "issued": request.env._("Earned"),
            "used": request.env._("Spent"),
            "description": request.env._("Description"),
        }
        sortings = super()._get_loyalty_searchbar_sortings()
        return {name: {**sortings[name], "label": label} for name, label in labels.items()}

    @route()
    def portal_my_loyalty_card_history(self, card_id, page=1, sortby="date", **kw):
        """Show the history in words; what is not on offer in the address is the default."""
        card = self._own_card(card_id)
        if not card:
            return request.redirect("/my")
        sortings = self._get_loyalty_searchbar_sortings()
        sortby = sortby if sortby in sortings else "date"
        pager = portal_pager(
            url=HISTORY.format(card_id=card.id),
            url_args={"sortby": sortby},
            total=card._statement_length(),
            page=page if str(page).isascii() else 1,
            step=self._items_per_page,
        )
        values = {
            "page_name": "loyalty_history",
            "default_url": HISTORY.format(card_id=card.id),
            "pager": pager,
            "searchbar_sortings": sortings,
            "sortby": sortby,
            "card": card,
            "points_sentences": card._points_sentences(card._points_overview()[card.id]),
            "entries": card._statement(sortby, self._items_per_page, pager["offset"]),
        }
        return request.render("crm_relationship_loyalty.points_history", values)

    @route()
    def portal_get_card_history_values(self, card_id):
        """Give the dialog of a card the same words."""
        values = super().portal_get_card_history_values(card_id)
        card = values and self._own_card(card_id)
        if card:
            values["points_sentences"] = card._points_sentences(card._points_overview()[card.id])
            values["history_lines"] = [
                {
                    "order_id": entry["order_id"],
                    "description": entry["words"],
                    "order_portal_url": entry["url"],
                    "points": entry["points"],
                    "is_pending": entry["is_pending"],
                }
                for entry in card._statement(limit=LAST_ENTRIES)
            ]
        return values

    def _own_card(self, card_id):
        # sudo: customers have no rights on cards, the domain lets them see their own
        return (
            request.env["loyalty.card"]
            .sudo()
            .search([("id", "=", card_id), ("partner_id", "=", request.env.user.partner_id.id)])
        )
