from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .contribution_common import ContributionCommon


@tagged("post_install", "-at_install")
class TestContributionGrade(ContributionCommon):
    """Classes and grades by contribution, kept up to date; what rewards cost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rate("case", 100.0)
        cls.alice, cls.bob, cls.carl, cls.dora = (
            cls._customer(name) for name in ("Alice", "Bob", "Carl", "Dora")
        )
        # contributions 800, 150, 50 and -100; revenues 800, 150, 1,050 and 0
        cls._invoice(cls.alice, 800.0)
        cls._invoice(cls.bob, 150.0)
        cls._invoice(cls.carl, 1050.0)
        for _number in range(10):
            cls._case(cls.carl)
        cls._case(cls.dora)

    def _of_all(self, name):
        return [
            self._standing_of(customer)[name]
            for customer in (self.alice, self.bob, self.carl, self.dora)
        ]

    def test_abc_of_contribution_stands_beside_that_of_revenue(self):
        self._refresh()
        self.assertEqual(self._of_all("contribution"), [800.0, 150.0, 50.0, -100.0])
        # before them come 0, 80 and 95 % of 1,000
        self.assertEqual(self._of_all("contribution_class"), ["a", "b", "c", "negative"])
        # before Carl comes nothing, before Alice 52.5 %, before Bob 92.5 % of 2,000
        self.assertEqual(self._of_all("abc_class"), ["a", "b", "a", "c"])

    def test_grades_go_by_contribution_where_that_counts(self):
        self.policy.basis = "contribution"
        self._refresh()
        a, b, c = self.grade_a, self.grade_b, self.grade_c
        self.assertEqual(self._of_all("value_grade_id"), [a, b, c, c])
        self.assertEqual(self._of_all("abc_class"), ["a", "b", "a", "c"])
        self.assertEqual(self._of_all("order_count"), [1, 1, 1, 0])

    def test_negative_contributors_have_a_grade_of_their_own(self):
        costly = self.env["crm.value.grade"].create(
            {"name": "Costly", "code": "X", "sequence": 99, "is_for_negative": True}
        )
        self.assertFalse(self.policy.refreshed_at)
        self._refresh()
        a, b, c = self.grade_a, self.grade_b, self.grade_c
        self.assertEqual(self._of_all("value_grade_id"), [a, b, a, costly])
        [change] = self.env["crm.value.grade.change"].search([("partner_id", "=", self.dora.id)])
        self.assertEqual(change.reason, "The customer costs more than he brings.")
        self._invoice(self.dora, 101.0)
        self._refresh()
        self.assertEqual(self._standing_of(self.dora).value_grade_id, c)
        with self.assertRaisesRegex(ValidationError, "must be harder to reach"):
            costly.is_for_negative = False

    def test_second_run_writes_nothing(self):
        self._refresh()
        self.assertEqual(self._refresh(), {"inserted": 0, "updated": 0, "grades_changed": 0})

    def test_changed_documents_are_measured_without_the_others(self):
        self._rate("late_payment", yearly_rate=0.1)
        self._rate("interaction", 1.0)
        order = self._sold(self.alice, 2)
        self._invoice_order(order)
        late = self._invoice(self.bob, 3650.0, "2025-06-01", invoice_date_due="2025-06-01")
        self._refresh_from_here()
        changes = {
            "a payment": lambda: self._pay(late, "2025-06-11"),
            "a delivery": lambda: self._deliver(order),
            "another cost": lambda: order.order_line.write({"purchase_price": 50.0}),
            "a contact": lambda: self._contact(self.dora, self.phone),
            "an entry": lambda: self._entry(self.carl, 5.0),
        }
        for name, change in changes.items():
            with self.subTest(name=name):
                self.cr.execute(
                    "UPDATE crm_value_policy SET refreshed_at = %s", [self.env.cr.now()]
                )
                change()
                self.env.flush_all()
                before = self.Standing._changed_customer_ids(self.policy)
                self.assertTrue(before)
                self.Standing._refresh_changed(self.policy)
                self.assertEqual(
                    self._refresh(), {"inserted": 0, "updated": 0, "grades_changed": 0}
                )

    def test_merged_customers_add_up(self):
        self._refresh()
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            [self.alice.id, self.dora.id], self.alice
        )
        self._refresh()
        self.assertEqual(self._standing_of(self.alice).contribution, 700.0)
        self.assertEqual(len(self._standing_of(self.alice)), 1)

    def test_cost_to_serve_of_a_grade_is_all_cost_by_all_purchases(self):
        self._invoice(self.alice, 1000.0)
        self._case(self.alice)
        self._refresh()
        rows = self.Standing._read_group(
            [("partner_id", "in", (self.alice + self.carl).ids)],
            ["value_grade_id"],
            ["service_cost:sum", "order_count:sum", "service_cost_per_order:avg"],
        )
        [(_grade, cost, count, per_order)] = rows
        self.assertEqual((cost, count), (-1100.0, 3))
        self.assertAlmostEqual(per_order, -1100.0 / 3)

    def test_rewards_and_gift_cards_are_counted_apart(self):
        if "reward_id" not in self.env["sale.order.line"]._fields:
            self.skipTest("without the module for rewards there are none")
        self.env["loyalty.program"].search([]).active = False
        free = self.env["product.product"].create(
            {"name": "Present", "taxes_id": False, "standard_price": 12.0}
        )
        customer = self._customer("Erin")
        for program_type, reward in (
            ("promotion", {"reward_type": "discount", "discount": 10.0}),
            ("promotion", {"reward_type": "product", "reward_product_id": free.id}),
        ):
            self.env["loyalty.program"].create(
                {
                    "name": "Program",
                    "program_type": program_type,
                    "trigger": "auto",
                    "applies_on": "current",
                    "rule_ids": [Command.clear(), Command.create({"minimum_qty": 1})],
                    "reward_ids": [Command.clear(), Command.create(reward)],
                }
            )
        card_product = self.env["product.product"].create(
            {"name": "Card", "type": "service", "taxes_id": False, "invoice_policy": "order"}
        )
        gift = self.env["loyalty.program"].create(
            {
                "name": "Gift Cards",
                "program_type": "gift_card",
                "trigger": "auto",
                "applies_on": "future",
                "rule_ids": [
                    Command.clear(),
                    Command.create({"reward_point_mode": "money", "product_ids": card_product.ids}),
                ],
                "reward_ids": [
                    Command.clear(),
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1.0,
                            "required_points": 1,
                        }
                    ),
                ],
            }
        )
        card = self.env["loyalty.card"].create({"program_id": gift.id, "points": 25.0})
        order = self._draft_with_rewards(customer, card)
        order.action_confirm()
        self._invoice_order(order)
        self._refresh()
        # 200 of goods, 10 % off, a present that cost 12, 25 paid by card; and a card of 50 sold
        self._invoice(
            customer,
            50.0,
            invoice_line_ids=[
                Command.create(
                    {"product_id": card_product.id, "price_unit": 50.0, "tax_ids": False}
                )
            ],
        )
        self.assertEqual(
            self._amounts(customer),
            {
                "income": 200.0,
                "reward": -20.0,
                "free_product": -12.0,
                "gift_card": 25.0,
                "cost": -80.0,
            },
        )
        self._refresh()
        self.assertEqual(self._measured(customer), [200.0, -32.0, -80.0, 0.0, 0.0, 88.0])

    def _draft_with_rewards(self, customer, card):
        """Return a quotation of two pieces with all automatic rewards, paid with a gift card."""
        line = {"product_id": self.goods.id, "product_uom_qty": 2.0, "price_unit": 100.0}
        order = self.env["sale.order"].create(
            {"partner_id": customer.id, "order_line": [Command.create({**line, "tax_ids": False})]}
        )
        order._update_programs_and_rewards()
        for coupon, rewards in order._get_claimable_rewards().items():
            for reward in rewards:
                order._apply_program_reward(reward, coupon)
        order._try_apply_code(card.code)
        order._apply_program_reward(card.program_id.reward_ids, card)
        return order

    def _entry(self, partner, amount):
        accounts = {
            self.company_data["default_account_revenue"]: -amount,
            self.company_data["default_account_expense"]: amount,
        }
        self.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2025-06-30",
                "line_ids": [
                    Command.create(
                        {"account_id": account.id, "partner_id": partner.id, "balance": balance}
                    )
                    for account, balance in accounts.items()
                ],
            }
        ).action_post()

    def _refresh_from_here(self):
        """Measure everybody; what is written from here on is newer than that."""
        self._refresh()
        self.policy._mark_refreshed(self.policy._as_of())
