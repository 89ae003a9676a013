"""How well an offer fits a customer: a score of 0 to 100 that can be explained."""

from collections.abc import Iterable
from typing import NamedTuple

WEIGHTS = {
    "affinity": 40,  # what he bought draws it along
    "margin": 15,  # it leaves more than other offers
    "fit": 10,  # it is made for his tier or grade
    "freshness": 10,  # it is new to him
    "answers": 15,  # he accepted others of the kind
    "priority": 10,  # we want it to go first
}
NEUTRAL = 0.5  # of what nothing is known
FULL_AFFINITY = 0.5  # so much confidence in all is full affinity when nothing goes better with him
CATEGORY_SHARE = 0.5  # a category says less than the product itself
TRIGGERED = 0.5  # the least affinity of what was said to go with something that he bought
FORGOTTEN_AFTER = 90  # days, after which an offer that he saw counts as fresh again
NEW_FOR = 14  # days after its start
NEVER_SHOWN = 0.8
PRIOR_ANSWERS = 4  # so many answers of his weigh as much as knowing nothing of him
HIGHEST_PRIORITY = 3
SHORT_OF_STOCK = 0.5  # what remains of the score of an offer that is not free at once


class Fit(NamedTuple):
    """The parts of a score, each from 0 (bad) to 1 (good)."""

    affinity: float
    margin: float
    fit: float
    freshness: float
    answers: float
    priority: float


def score(parts: Fit, is_short: bool) -> float:
    """Return the score of an offer, 0 to 100 with one decimal.

    >>> score(Fit(1.0, 1.0, 1.0, 1.0, 1.0, 1.0), False)
    100.0
    >>> score(Fit(0.5, 0.5, 0.5, 0.8, 0.5, 0.0), False)  # 20 + 7.5 + 5 + 8 + 7.5 + 0
    48.0
    >>> score(Fit(0.5, 0.5, 0.5, 0.8, 0.5, 0.0), True)
    24.0
    """
    total = sum(WEIGHTS[name] * part for name, part in parts._asdict().items())
    return round(total * (SHORT_OF_STOCK if is_short else 1.0), 1)


def affinity_shares(strengths: dict[int, float]) -> dict[int, float]:
    """Return how well items go with a customer, to the one that goes best with him.

    ``strengths``: by item the sum of the confidences, each 0 to 1, of all pairs of something that
    he bought and the item. Summing them found what customers bought next more often than the best
    pair alone and than what is bought most (``tests/benchmark/recommending.py``).

    >>> affinity_shares({1: 2.0, 2: 0.5}), affinity_shares({3: 0.1}), affinity_shares({})
    ({1: 1.0, 2: 0.25}, {3: 0.2}, {})
    """
    best = max(strengths.values(), default=0.0)
    return {item: strength / max(best, FULL_AFFINITY) for item, strength in strengths.items()}


def affinity(
    of_products: Iterable[float], of_categories: Iterable[float], is_triggered: bool
) -> float:
    """Return the affinity of an offer: of its best product, or half of its best category.

    >>> affinity([0.2, 0.6], [1.0], False), affinity([], [0.7], False), affinity([], [], False)
    (0.6, 0.35, 0.0)
    >>> affinity([0.2], [], True), affinity([0.9], [], True)
    (0.5, 0.9)
    """
    found = max(max(of_products, default=0.0), CATEGORY_SHARE * max(of_categories, default=0.0))
    return max(found, TRIGGERED) if is_triggered else found


def margin_ranks(margins: dict[int, float]) -> dict[int, float]:
    """Return the share of the other offers that leave less; those that leave the same count half.

    >>> margin_ranks({1: 20.0, 2: 40.0, 3: 40.0}), margin_ranks({7: 12.0})
    ({1: 0.0, 2: 0.75, 3: 0.75}, {7: 0.5})
    """
    values = list(margins.values())
    others = len(values) - 1
    if not others:
        return dict.fromkeys(margins, NEUTRAL)
    return {
        offer: (sum(one < margin for one in values) + (values.count(margin) - 1) / 2) / others
        for offer, margin in margins.items()
    }


def freshness(days_since_shown: int | None, days_since_start: int | None) -> float:
    """Return how new an offer is to a customer: a new one most, one seen today not at all.

    >>> freshness(None, 3), freshness(None, 60), freshness(None, None)
    (1.0, 0.8, 0.8)
    >>> freshness(0, 3), freshness(45, 60), freshness(400, 400)
    (0.0, 0.4, 0.8)
    """
    if days_since_shown is not None:
        return NEVER_SHOWN * min(max(days_since_shown, 0) / FORGOTTEN_AFTER, 1.0)
    is_new = days_since_start is not None and days_since_start < NEW_FOR
    return 1.0 if is_new else NEVER_SHOWN


def answers(accepted: int, answered: int) -> float:
    """Return his rate of accepting, shrunk towards the middle while he answered seldom.

    >>> answers(0, 0), answers(2, 4), answers(4, 4), answers(0, 4)
    (0.5, 0.5, 0.75, 0.25)
    """
    return (accepted + NEUTRAL * PRIOR_ANSWERS) / (answered + PRIOR_ANSWERS)


def fit(is_for_some: bool) -> float:
    """Return how well an offer that he may have fits him: best when it is not for everybody.

    >>> fit(True), fit(False)
    (1.0, 0.5)
    """
    return 1.0 if is_for_some else NEUTRAL


def priority(level: int) -> float:
    """Return the part of the priority, of level 0 to 3.

    >>> priority(0), priority(3)
    (0.0, 1.0)
    """
    return level / HIGHEST_PRIORITY
