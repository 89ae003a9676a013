"""The level that a tier gives, and what makes customers follow it."""

from odoo import api, fields, models


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    grade_id = fields.Many2one(
        comodel_name="res.partner.grade",
        string="Level",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Customers of the tier get this level and its price list, within a minute; with the"
        " tier they lose both, and get back what they had. What somebody sets by hand afterwards"
        " stays. With several ladders, the first one in the list that gives a level counts; price"
        " lists of each company follow its own ladders. Contacts inside a company have its price"
        " list: the level is only for customers of their own.",
    )

    def write(self, vals):
        if "grade_id" in vals:
            self.env["crm.loyalty.level"]._ask()
        return super().write(vals)


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    def write(self, vals):
        if {"active", "sequence"} & vals.keys():
            self.env["crm.loyalty.level"]._ask()
        return super().write(vals)


class CrmLoyaltyMembership(models.Model):
    _inherit = "crm.loyalty.membership"

    @api.model
    def _tier_changed(self, changes):
        if (changes.from_tier_id | changes.to_tier_id).grade_id:
            self.env["crm.loyalty.level"]._ask()
        return super()._tier_changed(changes)


class ResPartnerGrade(models.Model):
    _inherit = "res.partner.grade"

    def write(self, vals):
        if {"active", "default_pricelist_id"} & vals.keys():
            self.env["crm.loyalty.level"]._ask()
        return super().write(vals)


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def write(self, vals):
        if {"active", "company_id"} & vals.keys():
            self.env["crm.loyalty.level"]._ask()
        return super().write(vals)
