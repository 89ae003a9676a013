from datetime import date

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .target_common import TargetCommon

GROUPS = {
    "internal": "base.group_user",
    "contact_point": "crm_relationship.group_contact_point",
    "user": "crm_relationship.group_relationship_user",
    "salesman": "sales_team.group_sale_salesman",
    "manager": "crm_relationship.group_relationship_manager",
    "sale_manager": "sales_team.group_sale_manager",
    "biller": "account.group_account_invoice",
    "portal": "base.group_portal",
}
USERS = {"user", "salesman", "manager", "sale_manager"}
MANAGERS = {"manager", "sale_manager"}
# model: who reads, writes, creates, deletes
RIGHTS = {
    "crm.target": (USERS, MANAGERS, MANAGERS, MANAGERS),
    "crm.target.actual": (USERS, set(), set(), set()),
    "crm.target.history": (USERS, set(), set(), set()),
}
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestTargetEntry(TargetCommon):
    """What a manager types, imports and copies, what is refused, and who sees what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"{role}_of_targets",
                group,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role, group in GROUPS.items()
        }

    def test_impossible_targets_are_refused(self):
        self._target(self.nok)
        impossible = {
            "negative": {"target_value": -1.0, "date_from": "2025-11-01"},
            "beyond measure": {"target_value": 1e13, "date_from": "2025-11-01"},
            "of a person and a team": {"team_id": self.north.id, "date_from": "2025-11-01"},
            "the same again": {},
            "month in the middle": {"date_from": "2025-11-02"},
            "quarter in between": {"period_kind": "quarter", "date_from": "2025-11-01"},
            "year in between": {"period_kind": "year", "date_from": "2025-04-01"},
            "Buddhist era": {"date_from": "2568-01-01"},
        }
        for name, values in impossible.items():
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                self._target(self.nok, **values).flush_recordset()
        for value in ("actual_value", "closed_on"):
            with self.assertRaises(UserError):
                self._target(self.sam, **{value: 5})

    def test_same_period_of_another_kind_metric_or_owner_is_another_target(self):
        first = "2025-01-01"
        targets = self._target(self.nok, first=first) + self._target(self.north, first=first)
        targets += self._target(self.nok, first=first, period_kind="year")
        targets += self._target(self.nok, "interactions", first=first) + self._target(first=first)
        targets.flush_recordset()
        self.assertEqual(len(targets), 5)

    def test_a_day_typed_becomes_the_first_of_its_period(self):
        with Form(self.Target) as form:
            form.date_from = "2026-05-20"
            self.assertEqual(form.date_from, date(2026, 5, 1))
            form.period_kind = "quarter"
            form.target_value = 5
        target = form.record
        self.assertEqual((target.date_from, target.date_to), (date(2026, 4, 1), date(2026, 6, 30)))
        self.assertEqual(target.period_name, "Q2 2026")

    def test_copy_to_the_next_period_once(self):
        targets = self._target(self.nok, value=40.0)
        targets += self._target(self.north, first="2025-10-01", period_kind="quarter", value=70.0)
        action = targets.action_copy_to_next_period()
        again = targets.action_copy_to_next_period()
        self.assertEqual(action["domain"], again["domain"])
        following = self.Target.search(action["domain"])
        self.assertEqual(
            {(one.user_id, one.team_id, one.date_from, one.target_value) for one in following},
            {
                (self.nok, self.env["crm.team"], date(2026, 1, 1), 40.0),
                (self.env["res.users"], self.north, date(2026, 1, 1), 70.0),
            },
        )
        self.assertEqual(following.mapped("actual_value"), [0.0, 0.0])

    def test_targets_are_imported(self):
        names = ["metric", "user_id", "period_kind", "date_from", "target_value"]
        result = self.Target.load(
            names,
            [
                ["Revenue", "Nok", "Month", "2026-02-01", "1500.50"],
                ["Interactions", "Sam", "Year", "2026-01-01", "300"],
            ],
        )
        self.assertFalse(result["messages"])
        targets = self.Target.browse(result["ids"])
        self.assertEqual(targets.mapped("target_value"), [1500.5, 300.0])
        self.assertEqual(targets.user_id, self.nok + self.sam)

    def test_button_measures_where_nothing_is_selected(self):
        target = self._target(self.nok)
        self._sale(10.0, self.nok)
        self.Target.action_measure()
        self.assertEqual(target.actual_value, 10.0)
        [row] = self.env["crm.target.actual"].search([("target_id", "=", target.id)])
        self.assertEqual(row.action_open_document()["res_model"], "account.move")
        self.assertEqual(target.action_view_actuals()["domain"], [("target_id", "=", target.id)])
        self.assertEqual(fields.Date.to_string(row.date), "2025-12-10")

    def test_each_role_does_what_it_may_and_no_more(self):
        for model, rights in RIGHTS.items():
            for operation, roles in zip(OPERATIONS, rights, strict=True):
                with self.subTest(model=model, operation=operation):
                    able = {
                        role
                        for role, user in self.users.items()
                        if self.env[model].with_user(user).has_access(operation)
                    }
                    self.assertEqual(able, roles)

    def test_salesperson_sees_his_own_and_his_team_s_and_no_colleague_s(self):
        own, colleague = self._target(self.nok), self._target(self.sam)
        team, other_team, whole = self._target(self.north), self._target(self.south), self._target()
        self._sale(5.0, self.nok)
        self._sale(7.0, self.sam)
        self._measure()
        targets = own + colleague + team + other_team + whole
        seen = self.Target.with_user(self.nok).search([("id", "in", targets.ids)])
        self.assertEqual(seen, own + team)
        history = self.env["crm.target.history"].with_user(self.nok)
        self.assertEqual(history.search([]).target_id, own + team)
        actual = self.env["crm.target.actual"].with_user(self.nok)
        self.assertEqual(actual.search([]).mapped("value"), [5.0])
        with self.assertRaises(AccessError):
            colleague.with_user(self.nok).read(["actual_value"])
        with self.assertRaises(AccessError):
            own.with_user(self.nok).target_value = 1.0
        with self.assertRaises(AccessError):
            self.Target.with_user(self.nok).measure()
        for manager in MANAGERS:
            seen = self.Target.with_user(self.users[manager]).search([("id", "in", targets.ids)])
            self.assertEqual(seen, targets)

    def test_my_targets_are_mine_for_a_manager_too(self):
        manager = self.users["sale_manager"]
        self.north.user_id = manager
        own, team = self._target(manager), self._target(self.north)
        self._target(self.nok)
        action = self.env.ref("crm_relationship_analytics.crm_target_my_action")
        domain = safe_eval(action.domain, {"uid": manager.id})
        mine = self.Target.with_user(manager).search(domain)
        self.assertEqual(mine, own + team)

    def test_another_company_sees_and_changes_nothing(self):
        target = self._target(self.nok)
        self._sale(5.0, self.nok)
        self._measure()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger_of_targets",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in RIGHTS:
            self.assertFalse(self.env[model].with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            target.with_user(stranger).target_value = 1.0
