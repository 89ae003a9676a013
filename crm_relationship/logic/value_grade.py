"""Which value grade a customer deserves, and since when he may be told to have lost it."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

RFM_TOLERANCE = 1


class Grade(NamedTuple):
    """One grade and its bound; grades are listed from the best to the least.

    The bound is a share of value (0 to 1), an amount, or an RFM score (0 to 15).
    """

    key: int
    bound: float


class CutOff(NamedTuple):
    """Where a grade begins (``enter``), and where he who has it keeps it (``keep``)."""

    key: int
    enter: float
    keep: float


class Window(NamedTuple):
    """The days that count, both inclusive."""

    first: date
    last: date


def window_of(as_of: date, months: int) -> Window:
    """Return the window of so many months that ends with the day ``as_of``.

    >>> window_of(date(2024, 2, 29), 12)
    Window(first=datetime.date(2023, 3, 1), last=datetime.date(2024, 2, 29))
    >>> window_of(date(2017, 12, 31), 12).first
    datetime.date(2017, 1, 1)
    """
    return Window(as_of - relativedelta(months=months) + relativedelta(days=1), as_of)


def cut_offs(method: str, grades: Sequence[Grade], tolerance: float) -> list[CutOff]:
    """Return the cut-offs of a method, so that a customer near a bound does not flap.

    A better grade is entered at its bound; a grade once held is kept until the customer is the
    tolerance (0 to 1) past its bound, with RFM scores one whole point.

    >>> cut_offs("cumulative_share", [Grade(1, 0.8), Grade(2, 1.0)], 0.05)
    [CutOff(key=1, enter=0.8, keep=0.84), CutOff(key=2, enter=1.0, keep=1.0)]
    >>> cut_offs("fixed_bounds", [Grade(1, 1000.0)], 0.1)
    [CutOff(key=1, enter=1000.0, keep=900.0)]
    >>> cut_offs("rfm", [Grade(1, 12)], 0.1), cut_offs("rfm", [Grade(1, 12)], 0)
    ([CutOff(key=1, enter=12, keep=11)], [CutOff(key=1, enter=12, keep=12)])
    """
    if method == "cumulative_share":
        return [
            CutOff(key, bound, min(1.0, round(bound * (1 + tolerance), 6))) for key, bound in grades
        ]
    if method == "rfm":
        return [
            CutOff(key, bound, bound - RFM_TOLERANCE * bool(tolerance)) for key, bound in grades
        ]
    return [CutOff(key, bound, round(bound - abs(bound) * tolerance, 6)) for key, bound in grades]


def grade_of(
    method: str, measure: float, current: int | None, ladder: Sequence[CutOff]
) -> int | None:
    """Return the grade of a customer, or None when he reaches none.

    ``measure`` is the share of value that better customers bring before him (0 to 1, the smaller
    the better), his value, or his RFM score. Pure in the measure and the grade he has; applied to
    its own answer it answers the same.

    >>> ladder = cut_offs("fixed_bounds", [Grade(1, 1000.0), Grade(2, 0.0)], 0.1)
    >>> [grade_of("fixed_bounds", value, 2, ladder) for value in (999.99, 1000.0)]
    [2, 1]
    >>> [grade_of("fixed_bounds", value, 1, ladder) for value in (900.0, 899.99, -1.0)]
    [1, 2, None]
    """
    held = next((rank for rank, step in enumerate(ladder) if step.key == current), len(ladder))
    for rank, step in enumerate(ladder):
        if _reaches(method, measure, step.keep if rank >= held else step.enter):
            return step.key
    return None


def _reaches(method: str, measure: float, bound: float) -> bool:
    if method == "cumulative_share":
        return measure < bound or bound >= 1
    return measure >= bound


def disorder(method: str, bounds: Sequence[float]) -> int | None:
    """Return the index of the first bound that is not harder to reach than the next, or None.

    >>> disorder("cumulative_share", [0.8, 0.95, 1.0]), disorder("fixed_bounds", [10.0, 10.0])
    (None, 0)
    """
    rising = method == "cumulative_share"
    for index, (bound, following) in enumerate(pairwise(bounds)):
        if bound == following or (bound < following) != rising:
            return index
    return None
