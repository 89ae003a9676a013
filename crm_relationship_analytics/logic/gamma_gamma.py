"""How much a customer spends at a time: the Gamma-Gamma model.

Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013), http://brucehardie.com/notes/025/.
What a customer spends at a time is distributed Gamma(p, nu), the mean of which differs between
customers as nu is distributed Gamma(q, gamma). It must not depend on how often he buys.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import exp, lgamma, log
from typing import NamedTuple

from .minimise import Minimum, minimise

FEW = 4000  # customers who need no first search
COARSE = 0.05  # to what the logarithm of spending is rounded for the first search
BOUND = 20.0  # of the logarithm of a parameter; beyond it is no estimate


class Spending(NamedTuple):
    """What a customer has spent: on how many purchases, and on average at one, above zero."""

    purchases: int
    average: float


class Spread(NamedTuple):
    """The parameters of the model; ``gamma`` is in the unit of the amounts."""

    p: float
    q: float
    gamma: float


class Fit(NamedTuple):
    """The estimates of greatest likelihood; no estimates when ``is_found`` is False."""

    spread: Spread
    log_likelihood: float
    is_found: bool


class _Spendings:
    """The totals of customers who bought equally often, with the number who spent as much."""

    def __init__(self, spendings: Iterable[Spending], rounded: bool) -> None:
        counts: dict[tuple[int, float], int] = defaultdict(int)
        for purchases, average in spendings:
            if rounded:
                average = exp(round(log(average) / COARSE) * COARSE)
            counts[purchases, average] += 1
        self.customers = sum(counts.values())
        self.totals: dict[int, list[float]] = defaultdict(list)
        self.counts: dict[int, list[int]] = defaultdict(list)
        self.logs: dict[int, float] = defaultdict(float)  # of the averages, summed up
        self.customers_by_purchases: dict[int, int] = defaultdict(int)
        for (purchases, average), count in sorted(counts.items()):
            self.totals[purchases].append(purchases * average)
            self.counts[purchases].append(count)
            self.logs[purchases] += count * log(average)
            self.customers_by_purchases[purchases] += count
        self.all_alone = {purchases for purchases, of in self.counts.items() if max(of) == 1}


def fit(spendings: Iterable[Spending]) -> Fit:
    """Return the estimates of greatest likelihood for what customers have spent."""
    spendings = list(spendings)
    if not spendings:
        return Fit(Spread(0.0, 0.0, 0.0), 0.0, False)
    exact = _Spendings(spendings, rounded=False)
    mean = sum(average for _purchases, average in spendings) / len(spendings)
    start, curvature = [1.0, 1.0, log(mean)], None
    if len(spendings) > FEW:
        rough = _search(_Spendings(spendings, rounded=True), start, None, 1e-4)
        start, curvature = rough.point, rough.curvature
    found = _search(exact, start, curvature, 1e-6)
    is_found = found.is_found and all(abs(part) < BOUND for part in found.point[:2])
    return Fit(Spread(*map(exp, found.point)), -found.value * exact.customers, is_found)


def _search(
    spendings: _Spendings,
    start: list[float],
    curvature: list[list[float]] | None,
    tolerance: float,
) -> Minimum:
    def mean_loss(point: list[float]) -> tuple[float, list[float]]:
        if any(abs(part) > 2 * BOUND for part in point):
            return float("inf"), [0.0] * len(point)
        spread = Spread(*map(exp, point))
        value, slopes = log_likelihood(spendings, spread)
        of_logarithm = (slope * part for slope, part in zip(slopes, spread, strict=True))
        return -value / spendings.customers, [-part / spendings.customers for part in of_logarithm]

    return minimise(mean_loss, start, curvature, tolerance)


def log_likelihood(spendings: _Spendings, spread: Spread) -> tuple[float, Spread]:
    """Return the logarithm of the likelihood and its derivatives: equation (1a) of the note."""
    p, q, gamma = spread
    log_gamma, lgamma_q, digamma_q = log(gamma), lgamma(q), digamma(q)
    value = by_p = by_q = by_gamma = 0.0
    for purchases, customers in spendings.customers_by_purchases.items():
        logs, shares = _sums(spendings, purchases, gamma)
        known = spendings.logs[purchases]
        shape = p * purchases
        both = digamma(shape + q)
        value += customers * (
            lgamma(shape + q) - lgamma(shape) - lgamma_q + q * log_gamma + shape * log(purchases)
        )
        value += (shape - 1) * known - (shape + q) * logs
        by_p += purchases * (customers * (both - digamma(shape) + log(purchases)) + known - logs)
        by_q += customers * (both - digamma_q + log_gamma) - logs
        by_gamma += customers * q / gamma - (shape + q) * shares
    return value, Spread(by_p, by_q, by_gamma)


def _sums(spendings: _Spendings, purchases: int, gamma: float) -> tuple[float, float]:
    """Return the sums of log(gamma + total) and of 1 / (gamma + total) over customers."""
    shifted = [gamma + total for total in spendings.totals[purchases]]
    if purchases in spendings.all_alone:
        return sum(map(log, shifted)), sum(1 / total for total in shifted)
    counts = spendings.counts[purchases]
    return (
        sum(count * log(total) for count, total in zip(counts, shifted, strict=True)),
        sum(count / total for count, total in zip(counts, shifted, strict=True)),
    )


def expected_spend(spread: Spread, spending: Spending) -> float:
    """Return what a customer is expected to spend at a time: equation (5) of the note.

    His own average weighs the more, the more often he has bought; q must be above 1.

    >>> spread = Spread(6.25, 3.74, 15.44)
    >>> round(expected_spend(spread, Spending(2, 22.35)), 2)  # 6.25 * 60.14 / 15.24
    24.66
    """
    p, q, gamma = spread
    purchases, average = spending
    return p * (gamma + purchases * average) / (p * purchases + q - 1)


def digamma(at: float) -> float:
    """Return the derivative of the logarithm of the gamma function, for a positive number.

    By recurrence up to 6, then the asymptotic series (Abramowitz and Stegun, 6.3.5 and 6.3.18).

    >>> round(digamma(1), 10)  # the negative of Euler's constant
    -0.5772156649
    """
    shift = 0.0
    while at < 6:
        shift -= 1 / at
        at += 1
    square = 1 / (at * at)
    series = square * (
        1 / 12
        - square
        * (
            1 / 120
            - square * (1 / 252 - square * (1 / 240 - square * (1 / 132 - square * 691 / 32760)))
        )
    )
    return shift + log(at) - 0.5 / at - series
