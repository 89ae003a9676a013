"""What remains of each award, worked out anew from the entries of a card."""

from decimal import Decimal
from typing import NamedTuple


class Entry(NamedTuple):
    """An active entry of a ledger: its points, the award that they come from, the day they end."""

    key: int
    points: float
    award: int | None = None
    last_day: str = ""


def remaining_of(entries: list[Entry]) -> dict[int, float]:
    """Return what remains of each entry, below zero of a debt, after all entries in their order.

    What is taken from an award that has not enough comes from the others, the first to expire
    first; what none can give is a debt, which the next award pays. The sum is that of the points.

    >>> remaining_of([Entry(1, 40.0), Entry(2, -30.0, 1), Entry(3, 10.0, 1)])
    {1: 20.0, 2: 0.0, 3: 0.0}
    >>> remaining_of([Entry(1, 40.0), Entry(2, -40.0, 1), Entry(3, -5.0), Entry(4, 8.0)])
    {1: 0.0, 2: 0.0, 3: 0.0, 4: 3.0}
    >>> remaining_of([Entry(1, 40.0, None, "2027-06-30"), Entry(2, 9.0, None, "2027-01-31"),
    ...               Entry(3, -20.0)])
    {1: 29.0, 2: 0.0, 3: 0.0}
    >>> remaining_of([Entry(1, 0.1), Entry(2, 0.2), Entry(3, -0.4)])
    {1: 0.0, 2: 0.0, 3: -0.1}
    """
    left = {entry.key: Decimal(0) for entry in entries}
    last_days = {entry.key: (entry.last_day or "9999", entry.key) for entry in entries}
    for entry in entries:
        points = Decimal(repr(entry.points))
        if entry.award in left and (points > 0 or left[entry.award] > 0):
            rest = min(points + left[entry.award], Decimal(0)) if points < 0 else Decimal(0)
            left[entry.award] += points - rest
            points = rest
        for key in _others(left, points, last_days):
            part = min(abs(points), abs(left[key]))
            left[key] += part if points > 0 else -part
            points += -part if points > 0 else part
        left[entry.key] += points
    return {key: float(points) for key, points in left.items()}


def _others(
    left: dict[int, Decimal], points: Decimal, last_days: dict[int, tuple[str, int]]
) -> list[int]:
    """Return the debts that points pay, the oldest first, or the awards that they come from."""
    if points > 0:
        return sorted(key for key, rest in left.items() if rest < 0)
    if points < 0:
        return sorted((key for key, rest in left.items() if rest > 0), key=last_days.__getitem__)
    return []
