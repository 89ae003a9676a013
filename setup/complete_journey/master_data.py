"""Loads everything but the baskets through the ORM: contacts, products, stores, campaigns."""

from typing import NamedTuple

from odoo.fields import Command

from environment.progress import say

from .external_ids import ExternalIds, key_of
from .rows import Campaign, Household, Journey, Product

CAMPAIGN = "Campaign"


class MasterData(NamedTuple):
    """The ids in the database that the baskets refer to, by the keys of the source."""

    partners: dict[int, int]
    products: dict[int, int]
    teams: dict[int, int]
    campaigns: dict[int, int]


def load(journey: Journey, external_ids: ExternalIds, load_products) -> MasterData:
    """Load what is missing and return the ids of all. `load_products` is given the products."""
    say(
        f"{len(journey.households):,} households, {len(journey.products):,} products, "
        f"{len(journey.store_keys):,} stores, {len(journey.campaigns)} campaigns ..."
    )
    tags = _load_tags(journey, external_ids)
    partners = external_ids.create_missing(
        "res.partner",
        {str(one.key): _partner_values(one, tags) for one in journey.households},
    )
    categories = _load_categories(journey.products, external_ids)
    return MasterData(
        partners=_by_number(partners),
        products=_by_number(load_products(journey.products, categories, external_ids)),
        teams=_by_number(_load_teams(journey.store_keys, external_ids)),
        campaigns=_by_number(_load_campaigns(journey.campaigns, external_ids)),
    )


def load_products(
    products: list[Product], categories: dict[str, int], external_ids: ExternalIds
) -> dict[str, int]:
    """Load the missing products through the ORM and return the ids of all by key."""
    return external_ids.create_missing(
        "product.product",
        {str(product.key): product_values(product, categories) for product in products},
    )


def product_values(product: Product, categories: dict[str, int]) -> dict:
    """Return the values to create a product with."""
    return {
        "name": product.name,
        "default_code": str(product.key),
        "type": "consu",
        "categ_id": category_id(product, categories),
        "list_price": product.list_price,
        "invoice_policy": "order",
        "taxes_id": [Command.clear()],
        "supplier_taxes_id": [Command.clear()],
    }


def category_id(product: Product, categories: dict[str, int]) -> int:
    """Return the id of the category of a product."""
    return categories[key_of(product.department, product.category)]


def _by_number(ids: dict[str, int]) -> dict[int, int]:
    return {int(key): record_id for key, record_id in ids.items()}


# contacts


def _load_tags(journey: Journey, external_ids: ExternalIds) -> dict[str, int]:
    """Load the tags of the profile and of the campaigns below their parents."""
    bands = sorted({band for household in journey.households for band in household.profile})
    attributes = sorted({attribute for attribute, _band in bands} | {CAMPAIGN})
    parents = external_ids.create_missing(
        "res.partner.category", {key_of(name): {"name": name} for name in attributes}
    )
    children = {
        key_of(attribute, band): {"name": band, "parent_id": parents[key_of(attribute)]}
        for attribute, band in bands
    }
    for campaign in journey.campaigns:
        children[key_of(CAMPAIGN, str(campaign.key))] = {
            "name": f"{CAMPAIGN} {campaign.key}",
            "parent_id": parents[key_of(CAMPAIGN)],
        }
    return external_ids.create_missing("res.partner.category", children)


def _partner_values(household: Household, tags: dict[str, int]) -> dict:
    keys = [
        *(key_of(*band) for band in household.profile),
        *(key_of(CAMPAIGN, str(campaign)) for campaign in household.campaign_keys),
    ]
    return {
        "name": f"Household {household.key}",
        "ref": f"CJ-{household.key}",
        "is_company": False,
        "customer_rank": 1,
        "category_id": [Command.set([tags[key] for key in keys])],
    }


# products, stores, campaigns


def _load_categories(products: list[Product], external_ids: ExternalIds) -> dict[str, int]:
    departments = sorted({product.department for product in products})
    ids = external_ids.create_missing(
        "product.category", {key_of(name): {"name": name.capitalize()} for name in departments}
    )
    pairs = sorted({(one.department, one.category) for one in products if one.category})
    return external_ids.create_missing(
        "product.category",
        {
            key_of(department, category): {
                "name": category.capitalize(),
                "parent_id": ids[key_of(department)],
            }
            for department, category in pairs
        },
    )


def _load_teams(store_keys: list[int], external_ids: ExternalIds) -> dict[str, int]:
    return external_ids.create_missing(
        "crm.team",
        {
            str(key): {
                "name": f"Store {key}",
                "company_id": external_ids.env.company.id,
                "use_leads": False,
                "use_opportunities": False,
            }
            for key in store_keys
        },
    )


def _load_campaigns(campaigns: list[Campaign], external_ids: ExternalIds) -> dict[str, int]:
    kinds = sorted({campaign.kind for campaign in campaigns})
    tags = external_ids.create_missing("utm.tag", {key_of(kind): {"name": kind} for kind in kinds})
    return external_ids.create_missing(
        "utm.campaign",
        {
            str(campaign.key): {
                "title": f"{CAMPAIGN} {campaign.key} ({campaign.kind}, {campaign.first_day} to "
                f"{campaign.last_day})",
                "tag_ids": [Command.set([tags[key_of(campaign.kind)]])],
            }
            for campaign in campaigns
        },
    )
