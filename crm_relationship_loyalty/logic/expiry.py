"""Until when points can be spent."""

from datetime import date

from dateutil.relativedelta import relativedelta


def last_day(earned_on: date, months: int) -> date:
    """Return the last day, inclusive, on which points earned on a day can be spent.

    A month ends on its last day where it has no such day.

    >>> last_day(date(2026, 1, 31), 1), last_day(date(2024, 2, 29), 12)
    (datetime.date(2026, 2, 28), datetime.date(2025, 2, 28))
    """
    return earned_on + relativedelta(months=months)
