"""A minimum of a smooth function, for fits by maximum likelihood with few parameters."""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

Vector = list[float]
Function = Callable[[Vector], tuple[float, Vector]]

STEPS = 200
HALVINGS = 40
SUFFICIENT = 1e-4  # of the decrease that the slope promises (Armijo)
CURVATURE = 0.9  # how much of the slope may be left (Wolfe)


class Minimum(NamedTuple):
    """Where a function is least.

    ``curvature`` is the inverse of the Hessian as far as it is known; a search that begins there
    with it takes few steps. ``is_found`` is False when the slope did not vanish.
    """

    point: Vector
    value: float
    curvature: list[Vector]
    is_found: bool
    evaluations: int


def minimise(
    function: Function,
    start: Vector,
    curvature: list[Vector] | None = None,
    tolerance: float = 1e-7,
) -> Minimum:
    """Search the minimum of a function that returns its value and its gradient.

    The method of Broyden, Fletcher, Goldfarb and Shanno with a search along each direction
    (Nocedal and Wright, "Numerical Optimization", 2006, algorithms 6.1 and 3.5 with bisection).
    Done when no part of the gradient exceeds ``tolerance``.

    >>> found = minimise(lambda x: ((x[0] - 3) ** 2 + 2 * (x[1] + 1) ** 2,
    ...                             [2 * (x[0] - 3), 4 * (x[1] + 1)]), [0.0, 0.0])
    >>> [round(part, 6) for part in found.point], found.is_found
    ([3.0, -1.0], True)
    >>> minimise(lambda x: (x[0], [1.0]), [0.0]).is_found
    False
    """
    size = len(start)
    point, inverse = list(start), curvature or _identity(size)
    value, gradient = function(point)
    evaluations = 1
    is_first = curvature is None
    for _step in range(STEPS):
        if max(map(abs, gradient)) <= tolerance:
            return Minimum(point, value, inverse, True, evaluations)
        direction = [-_dot(row, gradient) for row in inverse]
        if _dot(direction, gradient) >= 0:
            inverse = _identity(size)
            direction = [-part for part in gradient]
        longest = 1 / max(1.0, sqrt(_dot(gradient, gradient))) if is_first else 1.0
        found = _along(function, point, value, gradient, direction, longest)
        evaluations += found.evaluations
        if found.gradient is None:
            break
        moved = [new - old for new, old in zip(found.point, point, strict=True)]
        turned = [new - old for new, old in zip(found.gradient, gradient, strict=True)]
        if (bend := _dot(moved, turned)) > 0:
            if is_first:
                scale = bend / _dot(turned, turned)
                inverse = [[scale * part for part in row] for row in _identity(size)]
            inverse = _updated(inverse, moved, turned, bend)
            is_first = False
        point, value, gradient = found.point, found.value, found.gradient
    is_found = max(map(abs, gradient)) <= sqrt(tolerance) * 0.1
    return Minimum(point, value, inverse, is_found, evaluations)


class _Found(NamedTuple):
    point: Vector
    value: float
    gradient: Vector | None
    evaluations: int


def _along(
    function: Function,
    point: Vector,
    value: float,
    gradient: Vector,
    direction: Vector,
    length: float,
) -> _Found:
    """Search a step along a direction that lowers the function enough and flattens the slope."""
    slope = _dot(gradient, direction)
    low, high = 0.0, None
    best = _Found(point, value, None, 0)
    for evaluation in range(1, HALVINGS + 1):
        tried = [old + length * part for old, part in zip(point, direction, strict=True)]
        new_value, new_gradient = function(tried)
        if not new_value <= value + SUFFICIENT * length * slope:  # also when it is not a number
            high = length
        else:
            best = _Found(tried, new_value, new_gradient, evaluation)
            if _dot(new_gradient, direction) >= CURVATURE * slope:
                return best
            low = length
        length = 2 * low if high is None else (low + high) / 2
    return best._replace(evaluations=HALVINGS)


def _updated(inverse: list[Vector], moved: Vector, turned: Vector, bend: float) -> list[Vector]:
    """Return the inverse of the Hessian after a step, by the BFGS formula."""
    changed = [_dot(row, turned) for row in inverse]
    factor = (1 + _dot(turned, changed) / bend) / bend
    return [
        [
            part
            + factor * moved[row] * moved[column]
            - (changed[row] * moved[column] + moved[row] * changed[column]) / bend
            for column, part in enumerate(line)
        ]
        for row, line in enumerate(inverse)
    ]


def _identity(size: int) -> list[Vector]:
    return [[float(row == column) for column in range(size)] for row in range(size)]


def _dot(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
