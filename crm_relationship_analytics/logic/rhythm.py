"""How often a customer buys, and whether he still does by his own measure.

A day is the number of days since the beginning of the calendar (``date.toordinal``). A purchase is
a day on which something was bought, however many documents it has.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import floor
from statistics import median
from typing import NamedTuple

STATES = ("new", "active", "at_risk", "lapsed", "won_back")


class Rules(NamedTuple):
    """When a customer is late.

    ``at_risk`` and ``lapsed``: the gaps without a purchase after which he is; ``least_purchases``:
    how many it takes to have a rhythm of his own, of others ``usual_gap`` (days) holds.
    """

    at_risk: float
    lapsed: float
    least_purchases: int
    usual_gap: float


class Rhythm(NamedTuple):
    """Where a customer stands as of a day; ``since`` and ``due`` are days, ``gap`` is in days.

    ``overdue``: the gaps since his last purchase; above 1 he is later than usual.
    """

    state: str
    since: int
    gap: float
    is_own: bool
    due: int
    overdue: float


def gaps_of(days: Sequence[int]) -> list[int]:
    """Return the days from each purchase to the next, the purchases being in order.

    >>> gaps_of([100, 130, 190])
    [30, 60]
    """
    return [after - before for before, after in pairwise(days)]


def usual_gap(
    days_of_customers: Iterable[Sequence[int]], least_purchases: int, otherwise: float
) -> float:
    """Return the gap of the customer in the middle: the median of the customers' median gaps.

    Of those who have a rhythm of their own; where nobody has, of those who bought twice.

    >>> usual_gap([[1, 11, 21], [1, 31, 61], [1, 101, 201], [5]], 3, 90)
    30.0
    >>> usual_gap([[1, 11], [3]], 3, 90), usual_gap([[3]], 3, 90)
    (10.0, 90.0)
    """
    twice = [days for days in days_of_customers if len(days) > 1]
    often = [days for days in twice if len(days) >= least_purchases]
    gaps = [median(gaps_of(days)) for days in often or twice]
    return float(median(gaps)) if gaps else float(otherwise)


def gap_of(days: Sequence[int], rules: Rules) -> float:
    """Return the customer's own median gap, or the usual one while he has bought too seldom.

    >>> gap_of([1, 11, 41], Rules(1.5, 3, 3, 60)), gap_of([1, 11], Rules(1.5, 3, 3, 60))
    (20.0, 60)
    """
    if len(days) >= max(rules.least_purchases, 2):
        return float(median(gaps_of(days)))
    return rules.usual_gap


def rhythm(days: Sequence[int], as_of: int, rules: Rules) -> Rhythm:
    """Return where a customer stands who bought on some days, in order and not after ``as_of``.

    New: bought once. Won back: his last purchase came when he had lapsed. Each until he is late.

    >>> rules = Rules(at_risk=1.5, lapsed=3, least_purchases=3, usual_gap=20)
    >>> rhythm([100], 110, rules)
    Rhythm(state='new', since=100, gap=20, is_own=False, due=120, overdue=0.5)
    >>> rhythm([100, 110, 120], 130, rules)
    Rhythm(state='active', since=120, gap=10.0, is_own=True, due=130, overdue=1.0)
    >>> rhythm([100, 110, 120], 136, rules)
    Rhythm(state='at_risk', since=136, gap=10.0, is_own=True, due=130, overdue=1.6)
    >>> rhythm([100, 110, 120], 160, rules)
    Rhythm(state='lapsed', since=151, gap=10.0, is_own=True, due=130, overdue=4.0)
    >>> rhythm([100, 110, 120, 160], 165, rules)
    Rhythm(state='won_back', since=160, gap=10.0, is_own=True, due=170, overdue=0.5)
    """
    last, gap = days[-1], gap_of(days, rules)
    overdue = (as_of - last) / gap
    if overdue > rules.lapsed:
        state, since = "lapsed", last + floor(rules.lapsed * gap) + 1
    elif overdue > rules.at_risk:
        state, since = "at_risk", last + floor(rules.at_risk * gap) + 1
    elif len(days) == 1:
        state, since = "new", last
    else:
        state, since = "won_back" if came_back(days, rules) else "active", last
    is_own = len(days) >= max(rules.least_purchases, 2)
    return Rhythm(state, since, gap, is_own, last + round(gap), round(overdue, 2))


def came_back(days: Sequence[int], rules: Rules) -> bool:
    """Tell whether a customer had lapsed, by what was known then, when he bought last.

    >>> rules = Rules(at_risk=1.5, lapsed=3, least_purchases=3, usual_gap=20)
    >>> came_back([100, 170], rules), came_back([100, 160], rules)
    (True, False)
    """
    before = days[:-1]
    return days[-1] - before[-1] > rules.lapsed * gap_of(before, rules)
