from odoo import api, fields, models, tools

from odoo.addons.crm_relationship.models.res_partner import CONTACT_POINT_GROUP

from ..logic.eligibility import Conditions, obstacle, period_bounds


class CrmLoyaltyEligibility(models.AbstractModel):
    """Whom a program or a reward is for, and how often one customer may use it."""

    _name = "crm.loyalty.eligibility"
    _description = "Eligibility"

    value_grade_ids = fields.Many2many(
        comodel_name="crm.value.grade",
        string="Value Grades",
        groups=CONTACT_POINT_GROUP,
        help="Only customers of these grades may use it. Empty: customers of every grade and"
        " those without one. Customers are never told which grades.",
    )
    is_members_only = fields.Boolean(
        string="Members Only", help="Only customers with an active member number may use it."
    )
    max_per_customer = fields.Integer(
        string="Maximum per Customer",
        help="In how many confirmed orders a customer, with all contacts of his company, may use"
        " it within the period. 0: as often as he likes.",
    )
    max_period = fields.Selection(
        selection=[
            ("day", "A Day"),
            ("week", "A Week (from Monday)"),
            ("month", "A Calendar Month"),
            ("year", "A Calendar Year"),
            ("ever", "All Time"),
        ],
        string="Within",
        required=True,
        default="ever",
    )

    _max_per_customer_positive = models.Constraint(
        "CHECK (max_per_customer >= 0)",
        "A maximum per customer is 0 (none) or more: correct the number.",
    )

    @api.model
    def _condition_fields(self):
        """Hook: return the names of the fields that, once filled, keep some customers away."""
        return ["value_grade_ids", "is_members_only", "max_per_customer"]

    def _obstacle(self, order, customer, uses):
        """Hook: return the kind of obstacle between an order's customer and this, None if none.

        :param customer: what is known of him, a `logic.eligibility.Customer`
        :param uses: in how many confirmed orders of the period he has used it
        """
        found = obstacle(self._conditions(), customer, uses)
        if not found and not self.filtered_domain(order._get_tier_domain()):
            return "tier"
        return found

    def _conditions(self):
        return self._conditions_by_id().get(self.id, Conditions())

    @api.model
    @tools.ormcache()
    def _conditions_by_id(self):
        """Return ``{id: Conditions}`` of all that are not for every customer."""
        # sudo: what keeps customers away does not depend on who sells
        every = self.sudo().with_context(active_test=False).search([])
        names = self._condition_fields()
        return {
            offer.id: offer._as_conditions()
            for offer in every
            if any(offer[name] for name in names)
        }

    def _as_conditions(self):
        """Hook: return whom it is for, as plain values."""
        return Conditions(
            frozenset(self.value_grade_ids.ids), self.is_members_only, self.max_per_customer
        )

    @api.model
    def _with_conditions(self):
        """Return, as the system, all that are not for every customer."""
        # sudo: orders are checked against them, whatever the seller may see of them
        return self.sudo().browse(self._conditions_by_id())

    def _period(self, company):
        """Return the first days of the present period and of the next, None if it has no end."""
        return period_bounds(company._business_today(), self.max_period)

    def _offered_rewards(self):
        """Return the rewards whose use is a use of this."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        offers = super().create(vals_list)
        self._forget_conditions({name for vals in vals_list for name in vals})
        return offers

    def write(self, vals):
        result = super().write(vals)
        self._forget_conditions(vals.keys())
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _forget_conditions(self, names):
        if names & set(self._condition_fields()):
            self.env.registry.clear_cache()


class LoyaltyProgram(models.Model):
    _name = "loyalty.program"
    _inherit = ["loyalty.program", "crm.loyalty.eligibility"]

    owner_scope = fields.Selection(
        selection=[
            ("owner", "Its owner"),
            ("household", "Its owner's household"),
            ("company", "Its owner's company and its contacts"),
            ("anyone", "Anyone who has the code"),
        ],
        string="A Personal Coupon Is For",
        compute="_compute_owner_scope",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Who may use a coupon or card that has a customer. Those without one are for anyone.",
    )
    coupon_valid_days = fields.Integer(
        string="Coupons Are Valid (Days)",
        help="Coupons that are made without a last day can be used for so many days after the day"
        " they are made or earned on. 0: for ever.",
    )

    _coupon_valid_days_range = models.Constraint(
        "CHECK (coupon_valid_days BETWEEN 0 AND 36500)",
        "Coupons are valid for 0 (for ever) to 36,500 days: correct the number.",
    )

    @api.depends("program_type")
    def _compute_owner_scope(self):
        """Let gift cards be given away; all other cards are their owner's."""
        for program in self:
            program.owner_scope = "anyone" if program.program_type == "gift_card" else "owner"

    def _offered_rewards(self):
        return self.with_context(active_test=False).reward_ids


class LoyaltyReward(models.Model):
    _name = "loyalty.reward"
    _inherit = ["loyalty.reward", "crm.loyalty.eligibility"]

    def _offered_rewards(self):
        return self

    def _takes_points(self):
        """Return whether the seller can choose how many points are used."""
        return (
            self.reward_type == "discount"
            and self.discount_mode == "per_point"
            and not self.clear_wallet
        )

    def _points_step(self):
        """Return the number that points are used in multiples of, 0 for money."""
        return 0.0 if self.program_id.is_payment_program else self.required_points
