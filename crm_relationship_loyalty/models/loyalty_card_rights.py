from odoo import models
from odoo.exceptions import AccessError, UserError

ADJUSTERS = ("sales_team.group_sale_manager", "crm_relationship.group_relationship_manager")
WORTH = {"code", "expiration_date", "active"}  # without these, nobody can spend what a card has


class LoyaltyCard(models.Model):
    """Who may change a card: sellers and tills have to write to it, but not what it is worth."""

    _inherit = "loyalty.card"

    def _is_adjuster(self):
        return any(self.env.user.has_group(group) for group in ADJUSTERS)

    def _may_manage_cards(self):
        """Tell whether the user adjusts points, or keeps programs, as a manager of tills does."""
        return self._is_adjuster() or self.env["loyalty.program"].has_access("write")

    def _check_may_adjust(self):
        """Raise AccessError unless the user may give points by hand to these cards."""
        if self.env.su:
            return
        if not self._is_adjuster():
            raise AccessError(
                self.env._("Only managers adjust points: ask one, and tell him the reason.")
            )
        self.check_access("write")

    def _check_may_change(self, vals):
        """Raise unless the user may write these values, whatever the way they come by."""
        if "program_id" in vals:
            self._check_keeps_program(vals["program_id"])
        if self.env.su:
            return
        if "partner_id" in vals:
            self._check_keeps_owner(vals["partner_id"])
        if WORTH & vals.keys() and not self._may_manage_cards():
            raise AccessError(
                self.env._(
                    "Only managers change the code or the last day of a card, or archive it:"
                    " ask one."
                )
            )

    def _check_keeps_program(self, program_id):
        for card in self:
            if card.program_id and card.program_id.id != program_id:
                raise UserError(
                    self.env._(
                        "The card %(code)s is of %(program)s, where its points were earned: make"
                        " another card.",
                        code=card.code,
                        program=card.program_id.display_name,
                    )
                )

    def _check_keeps_owner(self, partner_id):
        """Raise when a customer would lose his account, or anybody but a manager gives a card."""
        for card in self.filtered("partner_id"):
            if card.partner_id.id == partner_id:
                continue
            if card.is_one_per_customer:
                raise UserError(
                    self.env._(
                        "The card %(code)s is %(customer)s's: transfer the points instead.",
                        code=card.code,
                        customer=card.partner_id.display_name,
                    )
                )
            if not card.partner_id.is_public and not self._may_manage_cards():
                raise AccessError(
                    self.env._(
                        "The card %(code)s is %(customer)s's: only managers give it to another.",
                        code=card.code,
                        customer=card.partner_id.display_name,
                    )
                )
