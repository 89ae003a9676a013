from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..models.crm_duplicate_rule import DuplicateKey
from .common import RelationshipCommon


class DuplicateCommon(RelationshipCommon):
    """Anna Miller, and what the queue says of her and others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Duplicate = cls.env["crm.duplicate"]
        cls.policy_of_duplicates = cls.env.ref("crm_relationship.crm_duplicate_policy")
        cls.anna = cls._customer(
            "Anna Miller",
            email="anna@example.com",
            phone="+66 81 987 6543",
            birthdate="1980-05-17",
            zip="10110",
        )

    @classmethod
    def _search(cls):
        cls.Duplicate.find_duplicates()
        cls.env.invalidate_all()

    @classmethod
    def _pair(cls, one, other):
        first, second = sorted((one.id, other.id))
        return cls.Duplicate.search([("partner_id", "=", first), ("other_partner_id", "=", second)])

    @classmethod
    def _dismissed(cls, one, other, **values):
        return cls._given(one, other, state="dismissed", **values)

    @classmethod
    def _given(cls, one, other, **values):
        first, second = sorted((one.id, other.id))
        # sudo: pairs come from the search, no user may create one
        return cls.Duplicate.sudo().create(
            {
                "partner_id": first,
                "other_partner_id": second,
                "score": 60,
                "kinds": "email",
                "found_on": "2025-12-01",
                **values,
            }
        )

    def _jobs_due(self):
        job = self.env.ref("crm_relationship.ir_cron_find_duplicates")
        return self.env["ir.cron.trigger"].sudo().search_count([("cron_id", "=", job.id)])


@tagged("post_install", "-at_install")
class TestDuplicate(DuplicateCommon):
    def test_each_rule_finds_its_pair(self):
        firm = self._customer("Firm", is_company=True, vat="TH-01 055.6")
        expected = {
            "email": (self.anna, {"email": "ANNA@example.com "}, 60),
            "phone": (self.anna, {"phone": "0066819876543"}, 50),
            "name_birthdate": (
                self.anna,
                {"name": " anna  MILLER", "birthdate": "1980-05-17"},
                70,
            ),
            "name_postcode": (self.anna, {"name": "anna miller", "zip": "101 10"}, 40),
            "tax_id": (firm, {"is_company": True, "vat": "th010556"}, 80),
        }
        others = {
            kind: self._customer(**{"name": f"Other by {kind}", **values})
            for kind, (_like, values, _score) in expected.items()
        }
        self._search()
        for kind, (like, _values, score) in expected.items():
            with self.subTest(kind=kind):
                pair = self._pair(like, others[kind])
                self.assertEqual((pair.kinds, pair.score, pair.state), (kind, score, "open"))

    def test_points_add_up_to_a_hundred_at_most(self):
        by_two = self._customer("Anna Miller", phone="+66819876543", zip="10110")
        by_three = self._customer("A. M.", phone="+66819876543", email="anna@example.com")
        self._search()
        pair = self._pair(self.anna, by_two)
        self.assertEqual((pair.score, pair.kinds), (90, "phone,name_postcode"))
        self.assertEqual(pair.reasons, "Phone, Name and postcode")
        self.assertEqual(self._pair(self.anna, by_three).score, 100)

    def test_too_few_points_are_not_listed(self):
        other = self._customer("Anna Miller", zip="10110")
        self.policy_of_duplicates.threshold = 41
        self._search()
        self.assertFalse(self._pair(self.anna, other))
        self.policy_of_duplicates.threshold = 40
        self._search()
        self.assertTrue(self._pair(self.anna, other))

    def test_a_rule_switched_off_says_nothing(self):
        other = self._customer("Other", email="anna@example.com")
        rule = self.env.ref("crm_relationship.crm_duplicate_rule_email")
        rule.active = False
        self._search()
        self.assertFalse(self._pair(self.anna, other))
        self.env["crm.duplicate.rule"].search([]).active = False
        self._search()
        rule.active = True
        self._search()
        self.assertTrue(self._pair(self.anna, other))

    def test_another_addon_says_what_a_rule_compares(self):
        Rule = self.env.registry["crm.duplicate.rule"]
        keys_before = Rule._keys

        def keys_with_reference(rules, contact):
            reference = DuplicateKey(("ref",), (SQL.identifier(contact, "ref"),))
            return {**keys_before(rules, contact), "tax_id": reference}

        self.patch(Rule, "_keys", keys_with_reference)
        self.anna.ref = "K-77"
        other = self._customer("Other", ref="K-77")
        self._search()
        pair = self._pair(self.anna, other)
        self.assertEqual((pair.score, pair.kinds), (80, "tax_id"))

    def test_second_search_writes_nothing(self):
        other = self._customer("Other", email="anna@example.com")
        first = self.Duplicate.find_duplicates()
        self.assertGreaterEqual(first["inserted"], 1)
        again = self.Duplicate.find_duplicates()
        self.assertEqual(again, {"inserted": 0, "updated": 0, "deleted": 0})
        self.assertEqual(len(self._pair(self.anna, other)), 1)

    def test_a_pair_follows_its_contacts(self):
        other = self._customer("Other", email="anna@example.com")
        self._search()
        other.phone = "+66819876543"
        found = self.Duplicate.find_duplicates()
        self.assertEqual(found, {"inserted": 0, "updated": 1, "deleted": 0})
        self.assertEqual(self._pair(self.anna, other).score, 100)
        other.write({"email": "other@example.com", "phone": False})
        found = self.Duplicate.find_duplicates()
        self.assertEqual(found, {"inserted": 0, "updated": 0, "deleted": 1})
        self.assertFalse(self._pair(self.anna, other))

    def test_a_dismissed_pair_stays_dismissed(self):
        other = self._customer("Other", email="anna@example.com")
        self._search()
        pair = self._pair(self.anna, other)
        pair.action_dismiss()
        self.assertEqual((pair.dismissed_by_id, pair.state), (self.env.user, "dismissed"))
        other.phone = "+66819876543"
        self._search()
        self.assertEqual(self._pair(self.anna, other).state, "dismissed")
        other.write({"email": False, "phone": False})
        self._search()
        self.assertEqual(self._pair(self.anna, other).state, "dismissed")

    def test_a_dismissal_can_be_taken_back(self):
        other = self._customer("Other", email="anna@example.com")
        pair = self._dismissed(self.anna, other, dismissed_by_id=self.env.uid)
        pair.with_user(self.env.user).action_reopen()
        self._search()
        self.assertEqual(self._pair(self.anna, other).state, "open")
        self.assertFalse(pair.dismissed_by_id)

    def test_what_many_share_says_nothing(self):
        self.policy_of_duplicates.maximum_shared = 3
        guests = [self._customer(f"Guest {n}", email="anna@example.com") for n in range(2)]
        self._search()
        self.assertTrue(self._pair(self.anna, guests[0]))
        self._customer("Guest 3", email="anna@example.com")
        self._search()
        self.assertFalse(self._pair(self.anna, guests[0]))

    def test_colleagues_share_what_is_the_firms(self):
        firm = self._customer(
            "Firm", is_company=True, email="info@example.com", phone="+6621234567"
        )
        shared = {"parent_id": firm.id, "email": "info@example.com", "phone": "+6621234567"}
        one = self._customer("One", **shared)
        other = self._customer("Other", **shared)
        self._search()
        self.assertFalse(self._pair(one, other))
        self.assertFalse(self._pair(firm, one))
        stranger = self._customer("Stranger", email="info@example.com")
        self._search()
        self.assertTrue(self._pair(stranger, one))

    def test_a_person_entered_twice_in_a_firm_is_found(self):
        firm = self._customer("Firm", is_company=True)
        twin = {"parent_id": firm.id, "birthdate": "1970-01-31"}
        one, other = self._customer("Jo Doe", **twin), self._customer("jo doe", **twin)
        self._search()
        self.assertEqual(self._pair(one, other).kinds, "name_birthdate")

    def test_branches_share_the_tax_id(self):
        firm = self._customer("Firm", is_company=True, vat="TH0105562000001")
        branches = [
            self._customer(name, is_company=True, parent_id=firm.id, vat="TH0105562000001")
            for name in ("North", "South")
        ]
        self._search()
        self.assertFalse(self._pair(*branches))
        self.assertFalse(self._pair(firm, branches[0]))

    def test_a_firm_and_a_person_of_one_name_are_two(self):
        firm = self._customer("Anna Miller", is_company=True, zip="10110")
        self._search()
        self.assertFalse(self._pair(self.anna, firm))

    def test_who_is_no_customer_is_not_compared(self):
        same = {"email": "anna@example.com"}
        archived = self._customer("Archived", active=False, **same)
        address = self._customer("Warehouse", type="delivery", **same)
        user = new_test_user(self.env, "anna", "base.group_user", **same).partner_id
        self.company.partner_id.email = "anna@example.com"
        self._search()
        for nobody in (archived, address, user, self.company.partner_id):
            with self.subTest(nobody=nobody.name):
                self.assertFalse(self._pair(self.anna, nobody))

    def test_a_deleted_contact_takes_his_pairs_along(self):
        other = self._customer("Other", email="anna@example.com")
        self._search()
        pair = self._pair(self.anna, other)
        other.unlink()
        self.assertFalse(pair.exists())

    def test_an_import_is_followed_by_a_search(self):
        before = self._jobs_due()
        fields = ["name", "email"]
        failed = self.env["res.partner"].load(["name", "birthdate"], [["Imported", "someday"]])
        self.assertFalse(failed["ids"])
        self.assertEqual(self._jobs_due(), before)
        self.env["res.partner"].load(fields, [["Imported", "anna@example.com"]])
        self.assertEqual(self._jobs_due(), before + 1)
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_find_duplicates").method_direct_trigger()
        self.env.invalidate_all()
        imported = self.env["res.partner"].search([("name", "=", "Imported")])
        self.assertEqual(self._pair(self.anna, imported).score, 60)

    def test_changed_rules_have_the_queue_filled_anew(self):
        before = self._jobs_due()
        self.env.ref("crm_relationship.crm_duplicate_rule_email").weight = 61
        self.assertEqual(self._jobs_due(), before + 1)
        self.policy_of_duplicates.threshold = 30
        self.assertEqual(self._jobs_due(), before + 2)

    def test_the_button_of_the_list_says_what_was_found(self):
        self._search()
        self._customer("Other", email="anna@example.com")
        action = call_kw(self.Duplicate, "action_search_now", [[]], {})
        message = "New possible duplicates: 1. No longer alike: 0."
        self.assertEqual(action["params"]["message"], message)

    def test_two_searches_at_once_do_not_meet(self):
        before = self._jobs_due()
        with self.registry.cursor() as other:
            other.execute("SELECT id FROM crm_duplicate_policy FOR UPDATE")
            with self.assertRaisesRegex(UserError, "in a minute"):
                self.Duplicate.find_duplicates()
            self.Duplicate._cron_find_duplicates()
        self.assertEqual(self._jobs_due(), before + 1)

    def test_comparison_shows_what_is_the_same(self):
        other = self._customer("<b>Other</b>", email="Anna@example.com", phone="+66 2 000 0000")
        self._search()
        shown = self._pair(self.anna, other).comparison
        self.assertIn("&lt;b&gt;Other&lt;/b&gt;", shown)
        self.assertRegex(shown, r"table-success[^/]*Email")
        self.assertNotRegex(shown, r"table-success[^/]*Phone")


@tagged("post_install", "-at_install")
class TestDuplicateRights(DuplicateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.there = cls.env["res.company"].create({"name": "Other Company"})
        here = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        user_group = "crm_relationship.group_relationship_user"
        cls.user = new_test_user(cls.env, "judge", user_group, **here)
        cls.internal = new_test_user(cls.env, "internal", "base.group_user", **here)
        cls.other = cls._customer("Other", email="anna@example.com")
        cls.pair = cls._given(cls.anna, cls.other)

    def test_users_dismiss_and_say_why(self):
        pair = self.pair.with_user(self.user)
        pair.action_dismiss()
        pair.dismissal_reason = "Mother and daughter"
        self.assertEqual(
            (self.pair.state, self.pair.dismissed_by_id, self.pair.dismissal_reason),
            ("dismissed", self.user, "Mother and daughter"),
        )

    def test_users_write_nothing_else(self):
        for values in ({"state": "dismissed"}, {"score": 1}, {"partner_id": self.other.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.pair.with_user(self.user).write(values)

    def test_others_neither_see_nor_judge(self):
        with self.assertRaises(AccessError):
            self.pair.with_user(self.internal).action_dismiss()
        with self.assertRaises(AccessError):
            self.pair.with_user(self.internal).action_merge()
        with self.assertRaises(AccessError):
            self.pair.with_user(self.internal).action_reopen()

    def test_only_managers_search(self):
        with self.assertRaises(AccessError):
            self.Duplicate.with_user(self.user).find_duplicates()
        with self.assertRaises(AccessError):
            self.policy_of_duplicates.with_user(self.user).action_search_now()

    def test_a_pair_is_seen_by_who_may_read_both(self):
        self.other.company_id = self.there
        pairs = self.Duplicate.with_user(self.user)
        self.assertFalse(pairs.search([("id", "=", self.pair.id)]))
        with self.assertRaises(AccessError):
            self.pair.with_user(self.user).action_dismiss()
        self.other.company_id = self.company
        self.assertTrue(pairs.search([("id", "=", self.pair.id)]))

    def test_the_page_of_a_pair_opens_for_users(self):
        self.assertIn("anna@example.com", self.pair.with_user(self.user).comparison)
        action = self.pair.with_user(self.user).action_merge()
        self.assertEqual(action["context"]["active_ids"], (self.anna | self.other).ids)
