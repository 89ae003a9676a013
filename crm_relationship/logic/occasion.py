"""On which days occasions that come back every year are celebrated."""

from calendar import isleap
from datetime import date, timedelta
from typing import NamedTuple


class Celebration(NamedTuple):
    """The occasions that began on a month and day are celebrated in a year."""

    month: int
    day: int
    year: int


def anniversary(day: date, year: int) -> date:
    """Return when a day is celebrated in a year; 29 February on the 28th of common years.

    >>> anniversary(date(1990, 5, 17), 2026), anniversary(date(2000, 2, 29), 2026)
    (datetime.date(2026, 5, 17), datetime.date(2026, 2, 28))
    >>> anniversary(date(2000, 2, 29), 2028)
    datetime.date(2028, 2, 29)
    """
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)


def celebrated_on(day: date) -> list[Celebration]:
    """Return what is celebrated on a day: what began on it, and on a 29 February that is left out.

    >>> celebrated_on(date(2026, 5, 17))
    [Celebration(month=5, day=17, year=2026)]
    >>> [(one.month, one.day) for one in celebrated_on(date(2026, 2, 28))]
    [(2, 28), (2, 29)]
    >>> [(one.month, one.day) for one in celebrated_on(date(2028, 2, 28))]
    [(2, 28)]
    """
    celebrated = [Celebration(day.month, day.day, day.year)]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        celebrated.append(Celebration(2, 29, day.year))
    return celebrated


def prepared_on(today: date, days_before: int, days_late: int) -> list[Celebration]:
    """Return what a message goes out for on a day, with what the last days have missed.

    ``days_before``: how long before the celebration the message is due; ``days_late``: how many
    days after that it still goes out, so that a day on which no job ran loses nobody.

    >>> prepared_on(date(2026, 12, 30), 3, 0)
    [Celebration(month=1, day=2, year=2027)]
    >>> [(one.month, one.day) for one in prepared_on(date(2026, 3, 1), 0, 2)]
    [(3, 1), (2, 28), (2, 29), (2, 27)]
    """
    due = today + timedelta(days=days_before)
    return [
        celebration
        for late in range(days_late + 1)
        for celebration in celebrated_on(due - timedelta(days=late))
    ]
