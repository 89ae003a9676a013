"""Half-open intervals of days: from a day on, until before another; without an end, for ever."""

from datetime import date

Interval = tuple[date, date | None]


def union(intervals: list[Interval]) -> list[Interval]:
    """Return the fewest intervals with the same days, the earliest first.

    >>> first, second, third = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    >>> union([(second, third), (first, second)]) == [(first, third)]
    True
    >>> union([(first, None), (second, third)]) == [(first, None)]
    True
    >>> union([(third, None), (first, second)]) == [(first, second), (third, None)]
    True
    """
    joined: list[Interval] = []
    for start, end in sorted(intervals, key=lambda interval: interval[0]):
        if not joined or (joined[-1][1] is not None and joined[-1][1] < start):
            joined.append((start, end))
            continue
        last_start, last_end = joined[-1]
        has_end = last_end is not None and end is not None
        joined[-1] = (last_start, max(last_end, end) if has_end else None)
    return joined
