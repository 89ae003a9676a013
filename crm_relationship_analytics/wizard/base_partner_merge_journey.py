from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Journeys are read from documents: those of merged customers become one."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        # sudo: journeys with all companies, whoever merges
        Journey = self.env["crm.customer.journey"].sudo()
        companies = Journey.search([("partner_id", "in", src_partners.ids)]).company_id
        Journey.search([("partner_id", "in", src_partners.ids)]).unlink()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        for company in companies:
            Journey._refresh_company(company, dst_partner.commercial_partner_id)
        return result
