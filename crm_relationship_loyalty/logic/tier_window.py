"""Which days count for a tier: months back from a day, a year, or all time."""

from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)


class Window(NamedTuple):
    """What counts: ``rolling`` months, a ``year``, an ``anniversary`` year, or a ``lifetime``.

    A year ends with the day ``year_end`` (month, day); the last days of February are one, as
    they are for Odoo's fiscal years. An anniversary year begins with the day on which the customer
    joined.
    """

    kind: str
    months: int = 12
    year_end: tuple[int, int] = (12, 31)


class Counted(NamedTuple):
    """From which days on an amount does not count any more, None for never.

    ``current``: in the window of that day. ``previous``: in the window before that one, which for
    windows of a year keeps a tier to the end of the year after the one it was reached in.
    """

    current: date | None
    previous: date | None


@lru_cache(maxsize=2**16)
def counted(window: Window, day: date, joined: date | None = None) -> Counted:
    """Return how long an amount of a day counts.

    >>> counted(Window("rolling", 12), date(2024, 2, 29)).current
    datetime.date(2025, 3, 1)
    >>> counted(Window("rolling", 1), date(2026, 1, 31)).current
    datetime.date(2026, 3, 1)
    >>> counted(Window("rolling", 1), date(2026, 1, 28)).current
    datetime.date(2026, 2, 28)
    >>> counted(Window("year"), date(2026, 12, 31))
    Counted(current=datetime.date(2027, 1, 1), previous=datetime.date(2028, 1, 1))
    >>> counted(Window("lifetime"), date(2026, 12, 31))
    Counted(current=None, previous=None)
    """
    if window.kind == "lifetime":
        return Counted(None, None)
    if window.kind == "rolling":
        leaves = day + relativedelta(months=window.months)
        if leaves - relativedelta(months=window.months) < day:
            leaves += ONE_DAY  # the month of that day is shorter
        return Counted(leaves, None)
    following = last_day(window, day, joined) + ONE_DAY
    return Counted(following, last_day(window, following, joined) + ONE_DAY)


def first_day(window: Window, day: date, joined: date | None = None) -> date | None:
    """Return the first day of the window that a day is in, None for all time.

    >>> first_day(Window("rolling", 12), date(2024, 2, 29))
    datetime.date(2023, 3, 1)
    >>> first_day(Window("year", year_end=(2, 29)), date(2024, 2, 29))
    datetime.date(2023, 3, 1)
    >>> first_day(Window("anniversary"), date(2025, 2, 27), joined=date(2024, 2, 29))
    datetime.date(2024, 2, 29)
    """
    if window.kind == "lifetime":
        return None
    if window.kind == "rolling":
        return day - relativedelta(months=window.months) + ONE_DAY
    if window.kind == "anniversary":
        return _anniversary(day, joined, 0)
    return _year_end(window, day.year - (day <= _year_end(window, day.year))) + ONE_DAY


def last_day(window: Window, day: date, joined: date | None = None) -> date | None:
    """Return the last day of the year that a day is in, None where no year is counted.

    >>> last_day(Window("year"), date(2026, 1, 1)), last_day(Window("rolling"), date(2026, 1, 1))
    (datetime.date(2026, 12, 31), None)
    >>> last_day(Window("year", year_end=(3, 31)), date(2026, 4, 1))
    datetime.date(2027, 3, 31)
    >>> last_day(Window("anniversary"), date(2024, 2, 29), joined=date(2024, 2, 29))
    datetime.date(2025, 2, 27)
    """
    if window.kind == "anniversary":
        return _anniversary(day, joined, 1) - ONE_DAY
    if window.kind == "year":
        return _year_end(window, day.year + (day > _year_end(window, day.year)))
    return None


def _year_end(window: Window, year: int) -> date:
    month, day = window.year_end
    longest = monthrange(year, month)[1]
    return date(year, month, longest if month == 2 and day >= 28 else min(day, longest))


def _anniversary(day: date, joined: date, later: int) -> date:
    """Return the anniversary on or before a day, or so many years later."""
    years = day.year - joined.year
    if joined + relativedelta(years=years) > day:
        years -= 1
    return joined + relativedelta(years=years + later)
