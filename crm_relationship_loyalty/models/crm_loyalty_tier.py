from odoo import api, fields, models, tools
from odoo.exceptions import UserError

RULE_FIELDS = frozenset({"ladder_id", "threshold", "sequence", "replaces_id"})


class CrmLoyaltyTier(models.Model):
    """One step of a ladder: what it takes to reach it, and what it promises."""

    _name = "crm.loyalty.tier"
    _description = "Loyalty Tier"
    _order = "ladder_id, sequence, threshold, id"
    _check_company_auto = True

    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(related="ladder_id.company_id", store=True)
    currency_id = fields.Many2one(related="ladder_id.currency_id")
    threshold = fields.Monetary(
        required=True,
        help="The value that reaches the tier, itself included. Of a ladder of points: points.",
    )
    color = fields.Integer()
    points_multiplier = fields.Float(
        default=1.0,
        digits=(6, 2),
        help="So many times the points of a program that is multiplied by the tier.",
    )
    desk_text = fields.Text(
        string="Note for the Desk", translate=True, help="What staff must know of these customers."
    )
    service_promise = fields.Text(
        translate=True, help="What the customer is promised, in words that he may read."
    )
    member_count = fields.Integer(string="Customers", compute="_compute_member_count")

    _threshold_unique = models.Constraint(
        "UNIQUE (ladder_id, threshold)",
        "Two tiers of a ladder begin at different values: correct one of them.",
    )
    _threshold_positive = models.Constraint(
        "CHECK (threshold >= 0)", "A tier begins at zero or more: correct the value."
    )
    _multiplier_range = models.Constraint(
        "CHECK (points_multiplier > 0 AND points_multiplier <= 100)",
        "Points are multiplied by more than 0 and at most 100: correct the number.",
    )

    def _compute_member_count(self):
        groups = self.env["crm.loyalty.membership"]._read_group(
            [("tier_id", "in", self.ids)], ["tier_id"], ["__count"]
        )
        counts = dict(groups)
        for tier in self:
            tier.member_count = counts.get(tier, 0)

    @api.depends("name", "ladder_id.name")
    @api.depends_context("tier_with_ladder")
    def _compute_display_name(self):
        for tier in self:
            tier.display_name = tier.name
            if self.env.context.get("tier_with_ladder"):
                tier.display_name = f"{tier.ladder_id.name}: {tier.name}"

    @api.model_create_multi
    def create(self, vals_list):
        tiers = super().create(vals_list)
        tiers.ladder_id._check_is_draft()
        return tiers

    def write(self, vals):
        if RULE_FIELDS & vals.keys():
            self.ladder_id._check_is_draft()
        if "points_multiplier" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if self.ladder_id.filtered(lambda ladder: ladder.state == "published"):
            raise UserError(
                self.env._(
                    "Customers hold the tiers of a published ladder: make a new version of the"
                    " ladder, and publish it instead."
                )
            )

    @api.model
    @tools.ormcache()
    def _multipliers(self):
        """Return ``{tier's id: (ladder's id, times)}`` of the ladders in force."""
        # sudo: what a tier brings is no secret, and orders of all sellers ask for it
        tiers = self.sudo().search([("ladder_id.state", "=", "published")])
        return {tier.id: (tier.ladder_id.id, tier.points_multiplier) for tier in tiers}
