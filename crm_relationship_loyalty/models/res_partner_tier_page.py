from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_date

MOVES_SHOWN = 20


class ResPartner(models.Model):
    """What a customer reads of his own tiers."""

    _inherit = "res.partner"

    def _tier_statements(self):
        """Return what the customer reads of each ladder in force, in his language; as the system.

        The amounts are his own, or of the firm or household that he earns the tier with.

        :return: a list of dictionaries of texts, with ``progress`` in percent, ``benefits`` and
            ``next_benefits`` as lists of sentences, and ``moves`` as dictionaries
        """
        self.ensure_one()
        places = {place["ladder"]: place for place in self.loyalty_tiers or ()}
        return [
            self._tier_statement(ladder, places.get(ladder.id) or ladder._place_of_nobody())
            for ladder in self.env["crm.loyalty.ladder"]._giving()
        ]

    def _tier_statement(self, ladder, place):
        tiers = ladder._tiers()
        tier = tiers.filtered(lambda one: one.id == place["tier"])
        following = tiers.filtered(lambda one: not tier or one.threshold > tier.threshold)[:1]
        return {
            "ladder": ladder.name,
            "tier": place["name"],
            "color": place["color"] or 0,
            "until": place["until"]
            and self.env._("until %s", format_date(self.env, place["until"])),
            "next": following.name,
            "next_title": self.env._("What %s brings", following.name),
            "progress": place["progress"],
            "sentences": [*self._tier_sentences(place), *self._pause_sentences(ladder, tier)],
            "promise": tier.service_promise,
            "benefits": tier._benefits(),
            "next_promise": following.service_promise,
            "next_benefits": [*following._welcome(), *following._benefits()],
            "moves": self._tier_moves(ladder),
        }

    def _tier_sentences(self, place):
        """Return what the next tier takes, and what keeps this one."""
        sentences = []
        day = place["by"] and format_date(self.env, place["by"])
        if place["next"]:
            amount = self._tier_amount(place["missing"], place["currency_id"])
            sentences.append(
                self.env._(
                    "%(amount)s more until %(day)s bring you %(tier)s.",
                    amount=amount,
                    day=day,
                    tier=place["next"],
                )
                if day
                else self.env._(
                    "%(amount)s more bring you %(tier)s.", amount=amount, tier=place["next"]
                )
            )
        if place["until"] and place["keep"]:
            sentences.append(
                self.env._(
                    "%(amount)s more until %(day)s keep %(tier)s for you.",
                    amount=self._tier_amount(place["keep"], place["currency_id"]),
                    day=format_date(self.env, place["until"]),
                    tier=place["name"],
                )
            )
        return sentences

    def _pause_sentences(self, ladder, tier):
        """Return that the tier brings nothing while invoices are overdue, if that is so."""
        tolerance = ladder._pausing().get(tier.id)
        if tolerance is None:
            return []
        firm, today = self.commercial_partner_id, ladder.company_id._business_today()
        since = ladder._overdue_since(firm, ladder.company_id, today).get(firm.id)
        if not since or (today - since).days <= tolerance:
            return []
        return [self.env._("Your tier brings nothing while invoices are overdue.")]

    def _tier_moves(self, ladder):
        """Return his last moves, the newest first; what staff typed is not for him.

        Where new rules took the place of old ones, the end of one tier and the beginning of the
        other are one move.
        """
        changes = ladder.env["crm.loyalty.tier.change"].search(
            [
                ("ladder_id", "in", ladder._versions(ladder.id)),
                ("partner_id", "=", ladder._holder_of(self).id),
            ],
            limit=MOVES_SHOWN,
        )
        replaced = changes.filtered(lambda change: change.method == "replaced")
        ended = {one.date: one for one in replaced if not one.to_tier_id}
        begun = {one.date for one in replaced if one.to_tier_id}
        given = self.env._("It was given to you.")
        nothing = self.env._("No tier")
        moves = []
        for change in changes:
            if change in replaced and not change.to_tier_id and change.date in begun:
                continue
            before = change.from_tier_id
            if change in replaced and change.date in ended:
                before = ended[change.date].from_tier_id
            moves.append(
                {
                    "date": change.date,
                    "from": before.name or nothing,
                    "to": change.to_tier_id.name or nothing,
                    "reason": given if change.note else change.reason,
                }
            )
        return moves


class CrmLoyaltyLadder(models.Model):
    _inherit = "crm.loyalty.ladder"

    @api.model
    def _giving(self):
        """Return the ladders of the current company on which customers hold tiers today."""
        ladders = self.search(
            [
                ("state", "=", "published"),
                ("is_over", "=", False),
                ("company_id", "=", self.env.company.id),
            ]
        )
        return ladders.filtered(lambda ladder: ladder._may_give())

    def _place_of_nobody(self):
        """Return the place of a customer of whom nothing counts yet, as `loyalty_tiers` has it."""
        self.ensure_one()
        lowest = self._tiers()[:1]
        return {
            "tier": False,
            "name": False,
            "color": 0,
            "until": False,
            "by": False,
            "keep": False,
            "next": lowest.name,
            "missing": lowest.threshold,
            "progress": 0,
            "currency_id": self.metric != "points" and self.currency_id.id,
        }


class CrmLoyaltyTier(models.Model):
    _inherit = "crm.loyalty.tier"

    def _benefits(self):
        """Hook: return sentences that say what a tier brings, for customers to read."""
        if not self:
            return []
        sentences = [*self._multiplied_programs(), *self._offers_of_tier()]
        if self.grade_id:
            sentences.append(self.env._("The prices of %s", self.grade_id.name))
        if self.birthday_program_id:
            sentences.append(self.env._("On your birthday: %s", self.birthday_program_id.name))
        return sentences

    def _welcome(self):
        """Return what greets customers when they reach a tier."""
        if not self.entry_program_id:
            return []
        return [self.env._("As a welcome: %s", self.entry_program_id.name)]

    def _multiplied_programs(self):
        if self.points_multiplier == 1.0:
            return []
        programs = self._programs(Domain("ladder_id", "=", self.ladder_id.id))
        return [
            self.env._(
                "%(program)s: points × %(times)s",
                program=program.name,
                times=f"{self.points_multiplier:g}",
            )
            for program in programs
        ]

    def _offers_of_tier(self):
        """Return the programs, and the rewards of others, that are only for some tiers."""
        only = Domain("tier_ids", "in", self.ids)
        programs = self._programs(only)
        rewards = self.env["loyalty.reward"].search(
            only & Domain("program_id", "in", self._programs(Domain.TRUE).ids)
        )
        return [
            *programs.mapped("name"),
            *(
                f"{reward.program_id.name}: {reward.description}"
                for reward in rewards
                if reward.program_id not in programs
            ),
        ]

    def _programs(self, domain):
        """Return the programs in a domain that run today in the ladder's company."""
        company = self.company_id
        today = company._business_today()
        return self.env["loyalty.program"].search(
            domain
            & Domain("company_id", "in", [False, *company.parent_ids.ids])
            & (Domain("date_from", "=", False) | Domain("date_from", "<=", today))
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )
