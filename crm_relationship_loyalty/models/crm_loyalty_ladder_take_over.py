from odoo import models
from odoo.tools import SQL

from .crm_loyalty_evaluation import Evaluation


class CrmLoyaltyLadder(models.Model):
    """What happens on the day on which a ladder takes the place of another, in one transaction."""

    _inherit = "crm.loyalty.ladder"

    def _take_over(self, day):
        """End the replaced ladder on the day of this one, as soon as it has come."""
        old = self.replaces_id
        if not old or old.is_over:
            return False
        old._lock()
        old._settle({"is_over": True})
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
