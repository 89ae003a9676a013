"""How content a customer is, and whether that is getting better."""

from collections.abc import Sequence

FEWEST_FOR_A_TREND = 4
NEWEST = 3
NOTICEABLE = 0.5  # of a step from 1 to 5


def average(scores: Sequence[float]) -> float | None:
    """Return the mean of scores from 1 to 5, rounded to one decimal; None of none.

    >>> average([5, 4, 4])
    4.3
    >>> average([]) is None
    True
    """
    return round(sum(scores) / len(scores), 1) if scores else None


def trend(scores: Sequence[float]) -> str | None:
    """Tell whether the newest three scores are better than those before: up, down or steady.

    ``scores``: 1 to 5, the oldest first. None when there are fewer than four, of which nothing can
    be told. A difference of the means below half a step is steady.

    >>> trend([2, 2, 4, 5, 5])
    'up'
    >>> trend([5, 3, 3, 3])
    'down'
    >>> trend([4, 4, 4, 5])
    'steady'
    >>> trend([1, 5, 5]) is None
    True
    """
    if len(scores) < FEWEST_FOR_A_TREND:
        return None
    before, newest = scores[:-NEWEST], scores[-NEWEST:]
    difference = sum(newest) / len(newest) - sum(before) / len(before)
    if abs(difference) < NOTICEABLE:
        return "steady"
    return "up" if difference > 0 else "down"
