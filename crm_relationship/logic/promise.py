"""By which day a case is promised, where no calendar says which days are worked."""

from datetime import date, timedelta

LATEST = 3650  # days; what is promised for later is a slip of the pen


def plain_day(opened: date, days: int) -> date:
    """Return the day that lies some days after the opening; the day of opening is day 0.

    >>> plain_day(date(2026, 11, 20), 2), plain_day(date(2026, 11, 20), 0)
    (datetime.date(2026, 11, 22), datetime.date(2026, 11, 20))
    >>> plain_day(date(2026, 12, 31), -4)
    datetime.date(2026, 12, 31)
    """
    return opened + timedelta(days=min(max(days, 0), LATEST))


def is_overdue(promised: date | None, today: date) -> bool:
    """Tell whether a promise was not kept: its own day still belongs to it.

    >>> is_overdue(date(2026, 11, 24), date(2026, 11, 24))
    False
    >>> is_overdue(date(2026, 11, 24), date(2026, 11, 25)), is_overdue(None, date(2026, 11, 25))
    (True, False)
    """
    return bool(promised) and promised < today
