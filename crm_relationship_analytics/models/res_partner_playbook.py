from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData

RUN_EXPORT = (
    "create_date",
    "playbook_id",
    "action",
    "value_grade_id",
    "state",
    "reason",
    "decided_on",
    "decision_note",
    "done_on",
)


class ResPartner(models.Model):
    """Playbooks with a customer, on his form and among his personal data."""

    _inherit = "res.partner"

    def action_view_playbooks(self):
        """Open the playbooks with the customer's firm."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_analytics.crm_playbook_run_action"
        )
        customer = self.commercial_partner_id
        return action | {"domain": [("partner_id", "=", customer.id)], "context": {}}

    def _personal_data_models(self):
        removed = self.env._("Removed when the customer was anonymised.")
        return [
            *super()._personal_data_models(),
            PersonalData(
                "crm.playbook.run",
                exported=RUN_EXPORT,
                removal="replace",
                replaced={
                    "reason": SQL("CASE WHEN reason IS NOT NULL THEN %s END", removed),
                    "decision_note": None,
                    "state": SQL(
                        "CASE WHEN state IN ('proposed', 'waiting', 'running') THEN 'refused'"
                        " ELSE state END"
                    ),
                },
            ),
        ]
