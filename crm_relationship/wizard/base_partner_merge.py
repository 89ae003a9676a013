from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep what core's generic update would delete or fail on, and have the survivor graded."""
        self.env["crm.duplicate"]._hand_over(src_partners, dst_partner)
        self._retire_member_numbers(src_partners, dst_partner)
        self._hand_over_standings(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._have_graded(dst_partner)
        return result

    def _retire_member_numbers(self, src_partners, dst_partner):
        """Let one active number a scheme survive; the others still lead to the survivor."""
        active = self.env["crm.member.number"]._active_of(dst_partner | src_partners)
        for numbers in active.grouped("scheme_id").values():
            of_survivor = numbers.filtered(lambda number: number.partner_id == dst_partner)
            (numbers - (of_survivor or numbers)[:1])._retire("merged")

    def _hand_over_standings(self, src_partners, dst_partner):
        """Give the survivor a grade set by hand on another; measures are made from documents."""
        # sudo: standings of all companies move, whoever merges
        standings = self.env["crm.customer.standing"].sudo()
        standings = standings.search([("partner_id", "in", src_partners.ids)])
        for standing in standings.filtered("manual_grade_id"):
            survivor = standing._of_customer(dst_partner.commercial_partner_id, standing.company_id)
            if not survivor.manual_grade_id:
                survivor._set_grade_by_hand(
                    standing.manual_grade_id, standing.manual_until, standing.manual_reason
                )
        standings.unlink()

    def _have_graded(self, dst_partner):
        """Have the job for changed customers run right after, and see the survivor as changed."""
        self.env["res.partner"].flush_model()
        # The documents moved by SQL, which leaves no date of change on anything.
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner SET write_date = %s WHERE id = %s",
                self.env.cr.now(),
                dst_partner.id,
            )
        )
        # sudo: whoever may merge contacts has their grading follow
        self.env.ref("crm_relationship.ir_cron_grade_changed_customers").sudo()._trigger()
