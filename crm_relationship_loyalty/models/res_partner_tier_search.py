from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.crm_relationship.models.res_partner import CONTACT_POINT_GROUP


class ResPartner(models.Model):
    """The tiers of contacts in their list, and contacts found by their tiers."""

    _inherit = "res.partner"

    loyalty_tier_ids = fields.Many2many(
        comodel_name="crm.loyalty.tier",
        string="Loyalty Tiers",
        compute="_compute_loyalty_tier_ids",
        search="_search_loyalty_tier_ids",
        groups=CONTACT_POINT_GROUP,
        help="The tiers that the customer holds in the current company, himself or by his firm.",
    )

    @api.depends("loyalty_places")
    @api.depends_context("company")
    def _compute_loyalty_tier_ids(self):
        # sudo: only which tiers they are is taken from what is stored
        for partner, system in zip(self, self.sudo(), strict=True):
            partner.loyalty_tier_ids = [
                place["tier"] for place in system.loyalty_places or () if place["tier"]
            ]

    def _search_loyalty_tier_ids(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator != "in" or False not in value:
            return self._customers_on(Domain("tier_id", operator, value))
        named = self._customers_on(Domain("tier_id", "in", [one for one in value if one]))
        return named | ~self._customers_on(Domain("tier_id", "!=", False))

    @api.model
    def _customers_on(self, domain):
        """Return the domain of contacts who have a place in a domain, or whose firm has."""
        self._check_field_access(self._fields["loyalty_tier_ids"], "read")
        # sudo: who may filter by the tier need not see the values behind it
        Membership = self.env["crm.loyalty.membership"].sudo()
        here = Domain("company_id", "=", self.env.company.id) & Domain(
            "ladder_id.active", "=", True
        )
        of_firms = Membership._search(here & Domain("ladder_id.scope", "=", "company") & domain)
        own = Membership._search(here & Domain("ladder_id.scope", "!=", "company") & domain)
        return Domain("commercial_partner_id", "in", of_firms.subselect("partner_id")) | Domain(
            "id", "in", own.subselect("partner_id")
        )
