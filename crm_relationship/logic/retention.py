"""How long the law has a company keep its accounting documents."""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


def first_free_day(closing: date, years: int) -> date:
    """Return the first day on which documents of accounts closed on a day need not be kept.

    The period counts from the closing of the accounts, as section 14 of Thailand's Accounting Act
    B.E. 2543 (2000) has it, and its last day belongs to it. Closed on 29 February, it ends on
    the 28th of a year that has no such day.

    >>> first_free_day(date(2025, 12, 31), 5)
    datetime.date(2031, 1, 1)
    >>> first_free_day(date(2024, 2, 29), 5), first_free_day(date(2025, 12, 31), 0)
    (datetime.date(2029, 3, 1), datetime.date(2026, 1, 1))
    """
    return closing + relativedelta(years=years) + timedelta(days=1)
