from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_timeline import TimelineSource


class CrmTimeline(models.Model):
    """What was earned and spent is part of what happened with a customer."""

    _inherit = "crm.timeline"

    def _selection_kind(self):
        return [*super()._selection_kind(), ("points", self.env._("Points"))]

    def _timeline_sources(self):
        return [*super()._timeline_sources(), self._points_source()]

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
