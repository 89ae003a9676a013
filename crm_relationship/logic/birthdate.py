"""Birth dates: in which era one was written, and which cannot be one."""

from datetime import date

BUDDHIST_ERA = 543  # the Thai solar calendar counts 543 years more
FIRST_BUDDHIST_YEAR = 2400
OLDEST = 130


def gregorian(day: date) -> date:
    """Return a date in the Gregorian era, also when its year was given in the Buddhist era.

    Turning twice changes nothing more; years beyond both eras stay as they are.

    >>> gregorian(date(2533, 5, 1)), gregorian(date(1990, 5, 1)), gregorian(date(2999, 1, 1))
    (datetime.date(1990, 5, 1), datetime.date(1990, 5, 1), datetime.date(2999, 1, 1))
    """
    if FIRST_BUDDHIST_YEAR <= day.year < FIRST_BUDDHIST_YEAR + BUDDHIST_ERA:
        return day.replace(year=day.year - BUDDHIST_ERA)
    return day


def fault_of(birthdate: date, today: date) -> str | None:
    """Tell why nobody who lives today was born on a day: ``future``, ``old``, or None.

    >>> fault_of(date(2026, 1, 2), date(2026, 1, 1)), fault_of(date(202, 1, 1), date(2026, 1, 1))
    ('future', 'old')
    >>> fault_of(date(2026, 1, 1), date(2026, 1, 1)) is None
    True
    """
    if birthdate > today:
        return "future"
    return "old" if today.year - birthdate.year > OLDEST else None
