from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .journey_common import JourneyCommon

ROLES = {
    "internal": "base.group_user",
    "contact_point": "crm_relationship.group_contact_point",
    "user": "crm_relationship.group_relationship_user",
    "salesman": "sales_team.group_sale_salesman",
    "seller_of_all": "sales_team.group_sale_salesman_all_leads",
    "manager": "crm_relationship.group_relationship_manager",
    "portal": "base.group_portal",
}
READERS = {"user", "salesman", "seller_of_all", "manager"}


@tagged("post_install", "-at_install")
class TestJourneySecurity(JourneyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other Company"})
        cls.env.user.company_ids += cls.other
        cls.users = {
            role: cls._user(f"journey_{role}", groups, cls.company)
            for role, groups in ROLES.items()
        }
        cls.strangers = {
            role: cls._user(f"journey_{role}_there", ROLES[role], cls.other) for role in READERS
        }
        cls.team = cls.env["crm.team"].create({"name": "Here", "company_id": cls.company.id})
        cls._bought("2025-03-01 05:00:00")
        cls.salesman = cls.users["salesman"]
        free, own, foreign = (
            cls._lead("2025-03-01 05:00:00", name=name, user_id=user.id, team_id=cls.team.id)
            for name, user in (
                ("Of nobody", cls.env["res.users"]),
                ("His own", cls.salesman),
                ("Of another", cls.env.user),
            )
        )
        foreign.action_set_lost()
        cls.known = [
            "|",
            ("partner_id", "=", cls.customer.id),
            ("lead_id", "in", (free | own | foreign).ids),
        ]
        cls.Journey.refresh()

    @classmethod
    def _user(cls, login, groups, company):
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_who_reads_and_that_nobody_writes(self):
        for role, user in self.users.items():
            for model in (self.Journey, self.Step):
                with self.subTest(role=role, model=model._name):
                    theirs = model.with_user(user)
                    self.assertEqual(theirs.has_access("read"), role in READERS)
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(theirs.has_access(operation))

    def test_journeys_of_another_company_are_not_seen(self):
        for role, user in self.strangers.items():
            for model in (self.Journey, self.Step):
                with self.subTest(role=role, model=model._name):
                    self.assertTrue(model.search(self.known))
                    self.assertFalse(model.with_user(user).search(self.known))

    def test_prospects_are_seen_by_who_may_see_their_leads(self):
        expected = {
            "salesman": {"Of nobody", "His own", "Somchai Jaidee"},
            "user": {"Of nobody", "Somchai Jaidee"},
            "seller_of_all": {"Of nobody", "His own", "Of another", "Somchai Jaidee"},
            "manager": {"Of nobody", "His own", "Of another", "Somchai Jaidee"},
        }
        known = self.Journey.search(self.known)
        for role, names in expected.items():
            with self.subTest(role=role):
                domain = [("id", "in", known.ids)]
                journeys = self.Journey.with_user(self.users[role]).search(domain)
                self.assertEqual(set(journeys.mapped("display_name")), names)
                steps = self.Step.with_user(self.users[role]).search(
                    [("journey_id", "in", known.ids)]
                )
                self.assertEqual(set(steps.journey_id.mapped("display_name")), names)

    def test_line_is_for_users_of_customer_relationships(self):
        for role, user in self.users.items():
            customer = self.customer.with_user(user)
            with self.subTest(role=role):
                if role in READERS:
                    self.assertEqual(len(customer.customer_journey()["milestones"]), 3)
                else:
                    self.assertRaises(AccessError, customer.customer_journey)
        there = self.customer.with_user(self.strangers["user"])
        self.assertFalse(there.customer_journey()["milestones"])

    def test_only_managers_bring_journeys_up_to_date(self):
        with self.assertRaisesRegex(AccessError, "manager"):
            self.Journey.with_user(self.users["user"]).refresh()
        self.assertEqual(
            self.Journey.with_user(self.users["manager"]).refresh(), {"written": 0, "removed": 0}
        )

    def test_companies_have_journeys_of_their_own(self):
        both = (self.company | self.other).ids
        there = self.env(context={**self.env.context, "allowed_company_ids": both[::-1]})
        self._quote("2025-09-09 05:00:00", self.customer.with_env(there), company_id=self.other.id)
        self.Journey.with_context(allowed_company_ids=both).refresh()
        here, elsewhere = (
            self.Journey.search(
                [("partner_id", "=", self.customer.id), ("company_id", "=", company.id)]
            )
            for company in (self.company, self.other)
        )
        self._check(here, state="customer", order_date="03-01")
        self._check(elsewhere, state="open", order_date=False, quotation_date="09-09")
