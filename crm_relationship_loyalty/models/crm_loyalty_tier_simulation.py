"""What a simulation takes from a ladder and its tiers."""

import json
from hashlib import sha256

from odoo import fields, models

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from ..logic.simulation import Coupon
from .crm_loyalty_ladder import RULE_FIELDS

BENEFIT_FIELDS = ("grade_id", "entry_program_id", "birthday_program_id")


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    benefit_cost = fields.Monetary(
        string="Yearly Cost of a Member",
        groups=AMOUNT_GROUPS,
        help="What the service promise and gifts cost for a member in a year. Only simulations ask"
        " for it.",
    )

    _benefit_cost_positive = models.Constraint(
        "CHECK (benefit_cost >= 0)", "A member costs 0 or more in a year: correct the amount."
    )

    def _simulation_basis(self):
        """Return what a simulation takes from a tier, as a list."""
        benefits = [self[name].id for name in BENEFIT_FIELDS if name in self._fields]
        own = ("id", "name", "threshold", "points_multiplier", "benefit_cost")
        return [*(self[name] for name in own), self.replaces_id.id, *benefits]

    def _price_list(self):
        """Return the price list that members of the tier get by its level."""
        if "grade_id" not in self._fields:
            return self.env["product.pricelist"]
        return self.grade_id.default_pricelist_id

    def _coupon(self, kind):
        """Return the best that a coupon of the tier takes off, ``entry`` or ``birthday``."""
        name = f"{kind}_program_id"
        rewards = self[name].reward_ids if name in self._fields else ()
        coupons = [reward._as_coupon() for reward in rewards]
        return max(coupons, key=lambda one: (one.amount, one.percent), default=Coupon())


class LoyaltyReward(models.Model):
    _inherit = "loyalty.reward"

    def _as_coupon(self):
        """Return what the reward takes off, at most; a product, at its cost today."""
        if self.reward_type == "product":
            cost = self.reward_product_ids[:1].standard_price
            return Coupon(amount=cost * self.reward_product_qty)
        if self.reward_type != "discount":
            return Coupon()
        if self.discount_mode == "percent":
            return Coupon(percent=self.discount, limit=self.discount_max_amount)
        points = self.required_points if self.discount_mode == "per_point" else 1
        return Coupon(amount=self.discount * points, limit=self.discount_max_amount)


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    simulation_ids = fields.One2many("crm.loyalty.simulation", "ladder_id")
    simulation_count = fields.Integer(compute="_compute_simulation_count")

    def _compute_simulation_count(self):
        groups = self.env["crm.loyalty.simulation"]._read_group(
            [("ladder_id", "in", self.ids)], ["ladder_id"], ["__count"]
        )
        counts = dict(groups)
        for ladder in self:
            ladder.simulation_count = counts.get(ladder, 0)

    def action_simulate(self):
        """Simulate the rules on as many months as the last time, and open the result."""
        self.ensure_one()
        self._check_may_manage()
        last = self.simulation_ids.sorted("id")[-1:]
        simulation = self.env["crm.loyalty.simulation"].create(
            {"ladder_id": self.id, "months": last.months or 24}
        )
        simulation.action_run()
        return simulation.get_formview_action()

    def action_view_simulations(self):
        """Open what was simulated."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_loyalty_simulation_action"
        )
        return action | {"domain": [("ladder_id", "=", self.id)]}

    def _simulation_basis(self):
        """Return a mark of everything that a simulation takes from the ladder."""
        rules = sorted(RULE_FIELDS - {"company_id", "published_on"})
        tiers = [tier._simulation_basis() for tier in self._tiers()]
        basis = [*(self[name] for name in rules), self.replaces_id.id, tiers]
        return sha256(json.dumps(basis).encode()).hexdigest()

    def _ladder_today(self):
        """Return the ladder that customers hold tiers of today, in whose place this one is put."""
        is_in_force = self.state == "published" and not self.is_still_to_come
        return self if is_in_force else self.replaces_id
