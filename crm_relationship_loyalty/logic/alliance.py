"""What a partner company may send of points, and how what is drawn from a prepayment is found."""

from datetime import date, timedelta
from decimal import Decimal
from math import isfinite

LARGEST = 1_000_000_000
REFERENCE_LENGTH = 128
OLDEST = timedelta(days=366)


def points_fault(points: object) -> str:
    """Return what is wrong with points that came over the network; nothing when they can be posted.

    >>> points_fault(120), points_fault(-0.5), points_fault(True), points_fault("12")
    ('', '', 'number', 'number')
    >>> points_fault(0), points_fault(float("nan")), points_fault(2e9), points_fault(0.001)
    ('zero', 'number', 'size', 'digits')
    """
    if isinstance(points, bool) or not isinstance(points, int | float) or not isfinite(points):
        return "number"
    if abs(points) > LARGEST:
        return "size"
    exact = Decimal(repr(points))
    if exact != round(exact, 2):
        return "digits"
    return "" if points else "zero"


def reference_of(text: object) -> str:
    """Return a reference as it is kept, or an empty text for one that cannot be used.

    >>> reference_of("  T-1 "), reference_of(7), reference_of("x" * 129), reference_of(None)
    ('T-1', '7', '', '')
    """
    if isinstance(text, bool) or not isinstance(text, str | int):
        return ""
    clean = str(text).replace("\\0", "").strip()
    return clean if len(clean) <= REFERENCE_LENGTH else ""


def is_possible_day(day: date, today: date, first: date | None, last: date | None) -> bool:
    """Tell whether points of a day are taken: in the alliance's time, over, and not long ago.

    >>> day = date(2026, 3, 1)
    >>> is_possible_day(day, day, day, day), is_possible_day(day, date(2026, 2, 28), None, None)
    (True, False)
    >>> is_possible_day(day, date(2027, 3, 3), None, None)
    False
    >>> is_possible_day(day, day, None, date(2026, 2, 1))
    False
    """
    return (
        today - OLDEST <= day <= today
        and (first is None or first <= day)
        and (last is None or day <= last)
    )


def drawn(due: float, balance: float) -> float:
    """Return what of an amount due is taken from a prepayment; what is owed back goes to it.

    >>> drawn(80.0, 100.0), drawn(120.0, 100.0), drawn(50.0, -10.0), drawn(-30.0, 100.0)
    (80.0, 100.0, 0.0, -30.0)
    """
    return due if due <= 0 else min(due, max(balance, 0.0))
