from odoo.tests import HttpCase, tagged

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestBrowser(HttpCase, RelationshipCommon):
    def test_manager_grades_a_customer_by_hand(self):
        customer = self._customer("Tour Customer")
        self._order(customer, 100.0)
        self._refresh()
        self.env.user.write({"login": "relationship_manager", "password": "relationship_manager"})
        self.start_tour(
            "/odoo/customer-standing",
            "crm_relationship_grade_by_hand",
            login="relationship_manager",
        )
        standing = self._standing_of(customer)
        self.assertEqual(standing.value_grade_id, self.grade_b)
        self.assertEqual(standing.change_ids[0].reason, "Opens a second branch")

    def test_good_rows_of_a_file_come_in_and_the_bad_one_is_shown(self):
        self.env.user.write({"login": "relationship_manager", "password": "relationship_manager"})
        self.start_tour(
            "/odoo/contacts/import",
            "crm_relationship_import_customers",
            login="relationship_manager",
        )
        names = self.env["res.partner"].search([("name", "in", ("Good Row", "Bad Row"))])
        self.assertEqual(names.mapped("member_number"), ["M00000018"])
