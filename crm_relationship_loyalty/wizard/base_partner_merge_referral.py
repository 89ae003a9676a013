from odoo import models

UNWORTHY = ("refused", "expired")


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Nobody refers himself, and nobody is referred twice, also when that comes out later."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Close referrals that are none any more first: two of one friend could not both stay."""
        self._close_referrals(src_partners | dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _close_referrals(self, one_customer):
        """Close what these contacts, one by now, have of each other, and all but one of theirs.

        Of two referrals of one friend that which was rewarded stays, else the older one.
        """
        # sudo: referrals of all companies, whoever merges
        Referral = self.env["crm.referral"].sudo()
        referrals = Referral.search(
            [
                ("is_closed", "=", False),
                "|",
                ("partner_id", "in", one_customer.ids),
                ("commercial_partner_id", "in", one_customer.ids),
            ]
        )
        of_themselves = referrals.filtered(lambda one: one.referrer_id in one_customer)
        of_themselves._close("merged")
        theirs = (referrals - of_themselves).filtered(
            lambda one: one.commercial_partner_id in one_customer
        )
        for of_company in theirs.grouped("company_id").values():
            best_first = of_company.sorted(
                lambda one: (one.state in UNWORTHY, one.state != "rewarded", one.id)
            )
            best_first[1:]._close("merged_friend")
        Referral.flush_model()
