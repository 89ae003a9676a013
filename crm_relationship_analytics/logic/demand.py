"""What customers will probably take in the months to come, and what is missing for it.

Batches do the same in SQL for all customers at once; these are the formulas they hold to.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

MONTHS_AHEAD = 3
HISTORY_DAYS = 365  # that tell the rhythm of a customer
RECENT_DAYS = 90  # that tell what is bought by customers without a rhythm


class Rules(NamedTuple):
    """From how many purchases on a customer has a rhythm, and when he is late.

    ``at_risk`` and ``lapsed``: the gaps without a purchase after which he is.
    ``quotation_probability``: of a quotation without an opportunity, 0 to 1.
    """

    least_purchases: int = 3
    at_risk: float = 1.5
    lapsed: float = 3.0
    quotation_probability: float = 0.5


class Month(NamedTuple):
    """A month, or what is left of it: the days from ``start`` up to the day before ``end``."""

    number: int
    first: date
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days


class Balance(NamedTuple):
    """What there is at the start of a month, and what is missing in it."""

    start: float
    gap: float


def next_month(day: date) -> date:
    """Return the first day of the month after that of a day.

    >>> next_month(date(2025, 12, 31))
    datetime.date(2026, 1, 1)
    """
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_from(day: date, count: int = MONTHS_AHEAD) -> list[Month]:
    """Return the month of a day, as far as it is left, and those after it.

    >>> [(str(month.start), month.days) for month in months_from(date(2026, 1, 22))]
    [('2026-01-22', 10), ('2026-02-01', 28), ('2026-03-01', 31)]
    """
    months, start = [], day
    for number in range(count):
        end = next_month(start)
        months.append(Month(number, start.replace(day=1), start, end))
        start = end
    return months


def probably_active(since: float, gap: float, rules: Rules) -> float:
    """Return how sure it is that a customer still buys, so many days after his last purchase.

    Sure until he is at risk, then evenly less until he has lapsed.

    >>> [probably_active(days, 10, Rules()) for days in (15, 20, 30, 40)]
    [1.0, 0.6666666666666666, 0.0, 0.0]
    """
    return max(0.0, min(1.0, (rules.lapsed - since / gap) / (rules.lapsed - rules.at_risk)))


def expected_by_due_date(
    purchases: int, first: date, last: date, today: date, days: int, rules: Rules
) -> float:
    """Return how often a customer will buy something in so many days, by the gaps between.

    >>> expected_by_due_date(4, date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 5), 28, Rules())
    2.8
    >>> expected_by_due_date(2, date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 5), 28, Rules())
    0.0
    """
    if purchases < rules.least_purchases:
        return 0.0
    gap = (last - first).days / (purchases - 1)
    return days / gap * probably_active((today - last).days, gap, rules)


def expected_by_rate(purchases: int, first: date, as_of: date, days: int, rules: Rules) -> float:
    """Return how often a customer will buy in so many days, by his purchases since the first.

    A customer who stays away becomes rarer by himself. Without a rhythm it is nothing.

    >>> expected_by_rate(5, date(2026, 1, 1), date(2026, 1, 21), 30, Rules())
    6.0
    """
    if purchases < rules.least_purchases:
        return 0.0
    return (purchases - 1) / (as_of - first).days * days


def remaining(rhythm: float, promised: float) -> float:
    """Return what is expected beyond what is ordered or offered, so that nothing counts twice.

    >>> remaining(10, 4), remaining(10, 12)
    (6, 0.0)
    """
    return max(rhythm - promised, 0.0)


def balances(on_hand: float, changes: Iterable[float]) -> list[Balance]:
    """Return start and gap of each month, when a gap of one month is bought for that month.

    ``changes``: what comes in less what is demanded in each month.

    >>> [tuple(month) for month in balances(10, [-4, -9, 5, -8])]
    [(10, 0), (6, 3), (0, 0), (5, 3)]
    """
    found, start = [], on_hand
    for change in changes:
        end = start + change
        found.append(Balance(start, max(0, -end)))
        start = max(0, end)
    return found


def to_order(gaps: float, missing_in_all: float) -> float:
    """Return how much to buy for the gaps chosen.

    ``missing_in_all``: the demand up to the last of them less what is on hand and all that comes,
    at whatever time. What comes too late is hurried, not bought a second time.

    >>> to_order(5, 8), to_order(5, 3), to_order(5, -2)
    (5, 3, 0.0)
    """
    return max(0.0, min(gaps, missing_in_all))


def share_of_error(forecast: float, actual: float) -> float | None:
    """Return how far off a forecast was, as a share of what came; None where nothing came.

    >>> share_of_error(90, 100), share_of_error(110, 100), share_of_error(5, 0)
    (0.1, 0.1, None)
    """
    return abs(forecast - actual) / abs(actual) if actual else None
