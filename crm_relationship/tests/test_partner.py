from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestPartner(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Zebra Trading", member_number="M00000018")
        cls.other = cls._customer("M00000018 is in my name")
        cls._order(cls.customer, 1000.0)
        cls._order(cls.other, 1.0)
        cls._refresh()

    def _found(self, domain):
        return self.env["res.partner"].search(
            [*domain, ("id", "in", (self.customer | self.other).ids)]
        )

    def test_number_finds_its_customer_first_in_any_field(self):
        for typed in ("M00000018", "m 0000-0018", "Ｍ00000018"):
            with self.subTest(typed=typed):
                found = self.env["res.partner"].name_search(typed)
                self.assertEqual([partner_id for partner_id, _name in found], self.customer.ids)

    def test_name_search_without_a_number_is_core_s(self):
        for typed in ("Zebra", "%", "_", "'", "<script>", "x" * 10_000, ""):
            with self.subTest(typed=typed[:10]):
                self.env["res.partner"].name_search(typed)
        found = self.env["res.partner"].name_search("Zebra Trad")
        self.assertEqual(found[0][0], self.customer.id)

    def test_search_by_member_number(self):
        self.assertEqual(self._found([("member_number", "=", "m00000018")]), self.customer)
        self.assertEqual(self._found([("member_number", "ilike", "0018")]), self.customer)
        self.assertEqual(self._found([("member_number", "=", False)]), self.other)
        self.assertEqual(self._found([("member_number", "!=", False)]), self.customer)
        self.customer.member_number = False
        self.assertFalse(self._found([("member_number", "=", "M00000018")]))

    def test_search_and_group_by_grade(self):
        self.assertEqual(self._found([("value_grade_id", "=", self.grade_a.id)]), self.customer)
        self.assertEqual(self._found([("value_grade_id.code", "=", "C")]), self.other)
        self.assertEqual(self._found([("value_grade_id", "ilike", "Key")]), self.customer)
        self.assertFalse(self._found([("value_grade_id", "=", False)]))
        never = self._customer("Never Bought")
        self.assertIn(never, self.env["res.partner"].search([("value_grade_id", "=", False)]))
        self.assertNotIn(never, self.env["res.partner"].search([("value_grade_id", "!=", False)]))
        groups = self.env["res.partner"]._read_group(
            [("id", "in", (self.customer | self.other).ids)], ["value_grade_id"], ["__count"]
        )
        self.assertEqual(dict(groups), {self.grade_a: 1, self.grade_c: 1})

    def test_contact_shows_the_grade_of_its_company(self):
        contact = self._customer("Contact", parent_id=self.customer.id)
        self.assertEqual(contact.value_grade_id, self.grade_a)
        self.assertIn(
            contact, self.env["res.partner"].search([("value_grade_id", "=", self.grade_a.id)])
        )

    def test_grade_is_of_the_current_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids += company
        self.assertFalse(self.customer.with_company(company).value_grade_id)
        self.assertFalse(self.customer.with_company(company).value_grade_at("2026-01-31"))

    def test_number_of_another_company_s_scheme_is_not_shown_here(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.scheme.company_ids = company
        self.assertFalse(self.customer.member_number)

    def test_form_of_a_customer(self):
        with Form(self.customer) as form:
            self.assertEqual(form.member_number, "M00000018")
            form.member_number = "M00000026"
        self.assertEqual(self.customer.member_number, "M00000026")

    def test_grade_is_hidden_from_others(self):
        clerk = new_test_user(self.env, "clerk", "base.group_user")
        portal = new_test_user(self.env, "portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        for user in (clerk, portal):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.customer.with_user(user).read(["value_grade_id"])
                with self.assertRaises(AccessError):
                    self.env["res.partner"].with_user(user).search(
                        [("value_grade_id", "=", self.grade_a.id)]
                    )
                with self.assertRaises(AccessError):
                    self.env["res.partner"].with_user(user)._read_group([], ["value_grade_id"])
        self.assertEqual(self.customer.with_user(portal).member_number, "M00000018")

    def test_page_shows_the_standing_of_the_current_company(self):
        standing = self._standing_of(self.customer)
        contact = self._customer("Contact", parent_id=self.customer.id)
        for partner in (self.customer, contact):
            self.assertEqual(partner.standing_id, standing)
            for name in ("revenue", "order_count", "last_date", "m_score", "abc_class"):
                self.assertEqual(partner[f"standing_{name}"], standing[name], name)
        user = new_test_user(self.env, "desk", "crm_relationship.group_relationship_user")
        self.assertEqual(self.customer.with_user(user).standing_order_count, 1)
        with self.assertRaises(AccessError):
            self.customer.with_user(user).read(["standing_revenue"])
        self.assertEqual(self.customer.action_view_standing()["res_id"], standing.id)
        numbers = self.customer.action_view_member_numbers()["domain"]
        self.assertEqual(self.env["crm.member.number"].search(numbers).number, "M00000018")

    def test_card_of_a_contact_shows_the_grade(self):
        tags = self.customer.application_statistics
        self.assertIn("A", [tag["value"] for tag in tags])
