"""What rules of a ladder would have done: members by month, who moves, what it costs.

Ranks are those of `tier`: 0 is none, 1 the lowest.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from .tier import Move, in_cents
from .tier_window import ONE_DAY

DAYS_OF_YEAR = 365
BENEFITS = ("points_cost", "price_cost", "entry_cost", "birthday_cost", "service_cost")


class Holding(NamedTuple):
    """A rank that a customer held, from its first to its last day."""

    rank: int
    first: date
    last: date


class Coupon(NamedTuple):
    """What a coupon takes off: an amount, or a percentage of an order, at most ``limit``."""

    amount: float = 0.0
    percent: float = 0.0
    limit: float = 0.0


def first_of_months(months: int, today: date) -> date:
    """Return the first day of so many calendar months, the last of which is this month.

    >>> first_of_months(24, date(2026, 11, 24)), first_of_months(1, date(2026, 11, 24))
    (datetime.date(2024, 12, 1), datetime.date(2026, 11, 1))
    """
    return today.replace(day=1) - relativedelta(months=months - 1)


def months_of(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield the first day of each month, and its last one; the last month ends with ``last``.

    >>> [str(end) for _month, end in months_of(date(2026, 1, 1), date(2026, 3, 15))]
    ['2026-01-31', '2026-02-28', '2026-03-15']
    """
    month = first
    while month <= last:
        following = month + relativedelta(months=1)
        yield month, min(following - ONE_DAY, last)
        month = following


def holdings(moves: Sequence[Move], last: date) -> list[Holding]:
    """Return which ranks a customer held, as his moves up to a day say.

    >>> moves = [Move(date(2026, 1, 5), 0, 1, "upgrade", 1, 0, True),
    ...          Move(date(2026, 2, 1), 1, 0, "downgrade", 0, 0, False)]
    >>> holdings(moves, date(2026, 3, 1)) == [Holding(1, date(2026, 1, 5), date(2026, 1, 31))]
    True
    """
    ends = [*(move.day - ONE_DAY for move in moves[1:]), last]
    return [
        Holding(move.after, move.day, end)
        for move, end in zip(moves, ends, strict=False)  # without moves there is no end
        if move.after and move.day <= end
    ]


class Counts:
    """Of a tier in a month: members at its end, moves, first entries, and days of membership.

    ``entered`` and ``left`` are all moves in and out, from above as from below; ``risen`` came from
    below, ``fallen`` went below.
    """

    __slots__ = ("days", "entered", "entries", "fallen", "left", "members", "risen")

    def __init__(self) -> None:
        self.members = self.entered = self.left = self.risen = self.fallen = 0
        self.entries = self.days = 0


class Tally:
    """Counts customers of a period by month and rank, one customer after the other.

    Who has a tier on the first day has not entered it: he is there.

    >>> tally = Tally(date(2026, 1, 1), date(2026, 2, 28))
    >>> tally.add([Move(date(2026, 1, 1), 0, 1, "upgrade", 0, 0, True),
    ...            Move(date(2026, 2, 9), 1, 2, "upgrade", 0, 0, True)])
    >>> january = tally.counts[date(2026, 1, 1), 1]
    >>> january.members, january.entered, january.days
    (1, 0, 31)
    >>> [(c.members, c.entered, c.risen, c.left, c.fallen, c.days) for c in (
    ...     tally.counts[date(2026, 2, 1), rank] for rank in (1, 2))]
    [(0, 0, 0, 1, 0, 8), (1, 1, 1, 0, 0, 20)]
    """

    def __init__(self, first: date, last: date) -> None:
        self.first = first
        self.months = list(months_of(first, last))
        self.last = last
        self.counts: defaultdict[tuple[date, int], Counts] = defaultdict(Counts)

    def add(self, moves: Sequence[Move]) -> None:
        for move in moves:
            if move.day > self.first:
                self._count_move(move)
        for rank, first, last in holdings(moves, self.last):
            for month, end in self.months:
                if month <= last and first <= end:
                    counts = self.counts[month, rank]
                    counts.days += (min(last, end) - max(first, month)).days + 1
                    counts.members += last >= end

    def _count_move(self, move: Move) -> None:
        month = move.day.replace(day=1)
        is_rise = move.after > move.before
        if move.after:
            counts = self.counts[month, move.after]
            counts.entered += 1
            counts.risen += is_rise
            counts.entries += move.is_entry
        if move.before:
            counts = self.counts[month, move.before]
            counts.left += 1
            counts.fallen += not is_rise


def direction(before: int, after: int) -> str:
    """Return which way a customer goes.

    >>> direction(1, 2), direction(2, 0), direction(1, 1)
    ('up', 'down', 'same')
    """
    return "same" if before == after else "up" if after > before else "down"


def service_cost(cost: float, days: int) -> float:
    """Return what so many days of membership cost, each a 365th of a year.

    >>> service_cost(730.0, 31)
    62.0
    """
    return cost * days / DAYS_OF_YEAR


def coupon_cost(coupon: Coupon, count: int, average_order: float) -> float:
    """Return what coupons take off, every one of them used; a percentage, of an average order.

    >>> coupon_cost(Coupon(amount=100.0), 3, 500.0)
    300.0
    >>> coupon_cost(Coupon(percent=10.0, limit=40.0), 2, 300.0)
    60.0
    >>> coupon_cost(Coupon(percent=10.0, limit=40.0), 2, 900.0)
    80.0
    """
    value = coupon.amount or average_order * coupon.percent / 100
    if coupon.limit:
        value = min(value, coupon.limit)
    return count * value


def rate(part: float, whole: float) -> float:
    """Return a part in percent, 0 of nothing.

    >>> rate(30.0, 120.0), rate(30.0, 0.0)
    (25.0, 0.0)
    """
    return 100 * part / whole if whole else 0.0


def money_of(amounts: Mapping[str, float], digits: int) -> dict[str, float]:
    """Return revenue, cost, benefits and what is left of the margin, rounded so that they add up.

    >>> money_of({"revenue": 100.0, "delivered_cost": 60.0, "points_cost": 1.004}, 2) == {
    ...     "revenue": 100.0, "delivered_cost": 60.0, "margin": 40.0, "points_cost": 1.0,
    ...     "price_cost": 0.0, "entry_cost": 0.0, "birthday_cost": 0.0, "service_cost": 0.0,
    ...     "benefit_cost": 1.0, "margin_after": 39.0}
    True
    """
    cents = {
        name: in_cents(float(amounts.get(name, 0.0)), digits)
        for name in ("revenue", "delivered_cost", *BENEFITS)
    }
    cents["margin"] = cents["revenue"] - cents["delivered_cost"]
    cents["benefit_cost"] = sum(cents[name] for name in BENEFITS)
    cents["margin_after"] = cents["margin"] - cents["benefit_cost"]
    return {name: value / 10**digits for name, value in cents.items()}
