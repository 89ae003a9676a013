"""Which offers fit a customer, and why."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from odoo.addons.crm_relationship.models.res_partner import AMOUNT_GROUPS, RELATIONSHIP_GROUP

from ..logic import offer_score
from ..logic.offer_score import Fit
from .crm_offer_choosing import Affinity, Choosing

GOOD_MARGIN = 2 / 3  # of the other offers leave less
CHOICES_AT_MOST = 50
GREATEST_ID = 2**31 - 1


class CrmAllianceOffer(models.Model):
    _inherit = "crm.alliance.offer"

    @api.model
    @api.readonly
    def next_best_offers(self, partner_id, limit=3, order_id=None, channel_code="in_person"):
        """Return the offers of the company that fit a customer best, the best first.

        Left out is what he owns already, declined lately, accepted as often as he may, may not be
        told of, or cannot have. ``order_id``: an order of his whose company and warehouse count;
        else those of the user's company. Returns a list of dicts:

        - ``offer_id``, ``name``, ``kind``, ``pitch``, ``price``, ``currency_id``
        - ``score``: 0 to 100, as ``logic/offer_score.py`` says; of equals the older offer is first
        - ``reasons``: sentences for staff that say why, the weightiest first; never empty
        - ``available``: ``{"free": number or None, "on": "2026-01-31" or None, "enough": whether
          enough is there now}``; ``free`` is the least free quantity of its goods in the warehouse,
          or of what the partner agreed to this month, None when none of them is limited; ``on`` is
          the day on which enough is there, None when it is there now or the day is not known

        Raises AccessError for others than staff of customer relationships; UserError when there is
        no such customer, or no such order of his, that the user may see, or a number is none.
        """
        check_whole(self.env, limit or 0)
        partner, company, warehouse = self._readable_customer(partner_id, order_id)
        rules = list(self._rules_on(company.id, company._business_today()).values())
        choosing = Choosing(partner, company, rules, channel_code, warehouse.id)
        if not rules or len(choosing.refusals) == len({rule.purpose for rule in rules}):
            return []
        possible = [rule for rule in rules if not choosing.obstacle_of(rule)]
        ranking = _Ranking(choosing, possible)
        best = ranking.best(min(limit or 0, CHOICES_AT_MOST))
        return self._described(ranking, best)

    def _obstacles(self, partner, channel_code="in_person"):
        """Return ``{offer: sentence}``: why each of these that is not for a customer is not."""
        found = {}
        for company, offers in self.grouped("company_id").items():
            made = self._rules_on(company.id, company._business_today())
            rules = [made[offer.id] for offer in offers if offer.id in made]
            choosing = Choosing(partner, company, rules, channel_code)
            for offer in offers:
                rule = made.get(offer.id)
                code = choosing.obstacle_of(rule) if rule else "not_made"
                if code:
                    found[offer] = offer._obstacle_sentence(code, choosing)
        return found

    def _obstacle_of(self, partner, channel_code="in_person"):
        """Return why the offer is not for a customer, None when it is."""
        self.ensure_one()
        return self._obstacles(partner, channel_code).get(self)

    @api.model
    def _readable_customer(self, partner_id, order_id):
        """Return the customer, the company, and the warehouse of an order, that the user sees."""
        if not self.env.user.has_group(RELATIONSHIP_GROUP):
            raise AccessError(
                self.env._("Only staff of customer relationships choose offers: ask one of them.")
            )
        self.check_access("read")
        check_whole(self.env, partner_id, order_id or 0)
        partners = self.env["res.partner"].with_context(active_test=False)
        partner = partners.search_fetch([("id", "=", partner_id)], ["commercial_partner_id"])
        if not partner:
            raise UserError(self.env._("There is no such customer whom you may see."))
        partner = self.env["res.partner"].browse(partner.id)
        if not order_id:
            return partner, self.env.company, self.env["stock.warehouse"]
        order = self.env["sale.order"].search_fetch(
            [
                ("id", "=", order_id),
                ("partner_id.commercial_partner_id", "=", partner.commercial_partner_id.id),
            ],
            ["company_id", "warehouse_id"],
        )
        if not order:
            raise UserError(self.env._("Choose an order of this customer."))
        return partner, order.company_id, order.warehouse_id

    def _obstacle_sentence(self, code, choosing):
        if code == "permission":
            refusal = choosing.refusals[self._purpose_code()]
            return choosing.partner._refusal_sentences()[refusal]
        return self._obstacle_sentences()[code] % {"offer": self.name}

    @api.model
    def _obstacle_sentences(self):
        """Hook: return ``{code: sentence}`` for each reason why an offer is not made to somebody.

        No sentence tells the grade of a customer.
        """
        return {
            "not_made": self.env._(
                "%(offer)s is not made today: it is not running, or outside its dates."
            ),
            "taken": self.env._("%(offer)s was accepted as often as it may be in all."),
            "audience": self.env._("%(offer)s is not for this customer."),
            "grade": self.env._("%(offer)s is not for this customer."),
            "tier": self.env._("%(offer)s is for other tiers than this customer's."),
            "trigger": self.env._("%(offer)s goes with products that this customer did not buy."),
            "owned": self.env._("The customer has bought what %(offer)s offers, once is enough."),
            "accepted": self.env._("The customer accepted %(offer)s as often as he may."),
            "declined": self.env._("The customer declined %(offer)s a short while ago."),
            "partner": self.env._("The partner has no more of what %(offer)s offers for now."),
            "stock": self.env._("Too little of what %(offer)s offers is free in the warehouse."),
        }

    @api.model
    def _described(self, ranking, rules):
        """Return what users get to know of chosen offers."""
        offers = self.browse(rule.offer for rule in rules)
        offers.fetch(["name", "kind", "pitch", "price"])
        sees_amounts = any(self.env.user.has_group(name) for name in AMOUNT_GROUPS.split(","))
        currency = ranking.choosing.company.currency_id
        return [
            {
                "offer_id": offer.id,
                "score": ranking.score(rule),
                "reasons": self._reasons(ranking, rule, sees_amounts),
                "available": ranking.available(rule),
                "name": offer.name,
                "kind": offer.kind,
                "pitch": offer.pitch or "",
                "price": offer.price,
                "currency_id": currency.id,
            }
            for offer, rule in zip(offers, rules, strict=True)
        ]

    @api.model
    def _reasons(self, ranking, rule, sees_amounts):
        """Hook: return the sentences that say why an offer is chosen, the weightiest first."""
        reasons = [
            self._reason_of_affinity(ranking, rule),
            self._reason_of_answers(ranking, rule),
            sees_amounts
            and ranking.parts[rule.offer].margin >= GOOD_MARGIN
            and self.env._("Leaves more than most of our offers."),
            (rule.tiers or rule.grades) and self.env._("Made for customers like this one."),
            rule.priority and self.env._("We want it to go before others."),
            self._reason_of_freshness(ranking, rule),
            self._reason_of_supply(ranking, rule),
        ]
        return [reason for reason in reasons if reason]

    @api.model
    def _reason_of_affinity(self, ranking, rule):
        found = ranking.best_affinity(rule)
        if found and found.name:
            return self.env._(
                "Bought %(product)s, which goes with it (%(lift).1f times as often as chance).",
                product=found.name,
                lift=found.lift,
            )
        if ranking.choosing.is_triggered(rule):
            return self.env._("Bought something that it goes with.")
        return None

    @api.model
    def _reason_of_answers(self, ranking, rule):
        accepted, answered = ranking.choosing.answers_by_kind.get(rule.kind, (0, 0))
        if not accepted:
            return None
        return self.env._(
            "Accepted %(accepted)s of %(answered)s offers of this kind.",
            accepted=accepted,
            answered=answered,
        )

    @api.model
    def _reason_of_freshness(self, ranking, rule):
        days = ranking.days_since_shown(rule)
        if days is not None:
            return (
                self.env._("Last shown %s days ago.", days) if days else self.env._("Shown today.")
            )
        since_start = ranking.days_since_start(rule)
        if since_start is not None and since_start < offer_score.NEW_FOR:
            return self.env._("A new offer that was not shown yet.")
        return self.env._("Not shown to the customer yet.")

    @api.model
    def _reason_of_supply(self, ranking, rule):
        there = ranking.choosing.supply_of(rule)
        if not there.is_short:
            return None
        if there.on:
            day = format_date(self.env, there.on)
            return self.env._("Not enough is free now; it is expected on %s.", day)
        return self.env._("Not enough is free now, and no more is expected.")


class _Ranking:
    """Offers that a customer may have, by how well they fit him."""

    def __init__(self, choosing, rules):
        self.choosing = choosing
        self.rules = rules
        self.found = choosing.affinities(rules)
        self.shares = {
            level: offer_score.affinity_shares(
                {item: one.strength for item, one in of_level.items()}
            )
            for level, of_level in self.found.items()
        }
        self.parts = {rule.offer: self._parts(rule) for rule in rules}

    def best(self, limit):
        """Return the rules of the best offers; of equals the older is first."""
        return sorted(self.rules, key=lambda rule: (-self.score(rule), rule.offer))[:limit]

    def score(self, rule) -> float:
        """Return the score of an offer, 0 to 100."""
        is_short = self.choosing.supply_of(rule).is_short
        return offer_score.score(self.parts[rule.offer], is_short)

    def available(self, rule):
        """Return how much is there, as `next_best_offers` says."""
        there = self.choosing.supply_of(rule)
        return {
            "free": there.free,
            "on": fields.Date.to_string(there.on) or None,
            "enough": not there.is_short,
        }

    def best_affinity(self, rule) -> Affinity | None:
        """Return what draws the offer along: products before categories, the strongest."""
        for level, items in self._items(rule).items():
            known = [self.found[level][item] for item in items if item in self.found[level]]
            named = [one for one in known if one.name]
            if named:
                return max(named, key=lambda one: one.strength)
        return None

    def days_since_shown(self, rule) -> int | None:
        """Return how long ago he or his firm saw the offer, None if never."""
        shown = self.choosing.past_of(rule).past.shown_on
        return (self.choosing.today - shown).days if shown else None

    def days_since_start(self, rule) -> int | None:
        """Return how long the offer is made, None when it is not known."""
        return (self.choosing.today - rule.started_on).days if rule.started_on else None

    def _parts(self, rule) -> Fit:
        of_products, of_categories = (
            [self.shares[level].get(item, 0.0) for item in items]
            for level, items in self._items(rule).items()
        )
        return Fit(
            affinity=offer_score.affinity(
                of_products, of_categories, self.choosing.is_triggered(rule)
            ),
            margin=rule.margin_rank,
            fit=offer_score.fit(bool(rule.tiers or rule.grades)),
            freshness=offer_score.freshness(
                self.days_since_shown(rule), self.days_since_start(rule)
            ),
            answers=offer_score.answers(*self.choosing.answers_by_kind.get(rule.kind, (0, 0))),
            priority=offer_score.priority(rule.priority),
        )

    @staticmethod
    def _items(rule):
        return {
            "product": [one.product for one in rule.goods],
            "category": [one.category for one in rule.goods],
        }


def check_whole(env, *numbers):
    """Raise UserError unless these are numbers that ids and counts can be."""
    for number in numbers:
        if type(number) is not int or not 0 <= number <= GREATEST_ID:
            raise UserError(
                env._("Give ids and how many offers are wanted as whole numbers, such as 3.")
            )
