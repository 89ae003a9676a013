"""The data as plain rows, apart from where they are read and where they are written."""

import datetime
from collections.abc import Callable, Iterable
from typing import NamedTuple

STORES_TIMEZONE = "America/New_York"


class Campaign(NamedTuple):
    """A campaign of the chain, its last day included."""

    key: int
    kind: str
    first_day: datetime.date
    last_day: datetime.date


class Household(NamedTuple):
    """A holder of the loyalty card: his profile as (attribute, band), the campaigns he received."""

    key: int
    profile: tuple[tuple[str, str], ...] = ()
    campaign_keys: tuple[int, ...] = ()


class Product(NamedTuple):
    """A product; `category` is empty where the source has only a department."""

    key: int
    name: str
    department: str
    category: str
    list_price: float


class Line(NamedTuple):
    """A line of a basket: whole units and what was paid for all of them, in cents."""

    product_key: int
    source_quantity: int
    cents: int

    @property
    def quantity(self) -> int:
        """The quantity ordered; the source has 0 for some articles that were sold.

        >>> Line(1, 0, 261).quantity, Line(1, 3, 0).quantity
        (1, 3)
        """
        return self.source_quantity or 1

    @property
    def unit_price(self) -> float:
        """The price of a unit in dollars, with as many digits as a float has.

        >>> Line(1, 3, 100).unit_price
        0.3333333333333333
        """
        return self.cents / 100 / self.quantity


class Basket(NamedTuple):
    """A purchase at a moment in UTC."""

    key: int
    household_key: int
    store_key: int
    moment: datetime.datetime
    campaign_key: int | None
    lines: tuple[Line, ...]

    @property
    def cents(self) -> int:
        """What was paid for the basket."""
        return sum(line.cents for line in self.lines)


class Totals(NamedTuple):
    """What is counted on both sides, to prove that nothing was lost."""

    baskets: int
    lines: int
    cents: int

    @classmethod
    def of(cls, baskets: Iterable[Basket]) -> "Totals":
        """Count baskets."""
        baskets = list(baskets)
        return cls(
            len(baskets),
            sum(len(basket.lines) for basket in baskets),
            sum(basket.cents for basket in baskets),
        )

    def __str__(self):
        return f"{self.baskets:,} baskets, {self.lines:,} lines, {self.cents / 100:,.2f} USD"


class Journey(NamedTuple):
    """All that is to be loaded. `read_baskets` returns the baskets anew, the oldest first."""

    campaigns: list[Campaign]
    households: list[Household]
    products: list[Product]
    store_keys: list[int]
    totals: Totals
    read_baskets: Callable[[], Iterable[Basket]]
