"""Which share of an order has earned its points so far."""

from typing import NamedTuple


class LineProgress(NamedTuple):
    """How far one order line has come, each as a value in the order's currency.

    `ordered` is what the line is worth; `delivered` what is delivered net of returns, `returned`
    what came back, `invoiced` what posted invoices ask for, `paid` what of them is settled, and
    `refunded` what posted credit notes gave back.
    """

    ordered: float
    delivered: float = 0.0
    returned: float = 0.0
    invoiced: float = 0.0
    paid: float = 0.0
    refunded: float = 0.0


def earning_value(line: LineProgress, earn_on: str) -> float:
    """Return the value of a line that has earned points, from zero to what it is worth.

    A return and the credit note for it take back once, not twice. A credit note that settles an
    invoice counts as paid there and as refunded here, so that it earns nothing.

    >>> earning_value(LineProgress(100.0), "confirmation")
    100.0
    >>> earning_value(LineProgress(100.0, returned=30.0, refunded=30.0), "confirmation")
    70.0
    >>> earning_value(LineProgress(100.0, delivered=40.0, returned=10.0, refunded=10.0), "delivery")
    40.0
    >>> earning_value(LineProgress(100.0, invoiced=60.0), "invoice")
    60.0
    >>> earning_value(LineProgress(100.0, invoiced=100.0, paid=40.0, refunded=40.0), "payment")
    0.0
    """
    taken_back = max(line.refunded, line.returned)
    values = {
        "confirmation": line.ordered - taken_back,
        "delivery": line.delivered - max(0.0, line.refunded - line.returned),
        "invoice": line.invoiced - taken_back,
        "payment": line.paid - taken_back,
    }
    kept = line.ordered - taken_back
    return max(0.0, min(values[earn_on], kept))


def earning_share(lines: list[LineProgress], earn_on: str) -> float:
    """Return the share of an order, 0 to 1, that has earned its points.

    >>> earning_share([LineProgress(100.0, invoiced=100.0), LineProgress(300.0)], "invoice")
    0.25
    >>> earning_share([], "confirmation")
    1.0
    """
    worth = sum(line.ordered for line in lines)
    if worth <= 0:
        return 1.0
    return sum(earning_value(line, earn_on) for line in lines) / worth
