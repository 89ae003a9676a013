"""How far a customer is on his way to the next tier."""


def percent_reached(value: float, missing: float) -> int:
    """Return how much of what the next tier takes is there, in whole percent, rounded down.

    >>> percent_reached(750.0, 250.0), percent_reached(999.99, 0.01), percent_reached(5.0, 0.0)
    (75, 99, 100)
    >>> percent_reached(-20.0, 1020.0), percent_reached(0.0, 0.0)
    (0, 100)
    """
    if missing <= 0:
        return 100
    return max(0, int(100 * value / (value + missing)))
