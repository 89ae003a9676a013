"""The coupons that a tier brings."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    greets_at_publishing = fields.Boolean(
        string="Coupons at Publishing",
        help="Customers who have a tier as soon as the ladder is in force get its entry coupon,"
        " too. Otherwise only who reaches a tier afterwards gets one.",
    )


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    entry_program_id = fields.Many2one(
        comodel_name="loyalty.program",
        string="Entry Coupon",
        domain="[('program_type', '=', 'coupons')]",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Who enters the tier for the first time gets a personal coupon of this program, once"
        " for ever. The program says who may use it, and for how long.",
    )
    birthday_program_id = fields.Many2one(
        comodel_name="loyalty.program",
        string="Birthday Coupon",
        domain="[('program_type', '=', 'coupons')]",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Customers who hold the tier on their birthday get a personal coupon of this program,"
        " once a year. Who was born on 29 February has it on the 28th in other years.",
    )

    @api.constrains("entry_program_id", "birthday_program_id")
    def _check_programs(self):
        # sudo: only what kind of programs they are
        for program in self.sudo().entry_program_id | self.sudo().birthday_program_id:
            if program.program_type != "coupons":
                raise ValidationError(
                    self.env._(
                        "%(program)s makes no coupons: choose a program of type Coupons.",
                        program=program.display_name,
                    )
                )


class CrmLoyaltyMembership(models.Model):
    _inherit = "crm.loyalty.membership"

    @api.model
    def _tier_changed(self, changes):
        if changes.to_tier_id.entry_program_id:
            self.env["crm.loyalty.gift"]._promise_entries(changes)
        return super()._tier_changed(changes)
