"""What the addon does where stock and mass mailing are installed; a program beside the tests.

    python tests/with_apps.py PROGRAM DATABASE

It prints one line of JSON with what it saw. Nothing is committed. The configuration is the one that
``ODOO_RC`` names.
"""

import json
import sys
from urllib.parse import parse_qs, urlsplit

import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.modules.registry import Registry

LOT = "LOT-0042"
MOST_QUERIES = 12
SHOP = "https://shop.example.com/boat?colour=red"


def main():
    program, database = sys.argv[1:]
    odoo.tools.config.parse_config(["-d", database, "--no-http", "--log-level=critical"])
    with Registry(database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        env.user.group_ids += env.ref("crm_relationship.group_contact_point")
        sys.stdout.write(json.dumps(PROGRAMS[program](env).seen()) + "\n")
        cursor.rollback()


class Company:
    """A customer with one order delivered and returned, and one that he waits for."""

    def __init__(self, env):
        self.env = env
        self.customer = env["res.partner"].create({"name": "Stock Customer"})
        self.product = env["product.product"].create(
            {"name": "Boat", "is_storable": True, "tracking": "lot", "list_price": 100.0}
        )
        self.lot = env["stock.lot"].create({"name": LOT, "product_id": self.product.id})
        warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        env["stock.quant"]._update_available_quantity(
            self.product, warehouse.lot_stock_id, 5, lot_id=self.lot
        )
        self.delivered, self.waiting = self._order(), self._order()
        self.waiting.picking_ids.scheduled_date = "2031-05-06 03:00:00"
        self.delivery = self.delivered.picking_ids
        self.delivery.button_validate()
        self.returned = self._return()

    def _order(self):
        line = Command.create({"product_id": self.product.id, "product_uom_qty": 1})
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [line]}
        )
        order.action_confirm()
        return order

    def _return(self):
        wizard = self.env["stock.return.picking"].with_context(
            active_id=self.delivery.id, active_ids=self.delivery.ids, active_model="stock.picking"
        )
        form = wizard.create({})
        form.product_return_moves.quantity = 1
        picking = self.env["stock.picking"].browse(form.action_create_returns()["res_id"])
        picking.button_validate()
        return picking

    def seen(self):
        """Return what the desk shows of it, and whether events open what they are."""
        self.env.flush_all()
        card = self.customer.customer_card()
        events = {row["kind"]: row for row in card["timeline"]["rows"]}
        Timeline = self.env["crm.timeline"]
        opened = {
            kind: Timeline.browse(events[kind]["id"]).action_open_source()["res_id"]
            for kind in ("delivery", "return")
        }
        self.env.invalidate_all()
        assert self.env.user.partner_id  # each request has loaded its user by then
        before = self.env.cr.sql_log_count
        self.customer.customer_card()
        queries = self.env.cr.sql_log_count - before
        return {
            "delivery is opened": opened["delivery"] == self.delivery.id,
            "return is opened": opened["return"] == self.returned.id,
            "under way": [order["name"] == self.waiting.name for order in card["orders"]],
            "delivery date": [order["delivery_date"] for order in card["orders"]],
            "found by lot": [
                [hit["id"] == self.customer.id, hit["match"]]
                for hit in self.env["res.partner"].find_customer(LOT)
            ],
            "queries are few": queries <= MOST_QUERIES,
            **self._seen_of_case(),
        }

    def _seen_of_case(self):
        """Return whether a case takes the customer's delivery and lot, and nobody else's."""
        case = self.env["crm.case"].create(
            {
                "partner_id": self.customer.id,
                "subject": "Leaks",
                "delivery_ref": f"stock.picking,{self.delivery.id}",
                "lot_ref": f"stock.lot,{self.lot.id}",
            }
        )
        other = self.env["crm.case"].create(
            {"partner_id": self.env.company.partner_id.id, "subject": "Leaks"}
        )
        try:
            other.delivery_ref = self.delivery
            refused = False
        except ValidationError:
            refused = True
        return {
            "case has its delivery and lot": (case.delivery_ref, case.lot_ref)
            == (self.delivery, self.lot),
            "delivery of another customer is refused": refused,
        }


class Mailing:
    """Two customers, of whom one agreed, and a mailing and an SMS to both."""

    def __init__(self, env):
        self.env = env
        self.env["crm.contact.rule"].search([]).active = False
        self.env.company.country_id = env.ref("base.th")
        self.customers = env["res.partner"].create(
            [
                {"name": name, "email": f"{name}@example.com", "phone": f"+66 89 111 000{place}"}
                for place, name in enumerate(("willing", "unasked"))
            ]
        )
        for code in ("email", "sms"):
            env["crm.contact.consent"].create(
                {
                    "partner_id": self.customers[0].id,
                    "channel_id": env["crm.contact.channel"]._by_code(code).id,
                    "purpose_id": env["crm.contact.purpose"]._by_code("marketing").id,
                    "state": "granted",
                }
            )

    def seen(self):
        """Return the state of each customer's message, and who was refused on which channel."""
        for kind in ("mail", "sms"):
            mailing = self.env["mailing.mailing"].create(
                {
                    "subject": "Spring sale",
                    "mailing_type": kind,
                    "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": repr([("id", "in", self.customers.ids)]),
                    "body_html": "<p>Come in</p>",
                    "body_plaintext": "Come in",
                    "sms_force_send": False,
                }
            )
            mailing.action_send_mail() if kind == "mail" else mailing.action_send_sms()
        traces = self.env["mailing.trace"].search([("res_id", "in", self.customers.ids)])
        refusals = self.env["crm.contact.refusal"].search([])
        name_of = {one.id: one.name for one in self.customers}
        return {
            "traces": sorted(
                # no server takes the mail of a test, so that a message may fail after the gate
                [one.trace_type, name_of[one.res_id], (one.failure_type or "").endswith("optout")]
                for one in traces
            ),
            "refused": sorted(
                [one.channel_id.code, one.partner_id.name, one.reason_code] for one in refusals
            ),
        }


class ShortLink(Mailing):
    """An SMS of an outreach plan with a link, to the customer who agreed."""

    def seen(self):
        """Return the text that he gets, and where its short address leads."""
        template = self.env["sms.template"].create(
            {
                "name": "Spring",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body": f"Look at {SHOP} today",
            }
        )
        step = {
            "name": "SMS",
            "channel_id": self.env["crm.contact.channel"]._by_code("sms").id,
            "sms_template_id": template.id,
        }
        plan = self.env["crm.touch.plan"].create(
            {
                "name": "Spring",
                "purpose_id": self.env["crm.contact.purpose"]._by_code("marketing").id,
                "audience": repr([("id", "in", self.customers.ids)]),
                "step_ids": [Command.create(step)],
            }
        )
        plan.action_start()
        plan._enrol()
        plan.touch_ids._take(plan)._send_taken()  # the job would commit in between
        [sms] = plan.touch_ids.sms_id
        [link] = self.env["link.tracker"].search([])
        url = urlsplit(link.url)
        touch = plan.touch_ids.filtered("sms_id")
        return {
            "text": sms.body.replace(link.short_url, "SHORT"),
            "over the touch": url.path == f"/contact/click/{touch.id}",
            "target": parse_qs(url.query)["to"],
        }


class Till:
    """A customer's order at a till that earns, one that spends, and a gift card sold and taken."""

    def __init__(self, env):
        env["account.chart.template"].try_loading("generic_coa", env.company)
        groups = env.ref("point_of_sale.group_pos_user") + env.ref("base.group_user")
        user = env["res.users"].create(
            {"name": "Till", "login": "till", "group_ids": [Command.set(groups.ids)]}
        )
        config = env["pos.config"].create({"name": "Till"}).with_user(user)
        config.open_ui()
        self.session = config.current_session_id
        self.env = config.env
        self.customer = env["res.partner"].create({"name": "Walk-in"})
        self.program, self.gifts = env["loyalty.program"].create(
            [
                {"name": "Club", "program_type": "loyalty", "applies_on": "both"},
                {"name": "Gifts", "program_type": "gift_card"},
            ]
        )

    def _order(self, changes):
        """Return an order that changes points, as the till sends it: {card id, new below 0: ...}"""
        order = self.env["pos.order"].create(
            {
                "session_id": self.session.id,
                "partner_id": self.customer.id,
                "amount_paid": 0.0,
                "amount_total": 0.0,
                "amount_tax": 0.0,
                "amount_return": 0.0,
            }
        )
        order.confirm_coupon_programs(changes)
        return order

    def seen(self):
        """Return the ledger of the customer's card, of the gift card, and what a till may not."""
        club = {"program_id": self.program.id, "partner_id": self.customer.id}
        self._order({-1: {**club, "points": 70.0}})
        card = self.env["loyalty.card"].sudo().search([("program_id", "=", self.program.id)])
        spending = self._order({card.id: {**club, "points": -50.0}})
        gift = {"program_id": self.gifts.id, "code": "GIFT-1"}
        self._order({-2: {**gift, "points": 100.0, "partner_id": False}})
        present = self.env["loyalty.card"].sudo().search([("code", "=", "GIFT-1")])
        self._order({present.id: {**gift, "points": -30.0, "coupon_id": present.id}})
        return {
            "club": self._ledger(card),
            "named": card.history_ids.sorted("id")[-1].order_id == spending.id,
            "gift card": self._ledger(present),
            "raised by hand": [self._is_refused(one) for one in (card, present)],
        }

    def _ledger(self, card):
        rows = card.history_ids.sorted("id").filtered("points")
        sums = sum(rows.mapped("points")), sum(rows.mapped("remaining"))
        return {
            "rows": [[row.kind, row.points, row.order_model] for row in rows],
            "balance": card.points,
            "same": set(sums) == {card.points},
        }

    def _is_refused(self, card):
        try:
            with self.env.cr.savepoint():
                card.with_env(self.env).points = 9999
                self.env.cr.flush()
        except AccessError:
            return True
        return False


class Margin:
    """A ladder by the margin of orders, and an order whose margin is 10 x (100 - 60) = 400.

    The product costs 75 after the order is invoiced, which a simulation does not count for it.
    """

    def __init__(self, env):
        self.env = env
        if not env.company.chart_template:
            env["account.chart.template"].try_loading(
                "generic_coa", company=env.company, install_demo=False
            )
        self.customer = env["res.partner"].create({"name": "Margin"})
        product = env["product.product"].create(
            {
                "name": "Lamp",
                "type": "service",
                "list_price": 100.0,
                "standard_price": 60.0,
                "invoice_policy": "order",
            }
        )
        line = {"product_id": product.id, "product_uom_qty": 10, "tax_ids": False}
        order = env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [Command.create(line)]}
        )
        order.action_confirm()
        order._create_invoices().action_post()
        product.standard_price = 75.0

    def seen(self):
        """Return the tiers of ladders that begin at the margin, and a cent above it."""
        tiers = {str(threshold): self._tier(threshold) for threshold in (400.0, 400.01)}
        return tiers | {"simulated": self._simulated()}

    def _simulated(self):
        """Return the revenue and the cost of the tier that the order reaches, in a simulation."""
        ladder = self.env["crm.loyalty.ladder"].search([("name", "=", "Margin")], limit=1)
        simulation = self.env["crm.loyalty.simulation"].create(
            {"ladder_id": ladder.id, "months": 1}
        )
        simulation.action_run()
        line = simulation.line_ids.filtered("tier_id")
        return [line.revenue, line.delivered_cost, simulation.cost_basis]

    def _tier(self, threshold):
        tier = {"name": "Silver", "threshold": threshold}
        ladder = self.env["crm.loyalty.ladder"].create(
            {"name": "Margin", "metric": "margin", "tier_ids": [Command.create(tier)]}
        )
        ladder.action_publish()
        place = self.env["crm.loyalty.membership"].search(
            [("ladder_id", "=", ladder.id), ("partner_id", "=", self.customer.id)]
        )
        return [place.tier_id.name, place.qualifying_value]


PROGRAMS = {
    "stock": Company,
    "mailing": Mailing,
    "click": ShortLink,
    "till": Till,
    "margin": Margin,
}

if __name__ == "__main__":
    main()
