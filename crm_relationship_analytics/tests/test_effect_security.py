from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .effect_common import EffectCommon

GROUPS = {
    "internal": "base.group_user",
    "contact_point": "crm_relationship.group_contact_point",
    "user": "crm_relationship.group_relationship_user",
    "manager": "crm_relationship.group_relationship_manager",
}
READERS = {"user", "manager"}
WRITERS = {"manager"}


@tagged("post_install", "-at_install")
class TestEffectSecurity(EffectCommon):
    """Each role of two companies: what it may do with effects."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.setup_other_company()["company"]
        cls.plan = cls._plan()
        cls._touch(cls.plan, cls._customer("Contacted"))
        cls.effect = cls._effect(cls.plan)
        cls.users = {
            (role, company): new_test_user(
                cls.env,
                f"{role} {company.id}",
                group,
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            for role, group in GROUPS.items()
            for company in (cls.company, cls.other_company)
        }

    def test_each_role_reads_its_own_company_at_most(self):
        domain = [("res_model", "=", "crm.touch.plan"), ("res_id", "=", self.plan.id)]
        for (role, company), user in self.users.items():
            for model, condition in (
                ("crm.effect", domain),
                ("crm.effect.customer", [("effect_id", "=", self.effect.id)]),
            ):
                rows = self.env[model].with_user(user)
                with self.subTest(role=role, company=company.id, model=model):
                    self.assertEqual(rows.has_access("read"), role in READERS)
                    for operation in ("create", "unlink"):
                        self.assertFalse(rows.has_access(operation))
                    if role in READERS:
                        found = rows.search_count(condition)
                        self.assertEqual(found, int(company == self.company))

    def test_only_managers_type_a_cost_and_nobody_a_figure(self):
        for (role, company), user in self.users.items():
            effect = self.effect.with_user(user)
            with self.subTest(role=role, company=company.id):
                if role in WRITERS and company == self.company:
                    effect.write({"budget": 5.0, "window_days": 10})
                else:
                    with self.assertRaises(AccessError):
                        effect.window_days = 10
                with self.assertRaises(AccessError):
                    effect.contacted = 5

    def test_only_managers_work_effects_out(self):
        for (role, _company), user in self.users.items():
            refresh = self.Effect.with_user(user).refresh
            with self.subTest(role=role):
                if role in WRITERS:
                    refresh()
                else:
                    with self.assertRaises(AccessError):
                        refresh()

    def test_users_see_counts_and_no_amounts(self):
        user = self.users["user", self.company]
        self.assertEqual(self.effect.with_user(user).contacted, 1)
        for model in ("crm.effect", "crm.effect.customer"):
            names = self.env[model].with_user(user).fields_get()
            self.assertIn("order_count", names)
            self.assertNotIn("revenue", names)
            self.assertNotIn("own_revenue", names)
        self.assertEqual(self.plan.with_user(user).action_open_effect()["res_id"], self.effect.id)

    def test_figures_are_those_of_all_documents_whoever_works_them_out(self):
        manager = self.users["manager", self.company]
        self.assertEqual(self.Effect.with_user(manager).refresh(), 0)
