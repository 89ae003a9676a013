"""Which basket a campaign is credited with."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class Redemption(NamedTuple):
    """A coupon of a campaign that a household used on a day of the stores' time zone."""

    household_key: int
    campaign_key: int
    day: datetime.date


class Candidate(NamedTuple):
    """A basket with the day of the stores' time zone and what coupons took off, in cents."""

    key: int
    household_key: int
    day: datetime.date
    coupon_cents: int
    cents: int


def credited_campaigns(
    redemptions: Iterable[Redemption], candidates: Iterable[Candidate]
) -> dict[int, int]:
    """Return the campaign key by basket key.

    The source does not tell the basket of a redemption. It is the household's basket of that day
    with the largest coupon discount, then the largest value, then the lowest key. Of several
    campaigns on one day the one with the most coupons counts, then the one with the lowest key.

    >>> day = datetime.date(2017, 3, 1)
    >>> baskets = [Candidate(70, 5, day, 0, 9000), Candidate(71, 5, day, 150, 1000)]
    >>> used = [Redemption(5, 8, day), Redemption(5, 13, day), Redemption(5, 13, day)]
    >>> credited_campaigns(used, baskets)
    {71: 13}
    """
    coupons = defaultdict(Counter)
    for redemption in redemptions:
        coupons[redemption.household_key, redemption.day][redemption.campaign_key] += 1
    best = {}
    for basket in candidates:
        place = basket.household_key, basket.day
        if place in coupons and (place not in best or _rank(basket) < _rank(best[place])):
            best[place] = basket
    return {basket.key: _most_used(coupons[place]) for place, basket in best.items()}


def _rank(basket: Candidate) -> tuple[int, int, int]:
    return -basket.coupon_cents, -basket.cents, basket.key


def _most_used(count_by_campaign: Counter) -> int:
    return min(count_by_campaign, key=lambda campaign: (-count_by_campaign[campaign], campaign))
