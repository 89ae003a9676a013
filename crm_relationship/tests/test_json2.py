import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestJson2(HttpCase, RelationshipCommon):
    """What a client reads and does over JSON-2."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Customer", member_number="M00000018")
        cls._order(cls.customer, 100.0)
        cls._refresh()

    def _call(self, groups, model, method, **arguments):
        user = new_test_user(self.env, f"client_{self.env['res.users'].search_count([])}", groups)
        until = fields.Datetime.now() + timedelta(days=1)
        key = self.env(user=user)["res.users.apikeys"]._generate("rpc", "client", until)
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )
        return response.status_code, response.json()

    def test_number_and_grade_of_a_customer(self):
        user = "crm_relationship.group_relationship_user"
        names = ["member_number", "member_since", "value_grade_id"]
        status, rows = self._call(user, "res.partner", "read", ids=self.customer.ids, fields=names)
        self.assertEqual(status, 200)
        self.assertEqual(rows[0]["member_number"], "M00000018")
        self.assertEqual(rows[0]["value_grade_id"][0], self.grade_a.id)
        status, grade_ids = self._call(
            user, "res.partner", "value_grade_at", ids=self.customer.ids, day="2025-12-31"
        )
        self.assertEqual((status, grade_ids), (200, self.grade_a.ids))

    def test_customer_is_found_by_his_number(self):
        user = "crm_relationship.group_relationship_user"
        status, found = self._call(user, "res.partner", "find_customer", term="m 0000-0018")
        self.assertEqual((status, len(found)), (200, 1))
        self.assertEqual(set(found[0]), {"id", "name", "member_number", "match", "warning"})
        self.assertEqual((found[0]["id"], found[0]["match"]), (self.customer.id, "number"))
        status, found = self._call(user, "res.partner", "find_customer", term="xyz", limit=3)
        self.assertEqual((status, found), (200, []))
        status, answer = self._call(user, "res.partner", "find_customer", term=7)
        self.assertEqual(status, 422)
        self.assertIn("Type what to look for", answer["message"])

    def test_desk_and_contact_say_the_same(self):
        point = "crm_relationship.group_contact_point"
        ids = self.customer.ids
        status, card = self._call(point, "res.partner", "customer_card", ids=ids)
        self.assertEqual(status, 200)
        names = ["member_number", "value_grade_id", "display_name"]
        status, [contact] = self._call(point, "res.partner", "read", ids=ids, fields=names)
        self.assertEqual(
            (card["member_number"], card["grade"]["id"], card["name"]),
            (contact["member_number"], contact["value_grade_id"][0], contact["display_name"]),
        )
        status, page = self._call(point, "res.partner", "customer_timeline", ids=ids)
        self.assertEqual((status, page), (200, card["timeline"]))
        status, _answer = self._call("base.group_user", "res.partner", "customer_card", ids=ids)
        self.assertEqual(status, 403)
        status, answer = self._call(
            point, "res.partner", "customer_timeline", ids=ids, kinds="order"
        )
        self.assertEqual(status, 422)
        self.assertIn("list of texts", answer["message"])

    def test_bad_day_is_answered_with_what_to_do(self):
        status, answer = self._call(
            "crm_relationship.group_relationship_user",
            "res.partner",
            "value_grade_at",
            ids=self.customer.ids,
            day="31/02/2025",
        )
        self.assertEqual(status, 422)
        self.assertIn("2026-01-31", answer["message"])

    def test_only_a_manager_refreshes(self):
        status, _answer = self._call(
            "crm_relationship.group_relationship_user", "crm.customer.standing", "refresh"
        )
        self.assertEqual(status, 403)
        status, answer = self._call(
            "crm_relationship.group_relationship_manager", "crm.customer.standing", "refresh"
        )
        self.assertEqual((status, answer["inserted"]), (200, 0))

    def test_nobody_writes_a_standing(self):
        standing = self._standing_of(self.customer)
        for groups in (
            "crm_relationship.group_relationship_user,sales_team.group_sale_manager",
            "crm_relationship.group_relationship_manager",
        ):
            status, _answer = self._call(
                groups,
                "crm.customer.standing",
                "write",
                ids=standing.ids,
                vals={"value_grade_id": self.grade_c.id},
            )
            self.assertEqual(status, 403)
