from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_timeline import TimelineSource


class CrmTimeline(models.Model):
    """Playbooks are part of what happened with a customer."""

    _inherit = "crm.timeline"

    def _selection_kind(self):
        return [*super()._selection_kind(), ("playbook", self.env._("Playbook"))]

    def _timeline_sources(self):
        return [*super()._timeline_sources(), self._playbook_source()]

    def _playbook_source(self):
        return TimelineSource(
            number=30,
            kind="playbook",
            model="crm.playbook.run",
            columns={
                "partner_id": SQL("crm_playbook_run.partner_id"),
                "date": SQL("crm_playbook_run.create_date"),
                "subject": SQL(
                    "(SELECT COALESCE(name->>%s, name->>'en_US') FROM crm_playbook"
                    " WHERE id = crm_playbook_run.playbook_id)",
                    self.env.lang or "en_US",
                ),
                "user_id": SQL("crm_playbook_run.proposed_by_id"),
                "state": SQL("crm_playbook_run.state"),
            },
            state_field="state",
        )
