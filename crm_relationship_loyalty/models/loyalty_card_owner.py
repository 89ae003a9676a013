from datetime import timedelta

from odoo import api, models


class LoyaltyCard(models.Model):
    """Whose a personal coupon is, and how long a coupon without a last day is valid."""

    _inherit = "loyalty.card"

    @api.model_create_multi
    def create(self, vals_list):
        cards = super().create(vals_list)
        cards.filtered(lambda card: not card.expiration_date)._start_validity()
        return cards

    def _start_validity(self):
        """Set the last day of coupons, counted from today."""
        for card in self.sudo():  # sudo: tills make coupons and may not read programs
            program = card.program_id
            if program.coupon_valid_days and not program.is_nominative:
                card.expiration_date = program._today() + timedelta(program.coupon_valid_days)

    def _is_usable_by(self, partner):
        """Return whether a customer may use this card: it is his, shared with him, or nobody's."""
        card, partner = self.sudo(), partner.sudo()  # sudo: also where the seller sees no owner
        owner, scope = card.partner_id, card.program_id.owner_scope
        if not owner or owner == partner or owner.is_public or scope == "anyone":
            return True
        if scope == "company":
            return owner.commercial_partner_id == partner.commercial_partner_id
        if scope == "household":
            home = owner.household_member_ids.household_id
            return bool(home & partner.household_member_ids.household_id)
        return False
