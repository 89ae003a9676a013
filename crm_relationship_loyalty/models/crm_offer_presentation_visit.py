"""Offers that are shown in one visit are one contact, whatever their number."""

from odoo import models

from .crm_offer_choosing import IN_PERSON


class CrmOfferPresentation(models.Model):
    _inherit = "crm.offer.presentation"

    def _log(self, channel_code):
        """Add what is shown in person to the contact of today's visit, if there is one."""
        visit = channel_code == IN_PERSON and self._visit_before()
        if not visit:
            return super()._log(channel_code)
        self.interaction_id = visit.interaction_id
        return None

    def _visit_before(self):
        """Return what the company showed to the customer in person earlier today, if anything."""
        company = self.company_id
        return self.search(
            [
                ("id", "!=", self.id),
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", company.id),
                ("channel_id", "=", self.channel_id.id),
                ("date", ">=", company._start_of_day(company._business_today())),
                ("interaction_id", "!=", False),
            ],
            order="date, id",
            limit=1,
        )
