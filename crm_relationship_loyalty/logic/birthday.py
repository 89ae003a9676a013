"""When birthdays are celebrated."""

from calendar import isleap
from datetime import date


def celebrated_on(day: date) -> list[tuple[int, int]]:
    """Return the month and day of the births that are celebrated on a day.

    >>> celebrated_on(date(2026, 2, 28)), celebrated_on(date(2028, 2, 28))
    ([(2, 28), (2, 29)], [(2, 28)])
    """
    births = [(day.month, day.day)]
    if births == [(2, 28)] and not isleap(day.year):
        births.append((2, 29))
    return births
