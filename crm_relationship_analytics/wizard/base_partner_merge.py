from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers keep all playbooks; of the same one, only one stays open."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Close what is open twice, which core's generic update would delete."""
        # sudo: playbooks of all companies, whoever merges
        self.env["crm.playbook.run"].sudo()._close_twins(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)
