"""What a credit note brings back of the goods' cost, and what late payment costs."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

DAYS_OF_A_YEAR = 365


def share_returned(delivered: Decimal, invoiced: Decimal, credited: Decimal) -> Decimal:
    """Return the share (0 to 1) of a credited quantity whose goods the customer has not kept.

    All quantities are those of one order line so far, in one unit. He keeps what he was delivered
    beyond what he still pays for, but no more than was credited: a price reduction leaves him all
    goods, so that their cost stays; goods that came back, or never left, cost nothing.

    Five delivered and invoiced, two credited: without a return, with one piece back, with both.

    >>> [str(share_returned(Decimal(left), Decimal(5), Decimal(2))) for left in (5, 4, 3)]
    ['0', '0.5', '1']

    Invoiced and credited before anything was delivered; nothing was credited at all.

    >>> str(share_returned(Decimal(0), Decimal(5), Decimal(5)))
    '1'
    >>> str(share_returned(Decimal(5), Decimal(5), Decimal(0)))
    '1'
    """
    if credited <= 0:
        return Decimal(1)
    kept = min(max(delivered - (invoiced - credited), Decimal(0)), credited)
    return 1 - kept / credited


def late_payment_cost(
    amount: Decimal, due: date, paid: date, yearly_rate: Decimal, digits: int
) -> Decimal:
    """Return what it costs to wait for an amount from its due day to the day it was paid.

    ``yearly_rate`` is a share (0.1 for ten percent) of a year of 365 days; ``digits`` are those of
    the currency. Half a cent goes up.

    >>> ten_percent = Decimal("0.1")
    >>> due = date(2025, 6, 30)
    >>> late_payment_cost(Decimal(3650), due, date(2025, 7, 10), ten_percent, 2)
    Decimal('10.00')
    >>> late_payment_cost(Decimal(3650), due, date(2025, 6, 30), ten_percent, 2)
    Decimal('0.00')
    >>> late_payment_cost(Decimal(100), due, date(2025, 7, 1), Decimal("0.2"), 2)
    Decimal('0.05')
    """
    days = max((paid - due).days, 0)
    cost = amount * days * yearly_rate / DAYS_OF_A_YEAR
    return cost.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
