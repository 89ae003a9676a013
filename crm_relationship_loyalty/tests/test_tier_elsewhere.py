"""The tier on orders, in their lists, and in the timeline."""

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .test_tier import TierCommon


@tagged("post_install", "-at_install")
class TestTierOnOrders(TierCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()
        cls.program.ladder_id = cls.ladder
        cls._invoice(cls.customer, 5000.0, cls.today)
        cls.ladder._evaluate()

    def test_the_points_box_says_which_tier_multiplies(self):
        order = self._draft(300.0)
        [box] = order.loyalty_data["cards"]
        self.assertEqual((box["tier"], box["multiplier"]), ("Gold", "× 1.5"))
        self.assertEqual(box["earned"], "+45 Points")  # 30, and half of it again
        order.action_confirm()
        [box] = order.loyalty_data["cards"]
        self.assertEqual((box["tier"], box["multiplier"]), ("Gold", "× 1.5"))

    def test_no_tier_is_named_where_nothing_is_multiplied(self):
        [box] = self._draft(300.0, partner=self._customer("Malee")).loyalty_data["cards"]
        self.assertFalse(box["multiplier"])
        self.program.ladder_id = False
        [box] = self._draft(300.0).loyalty_data["cards"]
        self.assertFalse(box["multiplier"])

    def test_the_form_shows_the_tier_of_the_customer_chosen(self):
        form = Form(self.env["sale.order"].with_user(self.salesman))
        form.partner_id = self.customer
        self.assertEqual(form.loyalty_tier_ids[:], self.gold)

    def test_a_list_of_quotations_finds_all_tiers_together(self):
        orders = self.env["sale.order"].union(*(self._draft(10.0 + n) for n in range(4)))

        def queries(count):
            self.env.flush_all()
            self.env.invalidate_all()
            some = orders[:count].with_user(self.salesman)
            before = self.env.cr.sql_log_count
            some.web_read({"loyalty_tier_ids": {"fields": {"display_name": {}, "color": {}}}})
            return self.env.cr.sql_log_count - before

        queries(4)
        self.assertEqual(queries(4), queries(1))


@tagged("post_install", "-at_install")
class TestTierInTimeline(TierCommon):
    def test_moves_are_events_of_the_customer(self):
        self._invoice(self.customer, 1000.0, "2025-03-01")
        self._evaluate("2026-03-01")
        page = self.customer.customer_timeline(kinds=["tier"])
        self.assertEqual(
            [(row["title"], row["date"][:10], row["whole_day"]) for row in page["rows"]],
            [("Silver → –", "2026-03-01", True), ("– → Silver", "2025-03-01", True)],
        )
        self.assertEqual(page["rows"][1]["status"], "Value reached")
        self.assertFalse(page["rows"][1]["amount"])
        action = self.env["crm.timeline"].browse(page["rows"][0]["id"]).action_open_source()
        self.assertEqual(action["res_model"], "crm.loyalty.tier.change")

    def test_who_may_not_see_moves_is_not_offered_them(self):
        clerk = new_test_user(self.env, "clerk", "crm_relationship.group_contact_point")
        self._invoice(self.customer, 1000.0, "2025-03-01")
        self._evaluate("2025-03-01")
        page = self.customer.with_user(clerk).customer_timeline()
        self.assertNotIn("tier", [kind for kind, _name in page["kinds"]])
        self.assertNotIn("tier", [row["kind"] for row in page["rows"]])
        with self.assertRaises(AccessError):
            self.Change.with_user(clerk).search([])
