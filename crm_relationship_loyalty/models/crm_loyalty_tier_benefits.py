"""What a tier brings: offers that are only for it, and more points."""

from odoo import api, fields, models

from odoo.addons.crm_relationship.models.res_partner import CONTACT_POINT_GROUP


class CrmLoyaltyEligibility(models.AbstractModel):
    _inherit = "crm.loyalty.eligibility"

    tier_ids = fields.Many2many(
        comodel_name="crm.loyalty.tier",
        string="Tiers",
        groups=CONTACT_POINT_GROUP,
        help="Only customers who hold one of these tiers may use it. Empty: everybody.",
    )

    @api.model
    def _condition_fields(self):
        return [*super()._condition_fields(), "tier_ids"]


class LoyaltyProgram(models.Model):
    _inherit = "loyalty.program"

    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder",
        string="Multiplied by Tier of",
        domain="[('state', '=', 'published'), ('is_over', '=', False)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Points are multiplied as the customer's tier of this ladder says, on the day of the"
        " order, and rounded once.",
    )

    def _multiplier_of(self, order):
        multiplier = super()._multiplier_of(order)
        if not self.ladder_id:
            return multiplier
        of_tiers = self.env["crm.loyalty.tier"]._multipliers()
        versions = self.env["crm.loyalty.ladder"]._versions(self.sudo().ladder_id.id)
        # sudo: the seller need not see tiers
        for ladder_id, times in map(of_tiers.get, order.sudo()._benefiting_tiers().ids):
            if ladder_id in versions:
                return multiplier * times
        return multiplier


class SaleOrder(models.Model):
    _inherit = "sale.order"

    loyalty_tier_ids = fields.Many2many(
        comodel_name="crm.loyalty.tier",
        string="Customer's Tiers",
        compute="_compute_loyalty_tier_ids",
        compute_sudo=True,
        help="The tiers that the customer holds: today, or on the day of a firm order.",
    )

    @api.depends("partner_id", "company_id", "state", "date_order")
    def _compute_loyalty_tier_ids(self):
        """Find the tiers of orders, in one query for all that have a day in common."""
        Change = self.env["crm.loyalty.tier.change"]
        self.loyalty_tier_ids = False
        if not self.env["crm.loyalty.ladder"]._published():
            return
        for (company, day), orders in self.grouped(lambda order: order._tier_day()).items():
            partners = orders.partner_id | orders.partner_id.commercial_partner_id
            if company:
                held = Change._tiers_on(partners, company, day)
                for order in orders:
                    order.loyalty_tier_ids = held.get(order.partner_id)

    def _tier_day(self):
        """Return whose company and which day decide on the tier."""
        company = self.company_id
        if self.state == "sale" and self.date_order:
            return company, company._business_day(self.date_order)
        return company, company and company._business_today()

    def _benefiting_tiers(self):
        """Hook: return the tiers whose benefits the order gets."""
        return self.loyalty_tier_ids

    def _get_tier_domain(self):
        domain = super()._get_tier_domain()
        if not self.env["crm.loyalty.ladder"]._published():
            return [*domain, ("tier_ids", "=", False)]
        # sudo: the seller need not see tiers
        held = self.sudo()._benefiting_tiers().ids
        return [*domain, "|", ("tier_ids", "=", False), ("tier_ids", "in", held)]


class CrmLoyaltyTierChange(models.Model):
    _inherit = "crm.loyalty.tier.change"

    @api.model
    def _tiers_on(self, partners, company, day):
        """Return ``{contact: tiers}`` that contacts hold on a day, themselves or by their firm."""
        changes = self.search_fetch(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("ladder_id", "in", list(self.env["crm.loyalty.ladder"]._published())),
                ("date", "<=", day),
            ],
            ["partner_id", "ladder_id", "to_tier_id"],
            order="date, id",
        )
        held = {(one.partner_id.id, one.ladder_id.id): one.to_tier_id for one in changes}
        ladder_ids = dict.fromkeys(one.ladder_id.id for one in changes)
        of_firms = self.env["crm.loyalty.ladder"]._held_by_firms()
        none = self.env["crm.loyalty.tier"]

        def tier_of(partner, ladder_id):
            holder = partner.commercial_partner_id if ladder_id in of_firms else partner
            return held.get((holder.id, ladder_id), none)

        return {
            partner: none.union(*(tier_of(partner, ladder_id) for ladder_id in ladder_ids))
            for partner in partners
        }
