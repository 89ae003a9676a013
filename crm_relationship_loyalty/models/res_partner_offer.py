from odoo import models
from odoo.tools import SQL

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData
from odoo.addons.crm_relationship.models.res_partner import RELATIONSHIP_GROUP

OFFER_EXPORT = (
    "date",
    "offer_id",
    "channel_id",
    "state",
    "answered_on",
    "decline_reason_id",
    "note",
    "code",
)


class ResPartner(models.Model):
    """What was offered to a customer, on his form, at the desk, and among his personal data."""

    _inherit = "res.partner"

    def action_view_offers(self):
        """Open what was presented to the customer, with all contacts of his company."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_offer_presentation_action"
        )
        return action | {
            "domain": [("partner_id", "child_of", self.id)],
            "context": {},
            "views": [[False, "list"], [False, "form"]],
        }

    def _prepare_customer_card(self):
        """Add whether the reader may present offers; what to offer is asked for afterwards."""
        may_offer = self.env.user.has_group(RELATIONSHIP_GROUP)
        return super()._prepare_customer_card() | {"may_offer": may_offer}

    def _personal_data_models(self):
        return [
            *super()._personal_data_models(),
            PersonalData(
                "crm.offer.presentation",
                exported=OFFER_EXPORT,
                removal="replace",
                replaced={
                    "note": None,
                    "state": SQL("CASE state WHEN 'presented' THEN 'expired' ELSE state END"),
                },
            ),
        ]
