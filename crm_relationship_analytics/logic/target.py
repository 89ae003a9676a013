"""How far a target is reached and whether in time: plain arithmetic, no Odoo."""

from datetime import date

from dateutil.relativedelta import relativedelta

PERIOD_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def period_first(day: date, kind: str) -> date:
    """Return the first day of the month, quarter or year that a day is in.

    >>> period_first(date(2026, 5, 20), "month"), period_first(date(2026, 5, 20), "quarter")
    (datetime.date(2026, 5, 1), datetime.date(2026, 4, 1))
    >>> period_first(date(2026, 12, 31), "year")
    datetime.date(2026, 1, 1)
    """
    months = PERIOD_MONTHS[kind]
    return day.replace(day=1, month=(day.month - 1) // months * months + 1)


def period_next(first: date, kind: str) -> date:
    """Return the first day of the period after the one that begins on a day.

    >>> period_next(date(2026, 12, 1), "month"), period_next(date(2026, 10, 1), "quarter")
    (datetime.date(2027, 1, 1), datetime.date(2027, 1, 1))
    """
    return first + relativedelta(months=PERIOD_MONTHS[kind])


def period_last(first: date, kind: str) -> date:
    """Return the last day of the period that begins on a day.

    >>> period_last(date(2024, 2, 1), "month"), period_last(date(2026, 4, 1), "quarter")
    (datetime.date(2024, 2, 29), datetime.date(2026, 6, 30))
    """
    return period_next(first, kind) - relativedelta(days=1)


def achievement(actual: float, target: float) -> float:
    """Return the share of a target that is reached (1.0 is all); 0.0 where none was set.

    >>> achievement(150.0, 200.0), achievement(-50.0, 200.0), achievement(150.0, 0.0)
    (0.75, -0.25, 0.0)
    """
    return actual / target if target else 0.0


def elapsed_share(first: date, last: date, as_of: date) -> float:
    """Return the share of the days of a period that are gone, ``as_of`` among them, 0 to 1.

    >>> elapsed_share(date(2026, 4, 1), date(2026, 4, 30), date(2026, 4, 15))
    0.5
    >>> elapsed_share(date(2026, 4, 1), date(2026, 4, 30), date(2026, 3, 31))
    0.0
    >>> elapsed_share(date(2026, 4, 1), date(2026, 4, 30), date(2026, 7, 1))
    1.0
    """
    gone = ((as_of - first).days + 1) / ((last - first).days + 1)
    return min(1.0, max(0.0, gone))


def pace(reached: float, elapsed: float) -> float:
    """Return the share reached to the share of the days gone: 1.0 or more is in time.

    >>> pace(0.6, 0.5), pace(0.25, 0.5), pace(0.0, 0.0)
    (1.2, 0.5, 0.0)
    """
    return reached / elapsed if elapsed else 0.0
