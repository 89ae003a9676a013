"""How many of the customers of a period stay: plain arithmetic, no Odoo."""

from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta


class Retention(NamedTuple):
    """The customers at risk, those of them who bought again, and their share (None of nobody)."""

    at_risk: int
    retained: int
    rate: float | None


class Span(NamedTuple):
    """Days from the first to the last, both included."""

    first: date
    last: date


def retention(at_risk: int, retained: int) -> Retention:
    """Return the retention of so many customers.

    That is the number of retained customers to the number at risk, as Farris, Bendle, Pfeifer and
    Reibstein define it (*Marketing Metrics*, chapter on customer profitability).

    >>> retention(4, 3)
    Retention(at_risk=4, retained=3, rate=0.75)
    >>> retention(0, 0).rate is None
    True
    >>> retention(1, 2)
    Traceback (most recent call last):
    ...
    ValueError: 2 of 1 customers cannot be retained
    """
    if not 0 <= retained <= at_risk:
        raise ValueError(f"{retained} of {at_risk} customers cannot be retained")
    return Retention(at_risk, retained, retained / at_risk if at_risk else None)


def retention_spans(as_of: date, months: int) -> tuple[Span, Span]:
    """Return the months in which customers were at risk, and those in which they had to buy again.

    Both are so many months long; the second ends with the day ``as_of``, the first ends the day
    before the second begins.

    >>> before, since = retention_spans(date(2025, 12, 31), 12)
    >>> before
    Span(first=datetime.date(2024, 1, 1), last=datetime.date(2024, 12, 31))
    >>> since
    Span(first=datetime.date(2025, 1, 1), last=datetime.date(2025, 12, 31))
    >>> before, since = retention_spans(date(2025, 2, 28), 3)  # no day is left out or counted twice
    >>> before.last, since.first
    (datetime.date(2024, 11, 28), datetime.date(2024, 11, 29))
    """
    since = Span(as_of - relativedelta(months=months) + relativedelta(days=1), as_of)
    last = since.first - relativedelta(days=1)
    first = as_of - relativedelta(months=2 * months) + relativedelta(days=1)
    return Span(first, last), since
