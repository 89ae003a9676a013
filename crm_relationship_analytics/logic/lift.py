"""Whether those who were contacted did better than those who were held out, and by how much.

All intervals are two-sided and hold 95 % of the time.
"""

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95
# Fewer customers in a group, or fewer than so many expected to buy (or not to), tell nothing: the
# second is the rule of Cochran (1954), Biometrics 10, 417-451, for comparing two shares.
LEAST_GROUP = 30
LEAST_EXPECTED = 5


class Interval(NamedTuple):
    """An estimate with the bounds of its 95 % confidence interval."""

    estimate: float
    low: float
    high: float


class Shares(NamedTuple):
    """So many of a group."""

    count: int
    size: int


class Amounts(NamedTuple):
    """The amounts of a group: how many, their sum, and the sum of their squares."""

    size: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """The mean of the amounts.

        >>> Amounts(4, 10.0, 30.0).mean
        2.5
        """
        return self.total / self.size

    @property
    def error(self) -> float:
        """The variance of the mean: that of the sample over its size.

        >>> round(Amounts(4, 10.0, 30.0).error, 6)  # of 1, 2, 3 and 4: 1.666667 / 4
        0.416667
        """
        spread = self.squares - self.total * self.total / self.size
        return max(spread, 0.0) / (self.size - 1) / self.size


def share_of(group: Shares) -> Interval:
    """Return a share with Wilson's score interval; of nobody, 0 with all that it could be.

    Wilson (1927), Journal of the American Statistical Association 22, 209-212. The example is that
    of Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263, 0.2553 to 0.3662.

    >>> [round(number, 4) for number in share_of(Shares(81, 263))]
    [0.308, 0.2553, 0.3662]
    >>> [round(number, 4) for number in share_of(Shares(0, 20))]
    [0.0, 0.0, 0.1611]
    >>> share_of(Shares(0, 0))
    Interval(estimate=0.0, low=0.0, high=1.0)
    """
    count, size = group
    if not size:
        return Interval(0.0, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    middle = 2 * count + z * z
    reach = z * sqrt(z * z + 4 * count * (size - count) / size)
    whole = 2 * (size + z * z)
    low = 0.0 if count == 0 else (middle - reach) / whole
    high = 1.0 if count == size else (middle + reach) / whole
    return Interval(count / size, low, high)


def difference_of_shares(treated: Shares, control: Shares) -> Interval:
    """Return the share of one group less that of the other, by Newcombe's hybrid score method.

    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10, without continuity correction;
    its table II gives 0.0524 to 0.3339 for 56 of 70 less 48 of 80.

    >>> [round(number, 4) for number in difference_of_shares(Shares(56, 70), Shares(48, 80))]
    [0.2, 0.0524, 0.3339]
    >>> [round(number, 4) for number in difference_of_shares(Shares(9, 10), Shares(3, 10))]
    [0.6, 0.1705, 0.809]
    """
    one, other = share_of(treated), share_of(control)
    estimate = one.estimate - other.estimate
    below = sqrt((one.estimate - one.low) ** 2 + (other.high - other.estimate) ** 2)
    above = sqrt((one.high - one.estimate) ** 2 + (other.estimate - other.low) ** 2)
    return Interval(estimate, estimate - below, estimate + above)


def difference_of_means(treated: Amounts, control: Amounts) -> Interval:
    """Return the mean of one group less that of the other, by Welch's method.

    Welch (1947), Biometrika 34, 28-35: the groups may differ in size and in spread. Each has two
    amounts at least. By hand: 1, 2, 3, 4 less 2, 4, 6, 8, 10 have variances of the mean of 5/12 and
    2, hence (29/12)^2 / ((5/12)^2/3 + 4/4) = 5.5207 degrees of freedom, t = 2.4993, and
    2.5 - 6 = -3.5 with 2.4993 x 1.5546 to each side.

    >>> [round(number, 2) for number in
    ...  difference_of_means(Amounts(4, 10.0, 30.0), Amounts(5, 30.0, 220.0))]
    [-3.5, -7.39, 0.39]
    >>> difference_of_means(Amounts(2, 4.0, 8.0), Amounts(2, 2.0, 2.0))
    Interval(estimate=1.0, low=1.0, high=1.0)
    """
    estimate = treated.mean - control.mean
    variance = treated.error + control.error
    if not variance:
        return Interval(estimate, estimate, estimate)
    freedom = variance**2 / (
        treated.error**2 / (treated.size - 1) + control.error**2 / (control.size - 1)
    )
    reach = t_quantile((1 + CONFIDENCE) / 2, freedom) * sqrt(variance)
    return Interval(estimate, estimate - reach, estimate + reach)


def t_quantile(share: float, freedom: float) -> float:
    """Return the point below which so large a share of Student's t distribution lies.

    The expansion of Abramowitz and Stegun (1964), 26.7.5, from the normal quantile; its table
    26.10 gives 2.228 for 10, 2.042 for 30 and 1.980 for 120 degrees of freedom. From 4 degrees on
    it is off by less than 0.01.

    >>> [round(t_quantile(0.975, freedom), 3) for freedom in (4, 10, 30, 120)]
    [2.776, 2.228, 2.042, 1.98]
    """
    x = NormalDist().inv_cdf(share)
    terms = (
        x,
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def tells_shares(treated: Shares, control: Shares) -> bool:
    """Tell whether two shares can be compared: groups are large, and no outcome is rare.

    >>> tells_shares(Shares(60, 100), Shares(15, 30)), tells_shares(Shares(60, 100), Shares(15, 29))
    (True, False)
    >>> tells_shares(Shares(2, 100), Shares(1, 50))  # 3 of 150 expects 1 of 50
    False
    """
    if not tells_amounts(treated.size, control.size):
        return False
    size = treated.size + control.size
    count = treated.count + control.count
    return min(count, size - count) * min(treated.size, control.size) >= LEAST_EXPECTED * size


def tells_amounts(treated_size: int, control_size: int) -> bool:
    """Tell whether two groups are large enough to compare what they brought.

    >>> tells_amounts(30, 30), tells_amounts(1000, 29)
    (True, False)
    """
    return min(treated_size, control_size) >= LEAST_GROUP


def verdict_of(difference: Interval, tells: bool, control_size: int) -> str:
    """Return what a difference means: ``no_group``, ``too_few``, ``better``, ``worse``, ``none``.

    >>> difference = Interval(0.2, 0.05, 0.33)
    >>> verdict_of(difference, True, 80), verdict_of(difference, False, 8)
    ('better', 'too_few')
    >>> verdict_of(Interval(-0.2, -0.33, -0.05), True, 80), verdict_of(difference, False, 0)
    ('worse', 'no_group')
    >>> verdict_of(Interval(0.1, 0.0, 0.2), True, 80)
    'none'
    """
    if not control_size:
        return "no_group"
    if not tells:
        return "too_few"
    if difference.low > 0:
        return "better"
    return "worse" if difference.high < 0 else "none"


def return_on(gain: float, cost: float) -> float:
    """Return what was gained over its cost, as a share of the cost; 0 where nothing was spent.

    >>> return_on(150.0, 100.0), return_on(50.0, 100.0), return_on(50.0, 0.0)
    (0.5, -0.5, 0.0)
    """
    return (gain - cost) / cost if cost > 0 else 0.0
