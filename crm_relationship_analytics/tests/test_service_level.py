from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .supply_common import TODAY, SupplyCommon

GROUPS = {
    "internal": "base.group_user",
    "contact_point": "crm_relationship.group_contact_point",
    "user": "crm_relationship.group_relationship_user",
    "manager": "crm_relationship.group_relationship_manager",
    "biller": "account.group_account_invoice",
    "buyer": "purchase.group_purchase_user",
    "stock_user": "stock.group_stock_user",
    "stock_manager": "stock.group_stock_manager",
    "portal": "base.group_portal",
}
USERS = {"user", "manager"}
READERS = {
    "crm.supply.gap": USERS | {"buyer", "stock_user", "stock_manager"},
    "crm.supply.demand": USERS | {"buyer", "stock_manager"},
    "crm.service.level": USERS,
    "crm.sales.forecast": USERS,
}


@tagged("post_install", "-at_install")
class TestServiceLevel(SupplyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._stock(100)

    def _served(self, partner, *names):
        self.env.flush_all()
        rows = self.env["crm.service.level"].search([("partner_id", "=", partner.id)])
        return [tuple(row[name] for name in names) for row in rows]

    def test_delivery_after_the_promised_day_is_late(self):
        order = self._order_goods(self.somchai, 1, commitment_date="2026-01-25 05:00:00")
        # half past midnight of 28 January in Bangkok
        self._deliver(order.picking_ids, "2026-01-27 17:30:00")
        names = ("kind", "delivery_count", "promised_count", "late_count", "late_days")
        self.assertEqual(self._served(self.somchai, *names), [("delivery", 1, 1, 1, 3)])

    def test_delivery_on_the_evening_of_the_promised_day_is_in_time(self):
        order = self._order_goods(self.somchai, 1, commitment_date="2026-01-25 05:00:00")
        self._deliver(order.picking_ids, "2026-01-25 16:30:00")
        self.assertEqual(self._served(self.somchai, "late_count", "late_days"), [(0, 0)])

    def test_without_a_promise_the_deadline_of_the_delivery_counts(self):
        order = self._order_goods(self.somchai, 1)
        self._deliver(order.picking_ids, "2026-01-24 05:00:00")
        self.assertEqual(
            self._served(self.somchai, "promised_date", "late_days"),
            [(self.env["crm.sales.forecast"]._fields["month"].to_date(TODAY), 2)],
        )

    def test_delivery_of_no_order_has_no_promise_and_is_never_late(self):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "partner_id": self.malee.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.machine.id,
                            "product_uom_qty": 1,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self._deliver(picking, "2026-03-01 05:00:00")
        names = ("delivery_count", "promised_count", "late_count", "late_days")
        self.assertEqual(self._served(self.malee, *names), [(1, 0, 0, 0)])

    def test_returns_and_complaints_count_for_the_company_of_the_contact(self):
        firm = self._customer("Firm", is_company=True)
        buyer = self._customer("Buyer", parent_id=firm.id)
        self.Standing._of_customer(firm, self.company).sudo().value_grade_id = self.grade_b
        delivery = self._deliver(self._order_goods(buyer, 2).picking_ids, "2026-01-22 06:00:00")
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=delivery.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 2
        returned = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.assertEqual(self._served(firm, "return_count"), [(0,)])
        self._deliver(returned, "2026-01-22 07:00:00")
        for kind in ("complaint", "question"):
            self.env["crm.case"].create({"subject": "Broken", "kind": kind, "partner_id": buyer.id})
        self.env.flush_all()
        [row] = self.env["crm.service.level"].formatted_read_group(
            [("partner_id", "=", firm.id)],
            ["value_grade_id"],
            ["delivery_count:sum", "return_count:sum", "complaint_count:sum"],
        )
        self.assertEqual(row["value_grade_id"][0], self.grade_b.id)
        counts = (row["delivery_count:sum"], row["return_count:sum"], row["complaint_count:sum"])
        self.assertEqual(counts, (1, 1, 1))
        opened = {
            line.action_open_document()["res_model"]
            for line in self.env["crm.service.level"].search([("partner_id", "=", firm.id)])
        }
        self.assertEqual(opened, {"stock.picking", "crm.case"})

    # who may see what of supply, service and forecast

    def _users(self, company):
        return {
            role: new_test_user(
                self.env,
                f"{role}_{company.id}",
                group,
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            for role, group in GROUPS.items()
        }

    def test_each_role_has_exactly_its_rights(self):
        for role, user in self._users(self.company).items():
            for model, readers in READERS.items():
                with self.subTest(role=role, model=model):
                    records = self.env[model].with_user(user)
                    self.assertEqual(records.has_access("read"), role in readers)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(records.has_access(operation))

    def test_rows_of_another_company_are_not_seen(self):
        self._bought(self.somchai, 4, "2025-11-23", "2025-12-13", "2026-01-02")
        self._deliver(self._order_goods(self.somchai, 1).picking_ids, "2026-01-22 06:00:00")
        self._compare()
        self.env["crm.sales.forecast"].refresh()
        self.env.flush_all()
        other = self.env["res.company"].create({"name": "Other"})
        here, there = self._users(self.company)["manager"], self._users(other)["manager"]
        for model in READERS:
            with self.subTest(model=model):
                self.assertTrue(self.env[model].with_user(here).search_count([]))
                self.assertFalse(self.env[model].with_user(there).search_count([]))

    def test_amounts_are_for_who_may_see_them(self):
        self._order(self.somchai, 100)
        self.env["crm.sales.forecast"].refresh()
        users = self._users(self.company)
        forecast = self.env["crm.sales.forecast"].search([], limit=1)
        self.assertTrue(forecast.with_user(users["manager"]).read(["amount"]))
        self.assertTrue(forecast.with_user(users["user"]).read(["error_share", "past_error"]))
        with self.assertRaises(AccessError):
            forecast.with_user(users["user"]).read(["amount"])

    def test_only_managers_forecast_and_who_buys_in_compares_too(self):
        users = self._users(self.company)
        with self.assertRaises(AccessError):
            self.env["crm.sales.forecast"].with_user(users["user"]).refresh()
        with self.assertRaises(AccessError):
            self.env["crm.supply.gap"].with_user(users["user"]).refresh()
        self.env["crm.sales.forecast"].with_user(users["manager"]).refresh()
        self.env["crm.supply.gap"].with_user(users["buyer"]).refresh()

    def test_buyers_see_who_is_hit_without_his_grade(self):
        self._bought(self.somchai, 4, "2025-11-23", "2025-12-13", "2026-01-02")
        self.env.flush_all()
        buyer = self._users(self.company)["buyer"]
        found = self.env["crm.supply.demand"].with_user(buyer).search([])
        self.assertEqual(found.partner_id, self.somchai)
        self.assertEqual(found.mapped("is_best"), [False] * 3)
        with self.assertRaises(AccessError):
            found.read(["value_grade_id"])
