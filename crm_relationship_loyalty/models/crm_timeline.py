from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_timeline import TimelineSource


class CrmTimeline(models.Model):
    """What was earned and spent, and answered to offers, is part of what happened."""

    _inherit = "crm.timeline"

    def _selection_kind(self):
        points, offer = self.env._("Points"), self.env._("Offer")
        return [*super()._selection_kind(), ("points", points), ("offer", offer)]

    def _timeline_sources(self):
        return [*super()._timeline_sources(), self._points_source(), self._offer_source()]

    def _points_source(self):
        return TimelineSource(
            number=20,
            kind="points",
            model="loyalty.history",
            domain=Domain("state", "=", "active"),
            joins=(("card", SQL("loyalty_card"), SQL("card.id = loyalty_history.card_id")),),
            columns={
                "partner_id": SQL("card.partner_id"),
                "date": SQL("loyalty_history.date"),
                "subject": SQL(
                    "CONCAT(CASE WHEN loyalty_history.points > 0 THEN '+' END,"
                    " TRIM_SCALE(loyalty_history.points), ' ', loyalty_history.description)"
                ),
                "user_id": SQL("loyalty_history.create_uid"),
                "state": SQL("loyalty_history.kind"),
            },
            state_field="kind",
        )

    def _offer_source(self):
        """Return what was offered: at the moment of the answer, or when it was presented."""
        return TimelineSource(
            number=22,
            kind="offer",
            model="crm.offer.presentation",
            joins=(
                (
                    "offer",
                    SQL("crm_alliance_offer"),
                    SQL("offer.id = crm_offer_presentation.offer_id"),
                ),
            ),
            columns={
                "partner_id": SQL("crm_offer_presentation.partner_id"),
                "date": SQL(
                    "COALESCE(crm_offer_presentation.answered_on, crm_offer_presentation.date)"
                ),
                "subject": SQL(
                    "COALESCE(offer.name->>%s, offer.name->>'en_US')", self.env.lang or "en_US"
                ),
                "user_id": SQL("crm_offer_presentation.user_id"),
                "channel_id": SQL("crm_offer_presentation.channel_id"),
                "state": SQL("crm_offer_presentation.state"),
            },
            state_field="state",
        )
