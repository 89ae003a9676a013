"""Offers of what is in stock, of what comes in, and of what the partner agreed to."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import format_date

from .offer_common import OfferCommon


class SupplyCommon(OfferCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.company.id)], limit=1, order="sequence, id"
        )
        cls.goods = cls._product("Machine", type="consu", is_storable=True)

    @classmethod
    def _stock(cls, quantity, warehouse=None, product=None):
        location = (warehouse or cls.warehouse).lot_stock_id
        cls.env["stock.quant"]._update_available_quantity(product or cls.goods, location, quantity)

    @classmethod
    def _incoming(cls, quantity, days):
        """Expect a delivery of goods at noon of a day in so many days."""
        moment = cls.company._start_of_day(cls.today + timedelta(days=days)) + timedelta(hours=12)
        move = cls.env["stock.move"].create(
            {
                "product_id": cls.goods.id,
                "product_uom_qty": quantity,
                "location_id": cls.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": cls.warehouse.lot_stock_id.id,
                "company_id": cls.company.id,
                "date": moment,
            }
        )
        move._action_confirm()
        move.date = moment
        return move


@tagged("post_install", "-at_install")
class TestOfferSupply(SupplyCommon):
    def test_free_quantity_is_that_of_core(self):
        self._offer(self.goods)
        self._stock(7)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id}
        )
        self.env["stock.quant"]._update_available_quantity(self.goods, shelf, 2)
        order = self._buy([self.goods], self._customer("Malee"))
        order.picking_ids.action_assign()
        here = self.goods.with_context(warehouse_id=self.warehouse.id)
        self.assertEqual(here.free_qty, 8.0)
        [found] = self._chosen()
        self.assertEqual(found["available"], {"free": 8.0, "on": None, "enough": True})

    def test_too_few_rank_down_and_the_day_is_told(self):
        offer = self._offer(self.goods, quantity=4.0, price=100.0)
        self._stock(1)
        self._incoming(2, days=3)
        self._incoming(5, days=9)
        [found] = self._chosen()
        day = str(self.today + timedelta(days=9))
        self.assertEqual(found["available"], {"free": 1.0, "on": day, "enough": False})
        # the only offer: margin 0.5 x 15 + 5 + 10 + 7.5 = 30, of which half remains
        self.assertEqual(found["score"], 15.0)
        told = format_date(self.env, day)
        self.assertIn(f"Not enough is free now; it is expected on {told}.", found["reasons"])
        self._stock(3)
        [found] = self._chosen()
        self.assertEqual((found["offer_id"], found["score"]), (offer.id, 30.0))
        self.assertEqual(found["available"], {"free": 4.0, "on": None, "enough": True})

    def test_below_its_least_quantity_it_is_hidden(self):
        offer = self._offer(self.goods, min_free_quantity=5.0)
        self._stock(4)
        self.assertEqual(self._chosen(), [])
        self.assertEqual(
            offer._obstacle_of(self.customer),
            "Too little of what Offer offers is free in the warehouse.",
        )
        self._stock(1)
        self.assertEqual(self._chosen_offers(), offer.ids)

    def test_none_is_hidden_unless_some_come_in(self):
        offer = self._offer(self.goods)
        self.assertEqual(self._chosen(), [])
        self._incoming(1, days=2)
        self.assertEqual(self._chosen_offers(), offer.ids)

    def test_warehouse_of_the_order_counts(self):
        offer = self._offer(self.goods)
        second = self.env["stock.warehouse"].create(
            {"name": "North", "code": "NORTH", "company_id": self.company.id, "sequence": 99}
        )
        self._stock(3, second)
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "warehouse_id": second.id}
        )
        self.assertEqual(self._chosen(), [])
        [found] = self._chosen(order_id=order.id)
        self.assertEqual((found["offer_id"], found["available"]["free"]), (offer.id, 3.0))

    def test_partner_goods_are_counted_down_by_month(self):
        offer = self._offer(
            self.goods, quantity=2.0, price=100.0, is_of_partner=True, cap_per_customer=0
        )
        self.assertEqual(self._chosen()[0]["available"]["free"], None)
        offer.line_ids.agreed_quantity = 5.0
        self.assertEqual(self._chosen()[0]["available"]["free"], 5.0)
        accepted = self._present(offer)
        accepted.accept()
        self.assertEqual(self._chosen()[0]["available"]["free"], 3.0)
        self._present(offer).accept()
        self.assertEqual(self._chosen(), [])
        self.assertEqual(
            offer._obstacle_of(self.customer),
            "The partner has no more of what Offer offers for now.",
        )
        month = self.company._start_of_day(self.today.replace(day=1))
        accepted.sudo().answered_on = month - timedelta(seconds=1)
        self.assertEqual(self._chosen()[0]["available"]["free"], 3.0)

    def test_partner_goods_end_after_their_last_day(self):
        offer = self._offer(self.goods, is_of_partner=True)
        offer.line_ids.available_until = self.today
        self.assertEqual(self._chosen_offers(), offer.ids)
        offer.line_ids.available_until = self.today - timedelta(days=1)
        self.assertEqual(self._chosen(), [])


@tagged("post_install", "-at_install")
class TestOfferCover(SupplyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls._offer(cls.goods, name="Deal", cover_days=7, user_id=cls.clerk.id)
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls._customer("Malee").id,
                "order_line": [
                    Command.create({"product_id": cls.goods.id, "product_uom_qty": 56.0})
                ],
            }
        )
        order.action_confirm()  # 2 a day
        cls.env["stock.move"].search([("product_id", "=", cls.goods.id)])._action_cancel()

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_loyalty.ir_cron_stop_short_offers"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def test_offer_stops_when_its_cover_falls_under_its_days(self):
        self._stock(13)
        self._run()
        self.assertEqual(self.offer.state, "stopped")
        reason = (
            "Machine lasts 6.5 days, fewer than 7: 13 are free, and 2.0 a day are expected to go."
        )
        self.assertEqual(self.offer.stop_reason, reason)
        [activity] = self.offer.activity_ids
        self.assertEqual(activity.user_id, self.clerk)
        self.assertIn("6.5 days", activity.note)
        self._run()
        self.assertEqual(self.offer.activity_ids, activity)

    def test_offer_runs_on_while_there_is_enough(self):
        self._stock(14)
        self._run()
        self.assertEqual(self.offer.state, "running")

    def test_expected_acceptances_shorten_the_cover(self):
        self._stock(14)
        # one presentation in four weeks, 0.2 of which are accepted: 0.0071 a day more
        self._present(self.offer)
        self._run()
        self.assertEqual(self.offer.state, "stopped")

    def test_what_offers_sold_is_not_counted_twice(self):
        self._stock(13)
        line = self.env["sale.order.line"].search([("product_id", "=", self.goods.id)])
        line.offer_presentation_id = self._present(self.offer)
        self._run()
        self.assertEqual(self.offer.state, "running")

    def test_offer_without_a_least_cover_never_stops(self):
        self.offer.cover_days = 0
        self._run()
        self.assertEqual(self.offer.state, "running")

    def test_offer_with_nothing_in_stock_stops_though_nothing_sells(self):
        unsold = self._product("Shelf", type="consu", is_storable=True)
        offer = self._offer(unsold, name="Other", cover_days=1)
        self._run()
        self.assertEqual(offer.state, "stopped")


@tagged("post_install", "-at_install")
class TestOfferDemand(SupplyCommon):
    def _demand(self, offer):
        self.env.flush_all()
        rows = self.env["crm.offer.demand"].search([("offer_id", "=", offer.id)])
        return {
            str(row.month): (row.presentations_a_week, row.acceptance_rate, round(row.quantity, 4))
            for row in rows
        }

    def test_expected_quantity_of_the_months_to_come(self):
        next_month = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1)
        last = next_month + timedelta(days=9)
        offer = self._offer(self.goods, quantity=2.0, date_until=last, cap_per_customer=0)
        self._stock(100)
        for number in range(14):
            partner = self._customer(f"Customer {number}")
            self._agree(partner)
            presentation = self._present(offer, partner)
            if number < 4:
                presentation.accept()
            elif number < 10:
                presentation.decline()
        # 14 in four weeks: 3.5 a week, 0.5 a day; (4 + 0.2 x 10) / (10 + 10) are accepted: 30 %;
        # two each: 0.3 a day
        first = self.today.replace(day=1)
        days_left = (next_month - self.today).days
        self.assertEqual(
            self._demand(offer),
            {
                str(first): (3.5, 30.0, round(0.3 * days_left, 4)),
                str(next_month): (3.5, 30.0, 3.0),
            },
        )
        row = self.env["crm.offer.demand"].search([("offer_id", "=", offer.id)], limit=1)
        self.assertEqual((row.product_id, row.warehouse_id), (self.goods, self.warehouse))

    def test_offers_that_are_not_made_take_nothing(self):
        offer = self._offer(self.goods)
        self.assertEqual(len(self._demand(offer)), 3)
        offer.action_stop()
        self.assertEqual(self._demand(offer), {})

    def test_who_buys_in_reads_it_where_purchases_are_installed(self):
        buyers = self.env.ref("purchase.group_purchase_user", raise_if_not_found=False)
        if not buyers:
            buyers = self.env["res.groups"].create({"name": "Buyers"})
            self.env["ir.model.data"].create(
                {
                    "module": "purchase",
                    "name": "group_purchase_user",
                    "model": "res.groups",
                    "res_id": buyers.id,
                }
            )
        buyer = self.env["res.users"].create(
            {
                "name": "Buyer",
                "login": "buyer",
                "group_ids": [Command.set([self.env.ref("base.group_user").id, buyers.id])],
            }
        )
        demand = self.env["crm.offer.demand"]
        demand._let_buyers_read()
        demand._let_buyers_read()
        self.assertTrue(demand.with_user(buyer).has_access("read"))
        self.assertFalse(demand.with_user(buyer).has_access("write"))
