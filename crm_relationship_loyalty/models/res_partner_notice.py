from odoo import api, models

from odoo.addons.crm_relationship.models.crm_personal_data import PersonalData


class ResPartner(models.Model):
    """What a customer was told of his points is his data."""

    _inherit = "res.partner"

    @api.model
    def _personal_data_models(self):
        notices = PersonalData(
            "crm.points.notice", exported=("program_id", "last_day", "points", "state", "date_done")
        )
        return [*super()._personal_data_models(), notices]
