from odoo.tests import tagged

from .test_case import CaseCommon

LETTER = """From: {sender}
To: cases@{domain}
Subject: {subject}
Message-ID: <{number}@example.com>
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

{body}
"""


@tagged("post_install", "-at_install")
class TestCaseMail(CaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "shop.example.com"})
        cls.company.alias_domain_id = cls.domain
        alias = cls.env.ref("crm_relationship.mail_alias_crm_case")
        alias.write(
            {
                "alias_domain_id": cls.domain.id,
                "alias_defaults": repr({"company_id": cls.company.id}),
            }
        )

    def _receive(self, sender, subject, body="The lamp is broken", number="1", headers=""):
        letter = LETTER.format(
            sender=sender,
            subject=subject,
            body=body,
            number=number,
            headers=headers,
            domain=self.domain.name,
        )
        gateway = self.env["mail.thread"].with_user(self.env.ref("base.user_root"))
        result = gateway.message_process(None, letter.encode())
        return self.Case.browse(result)

    def _told(self, case):
        return self._notices(case).res_partner_id

    def _notices(self, case):
        return (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("mail_message_id.model", "=", "crm.case"),
                    ("mail_message_id.res_id", "=", case.id),
                ]
            )
        )

    def test_mail_of_a_customer_opens_his_case(self):
        case = self._receive("Customer <customer@example.com>", "=?utf-8?B?4LmC4LiE4Lih4LmE4Lif?=")
        self.assertEqual(case.subject, "โคมไฟ")
        self.assertEqual(case.partner_id, self.customer)
        self.assertEqual(case.user_id, self.salesman)
        self.assertEqual(case.company_id, self.company)
        self.assertIn("The lamp is broken", case.description)
        self.assertRegex(case.name, r"^C\d{5}$")
        self.assertTrue(case.promise_date)
        self.assertIn(self.salesman.partner_id, self._told(case))

    def test_mail_of_somebody_unknown_keeps_his_address(self):
        case = self._receive("Nid <nid@nowhere.example.com>", "Lamp", body="สินค้าเสีย")
        self.assertFalse(case.partner_id)
        self.assertEqual(case.email_normalized, "nid@nowhere.example.com")
        self.assertIn("สินค้าเสีย", case.description)
        self.assertFalse(case.user_id)

    def test_mail_without_a_subject_gets_a_sentence(self):
        case = self._receive("Customer <customer@example.com>", "")
        self.assertEqual(case.subject, "E-mail without a subject")

    def test_same_mail_again_opens_nothing(self):
        self._receive("Customer <customer@example.com>", "Lamp")
        count = self.Case.search_count([])
        self._receive("Customer <customer@example.com>", "Lamp")
        self.assertEqual(self.Case.search_count([]), count)

    def _answer(self, case, sender, number):
        message = case.message_post(
            body="We sent a new one", subtype_xmlid="mail.mt_comment", message_type="comment"
        )
        return self._receive(
            sender,
            "Re: Lamp",
            number=number,
            body="Still broken",
            headers=f"In-Reply-To: {message.message_id}\nReferences: {message.message_id}\n",
        )

    def test_answer_of_the_customer_reopens_his_case_once(self):
        case = self._receive("Customer <customer@example.com>", "Lamp")
        case.action_close()
        for number in ("2", "3"):
            answered = self._answer(case, "Customer <customer@example.com>", number)
            self.assertEqual(answered, case)
        self.assertEqual((case.is_closed, case.reopen_count), (False, 1))
        self.assertIn("Still broken", case.message_ids.mapped("body")[0])

    def test_answer_of_our_staff_reopens_nothing(self):
        case = self._receive("Customer <customer@example.com>", "Lamp")
        case.action_close()
        self._answer(case, "Salesman <case_salesman@example.com>", "2")
        self.assertTrue(case.is_closed)

    def test_owner_and_salesperson_are_told_at_once(self):
        case = self.Case.with_user(self.clerk).create(
            {"subject": "Lamp", "partner_id": self.customer.id, "user_id": self.deputy.id}
        )
        people = (self.deputy + self.salesman).partner_id
        self.assertEqual(self._told(case), people)
        self.assertLessEqual(people, case.message_partner_ids)

    def test_owner_by_the_customer_is_told_once(self):
        case = self.Case.with_user(self.clerk).create(
            {"subject": "Lamp", "partner_id": self.customer.id}
        )
        self.assertEqual(self._told(case), self.salesman.partner_id)
        self.assertEqual(len(self._notices(case)), 1)
        self.assertIn(case.display_name, self._notices(case).mail_message_id.subject)
        case.write({"subject": "Chair", "partner_id": self.customer.id})
        self.assertEqual(len(self._notices(case)), 1)

    def test_nobody_is_told_what_he_did_himself(self):
        mine = self.Case.with_user(self.salesman)
        for owner in (self.salesman, self.deputy):
            with self.subTest(owner=owner.login):
                case = mine.create(
                    {"subject": "Lamp", "partner_id": self.customer.id, "user_id": owner.id}
                )
                self.assertNotIn(self.salesman.partner_id, self._told(case))
                self.assertIn(self.salesman.partner_id, case.message_partner_ids)

    def test_new_owner_is_told_and_so_is_the_owner_of_a_customer_found_later(self):
        case = self._receive("Nid <nid@nowhere.example.com>", "Lamp")
        case.with_user(self.clerk).partner_id = self.customer
        self.assertEqual(case.user_id, self.salesman)
        self.assertIn(self.salesman.partner_id, self._told(case))
        case.with_user(self.clerk).user_id = self.deputy
        self.assertIn(self.deputy.partner_id, self._told(case))

    def test_who_left_is_not_told(self):
        self.salesman.active = False
        case = self._case(user_id=self.deputy.id)
        self.assertEqual(self._told(case), self.deputy.partner_id)

    def test_salesperson_reads_the_notice_in_his_language(self):
        self.env["res.lang"]._activate_lang("th_TH")
        self.salesman.lang = "th_TH"
        case = self._case(user_id=self.deputy.id)
        notice = self._notices(case).filtered(
            lambda one: one.res_partner_id == self.salesman.partner_id
        )
        self.assertIn(case.display_name, notice.mail_message_id.subject)
