"""Loads baskets as confirmed orders through the ORM."""

import time
from collections.abc import Iterable

from odoo.fields import Command
from odoo.tools import split_every

from environment.progress import say

from .external_ids import ExternalIds
from .master_data import MasterData
from .rows import Basket

CONFIRMED_TOGETHER = 200
SECONDS_BETWEEN_REPORTS = 10


def load(baskets: Iterable[Basket], expected: int, data: MasterData, external_ids: ExternalIds):
    """Load the baskets that are not there yet, in batches that are kept one by one."""
    report = Report(expected)
    for batch in split_every(CONFIRMED_TOGETHER, missing_of(baskets, external_ids), list):
        create(batch, data, external_ids)
        external_ids.checkpoint()
        external_ids.env.invalidate_all()
        report.loaded(len(batch))
    report.end()


def missing_of(baskets: Iterable[Basket], external_ids: ExternalIds) -> Iterable[Basket]:
    """Return the baskets that no order has been made of yet."""
    known = external_ids.known("sale.order")
    return (basket for basket in baskets if str(basket.key) not in known)


def create(baskets: list[Basket], data: MasterData, external_ids: ExternalIds):
    """Return confirmed orders of new baskets."""
    orders = external_ids.env["sale.order"].create([order_values(one, data) for one in baskets])
    # the goods left with the customer: with stock installed, there is nothing to deliver
    orders.with_context(skip_procurement=True).action_confirm()
    for order, basket in zip(orders, baskets, strict=True):
        order.date_order = basket.moment  # the confirmation has put the present here
    external_ids.remember(orders, [str(basket.key) for basket in baskets])
    return orders


def order_name(basket: Basket) -> str:
    """Return the number of the order of a basket."""
    return f"CJ{basket.key}"


def order_values(basket: Basket, data: MasterData) -> dict:
    """Return the values of the order of a basket: bought at a till, from no salesperson."""
    return {
        "name": order_name(basket),
        "client_order_ref": str(basket.key),
        "partner_id": data.partners[basket.household_key],
        "date_order": basket.moment,
        "validity_date": False,
        "user_id": False,
        "team_id": data.teams[basket.store_key],
        "campaign_id": data.campaigns[basket.campaign_key] if basket.campaign_key else False,
        "order_line": [
            Command.create(
                {
                    "product_id": data.products[line.product_key],
                    "product_uom_qty": line.quantity,
                    "price_unit": line.unit_price,
                    "discount": 0.0,
                    "analytic_distribution": False,  # else two queries per line look for one
                }
            )
            for line in basket.lines
        ],
    }


class Report:
    """Says from time to time how many baskets are loaded."""

    def __init__(self, expected: int):
        self.expected = expected
        self.count = 0
        self.last = time.monotonic()

    def loaded(self, number: int) -> None:
        """Count baskets that were loaded."""
        self.count += number
        if time.monotonic() - self.last >= SECONDS_BETWEEN_REPORTS:
            self.last = time.monotonic()
            say(f"{self.count:,} of {self.expected:,} baskets loaded ...")

    def end(self) -> None:
        """Say how many were loaded, and how many had been before."""
        say(f"{self.count:,} baskets loaded, {self.expected - self.count:,} were there already")
