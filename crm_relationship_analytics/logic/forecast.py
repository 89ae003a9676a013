"""Which way to forecast, and how far it was off when it was tried on what is known."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from . import bg_nbd, gamma_gamma
from .lifetime_value import (
    YEAR,
    ByModel,
    BySimpleFormula,
    Customer,
    Errors,
    Way,
    errors,
    retention,
)


class Bought(NamedTuple):
    """The days on which a customer bought, in order, and what he spent up to two days.

    ``spent``: up to the day as of which is forecast; ``spent_before``: up to the day from which on
    the back-test is held against.
    """

    days: Sequence[int]
    spent: float
    spent_before: float


class Needs(NamedTuple):
    """How many customers the model must have to be fitted, and how many who came again."""

    customers: int
    repeaters: int


class Estimates(NamedTuple):
    """What was found as of a day.

    ``problem`` says why the model is not used: empty, ``few_customers``, ``few_repeaters``,
    ``not_found`` or ``spend``.
    """

    purchases: bg_nbd.Fit
    spending: gamma_gamma.Fit
    retention: float
    customers: int
    repeaters: int
    problem: str
    simple: BySimpleFormula
    way: Way


class BackTest(NamedTuple):
    """How far the forecasts for the days held out were off.

    ``purchases`` and ``spend``: by the way that was found as of the day before; ``simple`` and
    ``simple_spend``: by the simple formula. Spending is compared for those who bought.
    """

    customers: int
    came: int
    problem: str
    purchases: Errors
    simple: Errors
    spend: Errors
    simple_spend: Errors


NO_PURCHASES = bg_nbd.Fit(bg_nbd.Rates(0.0, 0.0, 0.0, 0.0), 0.0, False)
NO_SPENDING = gamma_gamma.Fit(gamma_gamma.Spread(0.0, 0.0, 0.0), 0.0, False)


def customer_as_of(bought: Bought, day: int, spent: float) -> Customer | None:
    """Return what was known of a customer on a day, None before his first purchase.

    >>> customer_as_of(Bought([10, 400, 800], 30.0, 20.0), 500, 20.0)
    Customer(purchases=2, first=10, last=400, lately=1, spent=20.0)
    """
    days = bought.days
    count = bisect_right(days, day)
    if not count:
        return None
    lately = count - bisect_right(days, day - YEAR, 0, count)
    return Customer(count, days[0], days[count - 1], lately, spent)


def estimate(
    customers: Sequence[Customer], days: Sequence[Sequence[int]], as_of: int, needs: Needs
) -> Estimates:
    """Fit the model to customers as of a day, or tell why it is not used.

    ``days``: all purchases of each, of which those after the day are not looked at.
    """
    known = max(as_of - min((one.first for one in customers), default=as_of) + 1, 1)
    repeaters = sum(one.purchases > 1 for one in customers)
    kept = retention(_until(days, as_of), as_of, min(YEAR, max(known // 2, 1)))
    simple = BySimpleFormula(kept, min(YEAR, known))
    purchases, spending = NO_PURCHASES, NO_SPENDING
    if len(customers) < needs.customers:
        problem = "few_customers"
    elif repeaters < max(needs.repeaters, 1):
        problem = "few_repeaters"
    else:
        purchases = _fit_purchases(customers, as_of)
        spending = _fit_spending(customers)
        problem = _problem(purchases, spending)
    way = simple if problem else ByModel(purchases.rates, spending.spread, as_of)
    return Estimates(purchases, spending, kept, len(customers), repeaters, problem, simple, way)


def _until(days: Sequence[Sequence[int]], as_of: int) -> Iterator[Sequence[int]]:
    return (one[: bisect_right(one, as_of)] for one in days)


def _fit_purchases(customers: Sequence[Customer], as_of: int) -> bg_nbd.Fit:
    counts = Counter(
        (one.purchases - 1, one.last - one.first, as_of - one.first) for one in customers
    )
    return bg_nbd.fit_counted({bg_nbd.History(*key): count for key, count in counts.items()})


def _fit_spending(customers: Sequence[Customer]) -> gamma_gamma.Fit:
    return gamma_gamma.fit(
        gamma_gamma.Spending(one.purchases, one.spent / one.purchases)
        for one in customers
        if one.spent > 0
    )


def _problem(purchases: bg_nbd.Fit, spending: gamma_gamma.Fit) -> str:
    if not purchases.is_found:
        return "not_found"
    if not spending.is_found or spending.spread.q <= 1:
        return "spend"
    return ""


def back_test(all_bought: Sequence[Bought], as_of: int, held_out: int, needs: Needs) -> BackTest:
    """Forecast the last days as of the day before them, and compare with what came."""
    cut = as_of - held_out
    pairs = [(one, customer_as_of(one, cut, one.spent_before)) for one in all_bought]
    known = [(one, customer) for one, customer in pairs if customer]
    found = estimate(
        [customer for _one, customer in known], [one.days for one, _customer in known], cut, needs
    )
    came = [len(one.days) - customer.purchases for one, customer in known]

    def purchases(way: Way) -> Errors:
        return errors(
            (way.purchases(customer, held_out), count)
            for (_one, customer), count in zip(known, came, strict=True)
        )

    def spend(way: Way) -> Errors:
        return errors(
            (way.spend(customer), (one.spent - one.spent_before) / count)
            for (one, customer), count in zip(known, came, strict=True)
            if count
        )

    return BackTest(
        len(known),
        sum(came),
        found.problem,
        purchases(found.way),
        purchases(found.simple),
        spend(found.way),
        spend(found.simple),
    )
