from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..models.crm_personal_data import PersonalData
from .common import RelationshipCommon

WORD = "Zyqwordy"
EMAIL = "zyqwordy@example.com"
PHONE_DIGITS = "21234987"
# Texts of a contact that are computed, or choices of a list.
ELSEWHERE = (
    "name",
    "complete_name",
    "email",
    "email_normalized",
    "phone",
    "phone_sanitized",
    "signup_type",
    "invoice_edi_format_store",
    "member_number",
)
# Of these, some rows only hold what a person wrote, or what he logs in with.
PLANTED_BY_HAND = ("crm.member.number", "crm.value.grade.change", "res.users")
# What stays, and why.
STAYS = {
    ("account_move", "narration"): "the text of a posted invoice",
    ("account_move", "ref"): "his reference on a posted invoice",
    ("account_move_line", "ref"): "his reference on a posted invoice",
    ("account_move_line", "name"): "the text of a posted invoice",
    ("sale_order_line", "name"): "what was sold",
    ("mail_blacklist", "email"): "nobody may write to him again",
    ("phone_blacklist", "number"): "nobody may call him again",
}


class AnonymisationCommon(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tracked = {"tracking_disable": False, "mail_notrack": False}
        cls.env = cls.env(context={**cls.env.context, **tracked})
        cls.manager = new_test_user(
            cls.env,
            "data_manager",
            "crm_relationship.group_relationship_manager,base.group_partner_manager",
        )
        cls.customer = cls._customer(f"{WORD} Jaidee", email=EMAIL, phone="+66 2 123 4987")

    def _wizard(self, customer=None, **values):
        wizard = self.env["crm.anonymisation"].with_user(self.manager)
        return wizard.with_context(active_id=(customer or self.customer).id).create(values)

    def _anonymise(self, mode="everything", customer=None):
        self._wizard(customer, mode=mode).action_anonymise()
        self.env.invalidate_all()

    def _sentences(self, customer=None):
        return (customer or self.customer).with_user(self.manager)._anonymisation_obstacles()

    def _kinds(self):
        return [obstacle.kind for obstacle in self._sentences()]

    def _assert_refused(self, part):
        with self.assertRaisesRegex(UserError, part):
            self._anonymise()
        self.assertEqual(self.customer.name, f"{WORD} Jaidee")


@tagged("post_install", "-at_install")
class TestObstacles(AnonymisationCommon):
    def test_nothing_prevents_a_customer_without_documents(self):
        self.assertEqual(self._sentences(), [])
        self.assertEqual(self._wizard().mode, "everything")

    def test_open_quotation_and_order_prevent(self):
        order = self._order(self.customer, 10.0)
        self.assertEqual(self._kinds(), ["open"])
        self._assert_refused(f"{order.name}. Invoice or cancel")
        order._action_cancel()
        self.assertEqual(self._kinds(), [])
        order.action_draft()
        self._assert_refused(f"{order.name}. Confirm or cancel")

    def test_order_to_his_address_prevents(self):
        address = self._customer("Door", parent_id=self.customer.id, type="delivery")
        self._order(self._customer("Friend"), 10.0, partner_shipping_id=address.id)
        self.assertEqual(self._kinds(), ["open"])

    def test_unpaid_and_draft_invoices_prevent(self):
        invoice = self._invoice(self.customer, 10.0, date="2015-06-01")
        self._assert_refused(f"not paid: {invoice.name}")
        self._pay(invoice)
        self.assertEqual(self._kinds(), [])
        invoice.copy()
        self._assert_refused("drafts")

    def test_planned_activity_prevents(self):
        self.customer.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        self._assert_refused("Activities are planned")
        self.customer.activity_ids.action_cancel()
        lead = self.env["crm.lead"].create({"name": "Lead", "partner_id": self.customer.id})
        lead.activity_schedule("mail.mail_activity_data_todo", summary="Call")
        self._assert_refused("Activities are planned")

    def test_account_that_logs_in_prevents_until_it_is_archived(self):
        portal = new_test_user(self.env, "portal_x", "base.group_portal")
        portal.partner_id.name = f"{WORD} Jaidee"
        self.customer = portal.partner_id
        self._assert_refused("portal_x can still log in")
        portal.active = False
        self._anonymise()
        self.assertEqual(portal.login, f"anonymised-{portal.id}")

    def test_company_and_colleague_are_never_anonymised(self):
        for partner in (self.company.partner_id, self.manager.partner_id):
            with self.subTest(partner=partner.name):
                self.assertIn("never", [o.kind for o in self._sentences(partner)])
                for mode in ("everything", "unneeded"):
                    with self.assertRaises(UserError):
                        self._anonymise(mode, partner)

    def test_customer_of_a_company_one_may_not_work_for_is_left_alone(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.env["crm.lead"].sudo().create(
            {"name": "Lead", "partner_id": self.customer.id, "company_id": other.id}
        )
        self.assertEqual(self._kinds(), ["never"])
        self.assertNotIn("Other Company", self._sentences()[0].sentence)
        self.manager.company_ids += other
        self.assertEqual(self._kinds(), [])

    def test_law_keeps_the_name_five_years_after_the_accounts_are_closed(self):
        invoice = self._invoice(self.customer, 10.0, date="2020-03-10")
        self._pay(invoice)
        payment = self.env["account.move"].search(
            [("partner_id", "=", self.customer.id), ("move_type", "=", "entry")]
        )
        self.assertTrue(all(move.date.year == 2020 for move in payment))
        with freeze_time("2025-12-31 05:00:00"):
            self.assertEqual(self._kinds(), ["law"])
            self.assertIn("01/01/2026", self._sentences()[0].sentence)
            self._assert_refused("must be kept until 5 years")
            self.assertIn("(the law on accounting documents)", self._sentences()[0].sentence)
            self.company.account_fiscal_country_id = self.env.ref("base.th")
            self.assertIn("(Accounting Act B.E. 2543", self._sentences()[0].sentence)
        with freeze_time("2026-01-01 05:00:00"):
            self.assertEqual(self._kinds(), [])

    def test_fiscal_year_and_years_are_the_company_s(self):
        self.company.write({"fiscalyear_last_month": "3", "fiscalyear_last_day": 31})
        day = fields.Date.to_date("2020-03-10")
        self.assertEqual(str(self.company._documents_free_from(day)), "2025-04-01")
        self.company.accounting_retention_years = 7
        self.assertEqual(str(self.company._documents_free_from(day)), "2027-04-01")

    def test_years_of_retention_are_sensible(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation), self.cr.savepoint():
            self.company.accounting_retention_years = -1
            self.env.flush_all()

    def test_form_lists_what_prevents(self):
        order = self._order(self.customer, 10.0)
        with Form(
            self.env["crm.anonymisation"]
            .with_user(self.manager)
            .with_context(active_id=self.customer.id)
        ) as form:
            self.assertIn(order.name, form.obstacles)
            self.assertEqual(form.mode, "unneeded")

    def test_customer_of_another_company_is_out_of_reach(self):
        self.customer.company_id = self.env["res.company"].create({"name": "Other Company"})
        with self.assertRaises(AccessError):
            self._anonymise()
        self.assertEqual(self.customer.name, f"{WORD} Jaidee")

    def test_only_managers_anonymise(self):
        desk = new_test_user(
            self.env, "desk", "crm_relationship.group_relationship_user,base.group_partner_manager"
        )
        with self.assertRaises(AccessError):
            self.env["crm.anonymisation"].with_user(desk).create({"partner_id": self.customer.id})
        with self.assertRaises(AccessError):
            self.customer.with_user(desk)._anonymise("everything")


@tagged("post_install", "-at_install")
class TestAnonymisation(AnonymisationCommon):
    def test_nothing_leads_to_the_person_any_more(self):
        self._plant_everywhere()
        before = self._amounts()
        places = self._places()
        for place in (
            ("res_partner", "name"),
            ("crm_member_number", "number"),
            ("crm_member_number", "end_reason"),
            ("crm_partner_merge", "merged_name"),
            ("crm_duplicate", "dismissal_reason"),
            ("mail_message", "body"),
            ("mail_tracking_value", "old_value_char"),
            ("ir_attachment", "index_content"),
            ("sale_order", "signed_by"),
            ("account_move", "invoice_partner_display_name"),
            ("payment_transaction", "partner_name"),
            ("calendar_event", "name"),
            ("ir_model_data", "name"),
            *STAYS,
        ):
            self.assertIn(place, places, "This test must plant the word there")
        self._anonymise()
        self.assertEqual(self._places() - set(STAYS), set())
        self.assertEqual(self._amounts(), before)

    def test_again_changes_nothing(self):
        self._plant_everywhere()
        for mode in ("unneeded", "everything"):
            with self.subTest(mode=mode):
                self._anonymise(mode)
                first = self._state()
                self._anonymise(mode)
                second = self._state()
                different = [table for table in first if first[table] != second[table]]
                self.assertEqual(different, [])

    def test_number_leads_to_nobody_and_its_dates_stay(self):
        self.customer.member_number = "M00000018"
        number = self.customer.member_number_ids
        issued_on = number.issued_on
        self._anonymise()
        self.assertRegex(number.number, r"^ANON-[0-9a-f]{20}$")
        self.assertEqual((number.state, number.issued_on), ("closed", issued_on))
        self.assertFalse(self.env["res.partner"].name_search("M00000018"))
        self.assertFalse(self.customer.member_number)

    def test_firm_of_the_contact_keeps_its_address_and_tax_number(self):
        firm = self._customer("Firm", is_company=True, street="Main Road", vat="TH123", city="Pai")
        self.customer.parent_id = firm
        self._anonymise()
        self.assertEqual((firm.street, firm.vat, firm.city), ("Main Road", "TH123", "Pai"))
        self.assertEqual(self.customer.parent_id, firm)
        self.assertFalse(self.customer.street)

    def test_addresses_go_with_the_customer_and_other_persons_stay(self):
        address = self._customer("Villa", parent_id=self.customer.id, type="delivery", street="S")
        person = self._customer("Assistant", parent_id=self.customer.id, type="contact")
        self._anonymise()
        self.assertEqual(address.name, f"Anonymised customer {address.id}")
        self.assertFalse(address.street or address.active)
        self.assertEqual((person.name, person.active), ("Assistant", True))

    def test_household_of_others_stays(self):
        household = self.env["crm.household"].create({"name": "Family", "note": "Big garden"})
        wife = self._customer("Malee")
        self.env["crm.household.member"].create(
            [
                {"household_id": household.id, "partner_id": self.customer.id, "role": "head"},
                {"household_id": household.id, "partner_id": wife.id},
            ]
        )
        self._anonymise()
        self.assertEqual(household.member_ids.partner_id, wife)
        self.assertEqual((household.name, household.note), ("Family", "Big garden"))

    def test_what_no_law_needs_goes_while_name_and_address_stay(self):
        self._plant_everywhere()
        self._pay(self._invoice(self.customer, 10.0, date="2025-12-01"))
        self.assertEqual(self._kinds(), ["law"])
        self._anonymise("unneeded")
        customer = self.customer
        self.assertEqual((customer.name, customer.vat), (f"{WORD} Jaidee", "TH-" + WORD))
        self.assertEqual((customer.street, customer.active), (f"Street {WORD}", True))
        for name in ("email", "phone", "occupation", "comment", "birthdate", "member_number"):
            self.assertFalse(customer[name], name)
        self.assertFalse(customer.interest_ids or customer.household_id)
        tables = {table for table, _column in self._places()}
        for table in ("crm_member_number", "crm_customer_interest", "crm_lead", "crm_household"):
            self.assertNotIn(table, tables)

    def test_phone_and_mail_stay_while_business_is_open(self):
        self._order(self.customer, 10.0)
        self.customer.occupation = "Teacher"
        self._anonymise("unneeded")
        self.assertEqual(self.customer.email, EMAIL)
        self.assertTrue(self.customer.phone)
        self.assertFalse(self.customer.occupation)

    def test_data_that_came_back_can_be_removed_again(self):
        self._anonymise()
        self.customer.write({"email": EMAIL, "active": True})
        self._anonymise()
        self.assertFalse(self.customer.email)

    def test_who_did_it_and_when_is_recorded_without_the_name(self):
        self._anonymise()
        note = self.customer.message_ids
        self.assertEqual(len(note.filtered("body")), 1)
        self.assertEqual(note.filtered("body").author_id, self.manager.partner_id)
        self.assertEqual(self.customer.anonymised_on, fields.Date.context_today(self.customer))
        log = self.env["privacy.log"].sudo().search([("user_id", "=", self.manager.id)])
        self.assertEqual(log.anonymized_name, "Z******* J*****")
        self.assertEqual(log.anonymized_email, "z*******@e******.com")
        self.assertIn("Contact", log.records_description)

    def test_another_addon_adds_a_model_in_one_line(self):
        Partner = self.env.registry["res.partner"]
        known = Partner._personal_data_models
        more = PersonalData(
            "account.analytic.account",
            exported=("code",),
            removal="replace",
            replaced={"code": None},
        )
        account = self.env["account.analytic.account"].create(
            {
                "name": "Project",
                "code": WORD,
                "partner_id": self.customer.id,
                "plan_id": self.env["account.analytic.plan"].create({"name": "Plan"}).id,
            }
        )
        with patch.object(
            Partner, "_personal_data_models", lambda partners: [*known(partners), more]
        ):
            data = self.customer.personal_data()["data"]
            self.assertEqual(data["account.analytic.account"], [{"code": WORD}])
            self._anonymise()
        self.assertFalse(account.code)

    def test_names_that_the_log_of_core_cannot_mask(self):
        for name, email in (("a@b@c", False), ("Single", "x@localhost")):
            with self.subTest(name=name):
                customer = self._customer(name, email=email)
                self._anonymise(customer=customer)
                self.assertEqual(customer.name, f"Anonymised customer {customer.id}")

    def _amounts(self):
        """Return the sums of his documents and measures."""
        self.env.invalidate_all()
        facts = self.env["crm.customer.fact"].search([("partner_id", "=", self.customer.id)])
        standing = self._standing_of(self.customer)
        return (
            sorted(facts.mapped("amount")),
            standing.revenue,
            standing.order_count,
            standing.value_grade_id,
        )

    def _state(self):
        """Return all that anonymising may write, to compare."""
        self.env.flush_all()
        tables = ("res_partner", "crm_member_number", "crm_value_grade_change", "mail_message")
        tables += ("privacy_log", "crm_lead", "account_move", "ir_attachment", "mail_activity")
        return {
            table: self.env.execute_query(
                SQL("SELECT row_to_json(t)::text FROM %s t ORDER BY id", SQL.identifier(table))
            )
            for table in tables
        }

    def _places(self):
        """Return the (table, column) pairs of the whole database in which the person is found."""
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            )
        )
        patterns = [f"%{word}%" for word in (WORD, PHONE_DIGITS, "M00000018")]
        found = set()
        for (table,) in tables:
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT part.key
                      FROM %s t, jsonb_each_text(to_jsonb(t)) part
                     WHERE t::text ILIKE ANY(%s) AND part.value ILIKE ANY(%s)
                    """,
                    SQL.identifier(table),
                    patterns,
                    patterns,
                )
            )
            found |= {(table, column) for (column,) in rows}
        return found

    def _plant_everywhere(self):
        """Put the word into every place that takes a text of or about a customer."""
        self._plant_in_contact()
        self._plant_in_relationship()
        self._plant_in_documents()
        self._plant_in_communication()
        self._plant_in_listed_columns()
        self.cr.flush()  # tracking is written before the commit

    def _plant_in_contact(self):
        customer, texts = self.customer, {}
        for name, field in customer._fields.items():
            if field.store and field.type in ("char", "text", "html") and not field.readonly:
                texts[name] = f"{name} {WORD}"
        for name in ELSEWHERE:
            texts.pop(name, None)
        texts |= {"vat": f"TH-{WORD}", "street": f"Street {WORD}", "comment": f"<p>{WORD}</p>"}
        customer.with_context(no_vat_validation=True).write(texts)
        customer.write(
            {
                "birthdate": "1980-05-17",
                "gender": "male",
                "category_id": [Command.create({"name": "VIP"})],
                "image_1920": b"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
                "bank_ids": [Command.create({"acc_number": f"TH {WORD}", "acc_holder_name": WORD})],
            }
        )
        self._customer(f"Door of {WORD}", parent_id=customer.id, type="delivery", email=EMAIL)
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": f"old_{WORD}",
                "model": "res.partner",
                "res_id": customer.id,
            }
        )
        self.cr.flush()
        customer.email = EMAIL.replace("@", "+2@")
        self.cr.flush()
        customer.email = EMAIL
        self.cr.flush()

    def _plant_in_relationship(self):
        customer = self.customer
        merged = self._customer(f"Other {WORD}", email=EMAIL, member_number="M00000026")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((customer | merged).ids, customer)
        customer.member_number_ids._retire("lost", f"Stolen from {WORD}")
        customer.member_number = "M00000018"
        namesake = self._customer(customer.name, email=EMAIL)
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO crm_duplicate (partner_id, other_partner_id, score, kinds, found_on,"
            " state, dismissal_reason) VALUES (%s, %s, 60, 'email', now(), 'dismissed', %s)",
            [customer.id, namesake.id, f"{WORD} is his father"],
        )
        namesake.write({"name": "Father", "email": False})
        interest = self.env["crm.interest"].create({"name": "Orchids"})
        self.env["crm.customer.interest"].create(
            {"partner_id": customer.id, "interest_id": interest.id, "source": WORD}
        )
        household = self.env["crm.household"].create({"name": WORD, "note": WORD})
        self.env["crm.household.member"].create(
            [
                {"household_id": household.id, "partner_id": customer.id, "role": "head"},
                {"household_id": household.id, "name": f"Child {WORD}", "role": "child"},
            ]
        )

    def _plant_in_documents(self):
        customer = self.customer
        self.service.name = "Advice"
        invoice = self._invoice(customer, 100.0, date="2015-06-01", narration=f"For {WORD}")
        invoice.message_post(
            body=f"Dear {WORD}",
            subject=f"For {WORD}",
            partner_ids=customer.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._pay(invoice)
        order = self._order(
            customer, 50.0, date="2015-05-01 05:00:00", client_order_ref=WORD, note=WORD
        )
        order.order_line.name = f"Engraved {WORD}"
        order.write({"signed_by": WORD, "signature": customer.image_1920})
        order.message_post(body=f"Call {WORD}", attachments=[(f"{WORD}.txt", WORD.encode())])
        bill = order._create_invoices()
        bill.invoice_date = "2015-06-02"
        bill.action_post()
        self._pay(bill)
        self.env["payment.transaction"].create(
            {
                "amount": 1.0,
                "currency_id": self.company.currency_id.id,
                "partner_id": customer.id,
                "provider_id": self.env["payment.provider"].create({"name": "P"}).id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id
                or self.env["payment.method"].create({"name": "M", "code": "m"}).id,
                "partner_name": WORD,
                "partner_email": EMAIL,
                "reference": "T1",
            }
        )
        self._refresh()
        standing = self._standing_of(customer)
        standing._set_grade_by_hand(
            self.grade_a, fields.Date.to_date("2999-12-31"), f"Friend of {WORD}"
        )
        standing._set_grade_by_hand(self.grade_b, fields.Date.to_date("2999-12-31"), WORD)

    def _plant_in_communication(self):
        customer = self.customer
        lead = self.env["crm.lead"].create(
            {
                "name": f"Garden of {WORD}",
                "partner_id": customer.id,
                "description": WORD,
                "contact_name": WORD,
                "email_from": EMAIL,
            }
        )
        unlinked = self.env["crm.lead"].create({"name": WORD, "email_from": f"{WORD} <{EMAIL}>"})
        self.cr.flush()
        other = self.env["sale.order"].create({"partner_id": customer.id})
        self.cr.flush()
        other.partner_id = self._customer("Somebody Else")
        self.cr.flush()
        other.message_post(
            body=f"I am {WORD}",
            author_id=customer.id,
            email_from=f"{WORD} <{EMAIL}>",
            message_type="email",
        )
        for record in (customer, lead, unlinked):
            record.message_post(body=f"Note on {WORD}", subject=WORD)
            activity = record.activity_schedule(
                "mail.mail_activity_data_todo", summary=f"Call {WORD}", note=WORD
            )
            activity.action_feedback(f"Reached {WORD}")
            self.env["ir.attachment"].create(
                {
                    "name": f"{WORD}.txt",
                    "raw": WORD.encode(),
                    "mimetype": "text/plain",
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": customer.id,
                "partner_id": customer.id,
                "rating": 5,
                "feedback": f"{WORD} was here",
            }
        )
        self.env["sms.sms"].create(
            {"partner_id": customer.id, "number": "+6621234987", "body": f"Hello {WORD}"}
        )
        self.env["calendar.event"].create(
            {
                "name": f"Lunch with {WORD}",
                "start": "2026-01-01 05:00:00",
                "stop": "2026-01-01 06:00:00",
                "partner_ids": [Command.set((customer | self.env.user.partner_id).ids)],
                "description": WORD,
            }
        )
        self.env["mail.blacklist"]._add(EMAIL)
        self.env["phone.blacklist"].add("+6621234987")

    def _plant_in_listed_columns(self):
        """Put the word into every text that the list of personal data says is replaced."""
        self.cr.flush()
        for entry in self.env["res.partner"]._personal_data_models():
            if entry.model in PLANTED_BY_HAND or entry.model not in self.env:
                continue
            for name in entry.replaced or ():
                field = self.env[entry.model]._fields.get(name)
                if field and field.store and field.type in ("char", "text", "html"):
                    self.env.cr.execute(
                        SQL(
                            "UPDATE %s SET %s = %s WHERE %s = %s",
                            SQL.identifier(self.env[entry.model]._table),
                            SQL.identifier(name),
                            WORD if name != "email_normalized" else EMAIL,
                            SQL.identifier(entry.customer[0]),
                            self.customer.id,
                        )
                    )
        self.env.invalidate_all(flush=False)
