from datetime import timedelta

from odoo.tests import new_test_user, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestPointsOverview(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.write({"expiry_mode": "months", "expiry_months": 12})
        cls.today = cls.company._business_today()
        cls.clerk = new_test_user(
            cls.env, "clerk", "crm_relationship.group_contact_point", name="Clerk"
        )

    def _overview(self, customer=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (customer or self.customer).with_user(user or self.env.user).points_overview

    def _lasting(self, card, points, days):
        """Add points that can be spent for so many days from today."""
        row = self.History.create({"card_id": card.id, "issued": points, "description": "Gift"})
        row._keep({row: {"expiration_date": self.today + timedelta(days=days)}})

    def test_balance_pending_next_to_expire_and_debt(self):
        self.program.earn_on = "payment"
        card = self._give(10.0)
        card.history_ids._keep({card.history_ids: {"expiration_date": False}})
        for points, days in ((40.0, 30), (20.0, 5), (7.0, 5), (3.0, -1)):
            self._lasting(card, points, days)
        self._sale(500.0)
        [account] = self._overview()
        expected = {
            "id": card.id,
            "program": "Club",
            "point_name": "Points",
            "currency_id": None,
            "points": 80.0,
            "pending": 50.0,
            "expiring": 27.0,
            "expiring_on": (self.today + timedelta(days=5)).isoformat(),
            "debt": 0.0,
        }
        self.assertEqual(account, expected)

    def test_what_was_spent_before_it_was_taken_back_is_owed(self):
        invoice = self._bill(self._sale(500.0))
        order = self._draft(10.0)
        self._spend(order)
        order.action_confirm()
        self._credit(invoice)
        [account] = self._overview()
        # 50 earned and spent, 50 taken back; the second order earned 1
        self.assertEqual((account["points"], account["debt"]), (-49.0, 49.0))

    def test_archived_cards_and_other_companies_are_left_out(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._give(10.0, program=self._program(name="Theirs", company_id=other.id))
        self._give(20.0, program=self._program(name="Old")).active = False
        here = self.customer.with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(self._overview(here))
        self._give(30.0)
        self.assertEqual([one["points"] for one in self._overview(here)], [30.0])

    def test_a_contact_with_points_costs_no_further_query(self):
        customers = self.customer
        for number in range(3):
            customers |= self._customer(f"Customer {number}")
        for customer in customers:
            self._give(10.0, partner=customer)
        self.env.flush_all()
        self.env.invalidate_all()
        customers.mapped("display_name")
        with self.assertQueryCount(1):
            customers.mapped("member_number")
            self.assertEqual(
                [one[0]["points"] for one in customers.mapped("points_overview")], [10.0] * 4
            )

    def test_the_desk_shows_points_to_who_may_not_open_cards(self):
        self.assertFalse(self.customer.with_user(self.clerk).customer_card()["points"])
        self._give(30.0)
        self.env.invalidate_all()
        card = self.customer.with_user(self.clerk).customer_card()
        self.assertEqual([one["points"] for one in card["points"]], [30.0])
        self.assertFalse(self.env["loyalty.card"].with_user(self.clerk).has_access("read"))

    def test_the_timeline_tells_what_was_earned(self):
        self._sale(500.0)
        events = self.customer.with_user(self.salesman).customer_timeline(kinds=["points"])["rows"]
        self.assertEqual(len(events), 1)
        order = self.customer.sale_order_ids
        self.assertEqual(
            (events[0]["title"], events[0]["status"]), (f"+50 Order {order.name}", "Earned")
        )
        kinds = self.customer.with_user(self.clerk).customer_timeline()["kinds"]
        self.assertNotIn("points", [kind for kind, _name in kinds])

    def test_points_are_part_of_the_personal_data(self):
        card = self._give(30.0)
        data = self.customer.personal_data()["data"]
        self.assertEqual([one["points"] for one in data["loyalty.card"]], [30.0])
        self.assertEqual([one["issued"] for one in data["loyalty.history"]], [30.0])
        self.assertEqual(data["loyalty.card"][0]["code"], card.code)


@tagged("post_install", "-at_install")
class TestPointsOfOrder(LoyaltyCommon):
    def _box(self, order):
        order.invalidate_recordset(["loyalty_data"])
        return order.with_user(self.salesman).loyalty_data

    def _figures(self, order):
        [card] = self._box(order)["cards"]
        return [card[name] for name in ("earned", "pending", "spent", "balance")]

    def test_a_quotation_says_what_it_would_earn_and_spend(self):
        self._give(80.0)
        order = self._draft(300.0)
        self._spend(order)
        # 300.00 earn 30, and the reward takes 50
        self.assertEqual(self._figures(order), ["+30 Points", 0.0, "-50 Points", "60 Points"])
        order.action_confirm()
        self.assertEqual(self._figures(order), ["+30 Points", 0.0, "-50 Points", "60 Points"])

    def test_pending_points_say_until_when(self):
        self.program.earn_on = "payment"
        order = self._draft(300.0)
        self.assertEqual(self._figures(order), [0.0, "+30 Points", 0.0, "0 Points"])
        order.action_confirm()
        self.assertEqual(self._figures(order), [0.0, "+30 Points", 0.0, "0 Points"])
        self.assertEqual(self._box(order)["cards"][0]["pending_until"], "The invoice is paid")

    def test_what_was_taken_back_is_not_counted(self):
        order = self._sale(500.0)
        self._credit(self._bill(order), quantity=0.4)
        # 50 earned, 20 taken back
        self.assertEqual(self._figures(order), ["+30 Points", 0.0, 0.0, "30 Points"])
        box = self._box(order)
        self.assertEqual((box["issued"], box["cost"]), (30.0, 0.0))

    def test_a_cancelled_order_and_one_without_points_show_nothing(self):
        order = self._sale(500.0)
        order._action_cancel()
        self.assertFalse(self._box(order))
        self.program.active = False
        self.assertFalse(self._box(self._sale(100.0)))

    def test_many_orders_cost_as_many_queries_as_one(self):
        orders = self.env["sale.order"]
        for number in range(4):
            orders |= self._sale(100.0, partner=self._customer(f"Customer {number}"))

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some.mapped("loyalty_data")
            return self.env.cr.sql_log_count - before

        queries(orders)
        self.assertEqual(queries(orders), queries(orders[:1]))
