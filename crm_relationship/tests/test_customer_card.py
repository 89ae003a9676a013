from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_interaction import CONTACT_POINT, InteractionCommon

MOST_QUERIES = 12


@tagged("post_install", "-at_install")
class TestCustomerCard(InteractionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "seller", "sales_team.group_sale_salesman_all_leads", name="Seller"
        )
        cls.accountant = new_test_user(
            cls.env,
            "accountant",
            f"account.group_account_invoice,sales_team.group_sale_salesman_all_leads,{CONTACT_POINT}",
        )
        cls.deputy = new_test_user(cls.env, "deputy", CONTACT_POINT, name="Deputy")
        cls.firm = cls._customer("Firm", is_company=True)
        cls.customer.write(
            {
                "parent_id": cls.firm.id,
                "user_id": cls.seller.id,
                "deputy_user_id": cls.deputy.id,
                "member_number": "M00000018",
                "phone": "+66 2 555 0101",
                "birthdate": "1980-05-17",
                "preferred_channel_id": cls.phone.id,
            }
        )
        for name, attitude in (("Golf", "like"), ("Noise", "dislike")):
            interest = cls.env["crm.interest"].create({"name": name})
            cls.env["crm.customer.interest"].create(
                {
                    "partner_id": cls.customer.id,
                    "interest_id": interest.id,
                    "attitude": attitude,
                }
            )
        cls.env["crm.household"].create(
            {
                "name": "Family",
                "member_ids": [
                    Command.create({"partner_id": cls.customer.id, "role": "head"}),
                    Command.create({"name": "Nok", "role": "child", "birthdate": "2015-01-02"}),
                ],
            }
        )

    def _card(self, user=None):
        self.env.flush_all()
        return self.customer.with_user(user or self.env.user).customer_card()

    def test_who_he_is(self):
        self._order(self.firm, 100.0)
        self._refresh()
        self.grade_a.note = "Answered within the day"
        card = self._card(self.clerk)
        expected = {
            "id": self.customer.id,
            "name": "Firm, Customer",
            "firm": {"id": self.firm.id, "name": "Firm"},
            "member_number": "M00000018",
            "phone": "+66 2 555 0101",
            "birthdate": "1980-05-17",
            "preferred_channel": "Phone",
            "owner": {"id": self.seller.id, "name": "Seller", "is_away": False},
            "deputy": {"id": self.deputy.id, "name": "Deputy"},
            "likes": "Golf",
            "dislikes": "Noise",
            "warnings": [],
        }
        self.assertEqual({name: card[name] for name in expected}, expected)
        self.assertEqual(
            (card["grade"]["code"], card["grade"]["promise"]), ("A", "Answered within the day")
        )
        self.assertEqual(card["household"]["name"], "Family")
        self.assertEqual(
            card["household"]["members"],
            [{"partner_id": False, "name": "Nok", "role": "Child", "birthdate": "2015-01-02"}],
        )

    def test_salesperson_who_is_away(self):
        self.seller.out_of_office_from = fields.Datetime.now() - timedelta(days=1)
        self.assertTrue(self._card(self.clerk)["owner"]["is_away"])

    def test_open_cases_of_the_firm_those_first_that_are_due(self):
        today = self.company._business_today()
        values = [
            (self.customer, "Later", 3),
            (self.firm, "Overdue", -1),
            (self._customer("Other"), "Not his", 0),
        ]
        for partner, subject, days in values:
            self.env["crm.case"].create(
                {
                    "partner_id": partner.id,
                    "subject": subject,
                    "promise_date": today + timedelta(days=days),
                    "user_id": self.seller.id,
                }
            )
        cases = self._card(self.clerk)["cases"]
        self.assertEqual(cases["count"], 2)
        self.assertEqual(
            [(case["subject"], case["is_overdue"], case["owner"]) for case in cases["rows"]],
            [("Overdue", True, "Seller"), ("Later", False, "Seller")],
        )

    def test_overdue_invoices_and_credit_are_those_of_core(self):
        self.firm.credit_limit = 500.0
        for partner, amount, due in (
            (self.firm, 100.0, "2025-01-05"),
            (self.customer, 30.0, "2025-02-05"),
            (self.firm, 7.0, fields.Date.today() + timedelta(days=30)),
        ):
            self._invoice(partner, amount, invoice_payment_term_id=False, invoice_date_due=due)
        self._pay(self._invoice(self.firm, 50.0, date="2025-01-06"))
        card = self._card(self.accountant)
        self.assertEqual(
            card["invoices"], {"count": 2, "oldest_due": "2025-01-05", "amount": 130.0}
        )
        self.assertEqual(card["credit"], {"limit": 500.0, "used": 137.0})
        self.assertEqual(self.firm.with_user(self.accountant).credit, 137.0)
        seller = self._card(self.seller)
        self.assertEqual(
            (seller["invoices"]["count"], seller["invoices"]["amount"], seller["credit"]),
            (2, False, False),
        )

    def test_orders_under_way_with_the_day_of_their_delivery(self):
        promised = self._order(self.customer, 100.0, date="2025-01-02 20:00:00")
        promised.commitment_date = "2025-01-10 20:00:00"
        by_lead_time = self._order(self.firm, 50.0, date="2025-01-03 02:00:00")
        by_lead_time.order_line.customer_lead = 4
        done = self._order(self.customer, 20.0)
        done._create_invoices().action_post()
        self.env["sale.order"].create({"partner_id": self.customer.id})
        orders = self._card(self.accountant)["orders"]
        self.assertEqual(
            [(one["name"], one["delivery_date"], one["amount"]) for one in orders],
            # 20:00 of UTC is the next day in Bangkok; 3 January and four days
            [(by_lead_time.name, "2025-01-07", 50.0), (promised.name, "2025-01-11", 100.0)],
        )
        self.assertEqual({one["amount"] for one in self._card(self.seller)["orders"]}, {False})

    def test_last_five_purchases(self):
        for number in range(6):
            order = self._order(self.customer, 10.0, date=f"2025-01-0{number + 1} 05:00:00")
            order.order_line.write({"product_uom_qty": number + 1, "price_unit": 10.0})
        purchases = self._card(self.seller)["purchases"]
        self.assertEqual([one["quantity"] for one in purchases], [6.0, 5.0, 4.0, 3.0, 2.0])
        self.assertEqual(
            (purchases[0]["product"], purchases[0]["date"], purchases[0]["amount"]),
            ("Advice", "2025-01-06 05:00:00", False),
        )
        self.assertEqual(self._card(self.accountant)["purchases"][0]["amount"], 60.0)

    def test_staff_who_do_not_sell_see_no_price_and_no_order(self):
        self._order(self.customer, 100.0)
        self._invoice(self.customer, 100.0)
        card = self._card(self.clerk)
        for part in ("orders", "purchases", "invoices", "credit"):
            self.assertIs(card[part], False, part)
        self.assertEqual(card["timeline"]["rows"], [])
        self.assertEqual(
            card["may"],
            {
                "log": True,
                "case": True,
                "lead": True,
                "open_lead": False,
                "quotation": False,
                "replace_card": False,
                "issue_number": False,
                "open_contact": True,
            },
        )
        may = self._card(self.seller)["may"]
        self.assertTrue(may["quotation"] and may["replace_card"] and may["open_lead"])

    def test_archived_customer_is_shown_with_a_warning(self):
        self.customer.active = False
        self.assertEqual(self._card(self.clerk)["warnings"], ["This contact is archived."])

    def test_outsider_sees_no_card(self):
        internal = new_test_user(self.env, "internal", "base.group_user")
        with self.assertRaisesRegex(AccessError, "contact point"):
            self._card(internal)
        with self.assertRaisesRegex(AccessError, "contact point"):
            self.customer.with_user(internal).raise_lead("Needs oars")

    def test_customer_that_is_gone(self):
        gone = self._customer("Gone")
        gone.unlink()
        with self.assertRaisesRegex(UserError, "search for him again"):
            gone.with_user(self.clerk).customer_card()

    def test_few_queries_whatever_there_is(self):
        for number in range(8):
            self._order(self.customer, 10.0 + number)
            self._log(days_ago=number, satisfaction=number % 5 + 1, user_id=self.seller.id)
            self.env["crm.case"].create(
                {"partner_id": self.customer.id, "subject": "Broken", "user_id": self.deputy.id}
            )
            self.customer.message_post(body=f"Calls {number}", message_type="comment")
        self._invoice(self.customer, 100.0)
        self._refresh()
        for user in (self.accountant, self.seller, self.clerk):
            customer = self.customer.with_user(user)
            customer.customer_card()  # fills the caches of the registry, as a working day does
            with self.subTest(user=user.name):
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertTrue(customer.env.user.partner_id)  # as each request has loaded it
                before = self.env.cr.sql_log_count
                customer.customer_card()
                self.assertLessEqual(self.env.cr.sql_log_count - before, MOST_QUERIES)

    def test_lead_goes_to_who_looks_after_him(self):
        lead = self.customer.with_user(self.clerk).raise_lead(" Needs oars ", "Two <b>of them")
        lead = self.env["crm.lead"].browse(lead["id"])
        self.assertEqual(
            (lead.name, lead.partner_id, lead.user_id, lead.type),
            ("Needs oars", self.customer, self.seller, "lead"),
        )
        self.assertIn("Two &lt;b&gt;of them", lead.description)
        with self.assertRaises(AccessError):
            lead.with_user(self.clerk).read(["name"])

    def test_lead_without_a_subject_is_not_raised(self):
        for subject in ("", "  ", None, 7):
            with self.subTest(subject=subject), self.assertRaisesRegex(UserError, "few words"):
                self.customer.with_user(self.clerk).raise_lead(subject)
        self.assertFalse(self.env["crm.lead"].search([("partner_id", "=", self.customer.id)]))

    def test_another_addon_adds_a_part(self):
        def with_points(partner):
            return {**original(partner), "points": 7}

        original = type(self.customer)._prepare_customer_card
        self.patch(type(self.customer), "_prepare_customer_card", with_points)
        self.assertEqual(self._card(self.clerk)["points"], 7)

    def test_button_counts_what_its_list_shows(self):
        for partner in (self.customer, self.firm):
            self.env["crm.case"].create({"partner_id": partner.id, "subject": "Broken"})
        for partner, count in ((self.customer, 1), (self.firm, 2)):
            self.assertEqual(partner.open_case_count, count)
            domain = [*partner.action_view_cases()["domain"], ("is_closed", "=", False)]
            self.assertEqual(self.env["crm.case"].search_count(domain), count)
