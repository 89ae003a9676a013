"""Who may use an offer, and how often."""

from collections.abc import Set
from datetime import date
from typing import NamedTuple

from dateutil.relativedelta import MO, relativedelta

PERIODS = {
    "day": (relativedelta(), relativedelta(days=1)),
    "week": (relativedelta(weekday=MO(-1)), relativedelta(weeks=1)),
    "month": (relativedelta(day=1), relativedelta(months=1)),
    "year": (relativedelta(month=1, day=1), relativedelta(years=1)),
}


class Conditions(NamedTuple):
    """Whom an offer is for: customers of some grades (none: of all), members, `maximum` uses.

    `audience` is a stored condition on contacts; when it is empty it asks for nothing.
    """

    grades: frozenset[int] = frozenset()
    is_members_only: bool = False
    maximum: int = 0
    audience: str = ""

    @property
    def ask_customer(self) -> bool:
        """Whether it takes to know the customer's grade or number."""
        return bool(self.grades or self.is_members_only)


class Customer(NamedTuple):
    """What is known of a customer who wants to use offers; `grade` is 0 when he has none.

    `audiences` are the stored conditions on contacts that he meets.
    """

    grade: int = 0
    is_member: bool = False
    audiences: Set[str] = frozenset()


def obstacle(conditions: Conditions, customer: Customer, uses: int) -> str | None:
    """Return why a customer who has used an offer some times may not use it again, or None.

    >>> obstacle(Conditions(grades=frozenset({1, 2})), Customer(grade=3), 0)
    'grade'
    >>> obstacle(Conditions(is_members_only=True), Customer(grade=1), 0)
    'members'
    >>> obstacle(Conditions(maximum=2), Customer(), 2)
    'maximum'
    >>> obstacle(Conditions(audience="[('zip', '=', '10200')]"), Customer(), 0)
    'audience'
    >>> obstacle(Conditions(frozenset({1}), True, 2), Customer(1, True), 1)
    """
    if conditions.grades and customer.grade not in conditions.grades:
        return "grade"
    if conditions.is_members_only and not customer.is_member:
        return "members"
    if conditions.audience and conditions.audience not in customer.audiences:
        return "audience"
    if conditions.maximum and uses >= conditions.maximum:
        return "maximum"
    return None


def period_bounds(day: date, period: str) -> tuple[date, date] | None:
    """Return the first day of the period that a day is in and of the next one, None for "ever".

    Weeks start on Mondays.

    >>> period_bounds(date(2026, 2, 28), "month")
    (datetime.date(2026, 2, 1), datetime.date(2026, 3, 1))
    >>> period_bounds(date(2026, 11, 29), "week")
    (datetime.date(2026, 11, 23), datetime.date(2026, 11, 30))
    >>> period_bounds(date(2026, 11, 23), "week")[0], period_bounds(date(2026, 11, 23), "ever")
    (datetime.date(2026, 11, 23), None)
    """
    if period not in PERIODS:
        return None
    to_first, length = PERIODS[period]
    first = day + to_first
    return first, first + length
