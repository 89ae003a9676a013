"""How many purchases a customer will make: the BG/NBD model.

Fader, Hardie and Lee, "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD
Model, Marketing Science 24 (2005), 275-284. While he is active a customer buys at random with a
rate of his own, distributed Gamma(r, alpha) over the customers; after each purchase he leaves with
a probability of his own, distributed Beta(a, b).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from math import exp, isfinite, log, log1p
from typing import NamedTuple

from .minimise import Minimum, minimise

COARSE = 64  # steps of the longest history to which times are rounded for the first search
FEW = 4000  # kinds of histories that need no first search
BOUND = 12.0  # of the logarithm of a parameter; beyond it is no estimate
TERMS = 5000
CERTAIN = 40.0  # exp(-40) is nothing beside 1


class History(NamedTuple):
    """What the model knows of a customer, in one unit of time.

    ``repeats``: purchases after the first; ``recency``: from the first purchase to the last;
    ``age``: from the first purchase to now.
    """

    repeats: int
    recency: float
    age: float


class Rates(NamedTuple):
    """The parameters of the model."""

    r: float
    alpha: float
    a: float
    b: float


class Fit(NamedTuple):
    """The estimates of greatest likelihood; no estimates when ``is_found`` is False."""

    rates: Rates
    log_likelihood: float
    is_found: bool


class _Histories:
    """Equal histories together, in an order that does not depend on that of the customers."""

    def __init__(self, count_by_history: dict[History, int]) -> None:
        self.customers = sum(count_by_history.values())
        self.count_by_repeats: dict[int, int] = defaultdict(int)
        self.bought: dict[float, list[tuple[int, float, int]]] = defaultdict(list)
        self.never_again: dict[float, int] = defaultdict(int)
        recencies = set()
        for history, count in sorted(count_by_history.items()):
            repeats, recency, age = history
            self.count_by_repeats[repeats] += count
            if repeats:
                self.bought[age].append((repeats, recency, count))
                recencies.add(recency)
            else:
                self.never_again[age] += count
        self.recencies = sorted(recencies)
        self.most = max(self.count_by_repeats, default=0)


def fit(histories: Iterable[History]) -> Fit:
    """Return the estimates of greatest likelihood for the histories of some customers.

    With many kinds of histories the search begins on times that are rounded, and ends on them as
    they are.
    """
    return fit_counted(Counter(histories))


def fit_counted(count_by_history: dict[History, int]) -> Fit:
    """Return the estimates for histories, each with the number of customers who have it."""
    exact = _Histories(count_by_history)
    if not exact.bought:
        return Fit(Rates(0.0, 0.0, 0.0, 0.0), 0.0, False)
    start, curvature = _start(count_by_history), None
    if len(count_by_history) > FEW:
        rough = _search(_Histories(_rounded(count_by_history)), start, None, 1e-4)
        start, curvature = rough.point, rough.curvature
    found = _search(exact, start, curvature, 1e-6)
    is_found = found.is_found and all(abs(part) < BOUND for part in found.point)
    return Fit(Rates(*map(exp, found.point)), -found.value * exact.customers, is_found)


def _search(
    histories: _Histories,
    start: list[float],
    curvature: list[list[float]] | None,
    tolerance: float,
) -> Minimum:
    def mean_loss(point: list[float]) -> tuple[float, list[float]]:
        if any(abs(part) > 2 * BOUND for part in point):
            return float("inf"), [0.0] * len(point)
        rates = Rates(*map(exp, point))
        value, slopes = log_likelihood(histories, rates)
        of_logarithm = (slope * rate for slope, rate in zip(slopes, rates, strict=True))
        return -value / histories.customers, [-part / histories.customers for part in of_logarithm]

    return minimise(mean_loss, start, curvature, tolerance)


def _start(count_by_history: dict[History, int]) -> list[float]:
    """Return the logarithms of parameters that give the mean rate of purchases."""
    repeats = sum(history.repeats * count for history, count in count_by_history.items())
    ages = sum(history.age * count for history, count in count_by_history.items())
    return [0.0, log(max(ages, 1e-9) / max(repeats, 1)), 0.0, 1.0]


def _rounded(count_by_history: dict[History, int]) -> dict[History, int]:
    step = max(history.age for history in count_by_history) / COARSE
    counts: dict[History, int] = defaultdict(int)
    for (repeats, recency, age), count in count_by_history.items():
        rounded = History(repeats, round(recency / step) * step, round(age / step) * step)
        counts[rounded] += count
    return counts


def log_likelihood(histories: _Histories, rates: Rates) -> tuple[float, Rates]:
    """Return the logarithm of the likelihood and its derivatives by each parameter.

    It is equation (6) of the paper, taken apart as in Fader, Hardie and Lee, "Implementing the
    BG/NBD Model for Customer Base Analysis in Excel" (2005). As repeats are whole numbers, the
    gamma functions are sums over them.
    """
    r, alpha, a, b = rates
    value, by_r, by_alpha, by_a, by_b = _by_repeats(histories, rates)
    log_of = {recency: log(alpha + recency) for recency in histories.recencies}
    share_of = {recency: 1 / (alpha + recency) for recency in histories.recencies}
    factors = [0.0, *(log(a / (b + repeats - 1)) for repeats in range(1, histories.most + 1))]
    left = [0.0] * (histories.most + 1)
    for age, alike in histories.bought.items():
        log_age, share_age = log(alpha + age), 1 / (alpha + age)
        for repeats, recency, count in alike:
            times, log_recency = r + repeats, log_of[recency]
            power = factors[repeats] + times * (log_age - log_recency)
            if power < CERTAIN:
                odds = exp(power)
                gone = count * odds / (1 + odds)
                value += count * (log1p(odds) - times * log_age)
            else:
                gone = count
                value += count * (power - times * log_age)
            stayed = count - gone
            by_r -= stayed * log_age + gone * log_recency
            by_alpha -= times * (stayed * share_age + gone * share_of[recency])
            left[repeats] += gone
    for age, count in histories.never_again.items():
        value -= count * r * log(alpha + age)
        by_r -= count * log(alpha + age)
        by_alpha -= count * r / (alpha + age)
    by_a += sum(left) / a
    by_b -= sum(gone / (b + repeats - 1) for repeats, gone in enumerate(left) if repeats)
    return value, Rates(by_r, by_alpha, by_a, by_b)


def _by_repeats(histories: _Histories, rates: Rates) -> tuple[float, float, float, float, float]:
    """Return what depends on the repeats only, and its derivatives."""
    r, alpha, a, b = rates
    grown = stayed = grown_slope = stayed_by_a = stayed_by_b = 0.0
    value = by_r = by_a = by_b = 0.0
    for repeats in range(histories.most + 1):
        if repeats:
            last = repeats - 1
            grown += log(r + last)
            grown_slope += 1 / (r + last)
            stayed += log(b + last) - log(a + b + last)
            stayed_by_b += 1 / (b + last) - 1 / (a + b + last)
            stayed_by_a -= 1 / (a + b + last)
        if count := histories.count_by_repeats.get(repeats):
            value += count * (grown + stayed)
            by_r += count * grown_slope
            by_a += count * stayed_by_a
            by_b += count * stayed_by_b
    customers = histories.customers
    return (
        value + customers * r * log(alpha),
        by_r + customers * log(alpha),
        customers * r / alpha,
        by_a,
        by_b,
    )


def alive_probability(rates: Rates, history: History) -> float:
    """Return the probability that a customer still buys; who bought once only surely does.

    Fader, Hardie and Lee, "Computing P(alive) Using the BG/NBD Model" (2008).

    >>> rates = Rates(0.243, 4.414, 0.793, 2.426)
    >>> round(alive_probability(rates, History(2, 30.43, 38.86)), 4)
    0.7266
    >>> alive_probability(rates, History(0, 0, 38.86))
    1.0
    """
    repeats, recency, age = history
    if not repeats:
        return 1.0
    r, alpha, a, b = rates
    odds = log(a / (b + repeats - 1)) + (r + repeats) * log((alpha + age) / (alpha + recency))
    return 1 / (1 + exp(odds)) if odds < 700 else 0.0


def expected_purchases(rates: Rates, history: History, time: float) -> float:
    """Return how many purchases a customer is expected to make in the time to come.

    Equation (10) of the paper. The first customer of the CDNOW sample, for the 39 weeks to come
    (Fader, Hardie and Lee, "Implementing the BG/NBD Model ... in Excel", 2005):

    >>> rates = Rates(0.243, 4.414, 0.793, 2.426)
    >>> round(expected_purchases(rates, History(2, 30.43, 38.86), 39), 3)
    1.226
    """
    return alive_probability(rates, history) * purchases_while_alive(
        rates, history.repeats, history.age, time
    )


def purchases_while_alive(rates: Rates, repeats: int, age: float, time: float) -> float:
    """Return how many purchases are expected of a customer who is known to be active still.

    Equation (10) without its denominator. By Euler's transformation
    2F1(r+x, b+x; a+b+x-1; z) = (1-z)^(a-1-r-x) 2F1(a+b-1-r, a-1; a+b+x-1; z), whose series is
    short; the powers of 1 - z = (alpha+T) / (alpha+T+t) cancel out.
    """
    r, alpha, a, b = rates
    if abs(a - 1) < 1e-6:  # where the formula is a limit
        a = 1 + 1e-6
    part = time / (alpha + age + time)
    series = hypergeometric(a + b - 1 - r, a - 1, a + b + repeats - 1, part)
    return (a + b + repeats - 1) / (a - 1) * (1 - (1 - part) ** (a - 1) * series)


def hypergeometric(one: float, two: float, below: float, at: float) -> float:
    """Return Gauss' hypergeometric function 2F1(one, two; below; at) by its series, 0 <= at < 1.

    >>> round(hypergeometric(1, 1, 2, 0.5), 9)  # 2 ln 2
    1.386294361
    """
    return _series(one, two, below).value(at)


class _Series:
    """The series of 2F1 for some parameters; its coefficients are worked out once."""

    def __init__(self, one: float, two: float, below: float) -> None:
        self.parameters = one, two, below
        self.coefficients = [1.0]

    def value(self, at: float) -> float:
        """Return the sum of the series."""
        total, power, coefficients = 1.0, 1.0, self.coefficients
        for step in range(1, TERMS):
            if step == len(coefficients):
                self._append(step - 1)
            power *= at
            term = coefficients[step] * power
            total += term
            if abs(term) <= 1e-12 * abs(total):
                break
        return total if isfinite(total) else float("nan")

    def _append(self, step: int) -> None:
        one, two, below = self.parameters
        factor = (one + step) * (two + step) / ((below + step) * (step + 1))
        self.coefficients.append(self.coefficients[-1] * factor)


@lru_cache(maxsize=4096)
def _series(one: float, two: float, below: float) -> _Series:
    return _Series(one, two, below)
