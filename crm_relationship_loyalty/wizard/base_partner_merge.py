from odoo import models
from odoo.tools import SQL

from ..models.crm_loyalty_level import EVERYWHERE


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers keep all their points, lot by lot, on one card of each program."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Move the points first: what moves rows of all tables would have two cards meet."""
        self._merge_loyalty_cards(src_partners, dst_partner)
        self._merge_levels(src_partners, dst_partner)
        self._merge_gifts(src_partners, dst_partner)
        self._merge_tier_warnings(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._have_tiers_evaluated(dst_partner)
        return result

    def _have_tiers_evaluated(self, dst_partner):
        """Give the survivor the tiers that all documents earn together."""
        Ladder = self.env["crm.loyalty.ladder"].sudo()  # sudo: of all companies, whoever merges
        for ladder in Ladder.browse(Ladder._published()).try_lock_for_update(
            allow_referencing=True
        ):
            ladder._evaluate(ladder._holder_of(dst_partner).ids)

    def _merge_levels(self, src_partners, dst_partner):
        """Keep the survivor's level and what he had before it, or else those of the other."""
        # sudo: nobody writes what tiers gave, whoever merges
        rows = self.env["crm.loyalty.level"].sudo()
        own = rows.search([("partner_id", "=", dst_partner.id)])
        known = {row.company_id for row in own}
        if dst_partner.grade_id:
            known.add(own.company_id.browse())
        for row in rows.search([("partner_id", "in", src_partners.ids)], order="id"):
            company = row.company_id
            if company in known:
                row.unlink()
            known.add(company)
        if not dst_partner.grade_id:
            dst_partner._receive(EVERYWHERE, src_partners.grade_id[-1:].id)

    def _merge_gifts(self, src_partners, dst_partner):
        """Keep one note of what both were given; both coupons stay the survivor's."""
        # sudo: nobody writes what was given, whoever merges
        gifts = self.env["crm.loyalty.gift"].sudo()
        own = gifts.search([("partner_id", "in", (dst_partner | src_partners).ids)], order="id")
        for same in own.grouped(lambda gift: gift._occasion()).values():
            kept = same.filtered(lambda gift: gift.partner_id == dst_partner) or same
            (same - kept[:1]).unlink()

    def _merge_tier_warnings(self, src_partners, dst_partner):
        """Keep one of the warnings that are the same now: one that was sent, if there is one."""
        self.env["crm.loyalty.tier.warning"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_loyalty_tier_warning WHERE id IN (
                    SELECT id FROM (
                        SELECT id, ROW_NUMBER() OVER (
                                   PARTITION BY ladder_id, tier_id, last_day
                                   ORDER BY state IN ('sent', 'sending') DESC,
                                            is_staff_told IS TRUE DESC, partner_id = %s DESC, id
                               ) AS place
                          FROM crm_loyalty_tier_warning WHERE partner_id = ANY(%s)
                    ) same WHERE place > 1
                )
                """,
                dst_partner.id,
                (src_partners | dst_partner).ids,
            )
        )
        self.env["crm.loyalty.tier.warning"].invalidate_model(flush=False)

    def _merge_loyalty_cards(self, src_partners, dst_partner):
        """Leave one card of each program; called by core again, it finds nothing to do."""
        # sudo: cards of all companies move, whoever merges
        cards = (
            self.env["loyalty.card"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", (dst_partner | src_partners).ids),
                    ("is_one_per_customer", "=", True),
                ],
                order="id",
            )
        )
        cards._lock()
        for of_program in cards.grouped("program_id").values():
            own = of_program.filtered(lambda card: card.partner_id == dst_partner)
            survivor = (own or of_program)[:1]
            for card in of_program - survivor:
                card._hand_over_to(survivor)
            survivor.partner_id = dst_partner
