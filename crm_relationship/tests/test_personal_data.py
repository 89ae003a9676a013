import json

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import RelationshipCommon

# Choices that a company makes for itself, and its own rules: nobody's personal data.
NOT_ABOUT_CUSTOMERS = {
    "crm.touch.plan",
    "crm.touch.step",
    "crm.occasion",
    "crm.case.cause",
    "crm.case.stage",
    "crm.interaction.outcome",
    "crm.duplicate.policy",
    "crm.duplicate.rule",
    "crm.partner.merge.line",
    "crm.contact.channel",
    "crm.contact.purpose",
    "crm.contact.rule",
    "crm.income.band",
    "crm.interest",
    "crm.member.scheme",
    "crm.value.grade",
    "crm.value.policy",
    # read from records that are listed themselves
    "crm.timeline",
    "crm.customer.satisfaction",
}


class PersonalDataCommon(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "data_manager", "crm_relationship.group_relationship_manager"
        )
        cls.user = new_test_user(cls.env, "desk", "crm_relationship.group_relationship_user")
        cls.customer = cls._customer(
            "สมชาย รักการทดสอบ",
            email="somchai@personal.example.com",
            phone="+66 2 123 4567",
            street="=1+1",
            birthdate="1980-05-17",
            occupation="Teacher",
            member_number="M00000018",
            comment="<p>Likes <b>tea</b></p>",
        )
        cls.wife = cls._customer("Malee Rakthotsop", email="malee@example.com")
        cls.interest = cls.env["crm.interest"].create({"name": "Orchids"})
        cls.env["crm.customer.interest"].create(
            {"partner_id": cls.customer.id, "interest_id": cls.interest.id, "source": "Survey"}
        )
        cls.household = cls.env["crm.household"].create({"name": "Rakthotsop"})
        cls.membership, cls.wife_membership, cls.child = cls.env["crm.household.member"].create(
            [
                {"household_id": cls.household.id, "partner_id": cls.customer.id, "role": "head"},
                {"household_id": cls.household.id, "partner_id": cls.wife.id, "role": "partner"},
                {"household_id": cls.household.id, "name": "Nok Rakthotsop", "role": "child"},
            ]
        )
        cls._order(cls.customer, 1000.0)
        cls._refresh()


@tagged("post_install", "-at_install")
class TestPersonalData(PersonalDataCommon):
    def test_every_model_of_the_addon_is_in_the_list_of_personal_data(self):
        entries = {entry.model: entry for entry in self.env["res.partner"]._personal_data_models()}
        for model in self.env.registry.values():
            if model._original_module != "crm_relationship" or model._abstract or model._transient:
                continue
            if model._name in NOT_ABOUT_CUSTOMERS:
                continue
            with self.subTest(model=model._name):
                self.assertIn(
                    model._name,
                    entries,
                    f"Add PersonalData({model._name!r}, ...) to res.partner._personal_data_models"
                    " (which fields lead to the customer, what he gets of it, what becomes of it"
                    " when he is anonymised), or the model to NOT_ABOUT_CUSTOMERS of this test.",
                )
                leads = {
                    name
                    for name, field in self.env[model._name]._fields.items()
                    if field.type == "many2one"
                    and field.comodel_name == "res.partner"
                    and field.store
                    and model._auto
                }
                missing = leads - set(entries[model._name].customer)
                self.assertFalse(missing, f"Name {missing} in `customer` of this entry.")

    def test_fields_of_the_list_exist_where_their_addon_is_installed(self):
        for entry in self.env["res.partner"]._personal_data_models():
            if not entry.model.startswith("crm.") or entry.model not in self.env:
                continue
            named = {*entry.customer, *entry.exported, *entry.names, *(entry.replaced or ())}
            with self.subTest(model=entry.model):
                self.assertFalse(named - set(self.env[entry.model]._fields))

    def test_look_up_finds_what_core_leaves_out(self):
        self.env.user.group_ids += self.env.ref("base.group_system")
        for name, email, expected in (
            (
                "สมชาย รักการทดสอบ",
                "somchai@personal.example.com",
                {
                    "res.partner": self.customer,
                    "crm.member.number": self.customer.member_number_ids,
                    "crm.customer.interest": self.customer.interest_ids,
                    "crm.household.member": self.membership,
                    "crm.customer.standing": self._standing_of(self.customer),
                    "crm.value.grade.change": self.env["crm.value.grade.change"].search(
                        [("partner_id", "=", self.customer.id)]
                    ),
                },
            ),
            ("Nok Rakthotsop", "nok@example.com", {"crm.household.member": self.child}),
            ("Rakthotsop", "nobody@example.com", {"crm.household": self.household}),
        ):
            with self.subTest(name=name):
                wizard = self.env["privacy.lookup.wizard"].create({"name": name, "email": email})
                wizard.action_lookup()
                found = {
                    model: sorted(lines.mapped("res_id"))
                    for model, lines in wizard.line_ids.grouped("res_model").items()
                    if model in expected
                }
                self.assertEqual(
                    found, {model: sorted(records.ids) for model, records in expected.items()}
                )

    def test_export_holds_what_is_known_of_the_customer(self):
        data = self.customer.with_user(self.manager).personal_data()["data"]
        contact = data["res.partner"][0]
        self.assertEqual(contact["name"], "สมชาย รักการทดสอบ")
        self.assertEqual(contact["street"], "=1+1")
        self.assertEqual(contact["birthdate"], "1980-05-17")
        self.assertEqual(contact["occupation"], "Teacher")
        self.assertEqual(contact["comment"], "Likes *tea*")
        self.assertEqual(data["crm.member.number"][0]["number"], "M00000018")
        self.assertEqual(data["crm.customer.interest"][0]["interest_id"], "Orchids")
        self.assertEqual(data["crm.customer.interest"][0]["attitude"], "like")
        standing = data["crm.customer.standing"][0]
        self.assertEqual(standing["revenue"], 1000.0)
        self.assertTrue(standing["value_grade_id"])
        order = data["crm.customer.fact"][0]
        self.assertEqual(
            (order["kind"], order["date"], order["amount"]), ("order", "2025-12-01", 1000.0)
        )

    def test_export_tells_nothing_of_the_others_of_the_household(self):
        text = self.customer.with_user(self.manager)._personal_data_as_json()
        self.assertIn('"role": "head"', text)
        for other in ("Malee", "malee@", "Nok"):
            self.assertNotIn(other, text)

    def test_export_has_letters_and_counts_internal_notes(self):
        self.customer.message_post(
            body="Where is my parcel?",
            author_id=self.customer.id,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
        )
        self.customer.message_post(body="His brother owes us", message_type="comment")
        document = self.customer.with_user(self.manager).personal_data()
        bodies = [message["body"] for message in document["data"]["mail.message"]]
        self.assertEqual(bodies, ["Where is my parcel?"])
        self.assertNotIn("brother", json.dumps(document))
        self.assertTrue(any("Internal notes: 1" in line for line in document["left_out"]))

    def test_export_is_json_that_a_person_can_read_too(self):
        text = self.customer.with_user(self.manager)._personal_data_as_json()
        self.assertIn("สมชาย รักการทดสอบ", text)
        document = json.loads(text)
        self.assertEqual(document["format"], "crm_relationship.personal_data")
        self.assertEqual(document["version"], 1)
        self.assertRegex(document["created_on"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_export_says_what_the_reader_could_not_see(self):
        document = self.customer.with_user(self.manager).personal_data()
        self.assertIn("crm.lead", self.env)
        self.assertFalse(self.env["crm.lead"].with_user(self.manager).has_access("read"))
        kind = self.env["ir.model"]._get("crm.lead").name
        self.assertTrue(any(line.startswith(f"{kind}:") for line in document["left_out"]))

    def test_export_has_the_data_of_own_companies_only(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.Standing.sudo()._of_customer(self.customer, other)
        data = self.customer.with_user(self.manager).personal_data()["data"]
        self.assertEqual(
            [standing["company_id"] for standing in data["crm.customer.standing"]],
            [self.company.name],
        )

    def test_export_is_for_managers(self):
        with self.assertRaises(AccessError):
            self.customer.with_user(self.user).personal_data()
        with self.assertRaises(AccessError):
            self.env["crm.personal.data.export"].with_user(self.user).create(
                {"partner_id": self.customer.id}
            )
        stranger = self.env["res.company"].create({"name": "Other Company"})
        self.customer.company_id = stranger
        with self.assertRaises(AccessError):
            self.customer.with_user(self.manager).personal_data()

    def test_form_of_another_manager_is_hidden(self):
        for model in ("crm.personal.data.export", "crm.anonymisation"):
            form = self.env[model].create({"partner_id": self.customer.id})
            self.assertFalse(self.env[model].with_user(self.manager).search([("id", "=", form.id)]))

    def test_export_is_noted_on_the_contact(self):
        form = self.env["crm.personal.data.export"].with_user(self.manager)
        form = form.with_context(active_id=self.customer.id).create({"file_format": "json"})
        action = form.action_export()
        self.assertEqual(action["url"], f"/crm_relationship/personal_data/{self.customer.id}")
        note = self.customer.message_ids[0]
        self.assertIn("The personal data was exported.", note.body)
        self.assertEqual(note.author_id, self.manager.partner_id)

    def test_report_has_the_same_content_in_words(self):
        report = self.env["ir.actions.report"].with_user(self.manager)
        html, _kind = report._render_qweb_html("crm_relationship.personal_data", self.customer.ids)
        text = html.decode()
        for part in ("สมชาย รักการทดสอบ", "M00000018", "Orchids", "Likes", "05/17/1980", "Teacher"):
            with self.subTest(part=part):
                self.assertIn(part, text)
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(self.user)._render_qweb_html(
                "crm_relationship.personal_data", self.customer.ids
            )


@tagged("post_install", "-at_install")
class TestPersonalDataFile(HttpCase, PersonalDataCommon):
    def test_file_is_handed_to_managers_only(self):
        path = f"/crm_relationship/personal_data/{self.customer.id}"
        self.authenticate("data_manager", "data_manager")
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.json()["customer"]["name"], "สมชาย รักการทดสอบ")
        self.authenticate("desk", "desk")
        self.assertEqual(self.url_open(path).status_code, 403)
        self.authenticate(None, None)
        self.assertNotIn("customer", self.url_open(path).text[:20])
