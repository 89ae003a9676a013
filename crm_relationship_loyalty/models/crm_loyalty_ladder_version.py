from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

SETTLED_FIELDS = frozenset({"state", "ends_on", "is_over", "year_end_month", "year_end_day"})
UNSETTLED = (None, False, 0, "draft")


class CrmLoyaltyLadder(models.Model):
    """Versions of a ladder: from its day on a new one takes the place of the one before.

    To the day before, customers hold tiers of the old one, and whoever asks for such a day later
    gets the same answer. The first evaluation on the day has the new one take over, all in one
    transaction, so that no order finds a customer without a tier between them.
    """

    _inherit = "crm.loyalty.ladder"

    replaces_id = fields.Many2one(
        comodel_name="crm.loyalty.ladder",
        string="Takes the Place of",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        tracking=True,
        domain="[('state', '=', 'published'), ('is_over', '=', False),"
        " ('company_id', '=', company_id)]",
        help="The day before this ladder comes into force, that one ends.",
    )
    ends_on = fields.Date(
        string="Last Day",
        readonly=True,
        copy=False,
        tracking=True,
        help="From the next day on a new version holds.",
    )
    is_over = fields.Boolean(
        string="Replaced", readonly=True, copy=False, help="A new version has taken its place."
    )

    is_still_to_come = fields.Boolean(
        compute="_compute_is_still_to_come", help="Published, and in force from a later day on."
    )

    _successor_unique = models.UniqueIndex(
        "(replaces_id) WHERE replaces_id IS NOT NULL AND state = 'published'",
        "Only one ladder takes the place of another.",
    )

    @api.depends("state", "published_on", "company_id")
    def _compute_is_still_to_come(self):
        for ladder in self:
            ladder.is_still_to_come = (
                ladder.state == "published"
                and ladder.published_on > ladder.company_id._business_today()
            )

    @api.constrains("replaces_id", "company_id")
    def _check_replaces(self):
        for ladder in self.filtered("replaces_id"):
            if (
                ladder.replaces_id.state != "published"
                or ladder.replaces_id.company_id != ladder.company_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(ladder)s can only take the place of a published ladder of its company.",
                        ladder=ladder.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get(name) not in UNSETTLED for vals in vals_list for name in SETTLED_FIELDS):
            self._refuse_by_hand()
        return super().create(vals_list)

    def write(self, vals):
        if SETTLED_FIELDS & vals.keys():
            self._refuse_by_hand()
        if vals.get("active", True) is False:
            self._check_is_awaited_by_none()
        result = super().write(vals)
        if "replaces_id" in vals:
            self.env.registry.clear_cache()
            self.tier_ids.filtered(
                lambda tier: tier.replaces_id.ladder_id != tier.ladder_id.replaces_id
            ).replaces_id = False
        return result

    def _settle(self, values):
        """Write what only the buttons decide."""
        return super().write(values)  # pylint: disable=super-method-mismatch

    def _refuse_by_hand(self):
        raise UserError(
            self.env._("Publish the ladder, or set it back to draft, by the buttons of its form.")
        )

    def _check_is_awaited_by_none(self):
        for ladder in self:
            if ladder.replaces_id and ladder.is_still_to_come:
                raise UserError(
                    self.env._(
                        "%(ladder)s is to take the place of another: set it back to draft first.",
                        ladder=ladder.name,
                    )
                )

    def action_publish(self):
        """Put the rules in force on their day, and on that day give every customer his tier."""
        self._check_may_manage()
        for ladder in self.filtered(lambda one: one.state == "draft"):
            ladder._check_tiers()
            day = ladder.published_on or ladder.company_id._business_today()
            ladder._check_takes_over(day)
            ladder._settle(
                {
                    "published_on": day,
                    "state": "published",
                    "year_end_month": int(ladder.company_id.fiscalyear_last_month),
                    "year_end_day": ladder.company_id.fiscalyear_last_day,
                }
            )
            if ladder.replaces_id:
                ladder.replaces_id._settle({"ends_on": day - timedelta(days=1)})
                if ladder.is_still_to_come:
                    ladder.replaces_id._evaluate()
            ladder._evaluate()
        return True

    def _check_takes_over(self, day):
        """Raise unless the ladder that is replaced can end before a day."""
        old = self.replaces_id
        if not old:
            return
        if old.ends_on:
            raise ValidationError(
                self.env._(
                    "%(ladder)s ends already: another version takes its place.", ladder=old.name
                )
            )
        first = max(self.company_id._business_today(), fields.Date.add(old.published_on, days=1))
        if day < first:
            raise ValidationError(
                self.env._(
                    "A new version is in force from %(day)s on at the earliest: take another day.",
                    day=format_date(self.env, first),
                )
            )
        if not self.tier_ids.replaces_id:
            raise ValidationError(
                self.env._(
                    "Say on the tiers which of %(ladder)s they take the place of.", ladder=old.name
                )
            )

    def action_set_to_draft(self):
        """Take back a ladder whose day is still to come."""
        self._check_may_manage()
        for ladder in self.filtered(lambda one: one.state == "published"):
            if not ladder.is_still_to_come:
                raise UserError(
                    self.env._(
                        "Customers hold tiers of %(ladder)s: make a new version instead.",
                        ladder=ladder.name,
                    )
                )
            ladder._settle({"state": "draft", "year_end_month": 0, "year_end_day": 0})
            if ladder.replaces_id:
                ladder.replaces_id._settle({"ends_on": False})
                ladder.replaces_id._evaluate()
        return True

    def action_new_version(self):
        """Open a draft with the same tiers that is to take this ladder's place."""
        self.ensure_one()
        self._check_may_manage()
        if self.state != "published" or self.is_over:
            raise UserError(self.env._("Only a ladder in force gets a new version."))
        version = self.copy({"name": self.name, "replaces_id": self.id})
        for old, new in zip(self._tiers(), version._tiers(), strict=True):
            new.replaces_id = old
        return version.get_formview_action()

    def _may_give(self):
        """Return whether customers can hold tiers of this ladder today."""
        return self.state == "published" and not self.is_over and not self.is_still_to_come

    @api.model
    @tools.ormcache("ladder_id")
    def _versions(self, ladder_id):
        """Return the ids of a ladder and of those whose place it took, the newest first."""
        versions = []
        ladder = self.sudo().browse(ladder_id)  # sudo: which ladders there are is no secret
        while ladder:
            versions.append(ladder.id)
            ladder = ladder.replaces_id
        return tuple(versions)


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    replaces_id = fields.Many2one(
        comodel_name="crm.loyalty.tier",
        string="Takes the Place of",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The tier of the ladder before: its customers are not welcomed again, and what is"
        " offered for it is offered for this one. Empty: a new tier.",
    )

    @api.constrains("replaces_id", "ladder_id")
    def _check_replaces(self):
        for tier in self.filtered("replaces_id"):
            if tier.replaces_id.ladder_id != tier.ladder_id.replaces_id:
                raise ValidationError(
                    self.env._(
                        "%(tier)s takes the place of a tier of the ladder before: choose one of"
                        " its tiers.",
                        tier=tier.name,
                    )
                )
