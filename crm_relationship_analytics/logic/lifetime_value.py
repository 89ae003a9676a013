"""What a customer will bring: purchases to come, times spending, times the margin, discounted.

By two ways: BG/NBD and Gamma-Gamma, or a simple formula of last year's purchases and retention.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import sqrt
from typing import NamedTuple, Protocol

from . import bg_nbd, gamma_gamma

YEAR = 365
QUARTER = YEAR / 4
MONTHS_OF_QUARTER = 3


class Customer(NamedTuple):
    """What is known of a customer as of a day; ``first`` and ``last`` are numbers of days.

    ``lately``: his purchases in the year up to that day. ``spent``: all that he has spent.
    """

    purchases: int
    first: int
    last: int
    lately: int
    spent: float


class Prospect(NamedTuple):
    """What is to be expected of a customer.

    ``alive``: the probability that he still buys, None where it is not known. ``discounted``: the
    purchases up to the horizon, each at today's value; times ``spend`` and margin it is the CLV.
    """

    alive: float | None
    next_quarter: float
    next_year: float
    spend: float
    discounted: float


class Horizon(NamedTuple):
    """How far the lifetime value looks, in months, and the yearly rate it is discounted by."""

    months: int
    discount: float

    @property
    def quarters(self) -> list[float]:
        """The discount of each quarter, as of its middle.

        >>> [round(factor, 4) for factor in Horizon(6, 0.1).quarters]
        [0.9882, 0.9649]
        """
        return [
            (1 + self.discount) ** -((quarter + 0.5) / 4)
            for quarter in range(self.months // MONTHS_OF_QUARTER)
        ]


class Way(Protocol):
    """A way to tell what a customer will do after a day."""

    def purchases(self, customer: Customer, days: float) -> float:
        """Return the purchases expected within some days."""

    def spend(self, customer: Customer) -> float:
        """Return what he is expected to spend at a purchase."""

    def prospect(self, customer: Customer, horizon: Horizon) -> Prospect:
        """Return everything that is expected."""


class ByModel:
    """By BG/NBD and Gamma-Gamma, as of a day."""

    def __init__(self, rates: bg_nbd.Rates, spread: gamma_gamma.Spread, as_of: int) -> None:
        self.rates = rates
        self.spread = spread
        self.as_of = as_of
        self.while_alive: dict[tuple[int, int, object], object] = {}

    def purchases(self, customer: Customer, days: float) -> float:
        """Return the purchases expected within some days."""
        key = customer.purchases, customer.first, days
        if key not in self.while_alive:
            self.while_alive[key] = bg_nbd.purchases_while_alive(
                self.rates, customer.purchases - 1, self.as_of - customer.first, days
            )
        return self._alive(customer) * self.while_alive[key]

    def spend(self, customer: Customer) -> float:
        """Return what he is expected to spend; what was taken back in full counts as nothing."""
        average = max(customer.spent / customer.purchases, 0.0)
        spending = gamma_gamma.Spending(customer.purchases, average)
        return gamma_gamma.expected_spend(self.spread, spending)

    def prospect(self, customer: Customer, horizon: Horizon) -> Prospect:
        """Return everything that is expected."""
        key = customer.purchases, customer.first, horizon
        if key not in self.while_alive:
            self.while_alive[key] = self._while_alive(customer, horizon)
        alive = self._alive(customer)
        quarter, year, discounted = (alive * part for part in self.while_alive[key])
        return Prospect(alive, quarter, year, self.spend(customer), discounted)

    def _alive(self, customer: Customer) -> float:
        history = bg_nbd.History(
            customer.purchases - 1, customer.last - customer.first, self.as_of - customer.first
        )
        return bg_nbd.alive_probability(self.rates, history)

    def _while_alive(self, customer: Customer, horizon: Horizon) -> tuple[float, float, float]:
        repeats, age = customer.purchases - 1, self.as_of - customer.first
        factors = horizon.quarters
        ends = [
            bg_nbd.purchases_while_alive(self.rates, repeats, age, QUARTER * quarter)
            for quarter in range(1, max(len(factors), 4) + 1)
        ]
        discounted = sum(
            (after - before) * factor
            for (before, after), factor in zip(pairwise([0.0, *ends]), factors, strict=False)
        )
        return ends[0], ends[3], discounted


class BySimpleFormula:
    """By what he bought in the last year, and how many customers stay for another.

    ``retention``: the share of customers who buy again within a year; ``known_days``: the days of
    the last year of which documents are known.
    """

    def __init__(self, retention: float, known_days: int) -> None:
        self.retention = retention
        self.known_days = known_days

    def purchases(self, customer: Customer, days: float) -> float:
        """Return as many purchases as lately in as many days, less those of who stays away.

        >>> way = BySimpleFormula(retention=0.64, known_days=365)
        >>> way.purchases(Customer(9, 0, 700, 5, 90.0), 365)
        3.2
        >>> way.purchases(Customer(9, 0, 700, 5, 90.0), 182.5)  # 5 / 2 * 0.8
        2.0
        """
        kept = self.retention ** (days / YEAR) if self.retention else 0.0
        return customer.lately / self.known_days * days * kept

    def spend(self, customer: Customer) -> float:
        """Return what he has spent on average."""
        return max(customer.spent / customer.purchases, 0.0)

    def prospect(self, customer: Customer, horizon: Horizon) -> Prospect:
        """Return everything that is expected.

        >>> way = BySimpleFormula(retention=0.55, known_days=365)
        >>> prospect = way.prospect(Customer(4, 0, 9, 2, 40.0), Horizon(24, 0.1))
        >>> prospect.spend, round(prospect.discounted, 4)  # 2 * (0.5 + 0.25)
        (10.0, 1.5)
        """
        a_year = customer.lately / self.known_days * YEAR
        multiple = margin_multiple(self.retention, horizon.discount, horizon.months / 12)
        return Prospect(
            None,
            self.purchases(customer, QUARTER),
            self.purchases(customer, YEAR),
            self.spend(customer),
            a_year * multiple,
        )


def margin_multiple(retention: float, discount: float, years: float) -> float:
    """Return by what to multiply a yearly margin for its value over some years.

    Gupta and Lehmann, "Customers as Assets", Journal of Interactive Marketing 17 (2003): for ever
    it is r / (1 + d - r). Here the sum ends with the horizon.

    >>> round(margin_multiple(0.55, 0.1, 2), 4)  # 0.5 + 0.25
    0.75
    >>> round(margin_multiple(0.55, 0.1, 100), 4)  # 0.55 / 0.55
    1.0
    """
    yearly = retention / (1 + discount)
    return years if yearly == 1 else yearly * (1 - yearly**years) / (1 - yearly)


def retention(days_of_customers: Iterable[Sequence[int]], as_of: int, days: int) -> float:
    """Return the share of customers of a span of days who bought in the next one, for a year.

    The next span ends with ``as_of``. 0 where nobody bought in the one before.

    >>> retention([[1, 400], [20], [500]], as_of=730, days=365)
    0.5
    >>> round(retention([[1, 100], [20]], as_of=146, days=73), 5)  # 0.5 ** 5
    0.03125
    """
    before = after = 0
    for bought in days_of_customers:
        if any(as_of - 2 * days < day <= as_of - days for day in bought):
            before += 1
            after += bought[-1] > as_of - days
    return (after / before) ** (YEAR / days) if before else 0.0


class Errors(NamedTuple):
    """How far forecasts were off: per customer, squared, and of the total as a share of it."""

    mean_absolute: float
    root_mean_square: float
    bias: float


def errors(forecasts: Iterable[tuple[float, float]]) -> Errors:
    """Return the errors of pairs of what was forecast and what came.

    >>> errors([(1.0, 2.0), (4.0, 2.0)])
    Errors(mean_absolute=1.5, root_mean_square=1.5811388300841898, bias=0.25)
    """
    pairs = list(forecasts)
    if not pairs:
        return Errors(0.0, 0.0, 0.0)
    off = [forecast - came for forecast, came in pairs]
    total = sum(came for _forecast, came in pairs)
    return Errors(
        sum(map(abs, off)) / len(off),
        sqrt(sum(one * one for one in off) / len(off)),
        sum(off) / total if total else 0.0,
    )
