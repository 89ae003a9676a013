from odoo import api, models

from .crm_loyalty_level import EVERYWHERE

PRICELISTS = {"specific_property_product_pricelist", "property_product_pricelist"}


class ResPartner(models.Model):
    """A level brings its price list and takes it along when it goes.

    Core gives the price list only when a level is written to a contact that exists, and leaves it.
    """

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        fresh = partners.filtered(
            lambda one: (
                one.grade_id
                and one.commercial_partner_id == one
                and not one.specific_property_product_pricelist
            )
        )
        for grade, those in fresh.grouped("grade_id").items():
            # sudo: who may create contacts need not read levels
            if pricelist := grade.sudo().default_pricelist_id:
                those.specific_property_product_pricelist = pricelist
        return partners

    def write(self, vals):
        if "parent_id" in vals:
            self.filtered(
                lambda one: one.parent_id.id != (vals["parent_id"] or False)
            )._leave_prices_of_tiers(vals)
        if "grade_id" not in vals:
            return super().write(vals)
        if PRICELISTS & vals.keys():
            if all(partner.grade_id.id == vals["grade_id"] for partner in self):
                # core would refuse a price list by hand beside a level that has been there before
                vals = {name: value for name, value in vals.items() if name != "grade_id"}
            return super().write(vals)
        left = self._priced_by_other_level(vals["grade_id"])
        result = super().write(vals)
        for (company, pricelist), partners in left.items():
            # sudo: a level is one for all companies, and so is its end
            partners.sudo().with_company(company).filtered(
                lambda one, old=pricelist: one.specific_property_product_pricelist == old
            ).specific_property_product_pricelist = False
        return result

    def _priced_by_other_level(self, grade_id):
        """Return whose price lists are those of levels that they lose: {(company, list): who}."""
        # sudo: as above
        companies = self.env["res.company"].sudo().search([])
        kept = self.env["res.partner.grade"].sudo().browse(grade_id or []).default_pricelist_id
        left = {}
        for grade, partners in self.sudo().grouped("grade_id").items():  # sudo: as above
            old = grade.default_pricelist_id
            if not old or old == kept:
                continue
            for company in companies:
                priced = partners.filtered(
                    lambda one, old=old, company=company: (
                        one.commercial_partner_id == one
                        and one.with_company(company).specific_property_product_pricelist == old
                    )
                )
                if priced:
                    left[company, old] = priced
        return left

    def _leave_prices_of_tiers(self, vals):
        """Leave the prices of a tier with who has it, when a contact comes to a firm or goes.

        Core would hand the contact's price list up to the firm, or leave the firm's with him.
        """
        # sudo: nobody writes what tiers gave
        Level = self.env["crm.loyalty.level"].sudo()
        if vals["parent_id"]:
            Level._give_back(self.filtered(lambda one: not one.is_company).ids)
        firms = self.commercial_partner_id - self
        for row in Level.search([("partner_id", "in", firms.ids), ("company_id", "!=", False)]):
            contacts = (
                self.sudo()
                .with_company(row.company_id)
                .filtered(
                    lambda one, row=row: (
                        one.commercial_partner_id == row.partner_id
                        and one.specific_property_product_pricelist == row.given_pricelist_id
                    )
                )
            )
            # not core's own, which would hand the price list up to the firm
            models.BaseModel.write(
                contacts, {"specific_property_product_pricelist": row.previous_pricelist_id.id}
            )

    def copy_data(self, default=None):
        """Give a copy what the original had before his tiers: it has none."""
        vals_list = super().copy_data(default)
        # sudo: nobody needs to see what a tier gave
        rows = self.env["crm.loyalty.level"].sudo().search([("partner_id", "in", self.ids)])
        by_partner = rows.grouped("partner_id")
        for partner, vals in zip(self, vals_list, strict=True):
            for row in by_partner.get(partner, ()):
                if not row.company_id and partner.grade_id == row.given_grade_id:
                    vals["grade_id"] = row.previous_grade_id.id
                elif (
                    row.company_id == self.env.company
                    and partner.specific_property_product_pricelist == row.given_pricelist_id
                ):
                    vals["specific_property_product_pricelist"] = row.previous_pricelist_id.id
        return vals_list

    def _receive(self, company_id, value):
        """Give these customers a level, or a price list in a company, nothing when empty.

        What is given by rule is no news in their chatter: the changes of their tiers tell it.
        """
        if company_id == EVERYWHERE:
            # not core's own, which would give the price list in the present company, too
            models.BaseModel.write(self, {"grade_id": value})
            return
        owners = self.filtered(lambda one: one.commercial_partner_id == one)
        owners.with_company(company_id).with_context(tracking_disable=True).write(
            {"specific_property_product_pricelist": value}
        )
