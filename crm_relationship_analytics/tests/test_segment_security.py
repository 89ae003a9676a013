from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_segment import MAY_1, SegmentCommon

GROUPS = {
    "internal": "base.group_user",
    "contact_point": "crm_relationship.group_contact_point",
    "user": "crm_relationship.group_relationship_user",
    "salesman": "sales_team.group_sale_salesman",
    "manager": "crm_relationship.group_relationship_manager",
    "biller": "account.group_account_invoice",
    "portal": "base.group_portal",
}
USERS = {"user", "salesman", "manager"}
# model: who reads, writes, creates, deletes
RIGHTS = {
    "crm.segment": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.segment.membership": (USERS, set(), set(), set()),
    "crm.segment.movement": (USERS, set(), set(), set()),
    "crm.segment.overlap": (USERS, set(), set(), set()),
}
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestSegmentSecurity(SegmentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other Company"})
        cls.users = {
            role: cls._user(f"{role}_here", group, cls.company) for role, group in GROUPS.items()
        }
        cls.stranger = cls._user("manager_there", GROUPS["manager"], cls.other)
        cls.segment._evaluate(MAY_1)

    @classmethod
    def _user(cls, login, group, company):
        return new_test_user(
            cls.env,
            login,
            group,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_each_role_does_what_it_may_and_no_more(self):
        for model_name, roles_of in RIGHTS.items():
            for operation, roles in zip(OPERATIONS, roles_of, strict=True):
                with self.subTest(model=model_name, operation=operation):
                    may = {
                        role
                        for role, user in self.users.items()
                        if self.env[model_name].with_user(user).has_access(operation)
                    }
                    self.assertEqual(may, roles)

    def test_another_company_sees_and_changes_nothing(self):
        self.env.flush_all()
        for model_name in RIGHTS:
            with self.subTest(model=model_name):
                there = self.env[model_name].with_user(self.stranger)
                self.assertFalse(there.search([("company_id", "=", self.company.id)]))
                self.assertFalse(there._read_group([], ["company_id"]))
        with self.assertRaises(AccessError):
            self.segment.with_user(self.stranger).action_refresh()
        with self.assertRaises(AccessError):
            self.segment.with_user(self.stranger).name = "Mine"
        nok = self.nok.with_user(self.stranger)
        self.assertFalse(nok.segment_ids)
        self.assertFalse(nok.segment_membership_ids)
        found = self.env["res.partner"].with_user(self.stranger)
        self.assertFalse(found.search([("segment_ids", "in", self.segment.ids)]))

    def test_only_managers_let_customers_in_and_out(self):
        with self.assertRaises(AccessError):
            self.segment.with_user(self.users["user"]).action_refresh()
        self.dao.city = "Silkville"
        self.segment.with_user(self.users["manager"]).action_refresh()
        self.assertIn(self.segment, self.dao.segment_ids)

    def test_users_see_segments_and_the_desk_does_not(self):
        user, desk = self.users["user"], self.users["contact_point"]
        self.assertEqual(self.nok.with_user(user).segment_ids, self.segment)
        self.assertEqual(self.segment.with_user(user).member_count, 2)
        for name in ("segment_ids", "rfm_segment", "segment_membership_ids"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.nok.with_user(desk).read([name])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(desk).search([("segment_ids", "!=", False)])
        self.assertEqual(self.nok.with_user(desk).name, "Nok")
