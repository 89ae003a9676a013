from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .test_case import CaseCommon


@tagged("post_install", "-at_install")
class TestCaseDocument(CaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._order(cls.customer, 100.0)
        cls.invoice = cls._invoice(cls.customer, 100.0)
        cls.credit_note = cls._invoice(cls.customer, 40.0, move_type="out_refund")
        cls.case = cls._case(
            description="<p>Broken</p>",
            order_id=cls.order.id,
            invoice_id=cls.invoice.id,
            credit_note_id=cls.credit_note.id,
            product_id=cls.service.id,
            cause_id=cls.env.ref("crm_relationship.crm_case_cause_product").id,
        )

    def _fields_of(self, view):
        arch = etree.fromstring(view["views"]["form"]["arch"])
        return {
            node.get("name"): {}
            for node in arch.iter("field")
            if node.get("name") in self.Case._fields
        }

    def test_contact_point_reads_a_case_with_all_its_documents(self):
        case = self.case.with_user(self.clerk)
        with self.assertRaises(AccessError):
            self.order.with_user(self.clerk).read(["name"])
        with self.assertRaises(AccessError):
            self.invoice.with_user(self.clerk).read(["name"])
        view = case.get_views([(False, "form"), (False, "list"), (False, "kanban")])
        named = {"fields": {"display_name": {}}}
        specification = self._fields_of(view) | {
            name: named for name in ("order_id", "invoice_id", "credit_note_id", "partner_id")
        }
        self.env.invalidate_all()
        values = case.web_read(specification)[0]
        self.assertEqual(values["order_id"]["display_name"], self.order.name)
        self.assertIn(self.invoice.name, values["invoice_id"]["display_name"])
        self.assertIn(self.credit_note.name, values["credit_note_id"]["display_name"])
        self.assertNotIn("100", str(values["invoice_id"]))

    def test_contact_point_edits_a_case_with_all_its_documents(self):
        with Form(self.case.with_user(self.clerk)) as form:
            form.subject = "Chair"
            form.resolution = "Paid back"
            form.kind = "complaint"
        self.assertEqual(self.case.subject, "Chair")
        self.assertEqual(self.case.credit_note_id, self.credit_note)
        self.case.with_user(self.clerk).action_close()
        self.assertTrue(self.case.is_closed)

    def test_contact_point_finds_cases_in_lists_and_groups(self):
        Case = self.Case.with_user(self.clerk)
        self.assertIn(self.case.id, [row["id"] for row in Case.search_read([], ["subject"])])
        for field in ("value_grade_id", "partner_user_id", "order_id"):
            with self.subTest(field=field):
                self.assertTrue(Case.formatted_read_group([], [field], ["__count"]))

    def test_documents_of_somebody_else_are_refused(self):
        for name, document in (
            ("order_id", self._order(self.stranger, 1.0)),
            ("invoice_id", self._invoice(self.stranger, 1.0)),
            ("credit_note_id", self._invoice(self.stranger, 1.0, move_type="out_refund")),
        ):
            with (
                self.subTest(name=name),
                self.assertRaisesRegex(ValidationError, "belongs to Stranger"),
            ):
                self._case(**{name: document.id})
        with self.assertRaisesRegex(ValidationError, "belongs to Customer"):
            self.case.partner_id = self.stranger

    def test_documents_of_the_firm_and_its_other_contacts_are_taken(self):
        firm = self._customer("Firm", is_company=True)
        buyer, caller = (self._customer(name, parent_id=firm.id) for name in ("Buyer", "Caller"))
        case = self._case(partner_id=caller.id, order_id=self._order(buyer, 1.0).id)
        self.assertTrue(case.order_id)

    def test_invoice_is_no_credit_note(self):
        with self.assertRaisesRegex(ValidationError, "is no credit note"):
            self._case(credit_note_id=self.invoice.id)

    def test_credit_note_made_from_the_case_is_noted_on_it(self):
        for method in ("refund_moves", "modify_moves"):
            with self.subTest(method=method):
                case = self._case(invoice_id=self._invoice(self.customer, 70.0).id)
                action = case.action_credit_invoice()
                wizard = (
                    self.env[action["res_model"]]
                    .with_context(**action["context"])
                    .create({"journal_id": case.invoice_id.journal_id.id})
                )
                self.assertEqual(wizard.case_id, case)
                getattr(wizard, method)()
                self.assertEqual(case.credit_note_id.move_type, "out_refund")
                self.assertEqual(case.credit_note_id.reversed_entry_id, case.invoice_id)

    def test_credit_note_made_elsewhere_is_noted_on_no_case(self):
        case = self._case(invoice_id=self._invoice(self.customer, 70.0).id)
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=case.invoice_id.ids
        )
        wizard.create({"journal_id": case.invoice_id.journal_id.id}).refund_moves()
        self.assertFalse(case.credit_note_id)

    def test_without_an_invoice_the_sentence_asks_for_one(self):
        with self.assertRaisesRegex(UserError, "Choose the invoice first"):
            self._case().action_credit_invoice()

    def test_documents_of_apps_that_are_not_installed_are_not_shown(self):
        for name, model_name in (
            ("delivery_ref", "stock.picking"),
            ("lot_ref", "stock.lot"),
            ("coupon_ref", "loyalty.card"),
        ):
            with self.subTest(name=name):
                shown = name in self._fields_of(self.Case.get_views([(False, "form")]))
                self.assertEqual(shown, model_name in self.env)
                choices = self.Case._fields[name].get_values(self.env)
                self.assertEqual(bool(choices), model_name in self.env)

    def test_document_of_an_app_that_was_removed_reads_as_nothing(self):
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE crm_case SET delivery_ref = 'stock.gone,5' WHERE id = %s", self.case.id)
        )
        self.env.invalidate_all()
        self.assertFalse(self.case.delivery_ref)
        self.assertFalse(self.case.web_read({"delivery_ref": {"fields": {}}})[0]["delivery_ref"])
        self.case.subject = "Chair"
        self.assertFalse(self.case.export_data(["delivery_ref"])["datas"][0][0])
