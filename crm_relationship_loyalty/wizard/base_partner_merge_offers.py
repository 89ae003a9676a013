from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers keep all offers; of the same one, only one is still to be answered."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Close what is open twice, which core's generic update would delete."""
        # sudo: presentations of all companies, whoever merges
        presentations = self.env["crm.offer.presentation"].sudo()
        presentations._close_twins(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
