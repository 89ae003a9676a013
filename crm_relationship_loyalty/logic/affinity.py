"""Which things are bought together: support, confidence and lift of a pair.

Agrawal, Imielinski and Swami (1993), "Mining association rules between sets of items in large
databases", for support and confidence; Brin, Motwani, Ullman and Tsur (1997), "Dynamic itemset
counting and implication rules for market basket data", for lift (there "interest").
"""

from decimal import ROUND_CEILING, Decimal


def least_count(percent: float, baskets: int) -> int:
    """Return in how many baskets something must be to have a support of so many percent.

    Exact, and at least one.

    >>> least_count(0.1, 1000), least_count(0.1, 1001), least_count(0.1, 10)
    (1, 2, 1)
    >>> least_count(7.0, 300)
    21
    """
    wanted = Decimal(repr(percent)) / 100 * baskets
    return max(1, int(wanted.to_integral_value(ROUND_CEILING)))


def least_to_look_up(least_before: int, least_now: int) -> int:
    """Return from how many new baskets on a pair must be looked up among the old ones.

    What was not frequent before was in fewer than ``least_before`` baskets, so that it cannot be in
    ``least_now`` of all unless the rest is new. Cheung, Han, Ng and Wong (1996), "Maintenance of
    discovered association rules in large databases: an incremental updating technique".

    >>> least_to_look_up(10, 11)
    2
    """
    return max(1, least_now - (least_before - 1))
