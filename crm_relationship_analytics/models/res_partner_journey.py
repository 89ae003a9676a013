from odoo import api, fields, models

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData

from ..logic.journey import STAGES, milestones

JOURNEY_EXPORT = ("company_id", *(f"{stage[2:]}_date" for stage in STAGES))


class ResPartner(models.Model):
    """The journey of a customer, on his form and in what he gets of his data."""

    _inherit = "res.partner"

    @api.readonly
    def customer_journey(self):
        """Return the way of this customer with the current company, the first day first.

        :return: ``{"state", "milestones": [{"stage", "name", "date", "days"}]}``: ``state`` and
            ``stage`` are those of ``crm.customer.journey``, ``days`` are those since the milestone
            before; without any event the state is False and there are no milestones
        """
        self.ensure_one()
        self.check_access("read")
        Journey = self.env["crm.customer.journey"]
        Journey.check_access("read")
        names = dict(Journey._selection_stage())
        # sudo: days of documents are shown, not the documents; he may see the customer
        row = Journey.sudo()._journey_of(self.commercial_partner_id, self.env.company)
        line = milestones({stage: row.get(f"{stage[2:]}_date") for stage in STAGES})
        return {
            "state": row.get("state", False),
            "milestones": [
                {
                    "stage": one.stage,
                    "name": names[one.stage],
                    "date": fields.Date.to_string(one.day),
                    "days": one.days,
                }
                for one in line
            ],
        }

    @api.model
    def _personal_data_models(self):
        return [
            *super()._personal_data_models(),
            PersonalData("crm.customer.journey", exported=JOURNEY_EXPORT),
        ]
