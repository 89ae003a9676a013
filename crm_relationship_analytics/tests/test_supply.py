from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .supply_common import FEBRUARY, JANUARY, MARCH, SupplyCommon

DEMAND = ("rhythm_qty", "other_qty", "quoted_qty", "committed_qty", "demand_qty")
SUPPLY = ("start_qty", "incoming_qty", "requested_qty", "gap_qty")


@tagged("post_install", "-at_install")
class TestSupply(SupplyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 4 every 20 days, the last 20 days ago: one gap, surely active. 4/20 = 0.2 a day
        cls._bought(cls.somchai, 4, "2025-11-23", "2025-12-13", "2026-01-02")
        # 3, a quarter of a dozen, every 10 days, 2 gaps ago: active by (3 - 2) / 1.5. 0.2 a day
        cls._bought(cls.malee, 0.25, "2025-12-13", "2025-12-23", "2026-01-02", uom=cls.dozen)
        # bought once in the last 90 days: 9/90 = 0.1 a day
        cls._bought(cls._customer("Nok"), 9, "2025-12-20")
        cls.drill = cls._goods("Drill")
        cls._bought(cls.somchai, 4, "2025-11-23", "2025-12-13", "2026-01-02", product=cls.drill)

    def test_demand_of_the_rhythm_and_of_others_by_the_days_of_each_month(self):
        self._compare()
        self.assertEqual(
            self._rows(*DEMAND),
            {
                JANUARY: (4.0, 1.0, 0.0, 0.0, 5.0),
                FEBRUARY: (11.2, 2.8, 0.0, 0.0, 14.0),
                MARCH: (12.4, 3.1, 0.0, 0.0, 15.5),
            },
        )

    def test_gap_is_what_is_missing_when_the_month_before_was_filled(self):
        self._stock(7)
        # 17:30 in London is half past midnight of 1 February in Bangkok
        self._expect_receipt(3, "2026-01-31 17:30:00")
        self._compare()
        # January 7 - 5 = 2 left; February 2 + 3 - 14 = -9; March 0 - 15.5
        self.assertEqual(
            self._rows(*SUPPLY, "later_qty", "cover_days"),
            {
                JANUARY: (7.0, 0.0, 0.0, 0.0, 3.0, 14.0),
                FEBRUARY: (2.0, 3.0, 0.0, 9.0, 0.0, 10.0),
                MARCH: (0.0, 0.0, 0.0, 15.5, 0.0, 0.0),
            },
        )

    def test_order_takes_the_place_of_as_much_of_the_rhythm(self):
        self._order_goods(self.somchai, 4, commitment_date="2026-02-10 05:00:00")
        self._compare()
        # his purchases are 20 days apart still: February 28 x 0.2 = 5.6, of which 4 are ordered
        self.assertEqual(self._rows(*DEMAND)[FEBRUARY], (7.2, 2.8, 0.0, 4.0, 14.0))
        self.assertEqual(self._rows(*DEMAND)[JANUARY], (4.0, 1.0, 0.0, 0.0, 5.0))

    def test_late_delivery_counts_now_and_a_delivered_one_no_more(self):
        self._stock(20)
        order = self._order_goods(self.malee, 6)
        self.env.cr.execute(
            "UPDATE stock_move SET date = '2026-01-10' WHERE id IN %s",
            [tuple(order.picking_ids.move_ids.ids)],
        )
        self._compare()
        self.assertEqual(self._rows("committed_qty", "start_qty")[JANUARY], (6.0, 20.0))
        self._deliver(order.picking_ids, "2026-01-22 06:00:00")
        self._compare()
        self.assertEqual(self._rows("committed_qty", "start_qty")[JANUARY], (0.0, 14.0))

    def test_quotation_counts_by_its_probability(self):
        other = self._customer("Other")
        self._sell(other, 8)  # 50% by the policy
        lead = self.env["crm.lead"].create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": other.id,
                "probability": 25.0,
                "date_deadline": "2026-03-05",
            }
        )
        self._sell(other, 12, opportunity_id=lead.id)  # 25% of 12
        self._sell(other, 100, validity_date="2026-01-21")
        self._compare()
        rows = self._rows("quoted_qty")
        self.assertEqual([rows[JANUARY], rows[FEBRUARY], rows[MARCH]], [(4.0,), (0.0,), (3.0,)])
        lead.action_set_lost()
        self._compare()
        self.assertEqual(self._rows("quoted_qty")[MARCH], (0.0,))

    def test_running_offers_are_demand(self):
        if "crm.offer.demand" not in self.env:
            self.skipTest("there are no offers without the addon for loyalty")
        self.env["crm.contact.rule"].search([]).active = False
        self.env["crm.contact.consent"].create(
            {
                "partner_id": self.malee.id,
                "channel_id": self.env.ref("crm_relationship.crm_contact_channel_in_person").id,
                "purpose_id": self.env.ref("crm_relationship.crm_contact_purpose_marketing").id,
                "state": "granted",
                "date": "2020-01-01 05:00:00",
            }
        )
        lamp = self._goods("Lamp")
        self._stock(1, product=lamp)
        line = Command.create({"product_id": lamp.id, "quantity": 2.0})
        offer = self.env["crm.alliance.offer"].create(
            {"name": "Offer", "company_id": self.company.id, "price": 20.0, "line_ids": [line]}
        )
        offer.action_start()
        self.env["crm.offer.presentation"].present(self.malee.id, offer.id)
        self._compare()
        # shown once in 28 days, of which 0.2 are accepted, two each: 1/70 a day
        self.assertEqual(
            self._rows("offer_qty", "demand_qty", product=lamp),
            {JANUARY: (0.14, 0.14), FEBRUARY: (0.4, 0.4), MARCH: (0.44, 0.44)},
        )

    def test_day_of_a_purchase_is_that_of_bangkok(self):
        tuk = self._customer("Tuk")
        product = self._goods("Lamp")
        # 30 December 22:00 in Bangkok, and 10 and 20 January half past midnight there
        self._bought(tuk, 2, product=product)
        for moment in ("2025-12-30 15:00:00", "2026-01-09 17:30:00", "2026-01-19 17:30:00"):
            order = self._order_goods(tuk, 2, moment, product=product)
            order.picking_ids.move_ids._action_cancel()
        self._compare()
        # 21 days in 2 gaps: 2 / 10.5 a day
        self.assertEqual(self._rows("rhythm_qty", product=product)[FEBRUARY], (5.33,))

    def test_purchases_of_contacts_are_those_of_their_company(self):
        firm = self._customer("Firm", is_company=True)
        buyers = [self._customer(name, parent_id=firm.id) for name in ("One", "Two")]
        product = self._goods("Lamp")
        for buyer, day in zip([*buyers, firm], ("01-02", "01-07", "01-12"), strict=True):
            self._bought(buyer, 1, f"2026-{day}", product=product)
        self._compare()
        # every 5 days, 10 days ago: active by (3 - 2) / 1.5; 10 / 5 x 2/3
        self.assertEqual(self._rows("rhythm_qty", product=product)[JANUARY], (1.33,))

    def test_who_has_lapsed_is_not_expected(self):
        gone = self._customer("Gone")
        product = self._goods("Lamp")
        self._bought(gone, 1, "2025-06-01", "2025-06-11", "2025-06-21", product=product)
        self._compare()
        self.assertEqual(self._rows("rhythm_qty", product=product), {})

    def test_only_goods_kept_in_stock_and_in_use_are_compared(self):
        unkept = self._goods("Unkept", is_storable=False)
        archived = self._goods("Archived")
        for product in (unkept, archived, self.service):
            self._bought(self.somchai, 1, "2026-01-02", "2026-01-12", product=product)
        archived.action_archive()
        self._compare()
        for product in (unkept, archived, self.service):
            self.assertEqual(self._rows("demand_qty", product=product), {})
        self.machine.action_archive()
        self._compare()
        self.assertEqual(self._rows("demand_qty"), {})

    def test_returned_goods_are_on_hand_again(self):
        self._stock(10)
        order = self._order_goods(self.malee, 4)
        delivery = self._deliver(order.picking_ids, "2026-01-22 06:00:00")
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=delivery.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 4
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self._compare()
        self.assertEqual(self._rows("start_qty", "incoming_qty")[JANUARY], (6.0, 4.0))
        self._deliver(returned, "2026-01-22 07:00:00")
        self._compare()
        self.assertEqual(self._rows("start_qty", "incoming_qty")[JANUARY], (10.0, 0.0))

    def test_each_company_has_its_own_stock_and_demand(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids += other
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        self._stock(50)
        self._stock(3, warehouse=warehouse)
        order = self._order_goods(self.somchai, 8, company_id=other.id)
        self.assertEqual(order.picking_ids.company_id, other)
        gap = self.Gap.with_context(allowed_company_ids=[other.id])
        gap.refresh()
        self._compare()
        found = gap.search([("company_id", "=", other.id)]).sorted("month")
        self.assertEqual(
            [(row.committed_qty, row.start_qty) for row in found[:2]], [(8, 3), (0, 0)]
        )
        self.assertEqual(self._rows("committed_qty", "start_qty")[JANUARY], (0.0, 50.0))

    def test_run_again_writes_nothing_and_a_change_only_its_rows(self):
        self.assertGreater(self._compare(), 0)
        self.assertEqual(self._compare(), 0)
        self._expect_receipt(1, "2026-03-10 05:00:00")
        # March has more coming, and January and February know of what comes later
        self.assertEqual(self._compare(), 3)

    def test_customers_hit_are_those_of_the_list_behind(self):
        standing = self.Standing._of_customer(self.somchai, self.company)
        standing.sudo().value_grade_id = self.grade_a
        self._compare()
        for gap in self.Gap.search([("product_id", "=", self.machine.id)]):
            found = self.env["crm.supply.demand"].search(gap._customers_domain())
            self.assertEqual((gap.customer_count, gap.best_customer_count), (2, 1))
            self.assertEqual(found.partner_id, self.somchai + self.malee)
            self.assertEqual(found.filtered("is_best").partner_id, self.somchai)
            # the best grade comes first
            self.assertEqual(found[0].partner_id, self.somchai)
            self.assertEqual(round(sum(found.mapped("quantity")), 2), gap.rhythm_qty)
        self._stock(100)
        self._compare()
        self.assertEqual(self._rows("customer_count")[JANUARY], (0,))

    # ordering what is missing of drills: 2.0 in January, 5.6 in February, 6.2 in March

    def _gaps(self, products=None):
        rows = [("product_id", "in", (products or self.drill).ids)]
        return self.Gap.search(rows) or (self._compare() and self.Gap.search(rows))

    def _requested(self):
        lines = self.env["purchase.order.line"].search([("product_id", "=", self.drill.id)])
        return sum(lines.mapped("product_uom_qty"))

    def test_order_of_gaps_is_a_request_for_quotation_in_whole_units(self):
        before = self.env["stock.quant"].search_count([])
        action = self._gaps().action_propose()
        # 13.8 in all
        self.assertEqual(self._requested(), 14.0)
        request = self.env["purchase.order"].search(action["domain"])
        self.assertEqual((request.partner_id, request.state), (self.vendor, "draft"))
        self.assertEqual(self.env["stock.quant"].search_count([]), before)

    def test_pressed_twice_it_orders_once(self):
        self._gaps().action_propose()
        with self.assertRaisesRegex(UserError, "Nothing is left to order"):
            self._gaps().action_propose()
        self.assertEqual(self._requested(), 14.0)
        self.env["purchase.order"].search([("partner_id", "=", self.vendor.id)]).button_confirm()
        with self.assertRaisesRegex(UserError, "Nothing is left to order"):
            self._gaps().action_propose()
        self.assertEqual(self._requested(), 14.0)

    def test_gap_is_closed_by_what_is_requested_even_if_it_comes_later(self):
        self.drill.seller_ids.delay = 30  # not before February
        january = self._gaps()[0]
        january.action_propose()
        self.assertEqual(self._requested(), 2.0)
        self.assertEqual(
            self._rows("gap_qty", "requested_qty", product=self.drill)[JANUARY], (2.0, 0.0)
        )
        with self.assertRaisesRegex(UserError, "Nothing is left to order"):
            january.action_propose()
        # with the later months the rest is ordered: 13.8 - 2
        self._gaps().action_propose()
        self.assertEqual(self._requested(), 14.0)

    def test_what_came_meanwhile_is_not_ordered(self):
        self._compare()
        self._stock(12, product=self.drill)
        self._gaps().action_propose()
        # 13.8 - 12
        self.assertEqual(self._requested(), 2.0)

    def test_order_is_in_the_units_of_the_vendor(self):
        self.drill.uom_ids = self.dozen
        self.drill.seller_ids.product_uom_id = self.dozen
        self._gaps().action_propose()
        self.assertEqual(self._requested(), 24.0)

    def test_own_replenishment_of_a_product_is_used_and_keeps_its_rule(self):
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.drill.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "trigger": "auto",
                "product_min_qty": 0,
                "product_max_qty": 0,
            }
        )
        self._gaps().action_propose()
        line = self.env["purchase.order.line"].search([("product_id", "=", self.drill.id)])
        self.assertEqual((line.orderpoint_id, line.product_uom_qty), (rule, 14.0))
        self.assertEqual((rule.trigger, rule.qty_to_order_manual), ("auto", 0.0))

    def test_product_without_a_vendor_is_named_and_nothing_is_ordered(self):
        lamp = self._goods("Lamp", has_vendor=False)
        self._bought(self.somchai, 4, "2025-11-23", "2025-12-13", "2026-01-02", product=lamp)
        self._compare()
        with self.assertRaisesRegex(UserError, "No vendor sells Lamp"), self.cr.savepoint():
            self._gaps(self.drill + lamp).action_propose()
        self.assertEqual(self._requested(), 0.0)

    def test_comparing_orders_nothing(self):
        self._compare()
        self.assertEqual(self._requested(), 0.0)
        self.assertFalse(
            self.env["stock.warehouse.orderpoint"].search([("product_id", "=", self.drill.id)])
        )

    def test_buyer_orders_and_who_only_sells_does_not(self):
        seller = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman", company_id=self.company.id
        )
        seller.company_ids = [Command.set(self.company.ids)]
        with self.assertRaisesRegex(UserError, "Only who buys in|not allowed"):
            self._gaps().with_user(seller).action_propose()
        buyer = new_test_user(
            self.env, "buyer", "purchase.group_purchase_user", company_id=self.company.id
        )
        buyer.company_ids = [Command.set(self.company.ids)]
        self._gaps().with_user(buyer).action_propose()
        self.assertEqual(self._requested(), 14.0)
