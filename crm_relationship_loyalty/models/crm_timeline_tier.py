from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_timeline import TimelineSource


class CrmTimeline(models.Model):
    """Moves from tier to tier are part of what happened with a customer."""

    _inherit = "crm.timeline"

    def _selection_kind(self):
        return [*super()._selection_kind(), ("tier", self.env._("Loyalty tier"))]

    def _timeline_sources(self):
        return [*super()._timeline_sources(), self._tier_source()]

    def _tier_source(self):
        return TimelineSource(
            number=21,
            kind="tier",
            model="crm.loyalty.tier.change",
            columns={
                "partner_id": SQL("crm_loyalty_tier_change.partner_id"),
                "date": self._moment_of_day(
                    SQL("crm_loyalty_tier_change.date"), SQL("crm_loyalty_tier_change.company_id")
                ),
                "is_whole_day": SQL("TRUE"),
                "subject": SQL(
                    "CONCAT(%s, ' → ', %s)",
                    self._tier_name(SQL("crm_loyalty_tier_change.from_tier_id")),
                    self._tier_name(SQL("crm_loyalty_tier_change.to_tier_id")),
                ),
                "user_id": SQL("crm_loyalty_tier_change.user_id"),
                "state": SQL("crm_loyalty_tier_change.method"),
            },
            state_field="method",
        )

    def _tier_name(self, tier: SQL) -> SQL:
        return SQL(
            "COALESCE((SELECT COALESCE(name->>%s, name->>'en_US') FROM crm_loyalty_tier"
            " WHERE id = %s), '–')",
            self.env.lang or "en_US",
            tier,
        )
