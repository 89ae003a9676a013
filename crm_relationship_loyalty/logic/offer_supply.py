"""How long the stock of an offer lasts."""

DEMAND_DAYS = 28  # four weeks, so that each weekday counts the same
PRIOR_RATE = 0.2  # of presentations that are accepted, while nobody has answered
PRIOR_ANSWERS = 10  # so many answers weigh as much as that


def cover(free: float, demand: float) -> float | None:
    """Return for how many days a free quantity lasts, None for ever.

    ``demand``: how many go on a day.

    >>> cover(10.0, 4.0), cover(0.0, 0.0), cover(-3.0, 1.0), cover(5.0, 0.0)
    (2.5, 0.0, 0.0, None)
    """
    if free <= 0:
        return 0.0
    return free / demand if demand > 0 else None
