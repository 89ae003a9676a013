"""B6: what it costs to choose offers for a customer; run inside Odoo.

Customers with ten orders each of one to five lines of 2,000 products, 200 running offers with an
audience each, tiers, grades and stock, a presentation for each customer, and what is bought
together counted. Each customer of a sample is chosen for in a transaction of its own, as a request
does; the first of all fills the caches and is told apart. The database is a copy that is thrown
away.
``AssertionError`` when nothing is chosen.
"""

import statistics
from datetime import timedelta

from measuring import Meter
from pairing import PRODUCTS
from session import run_job

OFFERS = 200
SAMPLE = 100
ORDERS_OF_CUSTOMER = 10
DAYS = 300
ROWS = """
    SELECT SETSEED(0.19);
    INSERT INTO res_partner (
        name, complete_name, active, type, lang, autopost_bills
    )
    SELECT 'B6 ' || number, 'B6 ' || number, TRUE, 'contact', 'en_US', 'ask'
      FROM GENERATE_SERIES(1, %(customers)s) number;
    UPDATE res_partner SET commercial_partner_id = id
     WHERE name LIKE 'B6 %%' AND commercial_partner_id IS NULL;
    INSERT INTO crm_contact_consent (
        partner_id, channel_id, purpose_id, company_id, state, date, source, lawful_basis
    )
    SELECT id, %(channel)s, %(purpose)s, %(company)s, 'granted', '2020-01-01', 'person',
           'consent'
      FROM res_partner WHERE name LIKE 'B6 %%';
    INSERT INTO sale_order (
        name, partner_id, partner_invoice_id, partner_shipping_id, company_id, currency_id, state,
        date_order, picking_policy, warehouse_id
    )
    SELECT 'B6/' || one.id, one.id, one.id, one.id, %(company)s, %(currency)s, 'sale',
           %(last)s::timestamp - (number * 29 %% %(days)s) * INTERVAL '1 day', 'direct',
           %(warehouse)s
      FROM res_partner one, GENERATE_SERIES(1, %(orders)s) number
     WHERE one.name LIKE 'B6 %%';
    INSERT INTO sale_order_line (
        order_id, order_partner_id, company_id, state, product_id, product_uom_id,
        product_uom_qty, name, price_unit, customer_lead
    )
    SELECT made.id, made.partner_id, made.company_id, 'sale',
           %(first_product)s + FLOOR(%(products)s * POWER(RANDOM(), 3))::int, %(unit)s,
           1, 'B6', 1, 0
      FROM sale_order made, GENERATE_SERIES(1, 1 + made.id %% 5)
     WHERE made.name LIKE 'B6/%%';
    INSERT INTO crm_offer_presentation (
        partner_id, offer_id, kind, company_id, date, last_day, state, presented_count,
        accepted_count
    )
    SELECT id, %(first_offer)s + id %% %(offers)s, 'bundle', %(company)s,
           %(last)s::timestamp - INTERVAL '30 day', %(last)s::date - 16, 'expired', 1, 0
      FROM res_partner WHERE name LIKE 'B6 %%';
    ANALYZE res_partner; ANALYZE sale_order; ANALYZE sale_order_line;
    ANALYZE crm_contact_consent; ANALYZE crm_offer_presentation;
"""


class Choosing:
    """Customers, and offers for them."""

    def __init__(self, session, customers):
        self.session = session
        with session.environment() as env:
            company = env.company
            products = env["product.product"].create(
                [
                    {
                        "name": f"B6 {number}",
                        "type": "consu",
                        "is_storable": True,
                        "list_price": 20.0,
                    }
                    for number in range(PRODUCTS)
                ]
            )
            assert max(products.ids) - min(products.ids) == PRODUCTS - 1
            warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
            env["stock.quant"].create(
                [
                    {
                        "product_id": product.id,
                        "location_id": warehouse.lot_stock_id.id,
                        "quantity": 50.0,
                    }
                    for product in products
                ]
            )
            offers = self._offers(env, products)
            today = company._business_today()
            env.cr.execute(
                ROWS,
                {
                    "customers": int(customers),
                    "orders": ORDERS_OF_CUSTOMER,
                    "days": DAYS,
                    "channel": env.ref("crm_relationship.crm_contact_channel_in_person").id,
                    "purpose": env.ref("crm_relationship.crm_contact_purpose_marketing").id,
                    "company": company.id,
                    "currency": company.currency_id.id,
                    "warehouse": warehouse.id,
                    "first_product": min(products.ids),
                    "products": PRODUCTS,
                    "unit": products[0].uom_id.id,
                    "first_offer": min(offers.ids),
                    "offers": OFFERS,
                    "last": company._start_of_day(today - timedelta(days=1)),
                },
            )
            affinities = env["crm.affinity"].create(
                [{"level": level, "min_support": 0.02} for level in ("product", "category")]
            )
            affinities.action_count()
            env.cr.execute(
                "SELECT id FROM res_partner WHERE name LIKE 'B6 %%' ORDER BY id LIMIT %s", [SAMPLE]
            )
            self.sample = [partner for (partner,) in env.cr.fetchall()]
            user = env.ref("base.user_admin")
            user.group_ids += env.ref("crm_relationship.group_relationship_user")
            self.user = user.id

    def _offers(self, env, products):
        env["crm.alliance.offer"].search([("state", "=", "running")]).action_stop()
        ladder = env["crm.loyalty.ladder"].create(
            {"name": "B6", "tier_ids": [(0, 0, {"name": "B6", "threshold": 1000.0})]}
        )
        ladder.action_publish()
        grade = env.ref("crm_relationship.crm_value_grade_a")
        offers = env["crm.alliance.offer"].create(
            [
                {
                    "name": f"B6 {number}",
                    "price": 50.0,
                    "audience": f"[('city', '!=', 'Town {number}')]",
                    "tier_ids": ladder.tier_ids.ids if number % 10 == 1 else [],
                    "value_grade_ids": grade.ids if number % 10 == 2 else [],
                    "is_durable": number % 10 == 3,
                    "line_ids": [
                        (0, 0, {"product_id": products[number * 7 + one].id}) for one in range(2)
                    ],
                }
                for number in range(OFFERS)
            ]
        )
        offers.action_start()
        assert max(offers.ids) - min(offers.ids) == OFFERS - 1
        return offers

    def costs(self) -> dict:
        """Return milliseconds, of the processor when they are known, and the most queries."""
        first, *others = [self._cost(partner) for partner in (self.sample[0], *self.sample)]
        costs, queries = zip(*others, strict=True)
        seconds = [cost.seconds for cost in costs]
        return {
            "first": 1000 * first[0].seconds,
            "median": 1000 * statistics.median(seconds),
            "percentile": 1000 * statistics.quantiles(seconds, n=20)[-1],
            "clock": 1000 * statistics.median(cost.wall for cost in costs),
            "queries": max(queries),
        }

    def _cost(self, partner):
        from odoo import api

        with self.session.registry.cursor() as cr:
            env = api.Environment(cr, self.user, {"lang": "en_US"})
            # a request has read its user and company before
            env = env(context={"lang": "en_US", "allowed_company_ids": env.company.ids})
            assert env.company.parent_path
            meter, found = Meter(cr), []
            queries = cr.sql_log_count
            cost = meter.cost_of(
                lambda: found.extend(env["crm.alliance.offer"].next_best_offers(partner))
            )
            assert len(found) == 3
            return cost, cr.sql_log_count - queries


def costs(session, customers: str) -> dict:
    """Return what choosing offers costs where there are so many customers."""
    return Choosing(session, customers).costs()


if __name__ == "__main__":
    run_job(costs)
