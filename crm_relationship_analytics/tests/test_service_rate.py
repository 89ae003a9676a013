from datetime import date, timedelta
from decimal import Decimal

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..logic.contribution import late_payment_cost, share_returned
from .contribution_common import ContributionCommon


@tagged("post_install", "-at_install")
class TestServiceRate(ContributionCommon):
    """What a service costs on a day, who may say so, and that SQL and formulas agree."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Customer")

    def _cost_of_contact(self, day):
        contact = self._contact(self.customer, self.phone, date=f"{day} 05:00:00")
        self.env.flush_all()
        facts = self.Fact.search([("kind", "=", "interaction"), ("res_id", "=", contact.id)])
        return facts.mapped("amount")

    def test_a_rate_holds_until_the_next_one(self):
        first = self._rate("interaction", 2.0, "2025-02-01")
        second = self._rate("interaction", 3.0, "2025-03-01")
        self.assertEqual((first.date_to, second.date_to), (date(2025, 2, 28), False))
        costs = {
            day: self._cost_of_contact(day)
            for day in ("2025-01-31", "2025-02-01", "2025-02-28", "2025-03-01")
        }
        self.assertEqual(
            costs,
            {
                "2025-01-31": [],
                "2025-02-01": [-2.0],
                "2025-02-28": [-2.0],
                "2025-03-01": [-3.0],
            },
        )

    def test_day_of_a_contact_is_that_of_the_company(self):
        self._rate("case", 5.0, "2025-02-01")
        self._case(self.customer, "2025-01-31 16:59:59")
        self.assertNotIn("case", self._amounts(self.customer))
        self._case(self.customer, "2025-01-31 17:00:00")  # midnight in Bangkok
        self.assertEqual(self._amounts(self.customer)["case"], -5.0)

    def test_rate_of_the_channel_goes_before_that_of_every_other(self):
        self._rate("interaction", 2.0)
        own = self._rate("interaction", 7.0, "2025-06-01", channel_id=self.phone.id)
        self.assertEqual(self._cost_of_contact("2025-05-31"), [-2.0])
        self.assertEqual(self._cost_of_contact("2025-06-01"), [-7.0])
        own.amount = 0.0
        self.assertEqual(self._cost_of_contact("2025-06-01"), [])

    def test_corrected_contact_costs_once(self):
        self._rate("interaction", 2.0, minute_amount=0.5)
        entry = self._contact(self.customer, self.phone, 20)
        self._contact(self.customer, self.phone, 10, corrects_id=entry.id)
        self.assertEqual(self._amounts(self.customer), {"interaction": -7.0})

    def test_only_orders_that_hold_cost_and_only_their_goods(self):
        self._rate("order_line", 0.5)
        order = self._sold(
            self.customer,
            order_line=[
                Command.create({"name": "Section", "display_type": "line_section"}),
                Command.create({"product_id": self.goods.id, "price_unit": 1.0}),
                Command.create({"product_id": self.service.id, "price_unit": 1.0}),
            ],
        )
        self._invoice_order(order, advance_payment_method="percentage", amount=10.0)
        self.assertEqual(self._amounts(self.customer)["order_line"], -1.0)
        order._action_cancel()
        self.assertNotIn("order_line", self._amounts(self.customer))

    def test_bad_rates_are_refused(self):
        self._rate("case", 1.0)
        for values, rule in (
            ({"kind": "case", "amount": 2.0}, "one_from_a_day"),
            ({"kind": "return", "amount": -1.0}, "not_negative"),
            ({"kind": "return", "minute_amount": 1.0}, "of_contacts"),
            ({"kind": "late_payment", "amount": 1.0}, "of_late_payment"),
            ({"kind": "case", "yearly_rate": 0.1, "date": "2025-02-01"}, "of_late_payment"),
            ({"kind": "late_payment", "yearly_rate": 11.0}, "not_negative"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(IntegrityError, rule),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self._rate(**values)

    def test_changed_rates_have_all_customers_measured_anew(self):
        rate = self._rate("case", 1.0)
        for change in (lambda: rate.write({"amount": 2.0}), rate.unlink):
            self.policy.refreshed_at = fields.Datetime.now()
            change()
            self.assertFalse(self.policy.refreshed_at)

    def test_only_managers_set_rates_and_only_of_their_company(self):
        rate = self._rate("case", 1.0)
        other = self.env["res.company"].create({"name": "Other Company"})
        groups = {
            "internal": ("base.group_user", ""),
            "contact_point": ("crm_relationship.group_contact_point", ""),
            "user": ("crm_relationship.group_relationship_user", ""),
            "biller": ("account.group_account_invoice", "r"),
            "accountant": ("account.group_account_readonly", "r"),
            "manager": ("crm_relationship.group_relationship_manager", "rwcu"),
        }
        operations = {"r": "read", "w": "write", "c": "create", "u": "unlink"}
        for role, (group, allowed) in groups.items():
            user = new_test_user(
                self.env,
                f"{role}_rates",
                group,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            for letter, operation in operations.items():
                with self.subTest(role=role, operation=operation):
                    self.assertEqual(rate.with_user(user).has_access(operation), letter in allowed)
        stranger = new_test_user(
            self.env,
            "manager_there_rates",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.Rate.with_user(stranger).search([("id", "=", rate.id)]))
        with self.assertRaises(AccessError):
            rate.with_user(stranger).amount = 2.0
        facts = self.Fact.with_user(stranger).search([("company_id", "=", self.company.id)])
        self.assertFalse(facts)

    def test_amounts_of_a_standing_are_hidden_from_users(self):
        self._invoice(self.customer, 100.0)
        self._refresh()
        user = new_test_user(
            self.env, "user_contribution", "crm_relationship.group_relationship_user"
        )
        user.write({"company_ids": [Command.set(self.company.ids)], "company_id": self.company.id})
        standing = self._standing_of(self.customer).with_user(user)
        self.assertEqual(standing.contribution_class, "a")
        for name in ("contribution", "service_cost", "service_cost_per_order"):
            with self.subTest(name=name):
                with self.assertRaises(AccessError):
                    standing.read([name])
                with self.assertRaises(AccessError):
                    standing._read_group([], [], [f"{name}:avg"])
        with self.assertRaises(AccessError):
            self.Fact.with_user(user).search(standing.action_view_contribution()["domain"])

    def test_late_payment_in_sql_is_the_formula(self):
        self._rate("late_payment", yearly_rate=0.0735)
        due = date(2025, 1, 5)
        for amount, days in (("99.99", 1), ("12345.67", 45), ("365.00", 100), ("0.50", 400)):
            with self.subTest(amount=amount, days=days):
                customer, paid = self._customer(amount), due + timedelta(days=days)
                invoice = self._invoice(customer, float(amount), due, invoice_date_due=due)
                self._pay(invoice, paid)
                cost = late_payment_cost(Decimal(amount), due, paid, Decimal("0.0735"), 2)
                self.assertEqual(self._amounts(customer)["late_payment"], -float(cost))

    def test_share_returned_in_sql_is_the_formula(self):
        order = self._sold(self.customer, 7)
        self._deliver(order)
        self._credit(self._invoice_order(order), 3)
        [line] = order.order_line
        self.env.flush_all()
        for delivered in (0, 3, 4, 5.5, 6, 7, 12):
            self.env.cr.execute(
                "UPDATE sale_order_line SET qty_delivered = %s WHERE id = %s", [delivered, line.id]
            )
            [[share]] = self.env.execute_query(
                SQL(
                    """
                    SELECT %s FROM sale_order_line sold
                      JOIN uom_uom sold_unit ON sold_unit.id = sold.product_uom_id
                     WHERE sold.id = %s
                    """,
                    self.Fact._share_returned(),
                    line.id,
                )
            )
            expected = share_returned(Decimal(str(delivered)), Decimal(7), Decimal(3))
            self.assertAlmostEqual(share, float(expected), 12)
