from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS

from .crm_loyalty_notice import BATCH, Sending

BY_MAIL = ("mail", "both")
BY_ACTIVITY = ("activity", "both")


class CrmLoyaltyTierWarning(models.Model):
    """What is told of a tier that ends, once for each customer, tier and last day."""

    _name = "crm.loyalty.tier.warning"
    _description = "Warning of an Ending Tier"
    _inherit = ["crm.loyalty.notice"]
    _order = "last_day desc, id desc"

    partner_id = fields.Many2one(required=True, readonly=True, ondelete="cascade")
    ladder_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder", required=True, readonly=True, ondelete="cascade"
    )
    tier_id = fields.Many2one(
        comodel_name="crm.loyalty.tier", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    value_to_keep = fields.Monetary(string="To Keep the Tier", readonly=True, groups=AMOUNT_GROUPS)
    keep_display = fields.Char(
        compute="_compute_keep_display",
        groups=AMOUNT_GROUPS,
        help="The value in words of the reader; empty when nothing is missing.",
    )
    is_staff_told = fields.Boolean(
        string="Salesperson Told", readonly=True, help="An activity was given to the salesperson."
    )

    _once = models.Constraint(
        "UNIQUE(ladder_id, partner_id, tier_id, last_day)",
        "The customer is warned of the end of this tier already.",
    )

    @api.depends("value_to_keep", "ladder_id.metric", "company_id")
    @api.depends_context("lang")
    def _compute_keep_display(self):
        for warning in self:
            of_points = warning.ladder_id.metric == "points"
            warning.keep_display = bool(warning.value_to_keep) and self.env[
                "res.partner"
            ]._tier_amount(warning.value_to_keep, not of_points and warning.currency_id.id)

    @api.depends("partner_id", "tier_id", "last_day")
    def _compute_display_name(self):
        for warning in self:
            name = f"{warning.partner_id.display_name}, {warning.tier_id.name}"
            warning.display_name = f"{name}, {warning.last_day}"

    @api.model
    def _cron_warn(self):
        """Warn of the tiers that end soon, on all ladders that give warnings."""
        self._give_up_interrupted()
        ladders = self.env["crm.loyalty.ladder"].search(
            [("state", "=", "published"), ("is_over", "=", False), ("warn_by", "!=", "nobody")]
        )
        for ladder in ladders:
            if not self.with_company(ladder.company_id)._run(ladder):
                return

    @api.model
    def _run(self, ladder):
        """Plan and give the warnings of a ladder; return False when the time is up."""
        today = ladder.company_id._business_today()
        self._plan(ladder, today)
        mine = Domain("ladder_id", "=", ladder.id)
        if ladder.warn_by in BY_ACTIVITY and not self._tell_all_staff(ladder, mine, today):
            return False
        if ladder.warn_by not in BY_MAIL or not ladder.warning_template_id:
            return True
        title = self.env._("Tier warning: %s", ladder.name)
        sending = Sending(ladder.warning_template_id, title, ladder.warning_days)
        return self._send_planned(sending, mine, today)

    @api.model
    def _plan(self, ladder, today):
        """Note which tiers end soon, each once; again what was not needed and now is.

        A tier that ends with its ladder goes on as one of the new version.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO crm_loyalty_tier_warning AS known (
                    ladder_id, partner_id, company_id, tier_id, last_day, value_to_keep, state,
                    next_try, create_uid, create_date, write_uid, write_date
                )
                SELECT place.ladder_id, place.partner_id, place.company_id, place.tier_id,
                       place.tier_until, place.value_to_keep, 'planned',
                       %(now)s, %(user)s, %(now)s, %(user)s, %(now)s
                  FROM crm_loyalty_membership place
                  JOIN res_partner partner ON partner.id = place.partner_id AND partner.active
                 WHERE place.ladder_id = %(ladder)s AND place.tier_id IS NOT NULL
                   AND place.tier_until BETWEEN %(today)s AND %(until)s
                   AND place.tier_until IS DISTINCT FROM %(ends_on)s
                 ORDER BY place.tier_until, place.id
                    ON CONFLICT (ladder_id, partner_id, tier_id, last_day)
                    DO UPDATE SET state = 'planned', next_try = EXCLUDED.next_try
                 WHERE known.state = 'skipped' AND known.reason IS NULL
                """,
                ladder=ladder.id,
                ends_on=ladder.ends_on or None,
                today=today,
                until=today + timedelta(days=ladder.warning_days),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.env.invalidate_all()

    def _drop_needless(self):
        """Some customers keep their tier meanwhile, or need less than they did."""
        places = self.env["crm.loyalty.membership"].search(
            [("partner_id", "in", self.partner_id.ids), ("ladder_id", "in", self.ladder_id.ids)]
        )
        held = {
            (place.ladder_id, place.partner_id, place.tier_id, place.tier_until): place
            for place in places
        }
        for warning in self:
            key = (warning.ladder_id, warning.partner_id, warning.tier_id, warning.last_day)
            if key not in held or warning.last_day == warning.ladder_id.ends_on:
                warning.write({"state": "skipped", "reason": False})
            elif held[key].value_to_keep != warning.value_to_keep:
                warning.value_to_keep = held[key].value_to_keep

    @api.model
    def _tell_all_staff(self, ladder, mine, today):
        """Give the salespersons their activities; return False when the time is up."""
        job, last = self.env["ir.cron"], 0
        due = mine & Domain("state", "=", "planned") & Domain("last_day", ">=", today)
        due &= Domain("is_staff_told", "=", False)
        job._commit_progress(remaining=self.search_count(due))
        while warnings := self.search(due & Domain("id", ">", last), order="id", limit=BATCH):
            last = warnings[-1].id
            free = warnings.try_lock_for_update()
            free._drop_needless()
            free.filtered(lambda warning: warning.state == "planned")._tell_staff()
            if ladder.warn_by == "activity":
                only = self.env._("Only the salesperson is told.")
                planned = free.filtered(lambda warning: warning.state == "planned")
                planned.write({"state": "skipped", "reason": only})
            if not job._commit_progress(len(warnings)):
                return False
        return True

    def _tell_staff(self):
        """Give one activity for each customer who has a salesperson; it names no amount."""
        for warning in self:
            user = warning.partner_id._looked_after_by()
            if not user.active:
                continue
            warning = warning.with_context(lang=user.lang, mail_activity_quick_update=True)
            warning.partner_id.activity_schedule(
                "mail.mail_activity_data_call",
                warning.last_day,
                summary=warning.env._(
                    "%(tier)s ends on %(day)s",
                    tier=warning.tier_id.name,
                    day=format_date(warning.env, warning.last_day),
                ),
                user_id=user.id,
            )
            warning.is_staff_told = True


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    warn_by = fields.Selection(
        selection=[
            ("nobody", "Nobody"),
            ("mail", "The customer, by e-mail"),
            ("activity", "The salesperson, by an activity"),
            ("both", "Both"),
        ],
        string="Warned",
        default="nobody",
        required=True,
        tracking=True,
        help="Who is told once, from the days of warning on, that a tier ends and what keeps it.",
    )
    warning_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Warning",
        domain="[('model', '=', 'crm.loyalty.tier.warning')]",
        ondelete="set null",
        default=lambda self: self.env.ref(
            "crm_relationship_loyalty.mail_template_tier_warning", raise_if_not_found=False
        ),
    )

    @api.constrains("warn_by", "warning_template_id")
    def _check_warning(self):
        for ladder in self:
            template = ladder.warning_template_id.sudo()  # sudo: read what it is for only
            if ladder.warn_by in BY_MAIL and template.model != "crm.loyalty.tier.warning":
                raise ValidationError(
                    self.env._(
                        "Choose a warning of %(ladder)s that is an e-mail template for warnings of"
                        " ending tiers.",
                        ladder=ladder.display_name,
                    )
                )
