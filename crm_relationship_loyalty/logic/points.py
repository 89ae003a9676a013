"""How many points something makes: rounding, shares, and which lots a spending takes from."""

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
WHOLE = Decimal(1)
ROUNDINGS = {
    "down": (WHOLE, ROUND_DOWN),
    "nearest": (WHOLE, ROUND_HALF_UP),
    "exact": (CENT, ROUND_DOWN),
}


def rounded_points(points: float, rounding: str) -> float:
    """Return points as a program gives them: whole ones ("down", "nearest") or hundredths.

    What binary fractions add or lose (29.999999999999996 points for 300 at one in ten) is put right
    before, so that nobody loses a point that he sees on paper.

    >>> rounded_points(33.34, "down"), rounded_points(33.5, "nearest")
    (33.0, 34.0)
    >>> rounded_points(3.339, "exact")
    3.33
    >>> rounded_points(0.1 * 3 * 100, "down"), rounded_points(-0.4, "down")
    (30.0, 0.0)
    """
    step, way = ROUNDINGS[rounding]
    exact = Decimal(repr(points)).quantize(Decimal("0.000001"), ROUND_HALF_UP)
    return float(exact.quantize(step, way)) + 0.0


def cents(points: float) -> float:
    """Return points in hundredths, as the ledger keeps them.

    >>> cents(0.1 + 0.2), cents(-1e-9)
    (0.3, 0.0)
    """
    return float(Decimal(repr(points)).quantize(CENT, ROUND_HALF_UP)) + 0.0


def after_rewards(points: float, gross: float, rewards: float) -> float:
    """Return the points that are left when what was paid with rewards earns none.

    `gross` is what the goods cost, `rewards` what the program's own rewards took off (positive),
    both in the order's currency.

    >>> after_rewards(100.0, 200.0, 50.0), after_rewards(100.0, 200.0, 300.0)
    (75.0, 0.0)
    >>> after_rewards(100.0, 0.0, 0.0)
    100.0
    """
    if gross <= 0:
        return points
    return points * max(0.0, 1 - rewards / gross)


def taken_from(
    lots: list[tuple[int, float]], points: float
) -> tuple[list[tuple[int, float]], float]:
    """Return what is taken from each lot, the first one first, and what no lot could give.

    `lots` are pairs of a key and what remains of it, in the order in which they are to be used.

    >>> taken_from([(1, 40.0), (2, 30.0), (3, 30.0)], 60.0)
    ([(1, 40.0), (2, 20.0)], 0.0)
    >>> taken_from([(1, 40.0)], 100.0)
    ([(1, 40.0)], 60.0)
    >>> taken_from([(1, 0.3)], 0.1 + 0.2)
    ([(1, 0.3)], 0.0)
    """
    wanted = Decimal(repr(cents(points)))
    parts = []
    for key, remaining in lots:
        part = min(Decimal(repr(cents(remaining))), wanted)
        if part > 0:
            parts.append((key, float(part)))
            wanted -= part
        if not wanted:
            break
    return parts, float(wanted)
