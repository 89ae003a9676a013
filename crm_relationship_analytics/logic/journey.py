"""The way of a customer from the first contact to a tier, as the days on which he got there."""

from datetime import date
from typing import NamedTuple

CONTACT = "1_contact"
LEAD = "2_lead"
QUOTATION = "3_quotation"
ORDER = "4_order"
PAYMENT = "5_payment"
REPEAT = "6_repeat"
MEMBER = "7_member"
TIER = "8_tier"
STAGES = (CONTACT, LEAD, QUOTATION, ORDER, PAYMENT, REPEAT, MEMBER, TIER)


class Milestone(NamedTuple):
    """A stage that a customer has reached, the day, and the days since the milestone before."""

    stage: str
    day: date
    days: int


def milestones(days: dict[str, date | None]) -> list[Milestone]:
    """Return what a customer has reached, the earliest first; on one day in the order of stages.

    >>> line = milestones(
    ...     {ORDER: date(2025, 3, 8), CONTACT: date(2025, 3, 1), LEAD: date(2025, 3, 1), TIER: None}
    ... )
    >>> [(reached.stage, reached.day.day, reached.days) for reached in line]
    [('1_contact', 1, 0), ('2_lead', 1, 0), ('4_order', 8, 7)]
    >>> milestones({})
    []
    """
    reached = sorted((day, stage) for stage, day in days.items() if day)
    before = [day for day, _stage in reached[:1]] + [day for day, _stage in reached[:-1]]
    return [
        Milestone(stage, day, (day - earlier).days)
        for (day, stage), earlier in zip(reached, before, strict=True)
    ]
