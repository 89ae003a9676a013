from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from .crm_loyalty_evaluation import Evaluation

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
            super(CrmLoyaltyLadder, ladder).write(
                {
                    "published_on": day,
                    "state": "published",
                    "year_end_month": int(ladder.company_id.fiscalyear_last_month),
                    "year_end_day": ladder.company_id.fiscalyear_last_day,
                }
            )
            if ladder.replaces_id:
                super(CrmLoyaltyLadder, ladder.replaces_id).write(
                    {"ends_on": day - timedelta(days=1)}
                )
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
            super(CrmLoyaltyLadder, ladder).write(
                {"state": "draft", "year_end_month": 0, "year_end_day": 0}
            )
            if ladder.replaces_id:
                super(CrmLoyaltyLadder, ladder.replaces_id).write({"ends_on": False})
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

    def _take_over(self, day):
        """End the replaced ladder on the day of this one, as soon as it has come."""
        old = self.replaces_id
        if not old or old.is_over:
            return False
        old._lock()
        super(CrmLoyaltyLadder, old).write({"is_over": True})
        self.env.flush_all()
        self._follow(old)
        Evaluation(old, day).run()
        self.env.registry.clear_cache()
        return True

    def _follow(self, old):
        """Hook: have what refers to another ladder and its tiers refer to this one.

        Called by `_take_over` as the system. Offers for an old tier are for that one, too, on which
        orders of days gone by depend.
        """
        programs = self.env["loyalty.program"].with_context(active_test=False)
        programs.search([("ladder_id", "=", old.id)]).ladder_id = self
        for model_name in ("loyalty.program", "loyalty.reward"):
            self._have_offers_follow(self.env[model_name])
        self._carry_floors_over(old)

    def _have_offers_follow(self, offers):
        field = offers._fields["tier_ids"]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(relation)s (%(offer)s, %(tier)s)
                SELECT offered.%(offer)s, tier.id
                  FROM %(relation)s offered
                  JOIN crm_loyalty_tier tier ON tier.replaces_id = offered.%(tier)s
                 WHERE tier.ladder_id = %(ladder)s
                    ON CONFLICT DO NOTHING
                """,
                relation=SQL.identifier(field.relation),
                offer=SQL.identifier(field.column1),
                tier=SQL.identifier(field.column2),
                ladder=self.id,
            )
        )
        offers.invalidate_model(["tier_ids"])

    def _carry_floors_over(self, old):
        """Have tiers by hand that still run end, and run on as the tiers that replace them."""
        tiers = [(tier.id, new.id) for tier in old._tiers() if (new := self._tier_for(tier))]
        columns = SQL(
            "ladder_id, company_id, partner_id, date_until, reason, user_id, create_uid,"
            " create_date, write_uid, write_date"
        )
        self.env.cr.execute(
            SQL(
                """
                WITH ended AS (
                    UPDATE crm_loyalty_floor SET date_until = %(last)s
                      FROM (SELECT id, date_until FROM crm_loyalty_floor
                             WHERE ladder_id = %(old)s AND date_until > %(last)s) before
                     WHERE before.id = crm_loyalty_floor.id
                    RETURNING crm_loyalty_floor.*, before.date_until AS promised
                )
                INSERT INTO crm_loyalty_floor (%(columns)s, tier_id, date_from)
                SELECT %(ladder)s, company_id, partner_id, promised, reason, user_id, create_uid,
                       create_date, write_uid, write_date, new.tier_id,
                       GREATEST(date_from, %(first)s)
                  FROM ended
                  JOIN UNNEST(%(old_tiers)s::int[], %(new_tiers)s::int[]) new (old_id, tier_id)
                    ON new.old_id = ended.tier_id
                """,
                columns=columns,
                ladder=self.id,
                old=old.id,
                last=old.ends_on,
                first=self.published_on,
                old_tiers=[old_id for old_id, _new_id in tiers],
                new_tiers=[new_id for _old_id, new_id in tiers],
            )
        )
        self.env["crm.loyalty.floor"].invalidate_model()

    def _tier_for(self, old_tier):
        """Return what a holder of an old tier is promised: its lowest heir, or one below."""
        heirs = self._tiers().filtered(lambda tier: tier.replaces_id == old_tier)
        below = self._tiers().filtered(
            lambda tier: tier.replaces_id and tier.replaces_id.threshold < old_tier.threshold
        )
        return heirs[:1] or below[-1:]

    def _ranks_held_before(self, partner_ids=None):
        """Return ``{customer's id: rank}``: the highest tier held so far, in terms of this ladder.

        Whoever held a tier of an older version has entered the one that took its place.
        """
        old = self.replaces_id
        if not old:
            return {}
        held = old._ranks_held_before(partner_ids)
        old_ranks = {tier.id: rank for rank, tier in enumerate(old._tiers(), start=1)}
        mine = SQL("TRUE") if partner_ids is None else SQL("partner_id = ANY(%s)", partner_ids)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner_id, ARRAY_AGG(DISTINCT to_tier_id) FROM crm_loyalty_tier_change
                 WHERE ladder_id = %s AND to_tier_id IS NOT NULL AND %s
                 GROUP BY partner_id
                """,
                old.id,
                mine,
            )
        )
        for partner_id, tier_ids in rows:
            ranks = [old_ranks.get(tier_id, 0) for tier_id in tier_ids]
            held[partner_id] = max([held.get(partner_id, 0), *ranks])
        heirs = [
            (old_ranks.get(tier.replaces_id.id), rank) for rank, tier in enumerate(self._tiers(), 1)
        ]
        return {
            partner_id: max((new for before, new in heirs if before and before <= rank), default=0)
            for partner_id, rank in held.items()
        }


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
