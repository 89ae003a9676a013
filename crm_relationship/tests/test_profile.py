from datetime import date
from functools import partial

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import RelationshipCommon


@tagged("post_install", "-at_install")
class TestProfile(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._customer("Member")
        cls.user = new_test_user(
            cls.env,
            "desk",
            "crm_relationship.group_relationship_user,base.group_partner_manager",
        )

    def test_birth_date_in_the_buddhist_era_is_turned(self):
        self.customer.birthdate = "2533-05-01"
        self.assertEqual(self.customer.birthdate, date(1990, 5, 1))
        self.assertEqual(
            self._customer("New", birthdate=date(2567, 12, 31)).birthdate, date(2024, 12, 31)
        )

    @freeze_time("2026-03-01")
    def test_birth_date_nobody_can_have_is_refused(self):
        for day, reason in {
            "2026-03-02": "future",
            "2569-03-02": "future",
            "0202-01-01": "as old as this",
            "1895-01-01": "as old as this",
        }.items():
            with (
                self.subTest(day=day),
                self.assertRaisesRegex(ValidationError, reason),
                self.cr.savepoint(),
            ):
                self.customer.birthdate = day
        self.customer.birthdate = "2026-03-01"

    def test_two_addresses_in_one_email_are_refused_and_say_what_to_do(self):
        for email in ("a@example.com, b@example.com", "A <a@example.com>; b@example.com"):
            with self.assertRaisesRegex(ValidationError, "a contact for each"):
                self.customer.email = email
            with self.assertRaisesRegex(ValidationError, "a contact for each"):
                self._customer("New", email=email)
        self.customer.email = "Jürgen, CEO <j+shop@EXAMPLE.com>"
        self.assertEqual(self.customer.email_normalized, "j+shop@example.com")

    def test_two_addresses_that_were_there_before_hinder_nothing(self):
        self.env.cr.execute(
            "UPDATE res_partner SET email = 'a@example.com,b@example.com' WHERE id = %s",
            [self.customer.id],
        )
        self.customer.invalidate_recordset()
        self.customer.write({"email": "a@example.com,b@example.com", "street": "Silom"})
        self.assertEqual(self.customer.street, "Silom")

    def test_account_type_follows_the_kind_of_contact(self):
        self.assertEqual(self.customer.account_type, "person")
        self.customer.is_company = True
        self.assertEqual(self.customer.account_type, "small_company")
        self.customer.account_type = "corporate"
        self.assertTrue(self.customer.is_company)
        self.customer.account_type = "person"
        self.assertFalse(self.customer.is_company)

    def test_account_type_is_searched_and_grouped(self):
        firm = self._customer("Firm", is_company=True)
        corporate = self._customer("Corporate", account_type="corporate")
        ours = self.customer + firm + corporate
        among = [("id", "in", ours.ids)]
        for kind, partner in (
            ("person", self.customer),
            ("small_company", firm),
            ("corporate", corporate),
        ):
            found = self.env["res.partner"].search([*among, ("account_type", "=", kind)])
            self.assertEqual(found, partner)
        groups = self.env["res.partner"]._read_group(among, ["account_type"], ["__count"])
        self.assertEqual(dict(groups), {"person": 1, "small_company": 1, "corporate": 1})

    def test_completeness_counts_what_a_person_and_a_firm_should_have(self):
        self.env["crm.customer.interest"].create(
            {
                "partner_id": self.customer.id,
                "interest_id": self.env["crm.interest"].create({"name": "Golf"}).id,
            }
        )
        person = self.customer
        person.write({"lang": "en_US", "user_id": False, "phone": False})
        self.assertEqual(person.profile_completeness, 20)  # lang, likes of 10
        person.write({"birthdate": "1990-05-01", "gender": "male", "zip": "10500"})
        self.assertEqual(person.profile_completeness, 50)  # 5 of 10
        firm = self._customer("Firm", is_company=True, website="example.com", user_id=False)
        self.assertEqual(firm.profile_completeness, 11)  # website of 9
        self.assertEqual(firm.with_user(self.user).profile_completeness, 11)

    def test_verified_today(self):
        with freeze_time("2026-02-28"):
            self.customer.with_user(self.user).action_mark_verified()
        self.assertEqual(str(self.customer.verified_on), "2026-02-28")
        clerk = new_test_user(self.env, "clerk", "base.group_user")
        with self.assertRaises(AccessError):
            self.customer.with_user(clerk).action_mark_verified()

    def test_sensitive_fields_have_a_group_of_their_own(self):
        self.customer.write({"occupation": "Teacher", "budget_note": "Up to 5,000"})
        partner = self.customer.with_user(self.user)
        for name in ("occupation", "education", "income_band_id", "budget_note"):
            attempts = (
                partial(partner.read, [name]),
                partial(partner.search, [(name, "!=", False)]),
                partial(partner._read_group, [], [name]),
                partial(partner.write, {name: False}),
            )
            for attempt in attempts:
                with self.subTest(name=name), self.assertRaises(AccessError):
                    attempt()
        self.user.group_ids += self.env.ref("crm_relationship.group_relationship_sensitive")
        self.assertEqual(self.customer.with_user(self.user).occupation, "Teacher")

    def test_portal_users_do_not_see_the_profile(self):
        self.customer.birthdate = "1990-05-01"
        portal = new_test_user(self.env, "portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        for name in ("birthdate", "gender", "preferred_channel_id", "verified_on", "likes"):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.customer.with_user(portal).read([name])

    def test_copy_leaves_the_person_behind(self):
        self.customer.write({"birthdate": "1990-05-01", "occupation": "Teacher"})
        copy = self.customer.with_user(self.user).copy().sudo()
        self.assertFalse(copy.birthdate or copy.occupation)

    def test_likes_and_dislikes_are_shown_in_the_reader_s_language(self):
        golf, noise = self.env["crm.interest"].create([{"name": "Golf"}, {"name": "Noise"}])
        self.env["crm.customer.interest"].create(
            [
                {"partner_id": self.customer.id, "interest_id": golf.id, "source": "Survey"},
                {
                    "partner_id": self.customer.id,
                    "interest_id": noise.id,
                    "attitude": "dislike",
                },
            ]
        )
        self.assertEqual((self.customer.likes, self.customer.dislikes), ("Golf", "Noise"))
        self.env["res.lang"]._activate_lang("th_TH")
        golf.with_context(lang="th_TH").name = "กอล์ฟ"
        self.assertEqual(self.customer.with_context(lang="th_TH").likes, "กอล์ฟ")
        self.assertEqual(golf.with_context(lang="th_TH").display_name, "กอล์ฟ")
        with self.assertRaisesRegex(ValidationError, "in the future"):
            self.customer.interest_ids[0].noted_on = "2999-01-01"

    def test_renamed_choice_has_its_new_name_at_once(self):
        channel = self.env.ref("crm_relationship.crm_contact_channel_phone")
        self.assertEqual(channel.display_name, "Phone")
        channel.name = "Telephone"
        self.assertEqual(channel.display_name, "Telephone")

    def test_complete_profile_costs_the_form_three_queries(self):
        """One for the contact, as without us; one for all that is ours; one for the household."""
        self.customer.write(
            {
                "birthdate": "1990-05-01",
                "preferred_channel_id": self.env.ref(
                    "crm_relationship.crm_contact_channel_letter"
                ).id,
                "income_band_id": self.env["crm.income.band"].create({"name": "Up to 1,000"}).id,
                "household_id": self.env["crm.household"].create({"name": "Suksan"}).id,
                "member_number": "M00000018",
            }
        )
        self._order(self.customer, 100.0)
        self._refresh()
        names = ["birthdate", "likes", "member_number", "member_since", "standing_revenue"]
        links = ["preferred_channel_id", "income_band_id", "household_id", "value_grade_id"]
        asked = {name: {} for name in names}
        asked |= {name: {"fields": {"display_name": {}}} for name in links}
        self.customer.web_read(asked)
        self.env.invalidate_all()
        self.assertTrue(self.env.company.name)  # every screen reads the company
        with self.assertQueryCount(3):
            [row] = self.customer.web_read(asked)
        self.assertEqual(row["value_grade_id"]["display_name"], self.grade_a.display_name)
        self.assertEqual(row["household_id"]["display_name"], "Suksan")

    def test_form_of_a_person(self):
        with Form(self.customer) as form:
            form.birthdate = "1990-05-01"
            form.preferred_channel_id = self.env.ref("crm_relationship.crm_contact_channel_letter")
            form.occupation = "Teacher"
        self.assertEqual(self.customer.preferred_channel_id.code, "letter")


@tagged("post_install", "-at_install")
class TestHousehold(RelationshipCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.father = cls._customer("Somchai", birthdate="1980-01-01")
        cls.mother = cls._customer("Malee", birthdate="1982-02-02")
        cls.household = cls.env["crm.household"].create({"name": "Suksan"})
        cls.Member = cls.env["crm.household.member"]
        cls.head = cls.Member.create(
            {"household_id": cls.household.id, "partner_id": cls.father.id, "role": "head"}
        )

    def test_contact_lends_name_and_birth_date(self):
        self.assertEqual((self.head.name, str(self.head.birthdate)), ("Somchai", "1980-01-01"))
        self.father.birthdate = "1981-01-01"
        self.assertEqual(str(self.head.birthdate), "1981-01-01")
        self.assertEqual(self.father.household_id, self.household)
        self.assertEqual(self.household.head_id, self.father)

    def test_child_needs_no_contact_of_its_own(self):
        child = self.Member.create(
            {
                "household_id": self.household.id,
                "name": "Nong",
                "birthdate": "2558-02-28",
                "role": "child",
            }
        )
        self.assertEqual(str(child.birthdate), "2015-02-28")
        self.assertEqual(self.household.member_count, 2)
        with self.assertRaisesRegex(ValidationError, "type a name"):
            self.Member.create({"household_id": self.household.id})
        with self.assertRaisesRegex(ValidationError, "future"):
            child.birthdate = "2999-01-01"

    def test_new_head_deposes_the_former_in_whatever_order(self):
        other = self.Member.create(
            {"household_id": self.household.id, "partner_id": self.mother.id, "role": "partner"}
        )
        other.role = "head"
        self.assertEqual((self.head.role, self.household.head_id), ("other", self.mother))
        with self.assertRaisesRegex(ValidationError, "must be a contact"):
            self.Member.create({"household_id": self.household.id, "name": "X", "role": "head"})

    def test_a_contact_lives_in_one_household(self):
        other = self.env["crm.household"].create({"name": "Other"})
        self.mother.household_id = other
        self.mother.household_id = self.household
        self.assertEqual(self.mother.household_member_ids.household_id, self.household)
        self.mother.household_id = False
        self.assertFalse(self.mother.household_member_ids)

    def test_contacts_are_searched_by_household(self):
        among = [("id", "in", (self.father + self.mother).ids)]
        Partner = self.env["res.partner"]
        self.assertEqual(
            Partner.search([*among, ("household_id", "=", self.household.id)]), self.father
        )
        self.assertEqual(Partner.search([*among, ("household_id", "ilike", "suk")]), self.father)
        self.assertEqual(Partner.search([*among, ("household_id", "=", False)]), self.mother)
        self.assertEqual(Partner.search([*among, ("household_id", "!=", False)]), self.father)

    def test_new_household_begins_with_the_contact_as_its_head(self):
        action = self.mother.action_view_household()
        with Form(self.env["crm.household"].with_context(**action["context"])) as form:
            form.name = "Malee's"
        household = form.save()
        self.assertEqual(household.head_id, self.mother)
        self.assertEqual(self.mother.household_id, household)
        self.assertEqual(self.mother.action_view_household()["res_id"], household.id)
