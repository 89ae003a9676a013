from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..hooks import uninstall_hook
from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestMemberScheme(RelationshipCommon):
    def _scheme(self, **values):
        return self.env["crm.member.scheme"].create({"name": "Card", **values})

    def test_example_shows_the_first_number(self):
        self.assertEqual(self._scheme(prefix="k", length=7, check_method="luhn").example, "K000018")

    def test_impossible_formats_are_refused(self):
        for values in (
            {"prefix": "M", "length": 2, "check_method": "luhn"},
            {"prefix": "", "length": 33},
            {"prefix": "", "length": -1},
            {"prefix": "M", "length": 13, "check_method": "ean13"},
            {"prefix": "", "length": 12, "check_method": "ean13"},
            {"prefix": "ม", "length": 9},
            {"prefix": "M%", "length": 9},
            {"prefix": "", "length": 3, "first_counter": 1000, "check_method": "none"},
        ):
            with self.subTest(**values), self.assertRaises(ValidationError):
                self._scheme(**values)

    def test_each_check_method_issues_valid_numbers(self):
        expected = {"none": "000001", "luhn": "0000018", "damm": "0000013", "mod97": "00000195"}
        for check, number in expected.items():
            scheme = self._scheme(length=len(number), check_method=check)
            customer = self._customer(check)
            scheme._issue_to(customer)
            with self.subTest(check=check):
                self.assertEqual(customer.member_number_ids.number, number)
        scheme = self._scheme(length=13, check_method="ean13", prefix="29")
        self.assertEqual(scheme.example, "2900000000018")

    def test_format_stays_once_numbers_are_out(self):
        self._customer("Member").action_issue_member_number()
        with self.assertRaisesRegex(UserError, "Create a new scheme"):
            self.scheme.length = 12
        with self.assertRaisesRegex(UserError, "archive it"):
            self.scheme.unlink()
        self.scheme.name = "Other Name"

    def test_exhausted_scheme_says_so(self):
        scheme = self._scheme(prefix="", length=2, check_method="luhn", first_counter=9)
        scheme._issue_to(self._customer("Last"))
        with self.assertRaisesRegex(UserError, "no number left"):
            scheme._issue_to(self._customer("Too Late"))

    def test_numbers_entered_by_hand_are_skipped(self):
        scheme = self._scheme(prefix="K", length=9)
        first, second = self._customer("First"), self._customer("Second")
        first.member_number = "K00000018"
        scheme._issue_to(second)
        self.assertEqual(second.member_number, "K00000026")

    def test_issue_when_the_contact_is_created(self):
        self.scheme.write({"issue_on": "creation", "audience": "person"})
        person, firm = self._customer("Person"), self._customer("Firm", is_company=True)
        employee = self._customer("Employee", parent_id=firm.id)
        self.assertTrue(person.member_number)
        self.assertFalse(firm.member_number)
        self.assertFalse(employee.member_number)

    def test_issue_at_the_first_order(self):
        self.scheme.issue_on = "first_order"
        customer = self._customer("Buyer")
        self.assertFalse(customer.member_number)
        self._order(customer, 10)
        number = customer.member_number
        self.assertTrue(number)
        self._order(customer, 10)
        self.assertEqual(customer.member_number_ids.mapped("number"), [number])

    def test_issue_at_the_first_paid_invoice(self):
        self.scheme.issue_on = "first_invoice"
        customer = self._customer("Payer")
        invoice = self._invoice(customer, 10)
        self.assertFalse(customer.member_number)
        self._pay(invoice)
        self.assertTrue(customer.member_number)

    def test_scheme_of_another_company_issues_nothing_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.scheme.write({"issue_on": "first_order", "company_ids": [Command.set(other.ids)]})
        customer = self._customer("Buyer")
        self._order(customer, 10)
        self.assertFalse(customer.member_number_ids)

    def test_confirming_costs_no_query_where_no_scheme_issues(self):
        customer = self._customer("Buyer")
        order = self._order(customer, 10)
        self.env["crm.member.scheme"]._ids_issued_on("first_order", self.company.id)
        with self.assertQueryCount(0):
            self.env["crm.member.scheme"]._issue_at("first_order", order.partner_id, self.company)

    def test_many_are_issued_by_a_fixed_number_of_queries(self):
        customers = self.env["res.partner"].create([{"name": f"C{i}"} for i in range(50)])
        self.env.flush_all()
        self.scheme._issue_to(customers[:1])
        with self.assertQueryCount(6):
            self.scheme._issue_to(customers[1:])
        self.assertEqual(len(set(customers.mapped("member_number"))), 50)

    def test_uninstalling_leaves_no_counter_behind(self):
        self._customer("Member").action_issue_member_number()
        sequences = self.env["crm.member.scheme"].search([]).sequence_id
        self.assertTrue(sequences)
        uninstall_hook(self.env)
        self.assertFalse(sequences.exists())

    def test_only_managers_change_schemes(self):
        user = new_test_user(self.env, "desk", "crm_relationship.group_relationship_user")
        with self.assertRaises(AccessError):
            self.scheme.with_user(user).issue_on = "creation"
