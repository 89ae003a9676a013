"""How many points a customer uses when he does not use all of them."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isfinite


def redemption_fault(points: float, balance: float, step: float) -> str | None:
    """Return what is wrong with a number of points to use, None when nothing is.

    `step` is the number that points are used in multiples of; 0 when any part can be used.

    >>> redemption_fault(float("nan"), 100.0, 1.0), redemption_fault(0.0, 100.0, 1.0)
    ('number', 'number')
    >>> redemption_fault(150.0, 100.0, 50.0), redemption_fault(75.0, 100.0, 50.0)
    ('balance', 'step')
    >>> redemption_fault(0.3, 0.1 + 0.2, 0.1), redemption_fault(33.33, 40.0, 0.0)
    (None, None)
    """
    if not isfinite(points) or points <= 0:
        return "number"
    if _exact(points) > _exact(balance):
        return "balance"
    if step and _exact(points) % _exact(step):
        return "step"
    return None


def most_useful(cost: float, balance: float, step: float) -> float:
    """Return how many points are worth using, where an order can take `cost` of them.

    >>> most_useful(123.4, 500.0, 50.0), most_useful(123.4, 130.0, 50.0)
    (150.0, 100.0)
    >>> most_useful(123.4, 500.0, 0.0), most_useful(500.0, 123.4, 0.0)
    (123.4, 123.4)
    """
    if not step:
        return min(cost, balance)
    exact = _exact(step)
    needed = (_exact(cost) / exact).to_integral_value(ROUND_CEILING)
    affordable = (_exact(balance) / exact).to_integral_value(ROUND_FLOOR)
    return float(min(needed, affordable) * exact)


def _exact(number: float) -> Decimal:
    return Decimal(repr(number)).quantize(Decimal("0.000001"))
