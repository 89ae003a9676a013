"""Why an offer is not made to a customer."""

from collections.abc import Mapping, Set
from datetime import date, timedelta
from typing import NamedTuple


class Goods(NamedTuple):
    """A product of an offer, in the product's unit.

    ``is_stocked``: our own, and kept in stock. ``agreed``: how many the partner gives a month, 0
    for as many as are wanted; ``until``: the last day on which he has it.
    """

    product: int
    category: int
    quantity: float
    is_stocked: bool
    agreed: float = 0.0
    until: date | None = None


class Rule(NamedTuple):
    """What an offer that is made today asks for; it is the same for every customer."""

    offer: int
    kind: str
    audience: str = "[]"
    tiers: Set[int] = frozenset()
    grades: Set[int] = frozenset()
    trigger_products: Set[int] = frozenset()
    trigger_categories: Set[int] = frozenset()
    goods: tuple[Goods, ...] = ()
    is_durable: bool = False
    cap: int = 0
    cap_per_customer: int = 0
    cooloff_days: int = 0
    priority: int = 0
    least_free: float = 0.0
    margin_rank: float = 0.5
    started_on: date | None = None
    purpose: str = ""


class Past(NamedTuple):
    """What came of an offer: in all, this month, and with one customer."""

    accepted_in_all: int = 0
    accepted_in_month: int = 0
    accepted: int = 0
    declined_on: date | None = None
    shown_on: date | None = None


class Stock(NamedTuple):
    """How much of a product is free, and what comes in: (day, quantity), the earliest first."""

    free: float = 0.0
    incoming: tuple[tuple[date, float], ...] = ()

    def enough_on(self, wanted: float) -> date | None:
        """Return the day on which so many are there, None when none is known.

        >>> Stock(1, ((date(2026, 3, 2), 2), (date(2026, 3, 9), 5))).enough_on(4)
        datetime.date(2026, 3, 9)
        """
        there = self.free
        for day, quantity in self.incoming:
            there += quantity
            if there >= wanted:
                return day
        return None


class Customer(NamedTuple):
    """What decides on offers to one customer; the firm's is his, too."""

    owned: Set[int]  # products that he bought and did not bring back
    categories: Set[int]  # of these
    tiers: Set[int]
    grade: int
    audiences: Set[str]  # those that he is of
    refusals: Mapping[str, str]  # {purpose: why he may not be told}


class Supply(NamedTuple):
    """How much of an offer there is.

    ``free``: the least free quantity of its goods, None when none of them is limited; ``is_short``:
    it is not enough now; ``on``: the day on which it is, None when that is not known.
    """

    free: float | None = None
    is_short: bool = False
    on: date | None = None


def supply(rule: Rule, stock: Mapping[int, Stock], accepted_in_month: int) -> Supply:
    """Return how much of an offer there is in a warehouse, and of what the partner agreed to.

    >>> machine = Goods(1, 0, 2.0, True)
    >>> incoming = ((date(2026, 3, 2), 5.0),)
    >>> supply(Rule(9, "bundle", goods=(machine,)), {1: Stock(1.0, incoming)}, 0)
    Supply(free=1.0, is_short=True, on=datetime.date(2026, 3, 2))
    >>> supply(Rule(9, "bundle", goods=(machine,)), {1: Stock(2.0, ())}, 0)
    Supply(free=2.0, is_short=False, on=None)
    >>> supply(Rule(9, "bundle", goods=(Goods(2, 0, 1.0, False, 10.0),)), {}, 4)
    Supply(free=6.0, is_short=False, on=None)
    >>> supply(Rule(9, "link"), {}, 0)
    Supply(free=None, is_short=False, on=None)
    """
    free, short_until = [], []
    for goods in rule.goods:
        if goods.is_stocked:
            there = stock.get(goods.product, Stock())
            free.append(there.free)
            if there.free < goods.quantity:
                short_until.append(there.enough_on(goods.quantity))
        elif goods.agreed:
            left = goods.agreed - goods.quantity * accepted_in_month
            free.append(left)
            if left < goods.quantity:
                short_until.append(None)
    on = max(short_until) if short_until and None not in short_until else None
    return Supply(min(free, default=None), bool(short_until), on)


def obstacle(rule: Rule, customer: Customer, past: Past, there: Supply, today: date) -> str:
    """Return the code of why an offer is not made to a customer, or an empty text.

    >>> anybody = Customer(frozenset({7}), frozenset(), frozenset(), 0, frozenset({"[]"}), {})
    >>> day = date(2026, 3, 31)
    >>> obstacle(Rule(1, "link"), anybody, Past(), Supply(), day)
    ''
    >>> machine = Goods(7, 0, 1.0, True)
    >>> obstacle(Rule(1, "bundle", goods=(machine,), is_durable=True), anybody, Past(),
    ...          Supply(), day)
    'owned'
    >>> declined = Past(declined_on=date(2026, 3, 2))
    >>> [obstacle(Rule(1, "link", cooloff_days=days), anybody, declined, Supply(), day)
    ...  for days in (29, 30)]
    ['', 'declined']
    """
    checks = {
        "taken": rule.cap and past.accepted_in_all >= rule.cap,
        "permission": customer.refusals.get(rule.purpose),
        "audience": rule.audience not in customer.audiences,
        "tier": rule.tiers and not rule.tiers & customer.tiers,
        "grade": rule.grades and customer.grade not in rule.grades,
        "trigger": not is_triggered(rule, customer) and has_trigger(rule),
        "owned": rule.is_durable and any(one.product in customer.owned for one in rule.goods),
        "accepted": rule.cap_per_customer and past.accepted >= rule.cap_per_customer,
        "declined": past.declined_on
        and today < past.declined_on + timedelta(days=rule.cooloff_days),
        "partner": any(
            (one.until and one.until < today) or _is_used_up(one, past.accepted_in_month)
            for one in rule.goods
            if not one.is_stocked
        ),
        "stock": _is_out(rule, there),
    }
    return next((code for code, is_met in checks.items() if is_met), "")


def has_trigger(rule: Rule) -> bool:
    """Tell whether an offer is only for who has bought something.

    >>> has_trigger(Rule(1, "link")), has_trigger(Rule(1, "link", trigger_products={3}))
    (False, True)
    """
    return bool(rule.trigger_products or rule.trigger_categories)


def is_triggered(rule: Rule, customer: Customer) -> bool:
    """Tell whether a customer has bought what an offer goes with."""
    return bool(
        rule.trigger_products & customer.owned or rule.trigger_categories & customer.categories
    )


def _is_used_up(goods: Goods, accepted: int) -> bool:
    return bool(goods.agreed) and goods.agreed < goods.quantity * (accepted + 1)


def _is_out(rule: Rule, there: Supply) -> bool:
    """Tell whether too little is free, or nothing, and nobody knows when something comes."""
    if there.free is None:
        return False
    return there.free < rule.least_free or (there.is_short and there.free <= 0 and not there.on)
