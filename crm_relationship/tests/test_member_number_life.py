from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestMemberNumberLife(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Member", member_number="M00000018")
        cls.number = cls.customer.member_number_ids
        cls.user = new_test_user(
            cls.env,
            "desk",
            "crm_relationship.group_relationship_user,base.group_partner_manager",
        )

    def _end(self, action, reason="Worn out", user=None, **values):
        context = action["context"]
        Wizard = self.env["crm.member.number.replacement"].with_user(user or self.env.user)
        return Wizard.with_context(**context).create({"reason": reason, **values}).action_apply()

    def _finds(self, number):
        return self.env["res.partner"].find_customer(number)[0]

    def test_replaced_number_leads_to_the_customer_and_says_so(self):
        self._end(self.customer.action_replace_member_number(), new_number=" m-0000 0026 ")
        self.assertEqual(self.customer.member_number, "M00000026")
        self.assertEqual((self.number.state, self.number.end_reason), ("replaced", "Worn out"))
        found = self._finds("M00000018")
        self.assertEqual((found["id"], found["match"]), (self.customer.id, "number"))
        self.assertIn("M00000018 was replaced", found["warning"])
        self.assertFalse(self._finds("M00000026")["warning"])

    def test_replacing_without_a_typed_number_issues_the_next(self):
        self._end(self.number.action_replace(), user=self.user)
        self.assertEqual(self.number.state, "replaced")
        self.assertNotIn(self.customer.member_number, (False, "M00000018"))

    def test_lost_number_warns_and_a_new_one_is_a_choice(self):
        self._end(
            self.customer.action_report_member_number_lost(),
            reason="Stolen in the bus",
            user=self.user,
            issue_new=False,
        )
        self.assertEqual(self.number.state, "lost")
        self.assertFalse(self.customer.member_number)
        self.assertIn("reported lost", self._finds("M00000018")["warning"])

    def test_lost_card_that_is_found_again_is_in_use_unless_it_has_a_successor(self):
        self._end(self.number.action_report_lost(), issue_new=False)
        self.number.with_user(self.user).action_found_again()
        self.assertEqual(self.customer.member_number, "M00000018")
        self.assertFalse(self.number.end_reason)
        with self.assertRaisesRegex(UserError, "not reported lost"):
            self.number.action_found_again()
        self._end(self.number.action_report_lost())
        with self.assertRaisesRegex(UserError, "has a new number"):
            self.number.action_found_again()

    def test_wrong_new_number_leaves_the_old_one_in_use(self):
        for new, reason in {"M00000027": "end with 6", "X1": "begin with M"}.items():
            with self.assertRaisesRegex(ValidationError, reason), self.cr.savepoint():
                self._end(self.number.action_replace(), new_number=new)
            self.env.invalidate_all()
            self.assertEqual(self.number.state, "active")

    def test_reason_is_needed(self):
        with self.assertRaisesRegex(ValidationError, "Say why"), self.cr.savepoint():
            self._end(self.number.action_replace(), reason="  ")

    def test_two_clicks_end_one_number_once(self):
        action = self.number.action_replace()
        self._end(action)
        with self.assertRaisesRegex(UserError, "not in use any more"):
            self._end(action)
        self.assertEqual(len(self.customer.member_number_ids), 2)

    def test_clerk_without_the_right_ends_nothing(self):
        clerk = new_test_user(self.env, "clerk", "base.group_user")
        for action in ("action_replace", "action_report_lost", "action_found_again"):
            with self.assertRaises(AccessError):
                getattr(self.number.with_user(clerk), action)()

    def test_customer_without_a_number_has_none_to_replace(self):
        with self.assertRaisesRegex(UserError, "issue one first"):
            self._customer("New").action_replace_member_number()

    def test_form_of_the_replacement(self):
        action = self.customer.action_report_member_number_lost()
        with Form(
            self.env["crm.member.number.replacement"].with_context(**action["context"])
        ) as form:
            form.reason = "Lost on holiday"
            self.assertTrue(form.issue_new)
        form.save().action_apply()
        self.assertEqual(self.number.state, "lost")


@tagged("post_install", "-at_install")
class TestMemberBarcode(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second, cls.third = cls.env["res.company"].create(
            [{"name": "Second Shop"}, {"name": "Third Shop"}]
        )
        cls.env.user.company_ids += cls.second + cls.third
        cls.scheme.write(
            {
                "mirror_barcode": True,
                "company_ids": [Command.set((cls.company + cls.second).ids)],
            }
        )
        cls.customer = cls._customer("Member", member_number="M00000018")

    def _barcodes(self, partner=None):
        partner = partner or self.customer
        companies = (self.company, self.second, self.third)
        return tuple(partner.with_company(company).barcode for company in companies)

    def _run(self, job):
        with self.enter_registry_test_mode():
            self.env.ref(f"crm_relationship.{job}").method_direct_trigger()
        self.env.invalidate_all()

    def test_number_is_the_barcode_in_each_company_of_the_scheme(self):
        self.assertEqual(self._barcodes(), ("M00000018", "M00000018", False))
        found = self.env["res.partner"].search([("barcode", "=", "M00000018")])
        self.assertEqual(found, self.customer)

    def test_lost_number_no_longer_scans_and_the_new_one_does(self):
        self.customer.member_number_ids._retire("lost", "Stolen")
        self.assertEqual(self._barcodes(), (False, False, False))
        self.customer.member_number = "M00000026"
        self.assertEqual(self._barcodes(), ("M00000026", "M00000026", False))

    def test_issued_numbers_are_barcodes_too(self):
        other = self._customer("Other")
        self.scheme._issue_to(other)
        self.assertEqual(self._barcodes(other), (other.member_number, other.member_number, False))

    def test_barcode_typed_by_hand_stays(self):
        other = self._customer("Other", barcode="0420001")
        other.member_number = "M00000026"
        self.assertEqual(self._barcodes(other), ("0420001", "M00000026", False))

    def test_number_that_is_another_s_barcode_is_refused(self):
        self._customer("Owner").barcode = "M00000026"
        with self.assertRaisesRegex(ValidationError, "is the barcode of Owner"):
            self._customer("Other").member_number = "M00000026"

    def test_issuer_leaves_out_what_is_another_s_barcode(self):
        scheme = self.env["crm.member.scheme"].create(
            {"name": "Own", "prefix": "Z", "length": 4, "check_method": "none", "mirror_barcode": 1}
        )
        self._customer("Owner").barcode = "Z001"
        other = self._customer("Other")
        scheme._issue_to(other)
        self.assertEqual(other.member_number_ids.number, "Z002")

    def test_companies_that_join_or_leave_the_scheme_follow(self):
        self.scheme.company_ids = self.company + self.third
        self._run("ir_cron_mirror_member_numbers")
        self.assertEqual(self._barcodes(), ("M00000018", False, "M00000018"))

    def test_a_scheme_of_all_companies_serves_new_ones(self):
        self.scheme.company_ids = False
        fourth = self.env["res.company"].create({"name": "Fourth Shop"})
        self._run("ir_cron_mirror_member_numbers")
        self.assertEqual(self.customer.with_company(fourth).barcode, "M00000018")

    def test_mirroring_begins_for_numbers_that_are_out(self):
        scheme = self.env["crm.member.scheme"].create(
            {"name": "Later", "prefix": "L", "length": 5, "check_method": "none"}
        )
        other = self._customer("Other")
        scheme._issue_to(other)
        self.assertFalse(other.barcode)
        scheme.mirror_barcode = True
        self._run("ir_cron_mirror_member_numbers")
        self.assertEqual(other.barcode, "L0001")

    def test_the_job_writes_nothing_the_second_time(self):
        self._run("ir_cron_mirror_member_numbers")
        self.env.cr.execute(
            "SELECT write_date, xmin FROM res_partner WHERE id = %s", [self.customer.id]
        )
        before = self.env.cr.fetchall()
        self._run("ir_cron_mirror_member_numbers")
        self.env.cr.execute(
            "SELECT write_date, xmin FROM res_partner WHERE id = %s", [self.customer.id]
        )
        self.assertEqual(self.env.cr.fetchall(), before)


@tagged("post_install", "-at_install")
class TestBulkIssue(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.env["crm.member.scheme"].create(
            {"name": "Club", "prefix": "C", "length": 4, "check_method": "none"}
        )
        cls.buyers = cls.env["res.partner"].create(
            [{"name": f"Buyer {i}", "customer_rank": 1} for i in range(3)]
        )
        cls.supplier = cls._customer("Supplier")

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("crm_relationship.ir_cron_issue_member_numbers").method_direct_trigger()
        self.env.invalidate_all()

    def _numbers(self, partners):
        return partners.member_number_ids.filtered(lambda one: one.scheme_id == self.own)

    def test_every_customer_gets_one_number_and_nobody_else(self):
        self.buyers[0].member_number = "C007"
        waiting = self.own.lacking_count
        self.own.action_issue_to_customers()
        self.assertTrue(self.own.is_issuing)
        self._run()
        self.assertFalse(self.own.is_issuing)
        self.own.invalidate_recordset()
        self.assertEqual(self.own.lacking_count, 0)
        self.assertEqual(self.own.number_count, waiting + 1)
        self.assertEqual(len(self._numbers(self.buyers)), 3)
        self.assertEqual(self.buyers[0].member_number_ids.number, "C007")
        self.assertFalse(self._numbers(self.supplier))

    def test_running_again_issues_nothing(self):
        self.own.action_issue_to_customers()
        self._run()
        numbers = self._numbers(self.buyers)
        self.own.action_issue_to_customers()
        self._run()
        self.assertEqual(self._numbers(self.buyers), numbers)

    def test_scheme_without_room_says_so_in_its_log(self):
        self.own.write({"length": 2, "first_counter": 1})
        self.env["res.partner"].create(
            [{"name": f"Crowd {i}", "customer_rank": 1} for i in range(10)]
        )
        self.own.action_issue_to_customers()
        self._run()
        self.assertFalse(self.own.is_issuing)
        self.assertIn("has no number left", self.own.message_ids[0].body)

    def test_audience_and_company_are_respected(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.own.write({"audience": "person", "company_ids": [Command.set(self.company.ids)]})
        firm = self._customer("Firm", is_company=True, customer_rank=1)
        stranger = self._customer("Stranger", company_id=other.id, customer_rank=1)
        contact = self._customer("Contact", parent_id=firm.id, customer_rank=1)
        self.own.action_issue_to_customers()
        self._run()
        self.assertFalse(self._numbers(firm + stranger + contact))
        self.assertEqual(len(self._numbers(self.buyers)), 3)

    def test_only_managers_start_and_stop(self):
        user = new_test_user(self.env, "desk", "crm_relationship.group_relationship_user")
        for action in ("action_issue_to_customers", "action_stop_issuing"):
            with self.assertRaises(AccessError):
                getattr(self.own.with_user(user), action)()
        self.own.action_issue_to_customers()
        self.own.action_stop_issuing()
        self._run()
        self.assertFalse(self._numbers(self.buyers))

    def test_archived_scheme_says_what_to_do(self):
        self.own.active = False
        with self.assertRaisesRegex(UserError, "out of the archive"):
            self.own.action_issue_to_customers()


@tagged("post_install", "-at_install")
class TestMemberCard(RelationshipCommon):
    def test_card_has_name_number_barcode_and_qr(self):
        customer = self._customer("สมชาย ใจดี", member_number="M00000018")
        content, kind = self.env["ir.actions.report"]._render_qweb_html(
            "crm_relationship.crm_member_card", customer.ids
        )
        text = content.decode()
        self.assertEqual(kind, "html")
        self.assertIn("สมชาย ใจดี", text)
        self.assertIn("M00000018", text)
        self.assertEqual(text.count("data:image/png;base64,"), 2 + bool(self.company.logo))

    def test_cards_are_printed_one_a_page(self):
        customers = self._customer("One", member_number="M00000018") + self._customer(
            "Two", member_number="M00000026"
        )
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = report._render_qweb_pdf("crm_relationship.crm_member_card", customers.ids)
        self.assertEqual(kind, "pdf")
        self.assertEqual(content.count(b"/Type /Page\n"), 2)

    def test_card_without_a_number_says_what_to_do(self):
        with self.assertRaisesRegex(UserError, "New: issue a member number first"):
            self.env["ir.actions.report"]._render_qweb_html(
                "crm_relationship.crm_member_card", self._customer("New").ids
            )
