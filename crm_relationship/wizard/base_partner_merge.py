from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep what core's generic update would delete or fail on, then measure the survivor."""
        self._retire_member_numbers(src_partners, dst_partner)
        companies = self._hand_over_standings(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._remeasure(dst_partner, companies)
        return result

    def _retire_member_numbers(self, src_partners, dst_partner):
        """Let one active number a scheme survive; the others still lead to the survivor."""
        active = self.env["crm.member.number"]._active_of(dst_partner | src_partners)
        for numbers in active.grouped("scheme_id").values():
            of_survivor = numbers.filtered(lambda number: number.partner_id == dst_partner)
            (numbers - (of_survivor or numbers)[:1])._retire("merged")

    def _hand_over_standings(self, src_partners, dst_partner):
        """Give the survivor a grade set by hand on another; the measures are made anew."""
        # sudo: standings of all companies move, whoever merges
        standings = self.env["crm.customer.standing"].sudo()
        standings = standings.search([("partner_id", "in", src_partners.ids)])
        for standing in standings.filtered("manual_grade_id"):
            survivor = standing._of_customer(dst_partner.commercial_partner_id, standing.company_id)
            if not survivor.manual_grade_id:
                survivor._set_grade_by_hand(
                    standing.manual_grade_id, standing.manual_until, standing.manual_reason
                )
        companies = standings.company_id
        standings.unlink()
        return companies

    def _remeasure(self, dst_partner, companies):
        self.env.flush_all()
        customer_ids = dst_partner.commercial_partner_id.ids
        Standing = self.env["crm.customer.standing"].sudo()  # sudo: as above
        for policy in self.env["crm.value.policy"]._of_companies(companies):
            Standing._refresh_company(policy, customer_ids)
