from odoo.tests import HttpCase, new_test_user, tagged

from .common import RelationshipCommon


class FrontDeskCase(HttpCase, RelationshipCommon):
    """Staff of a contact point, and a customer who calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = new_test_user(
            cls.env, "desk_staff", groups="crm_relationship.group_contact_point"
        )
        cls.customer = cls._customer("Tour Customer", phone="+66 2 123 4567")
        cls.customer.member_number = "M00000018"

    def _assert_logged_and_case_opened(self):
        interaction = self.env["crm.interaction"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(interaction.subject, "Asked for the opening hours")
        self.assertEqual(interaction.user_id, self.staff)
        case = self.env["crm.case"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(case.subject, "The bag tore")


@tagged("post_install", "-at_install")
class TestFrontDesk(FrontDeskCase):
    def test_staff_logs_a_call_and_opens_a_case(self):
        self.start_tour("/odoo/desk", "crm_relationship_front_desk", login="desk_staff")
        self._assert_logged_and_case_opened()

    def test_the_url_of_a_stranger_is_no_crash(self):
        self.start_tour(
            f"/odoo/desk/{self.customer.id + 100_000}",
            "crm_relationship_front_desk_stranger",
            login="desk_staff",
        )


@tagged("post_install", "-at_install")
class TestFrontDeskOnPhone(FrontDeskCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_staff_logs_a_call_and_opens_a_case(self):
        self.start_tour("/odoo/desk", "crm_relationship_front_desk_phone", login="desk_staff")
        self._assert_logged_and_case_opened()
