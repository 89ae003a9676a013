"""What is known of one customer when offers are chosen for him: one query for each question."""

from datetime import date
from functools import cached_property
from typing import NamedTuple

from odoo import fields
from odoo.tools import SQL

from ..logic.offer_obstacle import (
    Customer,
    Past,
    Stock,
    Supply,
    is_triggered,
    obstacle,
    supply,
)
from .crm_offer_choosing_statements import AFFINITY_SQL, OWNED_SQL, PAST_SQL, STOCK_SQL

IN_PERSON = "in_person"
REFUSED_BY_FREQUENCY = frozenset({"own_cap", "cap", "gap"})


class Affinity(NamedTuple):
    """How well something that is offered goes with what a customer bought.

    ``strength``: the sum of the confidences; ``lift`` and ``name``: of the pair that says most.
    """

    strength: float
    lift: float | None
    name: str | None


class Known(NamedTuple):
    """What came of an offer with a customer.

    ``answered``: how often he answered it; ``is_of_visit``: he was shown it in person today.
    """

    kind: str
    past: Past
    answered: int
    is_of_visit: bool


class Choosing:
    """One customer, and the rules of the offers that may be for him."""

    def __init__(self, partner, company, rules, channel_code, warehouse_id=None):
        self.env = partner.env
        self.env.flush_all()
        self.partner = partner
        self.customer = partner.commercial_partner_id
        self.company = company
        self.rules = rules
        self.channel_code = channel_code
        self.warehouse_id = warehouse_id or 0
        self.today: date = company._business_today()

    def obstacle_of(self, rule) -> str:
        """Return the code of why an offer is not made to him, or an empty text."""
        there = self.supply_of(rule)
        return obstacle(rule, self.facts, self.past_of(rule).past, there, self.today)

    def supply_of(self, rule) -> Supply:
        """Return how much of an offer there is."""
        return supply(rule, self.stock, self.past_of(rule).past.accepted_in_month)

    def past_of(self, rule) -> Known:
        """Return what came of an offer until now."""
        return self.known[rule.offer]

    def is_triggered(self, rule) -> bool:
        """Tell whether he bought what the offer is said to go with."""
        return is_triggered(rule, self.facts)

    @cached_property
    def facts(self) -> Customer:
        """What decides on offers to him."""
        owned = {product for product, _categ, is_owned, _moment in self.bought if is_owned}
        categories = {categ for _product, categ, is_owned, _moment in self.bought if is_owned}
        tiers = any(rule.tiers for rule in self.rules) and self._tiers()
        grade = self._known_rows[0][-1] if self._known_rows else 0
        audiences = self._audiences()
        return Customer(owned, categories, tiers or set(), grade or 0, audiences, self.refusals)

    @cached_property
    def refusals(self) -> dict[str, str]:
        """Why he may not be told of offers: ``{purpose: code}``.

        How often he is contacted was asked when his visit began: all of it is one contact.
        """
        partner = self.partner.with_company(self.company)
        found = {
            purpose: partner._refusals(self.channel_code, purpose)[partner.id]
            for purpose in {rule.purpose for rule in self.rules}
        }
        refused = {purpose: code for purpose, code in found.items() if code}
        by_frequency = {one for one, code in refused.items() if code in REFUSED_BY_FREQUENCY}
        if by_frequency and self._is_visiting():
            return {one: code for one, code in refused.items() if one not in by_frequency}
        return refused

    @cached_property
    def bought(self) -> list[tuple]:
        """What he and his firm bought: product, category, whether he has it, and when last.

        The moment is that of the last order of his own choice, None without one.
        """
        return self._rows(OWNED_SQL)

    @cached_property
    def known(self) -> dict[int, Known]:
        """What came of these offers, and of others that he was shown, by offer."""
        day = self._day
        return {
            offer: Known(kind, Past(in_all, month, accepted, day(declined), day(shown)), *rest)
            for offer, kind, in_all, month, accepted, declined, shown, *rest, _grade in (
                self._known_rows
            )
        }

    @cached_property
    def stock(self) -> dict[int, Stock]:
        """What is free, and what comes in, of the goods that are kept in stock, by product."""
        products = {
            goods.product for rule in self.rules for goods in rule.goods if goods.is_stocked
        }
        if not products:
            return {}
        free, incoming = {}, {}
        for product, moment, quantity in self._rows(
            STOCK_SQL, products=list(products), warehouse=self.warehouse_id
        ):
            if moment:
                incoming.setdefault(product, []).append((self._day(moment), float(quantity)))
            else:
                free[product] = float(quantity)
        return {
            product: Stock(free.get(product, 0.0), tuple(incoming.get(product, ())))
            for product in products
        }

    def affinities(self, rules) -> dict[str, dict[int, Affinity]]:
        """Return how well what offers are of goes with what he bought, by level and item."""
        bought = [row for row in self.bought if row[3]]
        goods = [one for rule in rules for one in rule.goods]
        found = {"product": {}, "category": {}}
        if not bought or not goods:
            return found
        rows = self._rows(
            AFFINITY_SQL,
            products=[row[0] for row in bought],
            categories=[row[1] for row in bought],
            moments=[row[3] for row in bought],
            offered=list({one.product for one in goods}),
            offered_categories=list({one.category for one in goods}),
            today=self.today,
            lang=self.env.lang or "en_US",
        )
        for level, item, strength, lift, name in rows:
            found[level][item] = Affinity(strength, lift, name)
        return found

    @cached_property
    def answers_by_kind(self) -> dict[str, tuple[int, int]]:
        """How often he accepted and answered offers of each kind."""
        counts = {}
        for known in self.known.values():
            accepted, answered = counts.get(known.kind, (0, 0))
            counts[known.kind] = accepted + known.past.accepted, answered + known.answered
        return counts

    @cached_property
    def _known_rows(self):
        agreed = [rule.offer for rule in self.rules if any(one.agreed for one in rule.goods)]
        return self._rows(
            PAST_SQL,
            agreed=agreed,
            partner=self.partner.id,
            day=self.company._start_of_day(self.today),
            in_person=self.env["crm.contact.channel"]._by_code(IN_PERSON).id,
            month=self.company._start_of_day(self.today.replace(day=1)),
            offers=[rule.offer for rule in self.rules],
        )

    def _is_visiting(self):
        """Tell whether he is here today, and was shown an offer."""
        return self.channel_code == IN_PERSON and any(
            known.is_of_visit for known in self.known.values()
        )

    def _tiers(self):
        # sudo: who presents offers need not see all tiers
        changes = self.env["crm.loyalty.tier.change"].sudo()
        partners = self.partner | self.customer
        return set(changes._tiers_on(partners, self.company, self.today)[self.partner].ids)

    def _audiences(self) -> set[str]:
        """Return which of the stored conditions he meets; one that cannot be read is not met."""
        offers = self.env["crm.alliance.offer"]
        conditions = {None: offers._reachable_by(self.company)} | {
            rule.audience: offers._parsed_audience(rule.audience, self.company)
            for rule in self.rules
        }
        met = offers._conditions_met(conditions, self.partner, self.company)
        return met - {None} if None in met else set()

    def _day(self, moment) -> date | None:
        return self.company._business_day(fields.Datetime.to_datetime(moment)) if moment else None

    def _rows(self, statement, **values) -> list[tuple]:
        return self.env.execute_query(
            SQL(statement, customer=self.customer.id, company=self.company.id, **values)
        )
