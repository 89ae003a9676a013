from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestMemberNumber(RelationshipCommon):
    def setUp(self):
        super().setUp()
        self.customer = self._customer("Member")

    def test_typed_number_is_stored_clean(self):
        self.customer.member_number = " m-๐๐๐๐ 0018\n"
        self.assertEqual(self.customer.member_number_ids.number, "M00000018")
        self.assertEqual(self.customer.member_number, "M00000018")

    def test_faults_are_refused_with_the_reason_on_every_way_in(self):
        faults = {
            "M00000017": "would have to end with 8",
            "M0000018": "must have 9 characters",
            "X00000018": "must begin with M",
            "M0000A018": "only digits",
            "M" + "1" * 300: "must have 9 characters",
        }
        for number, reason in faults.items():
            with self.subTest(number=number):
                with self.assertRaisesRegex(ValidationError, reason):
                    self.customer.member_number = number
                with self.assertRaisesRegex(ValidationError, reason):
                    self._customer("New", member_number=number)
                with self.assertRaisesRegex(ValidationError, reason):
                    self.env["crm.member.number"].create(
                        {"number": number, "partner_id": self.customer.id}
                    )
        with self.assertRaisesRegex(ValidationError, "empty"):
            self.env["crm.member.number"].create(
                {"number": " \u200b", "partner_id": self.customer.id}
            )

    def test_import_refuses_the_bad_row_with_the_reason(self):
        result = self.env["res.partner"].load(
            ["name", "member_number"], [["Good", "M00000018"], ["Bad", "M00000027"]]
        )
        self.assertFalse(result["ids"])
        self.assertIn(
            "would have to end with 6",
            next(message["message"] for message in result["messages"] if message["record"] == 1),
        )
        result = self.env["res.partner"].load(["name", "member_number"], [["Good", "M00000018"]])
        self.assertEqual(self.env["res.partner"].browse(result["ids"]).member_number, "M00000018")

    def test_used_number_names_its_owner(self):
        self.customer.member_number = "M00000018"
        with self.assertRaisesRegex(ValidationError, "in use already, by Member"):
            self._customer("Other").member_number = "M00000018"

    @mute_logger("odoo.sql_db")
    def test_the_database_itself_refuses_a_second_use(self):
        self.customer.member_number = "M00000018"
        other = self._customer("Other")
        self.env.flush_all()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO crm_member_number (number, scheme_id, partner_id, state, issued_on)"
                " VALUES ('M00000018', %s, %s, 'active', now())",
                [self.scheme.id, other.id],
            )

    def test_new_number_replaces_the_former_which_still_leads_here(self):
        self.customer.member_number = "M00000018"
        self.customer.member_number = "M00000026"
        self.assertEqual(self.customer.member_number, "M00000026")
        former = self.customer.member_number_ids.filtered(lambda n: n.number == "M00000018")
        self.assertEqual(former.state, "replaced")
        found = self.env["res.partner"].name_search("M00000018")
        self.assertEqual([partner_id for partner_id, _name in found], self.customer.ids)

    def test_emptied_number_is_closed_not_deleted(self):
        self.customer.member_number = "M00000018"
        self.customer.member_number = False
        self.assertFalse(self.customer.member_number)
        self.assertEqual(self.customer.member_number_ids.state, "closed")

    def test_same_number_again_changes_nothing(self):
        self.customer.member_number = "M00000018"
        self.customer.member_number = "m 00000018"
        self.assertEqual(len(self.customer.member_number_ids), 1)

    def test_issuing_twice_gives_one_number(self):
        self.customer.action_issue_member_number()
        number = self.customer.member_number
        self.customer.action_issue_member_number()
        self.assertEqual(self.customer.member_number_ids.mapped("number"), [number])

    def test_member_since_the_first_number(self):
        self.env["crm.member.number"].create(
            {"number": "M00000018", "partner_id": self.customer.id, "issued_on": "2020-02-29"}
        )
        self.assertEqual(str(self.customer.member_since), "2020-02-29")

    def test_number_of_the_future_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "future"):
            self.env["crm.member.number"].create(
                {"number": "M00000018", "partner_id": self.customer.id, "issued_on": "2999-01-01"}
            )

    def test_numbers_are_kept(self):
        self.customer.member_number = "M00000018"
        with self.assertRaisesRegex(UserError, "never deleted"):
            self.customer.member_number_ids.sudo().unlink()
        with self.assertRaisesRegex(UserError, "archive the contact"):
            self.customer.unlink()

    def test_copy_of_a_customer_has_no_number(self):
        self.customer.member_number = "M00000018"
        self.assertFalse(self.customer.copy().member_number)

    def test_without_a_scheme_it_says_what_to_do(self):
        self.scheme.active = False
        with self.assertRaisesRegex(UserError, "Create a member number scheme"):
            self.customer.action_issue_member_number()
        with self.assertRaisesRegex(UserError, "Create a member number scheme"):
            self.customer.member_number = "M00000018"

    def test_user_issues_but_does_not_alter(self):
        user = new_test_user(
            self.env,
            "desk",
            "crm_relationship.group_relationship_user,base.group_partner_manager",
        )
        self.customer.with_user(user).action_issue_member_number()
        number = self.customer.member_number_ids
        with self.assertRaises(AccessError):
            number.with_user(user).write({"number": "M00000026"})
        with self.assertRaises(AccessError):
            number.with_user(user).write({"state": "closed"})

    def test_internal_user_without_the_right_issues_nothing(self):
        user = new_test_user(self.env, "clerk", "base.group_user,base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.customer.with_user(user).action_issue_member_number()
        self.customer.action_issue_member_number()
        self.assertTrue(self.customer.with_user(user).member_number)
