"""What an offer leaves, and how its price is shared among its products."""

from collections.abc import Sequence


def margin_percent(price: float, cost: float) -> float:
    """Return what a price leaves after the cost, in percent of it; nothing of nothing.

    >>> margin_percent(200.0, 150.0), margin_percent(100.0, 120.0), margin_percent(0.0, 5.0)
    (25.0, -20.0, 0.0)
    """
    return round(100 * (price - cost) / price, 6) if price else 0.0


def shared_price(cents: int, worths: Sequence[float]) -> list[int]:
    """Return a price in cents, shared by what the products are worth; nothing is lost.

    The last product that is worth something takes the rest. Equal shares when none has a price.

    >>> shared_price(1000, [50.0, 25.0, 25.0]), shared_price(100, [1.0, 1.0, 1.0])
    ([500, 250, 250], [33, 33, 34])
    >>> shared_price(100, [2.0, 1.0, 0.0]), shared_price(99, [0.0, 0.0])
    ([67, 33, 0], [50, 49])
    """
    total = sum(worths)
    if not total:
        worths, total = [1.0] * len(worths), len(worths)
    shares = [round(cents * worth / total) for worth in worths]
    last = max(place for place, worth in enumerate(worths) if worth)
    shares[last] += cents - sum(shares)
    return shares
