"""The customer answers offers himself, in the portal."""

from odoo import models
from odoo.fields import Domain

from .crm_offer_presentation import OPEN

GIVEN_AT_MOST = 20


class CrmOfferPresentation(models.Model):
    _inherit = "crm.offer.presentation"

    def _of_customer(self, partner):
        """Return what was presented to a contact himself, and not to others of his company."""
        return self.search(Domain("partner_id", "=", partner.id))

    def _still_open(self):
        """Return those of these that can be answered today."""
        return self.filtered(
            lambda one: one.state == OPEN and one.last_day >= one.company_id._business_today()
        )

    def _given(self):
        """Return those of these that he accepted, the last ones first."""
        accepted = self.filtered(lambda one: one.state == "accepted")
        return accepted.sorted(lambda one: (one.answered_on, one.id), reverse=True)[:GIVEN_AT_MOST]

    def _accept_by_customer(self):
        """Accept; products come in a quotation that he sees in the portal and can sign."""
        self.ensure_one()
        self.with_company(self.company_id)._accept()
        if self.order_id.state == "draft":
            self.order_id.action_quotation_sent()
