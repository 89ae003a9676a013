from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_duplicate import DuplicateCommon


@tagged("post_install", "-at_install")
class TestDuplicateTyping(DuplicateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = "name email phone birthdate zip vat parent_id type is_company"
        cls.typed_fields = {name: {} for name in names.split()}

    def _typed(self, changed, partner=None, user=None, **values):
        """Return the warning that typing a field gives, with other values typed before."""
        partners = (partner or self.env["res.partner"]).with_user(user or self.env.user)
        values = {"type": "contact", "is_company": False, **values}
        return partners.onchange(values, [changed], self.typed_fields).get("warning")

    def test_each_field_names_who_is_known_by_it(self):
        known = {"name": "Anna Miller", "birthdate": "1980-05-17", "zip": "10110"}
        expected = {
            "email": ({"email": "Anna@Example.com"}, "E-mail"),
            "phone": ({"phone": "+66819876543"}, "Phone"),
            "name": (known, "Name and birth date, Name and postcode"),
            "birthdate": ({**known, "zip": False}, "Name and birth date"),
            "zip": ({**known, "birthdate": False}, "Name and postcode"),
        }
        for changed, (values, reasons) in expected.items():
            with self.subTest(changed=changed):
                warning = self._typed(changed, **values)
                self.assertEqual(warning["type"], "notification")
                self.assertIn(f"Anna Miller ({reasons})", warning["message"])

    def test_nobody_is_warned_of_a_stranger(self):
        self.assertFalse(self._typed("email", email="nobody@example.com"))
        self.assertFalse(self._typed("name", name="Anna Miller"))
        self.assertFalse(self._typed("name", name="Anna Miller", zip="99999"))

    def test_a_tax_id_alone_is_left_to_the_hint_of_odoo(self):
        self._customer("Firm", is_company=True, vat="TH0105562000001", email="firm@example.com")
        firm = {"is_company": True, "vat": "TH0105562000001"}
        self.assertFalse(self._typed("vat", **firm))
        warning = self._typed("email", email="firm@example.com", **firm)
        self.assertIn("Firm (Tax ID, E-mail)", warning["message"])

    def test_points_decide_here_too(self):
        self.policy_of_duplicates.threshold = 61
        self.assertFalse(self._typed("email", email="anna@example.com"))
        self.assertTrue(self._typed("email", email="anna@example.com", phone="+66819876543"))

    def test_a_contact_is_not_like_himself(self):
        self.assertFalse(self._typed("email", partner=self.anna, email="ANNA@example.com"))

    def test_who_was_dismissed_is_not_named_again(self):
        other = self._customer("Other")
        self.assertTrue(self._typed("email", partner=other, email="anna@example.com"))
        self._dismissed(self.anna, other)
        self.assertFalse(self._typed("email", partner=other, email="anna@example.com"))

    def test_only_contacts_that_the_user_may_read_are_named(self):
        user = new_test_user(
            self.env,
            "typist",
            "base.group_user,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertTrue(self._typed("email", user=user, email="anna@example.com"))
        self.anna.company_id = self.env["res.company"].create({"name": "Other Company"})
        self.assertFalse(self._typed("email", user=user, email="anna@example.com"))

    def test_a_colleague_has_the_phone_of_his_firm(self):
        firm = self._customer("Firm", is_company=True, phone="+6627654321")
        self._customer("Colleague", parent_id=firm.id, phone="+6627654321")
        typed = {"phone": "+66 2 765 4321"}
        self.assertFalse(self._typed("phone", parent_id=firm.id, **typed))
        self.assertIn("Firm", self._typed("phone", **typed)["message"])

    def test_an_address_is_no_customer(self):
        self.assertFalse(self._typed("email", type="delivery", email="anna@example.com"))

    def test_what_many_share_gives_no_warning(self):
        self.policy_of_duplicates.maximum_shared = 2
        self.assertTrue(self._typed("email", email="anna@example.com"))
        self._customer("Guest", email="anna@example.com")
        self.assertFalse(self._typed("email", email="anna@example.com"))

    def test_an_empty_form_looks_nobody_up(self):
        Partner = self.env["res.partner"]
        Partner.new({"type": "contact", "email": "anna@example.com"})._alike(["email"])  # warm up
        empty = Partner.new({"type": "contact"})
        typed = Partner.new({"type": "contact", "email": "anna@example.com"})
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertFalse(empty._warning_of_duplicates("email", "name_postcode"))
        with self.assertQueryCount(2):
            self.assertTrue(typed._warning_of_duplicates("email"))
