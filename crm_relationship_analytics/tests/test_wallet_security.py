from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_wallet import WalletCommon

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
    "crm.wallet.estimate": (USERS, set(), USERS, set()),
    "crm.wallet.share": (USERS, set(), set(), set()),
    "crm.playbook": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.playbook.run": (USERS, set(), set(), set()),
    "crm.playbook.start": (USERS, USERS, USERS, set()),
    "crm.playbook.decision": (USERS, USERS, USERS, set()),
    "crm.customer.cohort": (USERS, set(), set(), set()),
    "crm.cohort.retention": (USERS, set(), set(), set()),
    "crm.grade.migration": (USERS, USERS, USERS, set()),
    "crm.grade.migration.line": (USERS, set(), set(), set()),
}
OPERATIONS = ("read", "write", "create", "unlink")
OF_COMPANY = (
    "crm.wallet.estimate",
    "crm.wallet.share",
    "crm.playbook",
    "crm.playbook.run",
    "crm.customer.cohort",
    "crm.cohort.retention",
)


@tagged("post_install", "-at_install")
class TestWalletSecurity(WalletCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        here = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.users = {
            role: new_test_user(cls.env, f"wallet_{role}", group, **here)
            for role, group in GROUPS.items()
        }

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

    def test_another_company_sees_nothing(self):
        there = self.env["res.company"].create({"name": "There"})
        stranger = new_test_user(
            self.env,
            "wallet_manager_there",
            "crm_relationship.group_relationship_manager",
            company_id=there.id,
            company_ids=[Command.set(there.ids)],
        )
        self._estimate(1000.0)
        # sudo: no user writes standings
        self.Standing._of_customer(self.firm, self.company).sudo().value_grade_id = self.grade_c
        playbook = self.env["crm.playbook"].create({"name": "Raise"})
        playbook._start(self.firm)
        for model_name in OF_COMPANY:
            with self.subTest(model=model_name):
                domain = [("company_id", "=", self.company.id)]
                here = self.env[model_name].search(domain)
                self.assertTrue(here)
                self.env.invalidate_all()
                elsewhere = self.env[model_name].with_user(stranger)
                self.assertFalse(elsewhere.search(domain))
                self.assertFalse(elsewhere._read_group(domain, ["company_id"], ["__count"]))
                if self.env[model_name]._auto:
                    with self.assertRaises(AccessError):
                        here.with_user(stranger).read(["company_id"])

    def test_forms_and_matrices_of_others_are_closed(self):
        values = {"date_from": "2025-01-31", "date_to": "2025-12-31"}
        own = self.env["crm.grade.migration"].with_user(self.users["user"]).create(values)
        with self.assertRaises(AccessError):
            own.with_user(self.users["manager"]).action_show()

    def test_revenue_of_cohorts_is_for_who_may_see_amounts(self):
        cohorts = self.env["crm.customer.cohort"].with_user(self.users["user"])
        rows = cohorts.search([("partner_id", "=", self.firm.id)])
        self.assertEqual(rows.active_count, 1)
        with self.assertRaises(AccessError):
            rows.mapped("revenue")
        rows.with_user(self.users["manager"]).mapped("revenue")
