from odoo import models

from ..logic.interval import union


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers keep all segments and playbooks.

    The survivor was in a segment on each day on which one of the contacts was; of the same
    playbook only one stays open.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Join days and close twins first, which core's generic update would delete."""
        # sudo: playbooks of all companies, whoever merges
        self.env["crm.playbook.run"].sudo()._close_twins(src_partners | dst_partner)
        self._join_segment_days(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _join_segment_days(self, src_partners, dst_partner):
        # sudo: memberships of all companies, whoever merges, and nobody writes them
        Membership = self.env["crm.segment.membership"].sudo()
        found = Membership.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        for segment, rows in found.grouped("segment_id").items():
            if rows.partner_id == dst_partner:
                continue
            days = union([(row.date_from, row.date_to or None) for row in rows])
            rows.unlink()
            Membership.create(
                [
                    {
                        "segment_id": segment.id,
                        "company_id": segment.company_id.id,
                        "partner_id": dst_partner.id,
                        "date_from": date_from,
                        "date_to": date_to,
                    }
                    for date_from, date_to in days
                ]
            )
