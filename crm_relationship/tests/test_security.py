from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import RelationshipCommon

READERS = {
    "crm.member.scheme": {"internal", "contact_point", "user", "manager", "biller"},
    "crm.member.number": {"internal", "contact_point", "user", "manager", "biller"},
    "crm.value.grade": {"contact_point", "user", "manager"},
    "crm.value.policy": {"user", "manager"},
    "crm.value.grade.change": {"user", "manager"},
    "crm.customer.standing": {"user", "manager"},
    "crm.customer.fact": {"manager", "biller"},
    "crm.timeline": {"contact_point", "user", "manager"},
    "crm.customer.satisfaction": {"contact_point", "user", "manager"},
    "crm.partner.merge": {"user", "manager"},
    "crm.partner.merge.line": {"user", "manager"},
    "crm.contact.channel": {"internal", "contact_point", "user", "manager", "biller"},
    "crm.contact.purpose": {"internal", "contact_point", "user", "manager", "biller"},
    "crm.contact.rule": {"contact_point", "user", "manager"},
    "crm.contact.consent": {"contact_point", "user", "manager"},
    "crm.contact.refusal": {"contact_point", "user", "manager"},
    "crm.income.band": {"manager"},
    "crm.interest": {"contact_point", "user", "manager"},
    "crm.customer.interest": {"contact_point", "user", "manager"},
    "crm.household": {"contact_point", "user", "manager"},
    "crm.household.member": {"contact_point", "user", "manager"},
    "crm.duplicate": {"user", "manager"},
    "crm.duplicate.policy": {"user", "manager"},
    "crm.duplicate.rule": {"user", "manager"},
    "crm.interaction": {"contact_point", "user", "manager"},
    "crm.interaction.outcome": {"contact_point", "user", "manager"},
    "crm.case": {"contact_point", "user", "manager"},
    "crm.case.stage": {"contact_point", "user", "manager"},
    "crm.case.cause": {"contact_point", "user", "manager"},
    "crm.touch": {"user", "manager"},
    "crm.touch.plan": {"user", "manager"},
    "crm.touch.step": {"user", "manager"},
    "crm.occasion": {"user", "manager"},
}
CREATORS = {
    "crm.member.scheme": {"manager"},
    "crm.member.number": {"user", "manager"},
    "crm.value.grade": {"manager"},
    "crm.contact.channel": {"manager"},
    "crm.contact.purpose": {"manager"},
    "crm.contact.rule": {"manager"},
    "crm.contact.consent": {"contact_point", "user", "manager"},
    "crm.income.band": {"manager"},
    "crm.interest": {"user", "manager"},
    "crm.customer.interest": {"user", "manager"},
    "crm.household": {"user", "manager"},
    "crm.household.member": {"user", "manager"},
    "crm.duplicate.rule": {"manager"},
    "crm.interaction": {"contact_point", "user", "manager"},
    "crm.interaction.outcome": {"manager"},
    "crm.case": {"contact_point", "user", "manager"},
    "crm.case.stage": {"manager"},
    "crm.case.cause": {"manager"},
    "crm.touch.plan": {"manager"},
    "crm.touch.step": {"manager"},
    "crm.occasion": {"manager"},
}
WRITERS = {
    "crm.member.scheme": {"manager"},
    "crm.value.grade": {"manager"},
    "crm.value.policy": {"manager"},
    "crm.contact.channel": {"manager"},
    "crm.contact.purpose": {"manager"},
    "crm.contact.rule": {"manager"},
    "crm.income.band": {"manager"},
    "crm.interest": {"manager"},
    "crm.customer.interest": {"user", "manager"},
    "crm.household": {"user", "manager"},
    "crm.household.member": {"user", "manager"},
    "crm.duplicate": {"user", "manager"},
    "crm.duplicate.policy": {"manager"},
    "crm.duplicate.rule": {"manager"},
    "crm.interaction": {"contact_point", "user", "manager"},
    "crm.interaction.outcome": {"manager"},
    "crm.case": {"contact_point", "user", "manager"},
    "crm.case.stage": {"manager"},
    "crm.case.cause": {"manager"},
    "crm.touch.plan": {"manager"},
    "crm.touch.step": {"manager"},
    "crm.occasion": {"manager"},
}
# Who removes rows, where not all do who create and write them.
UNLINKERS = {
    "crm.interaction": {"manager"},
    "crm.case": {"manager"},
}


@tagged("post_install", "-at_install")
class TestSecurity(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other Company"})
        groups = {
            "internal": "base.group_user",
            "contact_point": "crm_relationship.group_contact_point",
            "user": "crm_relationship.group_relationship_user,base.group_allow_export",
            "manager": "crm_relationship.group_relationship_manager",
            "biller": "account.group_account_invoice",
            "portal": "base.group_portal",
        }
        cls.users = {
            role: new_test_user(
                cls.env,
                f"{role}_here",
                group,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role, group in groups.items()
        }
        cls.stranger = new_test_user(
            cls.env,
            "manager_there",
            "crm_relationship.group_relationship_manager",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )
        cls.customer = cls._customer("Customer", member_number="M00000018")
        cls._order(cls.customer, 100.0)
        cls._refresh()
        cls.standing = cls._standing_of(cls.customer)

    def _roles_with(self, model_name, operation):
        return {
            role
            for role, user in self.users.items()
            if self.env[model_name].with_user(user).has_access(operation)
        }

    def test_each_role_does_what_it_may_and_no_more(self):
        for model_name in READERS:
            expected = {
                "read": READERS[model_name],
                "create": CREATORS.get(model_name, set()),
                "write": WRITERS.get(model_name, set()),
                "unlink": UNLINKERS.get(
                    model_name, CREATORS.get(model_name, set()) & WRITERS.get(model_name, set())
                ),
            }
            for operation, roles in expected.items():
                with self.subTest(model=model_name, operation=operation):
                    self.assertEqual(self._roles_with(model_name, operation), roles)

    def test_every_model_of_the_addon_is_in_this_matrix(self):
        models = self.env["ir.model"].search([("transient", "=", False)])
        own = {
            model.model
            for model in models
            if self.env[model.model]._original_module == "crm_relationship"
            and not self.env[model.model]._abstract
        }
        self.assertEqual(own, set(READERS))

    def test_amounts_are_hidden_from_users(self):
        standing = self.standing.with_user(self.users["user"])
        self.assertEqual(standing.value_grade_id, self.grade_a)
        with self.assertRaises(AccessError):
            standing.read(["revenue"])
        with self.assertRaises(AccessError):
            standing.search([("revenue", ">", 0)])
        with self.assertRaises(AccessError):
            standing._read_group([], [], ["revenue:sum"])
        with self.assertRaises(AccessError):
            standing.export_data(["revenue"])
        self.assertEqual(standing.with_user(self.users["manager"]).revenue, 100.0)

    def test_list_of_standings_opens_for_users_without_amounts(self):
        Standing = self.env["crm.customer.standing"].with_user(self.users["user"])
        found = Standing.search([("partner_id", "=", self.customer.id)])
        self.assertEqual(found, self.standing)

    def test_another_company_sees_and_changes_nothing(self):
        self.env.flush_all()
        for model_name, domain in {
            "crm.customer.standing": [("partner_id", "=", self.customer.id)],
            "crm.value.grade.change": [("partner_id", "=", self.customer.id)],
            "crm.customer.fact": [("partner_id", "=", self.customer.id)],
            "crm.value.policy": [("company_id", "=", self.company.id)],
        }.items():
            with self.subTest(model=model_name):
                self.assertTrue(self.env[model_name].search(domain))
                there = self.env[model_name].with_user(self.stranger)
                self.assertFalse(there.search(domain))
                self.assertFalse(there._read_group(domain, ["company_id"]))
        with self.assertRaises(AccessError):
            self.policy.with_user(self.stranger).window_months = 3
        with self.assertRaises(AccessError):
            self.standing.with_user(self.stranger).read(["value_grade_id"])
        self.assertFalse(self.customer.with_user(self.stranger).value_grade_id)

    def test_scheme_of_another_company_is_hidden(self):
        self.scheme.company_ids = self.other
        user = self.users["manager"]
        self.assertFalse(self.env["crm.member.scheme"].with_user(user).search([]))
        self.assertFalse(self.env["crm.member.number"].with_user(user).search([]))
        self.scheme.company_ids = False
        self.assertTrue(self.env["crm.member.number"].with_user(user).search([]))

    def test_salesman_is_a_user_of_the_addon(self):
        salesman = new_test_user(self.env, "salesman", "sales_team.group_sale_salesman")
        self.assertTrue(salesman.has_group("crm_relationship.group_relationship_user"))
        self.assertEqual(self.customer.with_user(salesman).value_grade_id, self.grade_a)
