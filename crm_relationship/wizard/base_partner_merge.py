from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from ..models.res_partner_profile import KEPT_IN_MERGE


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merge customers without loss, keep a journal of it, and have the survivor graded."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Keep what core's generic update would delete or fail on."""
        numbers = {partner.id: self._numbers_of(partner) for partner in src_partners}
        self.env["crm.duplicate"]._hand_over(src_partners, dst_partner)
        self._retire_member_numbers(src_partners, dst_partner)
        self._hand_over_standings(src_partners, dst_partner)
        self._leave_households(src_partners, dst_partner)
        self._keep_newest_interests(src_partners, dst_partner)
        # sudo: consents of all companies, whoever merges
        self.env["crm.contact.consent"].sudo()._keep_strictest(src_partners, dst_partner)
        self.env["crm.touch"]._hand_over(src_partners, dst_partner)
        moved = self._move_rows(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._write_journal(src_partners, dst_partner, numbers, moved)
        self._have_graded(dst_partner)
        return result

    def _update_reference_fields(self, src_partners, dst_partner):
        """Let go of the merged contacts' barcodes, which the survivor has by now."""
        result = super()._update_reference_fields(src_partners, dst_partner)
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE res_partner SET barcode = NULL WHERE id = ANY(%s)", src_partners.ids)
        )
        src_partners.invalidate_recordset(["barcode"])
        return result

    def _update_values(self, src_partners, dst_partner):
        """Keep also what the user may not see, and let all companies keep their customer."""
        # sudo: the survivor keeps his data, whoever merges
        everybody = (dst_partner | src_partners).sudo()
        is_of_several = len({partner.company_id for partner in everybody}) > 1
        hidden = {
            name: next((one[name] for one in everybody if one[name]), False)
            for name in KEPT_IN_MERGE
        }
        result = super()._update_values(src_partners, dst_partner)
        values = {
            name: getattr(value, "id", value)
            for name, value in hidden.items()
            if value and not everybody[0][name]
        }
        if is_of_several:
            values["company_id"] = False
        if values:
            everybody[0].write(values)
        self.env["crm.member.scheme"]._mirror(dst_partner)
        return result

    def _numbers_of(self, partner):
        # sudo: numbers of all companies move, whoever merges
        return ", ".join(partner.sudo().member_number_ids.mapped("number"))

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

    def _leave_households(self, src_partners, dst_partner):
        """Keep the survivor in one household; in others the person stays by name."""
        # sudo: households of all companies, whoever merges
        Member = self.env["crm.household.member"].sudo()
        members = Member.search([("partner_id", "in", (dst_partner | src_partners).ids)])
        kept = members.filtered(lambda member: member.partner_id == dst_partner) or members[:1]
        others = members - kept
        same = others.filtered(lambda member: member.household_id == kept.household_id)
        for member in others - same:
            role = "other" if member.role == "head" else member.role
            member.write({"partner_id": False, "role": role})
        if "head" in same.mapped("role"):
            same.unlink()
            kept.role = "head"
        else:
            same.unlink()
        kept.partner_id = dst_partner

    def _keep_newest_interests(self, src_partners, dst_partner):
        """Keep the newest of what is known of the same interest of these contacts."""
        # sudo: whoever merges may not read what is noted of a customer
        Interest = self.env["crm.customer.interest"].sudo()
        interests = Interest.search([("partner_id", "in", (dst_partner | src_partners).ids)])
        for noted in interests.grouped("interest_id").values():
            newest = noted.sorted(
                lambda one: (one.noted_on, one.partner_id == dst_partner, one.id)
            )[-1:]
            (noted - newest).unlink()
            newest.partner_id = dst_partner

    def _write_journal(self, src_partners, dst_partner, numbers, moved):
        labels = self.env["ir.model"].sudo()  # sudo: names of models are shown to everybody
        # sudo: nobody writes the journal by himself
        self.env["crm.partner.merge"].sudo().create(
            [
                {
                    "survivor_id": dst_partner.id,
                    "merged_id": partner.id,
                    "merged_name": partner.display_name,
                    "merged_numbers": numbers[partner.id],
                    "line_ids": [
                        Command.create(
                            {"kind": labels._get(model).name, "moved": count, "folded": folded}
                        )
                        for model, (count, folded) in moved[partner.id].items()
                    ],
                }
                for partner in src_partners
            ]
        )

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
