from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..logic.referral import Terms
from ..logic.tier import in_cents
from .loyalty_history import POINT_DIGITS

REWARD_DOMAIN = "[('program_type', 'in', ('loyalty', 'coupons'))]"


class CrmReferralProgram(models.Model):
    """What a member who brings a friend gets, what the friend gets, and what it takes."""

    _name = "crm.referral.program"
    _description = "Referral Program"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", tracking=True, help="Codes are taken from this day on.")
    date_until = fields.Date(
        string="Until",
        tracking=True,
        help="The last day on which codes are taken. Who has entered one by then is rewarded later,"
        " too.",
    )
    referrer_program_id = fields.Many2one(
        comodel_name="loyalty.program",
        string="Reward of the Member",
        domain=REWARD_DOMAIN,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="A program with points gives points, a program of coupons gives a coupon of his own.",
    )
    referrer_points = fields.Float(string="Points of the Member", digits=POINT_DIGITS)
    referrer_program_type = fields.Selection(
        related="referrer_program_id.program_type", string="Kind of the Member's Reward"
    )
    friend_program_id = fields.Many2one(
        comodel_name="loyalty.program",
        string="Reward of the Friend",
        domain=REWARD_DOMAIN,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="A program with points gives points, a program of coupons gives a coupon of his own.",
    )
    friend_points = fields.Float(string="Points of the Friend", digits=POINT_DIGITS)
    friend_program_type = fields.Selection(
        related="friend_program_id.program_type", string="Kind of the Friend's Reward"
    )
    minimum_amount = fields.Monetary(
        string="Minimum of the First Order",
        tracking=True,
        help="Without taxes, after credit notes. 0: any amount.",
    )
    payment_days = fields.Integer(
        string="Days to Pay",
        default=90,
        tracking=True,
        help="The first order must be paid so many days after the code was entered at the latest."
        " 0: no limit.",
    )
    waiting_days = fields.Integer(
        tracking=True,
        help="The rewards come so many days after the payment, such as when goods cannot be"
        " returned any more.",
    )
    yearly_maximum = fields.Integer(
        string="Rewards a Year",
        tracking=True,
        help="A member is rewarded for so many friends in a calendar year. 0: any number. Beyond"
        " it, only the friend is rewarded.",
    )
    total_maximum = fields.Integer(
        string="Rewards in Total",
        tracking=True,
        help="A member is rewarded for so many friends in all. 0: any number. Beyond it, only the"
        " friend is rewarded.",
    )
    referral_count = fields.Integer(string="Referrals", compute="_compute_referral_count")

    _dates_ordered = models.Constraint(
        "CHECK (date_until >= date_from)", "The last day cannot be before the first one."
    )
    _figures_range = models.Constraint(
        """
        CHECK (
            referrer_points BETWEEN 0 AND 1000000 AND friend_points BETWEEN 0 AND 1000000
            AND minimum_amount BETWEEN 0 AND 1000000000
            AND payment_days BETWEEN 0 AND 3660 AND waiting_days BETWEEN 0 AND 366
            AND yearly_maximum BETWEEN 0 AND 1000000 AND total_maximum BETWEEN 0 AND 1000000
        )
        """,
        "Points, amounts, days and maximums are zero or more: at most 1,000,000 points, 3,660 days"
        " to pay and 366 days of waiting.",
    )

    def _compute_referral_count(self):
        count_by_program = dict(
            self.env["crm.referral"]._read_group(
                [("program_id", "in", self.ids)], ["program_id"], ["__count"]
            )
        )
        for program in self:
            program.referral_count = count_by_program.get(program, 0)

    @api.constrains("referrer_program_id", "referrer_points", "friend_program_id", "friend_points")
    def _check_rewards(self):
        for program in self:
            rewards = program.referrer_program_id | program.friend_program_id
            if not rewards:
                raise ValidationError(
                    self.env._("Choose a reward, of the member, of the friend, or of both.")
                )
            for reward, points in (
                (program.referrer_program_id, program.referrer_points),
                (program.friend_program_id, program.friend_points),
            ):
                gives_points = reward.program_type == "loyalty" and reward.is_nominative
                if reward and not gives_points and reward.program_type != "coupons":
                    raise ValidationError(
                        self.env._(
                            "%(program)s cannot be a reward here: choose a program with points or"
                            " with coupons.",
                            program=reward.display_name,
                        )
                    )
                if gives_points and points <= 0:
                    raise ValidationError(
                        self.env._(
                            "How many points of %(program)s is the reward? Enter a number above"
                            " zero.",
                            program=reward.display_name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "company_id" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_view_referrals(self):
        """Open the referrals of this program."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_relationship_loyalty.crm_referral_action"
        )
        return action | {"domain": [("program_id", "=", self.id)], "context": {}}

    @api.model
    @tools.ormcache()
    def _company_ids(self):
        """Return the companies that have or had a program; others have no referrals."""
        # sudo: whether there is one is no secret, and documents of all companies ask for it
        return frozenset(self.sudo().with_context(active_test=False).search([]).company_id.ids)

    @api.model
    def _running(self, company):
        """Return the program that takes codes in a company today, the first one of several."""
        if company.id not in self._company_ids():
            return self.browse()
        today = company._business_today()
        # sudo: who sells, or buys in the shop, need not see the program
        return self.sudo().search(
            Domain("company_id", "=", company.id)
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_until", "=", False) | Domain("date_until", ">=", today)),
            limit=1,
        )

    def _terms(self, entered_on) -> Terms:
        """Return what is asked of a referral whose code was entered on a day."""
        deadline = entered_on + timedelta(self.payment_days) if self.payment_days else None
        digits = self.currency_id.decimal_places
        return Terms(in_cents(self.minimum_amount, digits), deadline, self.waiting_days)
