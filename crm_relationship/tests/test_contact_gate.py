from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_interaction import InteractionCommon

MONDAY_NOON = fields.Datetime.to_datetime("2026-11-23 05:00:00")  # UTC; 12:00 in Bangkok
QUERIES_OF_A_CALL = 8


class GateCommon(InteractionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._archive_foreign_purposes()
        cls.Consent = cls.env["crm.contact.consent"]
        cls.Refusal = cls.env["crm.contact.refusal"]
        cls.email = cls.env.ref("crm_relationship.crm_contact_channel_email")
        cls.sms = cls.env.ref("crm_relationship.crm_contact_channel_sms")
        cls.marketing = cls.env.ref("crm_relationship.crm_contact_purpose_marketing")
        cls.survey = cls.env.ref("crm_relationship.crm_contact_purpose_survey")
        cls.service_purpose = cls.env.ref("crm_relationship.crm_contact_purpose_service")
        cls.env["crm.contact.rule"].search([]).active = False
        cls.company.country_id = cls.env.ref("base.th")
        cls.customer.write(
            {"email": "Customer@Example.com", "phone": "+66 89 111 2233", "street": "Silom"}
        )

    @classmethod
    def _consent(cls, state="granted", partner=None, channel=None, purpose=None, **values):
        return cls.Consent.create(
            {
                "partner_id": (partner or cls.customer).id,
                "channel_id": (channel or cls.email).id,
                "purpose_id": (purpose or cls.marketing).id,
                "state": state,
                "date": "2026-01-01 05:00:00",
                **values,
            }
        )

    @classmethod
    def _rule(cls, **values):
        return cls.env["crm.contact.rule"].create({"name": "Rule", **values})

    def _code(self, partner=None, channel="email", purpose="marketing", moment=MONDAY_NOON):
        partner = partner or self.customer
        return partner._refusals(channel, purpose, moment)[partner.id]

    def _contacted(self, date, channel=None, purpose=None):
        self.Interaction.create(
            {
                "partner_id": self.customer.id,
                "channel_id": (channel or self.email).id,
                "purpose_id": (purpose or self.marketing).id,
                "direction": "out",
                "date": date,
            }
        )


@tagged("post_install", "-at_install")
class TestContactGate(GateCommon):
    def test_nobody_is_written_to_who_did_not_agree(self):
        self.assertEqual(self._code(), "consent")
        self._consent()
        self.assertEqual(self._code(), "")
        self.assertEqual(self._code(channel="sms"), "consent")

    def test_where_no_consent_is_needed_an_objection_counts(self):
        self.assertEqual(self._code(purpose="survey"), "")
        self._consent("denied", purpose=self.survey)
        self.assertEqual(self._code(purpose="survey"), "withdrawn")

    def test_newest_word_counts(self):
        self._consent()
        self._consent("withdrawn", date="2026-02-01 05:00:00")
        self.assertEqual(self._code(), "withdrawn")
        self._consent(date="2026-03-01 05:00:00")
        self.assertEqual(self._code(), "")
        self.assertEqual(self._code(moment="2026-02-15 00:00:00"), "withdrawn")

    def test_consent_ends_with_its_last_day_in_the_company_s_time_zone(self):
        self._consent(valid_until="2026-11-23")
        self.assertEqual(self._code(moment="2026-11-23 16:59:00"), "")
        self.assertEqual(self._code(moment="2026-11-23 17:01:00"), "consent")

    def test_after_its_last_day_an_objection_stands_again_and_an_agreement_does_not(self):
        self._consent(purpose=self.survey, date="2026-01-01 05:00:00", state="withdrawn")
        self._consent(date="2026-01-01 05:00:00")
        for purpose in (self.survey, self.marketing):
            self._consent(purpose=purpose, date="2026-02-01 05:00:00", valid_until="2026-06-30")
        june, november = "2026-06-15 05:00:00", MONDAY_NOON
        self.assertEqual(self._code(purpose="survey", moment=june), "")
        self.assertEqual(self._code(purpose="survey", moment=november), "withdrawn")
        self.assertEqual(self._code(moment=june), "")
        self.assertEqual(self._code(moment=november), "consent")
        for purpose, state in (("survey", "withdrawn"), ("marketing", False)):
            self.assertEqual(self.customer.consent_at("email", purpose, "2026-11-23"), state)

    def test_what_belongs_to_an_order_passes_always(self):
        self._consent("withdrawn")
        self.customer.no_contact_until = "2030-01-01"
        self.assertEqual(self._code(purpose="service", moment="2026-11-22 20:00:00"), "")

    def test_without_an_address_nobody_is_reached(self):
        self._consent()
        self.customer.email = False
        self.assertEqual(self._code(), "address")

    def test_customer_is_left_alone_until_the_day_he_said(self):
        self._consent()
        self.customer.no_contact_until = "2026-11-23"
        self.assertEqual(self._code(), "silent")
        self.assertEqual(self._code(moment=MONDAY_NOON + timedelta(days=1)), "")

    def test_blacklist_of_core_holds(self):
        self._consent()
        self.env.cr.execute(
            "INSERT INTO mail_blacklist (email, active) VALUES ('customer@example.com', TRUE)"
        )
        self.assertEqual(self._code(), "blacklist")

    def test_hours_are_those_of_the_customer(self):
        self._consent(channel=self.sms)
        self._rule(hour_from=8, hour_to=20, channel_ids=[Command.set(self.sms.ids)])
        # of Bangkok: 07:59, 08:00, 19:59, 20:00
        for hour, minute, code in ((0, 59, "hours"), (1, 0, ""), (12, 59, ""), (13, 0, "hours")):
            moment = self._moment(f"2026-11-23T{hour:02}:{minute:02}")
            self.assertEqual(self._code(channel="sms", moment=moment), code)
        self.customer.tz = "America/Los_Angeles"  # there it is 16:30 and 23:30 of the day before
        self.assertEqual(self._code(channel="sms", moment="2026-11-23 00:30:00"), "")
        self.assertEqual(self._code(channel="sms", moment="2026-11-23 07:30:00"), "hours")

    def test_weekday_is_that_of_the_customer(self):
        self._consent()
        self._rule(sunday=False)
        # 22 November 2026 is a Sunday; at 17:30 UTC it is Monday in Bangkok
        self.assertEqual(self._code(moment="2026-11-22 16:30:00"), "weekday")
        self.assertEqual(self._code(moment="2026-11-22 17:30:00"), "")

    def test_cap_counts_what_the_rule_speaks_of(self):
        self._consent()
        self._rule(cap=2, cap_days=30, purpose_ids=[Command.set(self.marketing.ids)])
        self._contacted("2026-11-01 05:00:00")
        self._contacted("2026-11-02 05:00:00", purpose=self.survey)
        self._contacted("2026-11-02 05:00:00", purpose=self.service_purpose)
        self.assertEqual(self._code(), "")
        self._contacted("2026-11-10 05:00:00", channel=self.sms)
        self.assertEqual(self._code(), "cap")
        # the first of them was made thirty days before
        self.assertEqual(self._code(moment="2026-12-01 05:00:00"), "")

    def test_days_between_two_contacts(self):
        self._consent()
        self._rule(gap_days=2)
        self._contacted("2026-11-21 05:00:01")
        self.assertEqual(self._code(), "gap")
        self.assertEqual(self._code(moment=MONDAY_NOON + timedelta(seconds=1)), "")

    def test_customer_s_own_cap_goes_before_those_of_the_company(self):
        self._consent()
        self._rule(cap=1)
        self._contacted("2026-11-10 05:00:00")
        self.assertEqual(self._code(), "cap")
        self.customer.contact_cap = 2
        self.assertEqual(self._code(), "")
        self.customer.contact_cap = 1
        self.assertEqual(self._code(), "own_cap")

    def test_rule_of_a_grade_holds_for_its_customers(self):
        self._order(self.customer, 100.0)
        self._refresh()
        self._consent()
        rule = self._rule(cap=1, grade_ids=[Command.set(self.grade_b.ids)])
        self._contacted("2026-11-10 05:00:00")
        self.assertEqual(self._code(), "")
        rule.grade_ids = self.grade_a
        self.assertEqual(self._code(), "cap")

    def test_minor_needs_a_guardian(self):
        self._consent()
        self.customer.birthdate = "2010-01-01"
        self.assertEqual(self._code(), "minor")
        self._consent(guardian_name="His mother", date="2026-02-01 05:00:00")
        self.assertEqual(self._code(), "")

    def test_answer_is_a_list_in_the_order_of_the_customers(self):
        other = self._customer("Other", email="other@example.com")
        self._consent(partner=other)
        clerks = (other | self.customer).with_user(self.clerk)
        self.assertEqual(
            clerks.contact_permission("email", "marketing", "2026-11-23 05:00:00"),
            [
                {"partner_id": other.id, "allowed": True, "reason": False},
                {
                    "partner_id": self.customer.id,
                    "allowed": False,
                    "reason": "The customer did not agree to this.",
                },
            ],
        )

    def test_bad_arguments_are_answered_with_what_to_give(self):
        for arguments, message in (
            (("pigeon", "marketing"), "one of chat, email"),
            (("email", "spam"), "one of .*marketing, service, survey"),
            (("email", "marketing", "31/02/2026"), "in UTC"),
            (("email", "marketing", [1]), "in UTC"),
        ):
            with self.subTest(arguments=arguments), self.assertRaisesRegex(UserError, message):
                self.customer.contact_permission(*arguments)

    def test_thousand_customers_cost_as_many_queries_as_one(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{i}", "email": f"p{i}@example.com"} for i in range(1000)]
        )
        counts = []
        for customers in (partners, partners[:1], partners):  # the first fills the caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(
                len(customers.contact_permission("email", "marketing")), len(customers)
            )
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])
        self.assertLessEqual(counts[1], QUERIES_OF_A_CALL)

    def test_refusal_is_logged_with_origin_and_reason(self):
        willing = self._customer("Willing", email="willing@example.com")
        self._consent(partner=willing)
        everybody = (self.customer | willing).with_user(self.clerk)
        self.assertEqual(everybody._ask_gate("email", "marketing", "A test"), willing)
        refusal = self.Refusal.search([("partner_id", "in", everybody.ids)])
        self.assertEqual(
            (refusal.partner_id, refusal.reason_code, refusal.origin, refusal.user_id),
            (self.customer, "consent", "A test", self.clerk),
        )
        shown = refusal._fields["reason_code"].convert_to_export("consent", refusal)
        self.assertEqual(shown, "The customer did not agree to this.")
        with self.assertRaisesRegex(UserError, "never changed"):
            refusal.reason = "None"
        with self.assertRaises(UserError):
            refusal.unlink()
        with self.assertRaises(AccessError):
            self.Refusal.with_user(self.clerk).create(
                {
                    "partner_id": willing.id,
                    "company_id": self.company.id,
                    "channel_id": self.email.id,
                    "purpose_id": self.marketing.id,
                    "reason_code": "cap",
                    "reason": "Made up",
                    "origin": "Made up",
                }
            )

    def test_outsiders_are_told_nothing_of_consents(self):
        self._consent()
        internal = new_test_user(self.env, "internal", "base.group_user")
        portal = new_test_user(self.env, "portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        for user in (internal, portal):
            customer = self.customer.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    customer.contact_permission("email", "marketing")
                with self.assertRaises(AccessError):
                    customer.consent_at("email", "marketing")

    def test_rules_are_written_by_managers_only(self):
        rule = self._rule(cap=1)
        with self.assertRaises(AccessError):
            rule.with_user(self.clerk).cap = 100


@tagged("post_install", "-at_install")
class TestConsent(GateCommon):
    def test_entry_cannot_be_altered(self):
        consent = self._consent()
        for change in ({"state": "withdrawn"}, {"date": "2026-05-01 05:00:00"}):
            with self.assertRaisesRegex(UserError, "never changed"):
                consent.write(change)
        with self.assertRaises(UserError):
            consent.sudo().unlink()

    def test_state_of_any_past_day(self):
        self._consent(date="2026-01-10 05:00:00", valid_until="2026-06-30")
        self._consent("withdrawn", date="2026-03-10 17:30:00")  # 11 March in Bangkok
        for day, state in (
            ("2026-01-09", False),
            ("2026-01-10", "granted"),
            ("2026-03-10", "granted"),
            ("2026-03-11", "withdrawn"),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.customer.consent_at("email", "marketing", day), state)
        with self.assertRaisesRegex(UserError, "2026-01-31"):
            self.customer.consent_at("email", "marketing", "31/02/2026")

    def test_bad_dates_are_refused(self):
        with self.assertRaisesRegex(UserError, "in the future"):
            self._consent(date=fields.Datetime.now() + timedelta(hours=1))
        with self.assertRaisesRegex(UserError, "before it is given"):
            self._consent(valid_until="2025-12-31")

    def test_guardian_agrees_for_a_minor(self):
        self.customer.birthdate = "2010-01-01"
        with self.assertRaisesRegex(UserError, "the guardian who agreed"):
            self._consent()
        self.assertTrue(self._consent("denied"))
        self.assertTrue(self._consent(guardian_name="His mother"))

    def test_who_objects_to_everything_comes_on_the_blacklist(self):
        Blacklist = self.env["mail.blacklist"]
        self._consent("withdrawn")
        self.assertFalse(Blacklist.search([("email", "=", "customer@example.com")]))
        self._consent("withdrawn", purpose=self.survey)
        entry = Blacklist.search([("email", "=", "customer@example.com")])
        self.assertEqual(len(entry), 1)
        self._consent(date="2026-02-01 05:00:00")
        self.assertFalse(entry.active)

    def test_objections_to_different_companies_do_not_add_up(self):
        there = self.env["res.company"].create({"name": "Other Company"})
        Blacklist = self.env["mail.blacklist"]
        is_customer = [("email", "=", "customer@example.com")]
        self._consent("withdrawn")
        self._consent("withdrawn", purpose=self.survey, company_id=there.id)
        self.assertFalse(Blacklist.search(is_customer))
        self._consent("withdrawn", company_id=there.id)
        self.assertTrue(Blacklist.search(is_customer))

    def test_who_comes_on_the_blacklist_withdraws_until_he_is_off_it(self):
        self._consent()
        Blacklist = self.env["mail.blacklist"]
        Blacklist._add("CUSTOMER@example.com")
        state = self.customer.consent_at
        self.assertEqual(state("email", "marketing"), "withdrawn")
        self.assertEqual(state("email", "survey"), "withdrawn")
        self.assertEqual(state("sms", "marketing"), False)
        Blacklist._remove("customer@example.com")
        self.assertEqual(state("email", "marketing"), "granted")
        self.assertEqual(self._code(moment=None), "")
        sources = self.customer.consent_ids.mapped("source")
        self.assertEqual(sources.count("blacklist"), 4)

    def test_who_never_agreed_is_not_agreeing_when_he_leaves_the_blacklist(self):
        Blacklist = self.env["mail.blacklist"]
        Blacklist._add("customer@example.com")
        Blacklist._remove("customer@example.com")
        self.assertEqual(self.customer.consent_at("email", "marketing"), False)
        self.assertEqual(self._code(moment=None), "consent")

    def test_phone_blacklist_is_in_step_as_well(self):
        for channel in (self.sms, self.phone):
            self._consent(channel=channel)
        self.env["phone.blacklist"].add("+66891112233")
        self.assertEqual(self.customer.consent_at("sms", "marketing"), "withdrawn")
        self.assertEqual(self.customer.consent_at("phone", "marketing"), "withdrawn")
        self.env["phone.blacklist"].remove("+66891112233")
        self.assertEqual(self.customer.consent_at("sms", "marketing"), "granted")

    def test_strictest_word_survives_a_merge(self):
        other = self._customer("Customer again")
        self._consent(date="2026-05-01 05:00:00")
        self._consent("withdrawn", partner=other, date="2026-02-01 05:00:00")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | other).ids, self.customer)
        self.assertEqual(len(self.customer.consent_ids), 3)
        self.assertEqual(self.customer.consent_at("email", "marketing"), "withdrawn")

    def test_clerk_notes_a_consent_and_another_company_sees_nothing(self):
        consent = self.Consent.with_user(self.clerk).create(
            {
                "partner_id": self.customer.id,
                "channel_id": self.email.id,
                "purpose_id": self.marketing.id,
                "state": "granted",
            }
        )
        self.assertEqual((consent.lawful_basis, consent.user_id), ("consent", self.clerk))
        other = self.env["res.company"].create({"name": "Other Company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "crm_relationship.group_relationship_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.Consent.with_user(stranger).search([("id", "=", consent.id)]))
        there = self.customer.with_user(stranger)
        self.assertEqual(there.consent_at("email", "marketing"), False)


@tagged("post_install", "-at_install")
class TestContactPaths(GateCommon):
    """Every way out asks the gate."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.willing = cls._customer("Willing", email="willing@example.com", phone="+66 89 222 3344")
        for channel in (cls.email, cls.sms):
            cls._consent(partner=cls.willing, channel=channel)
        cls.everybody = cls.customer | cls.willing

    def _refused(self):
        refusals = self.Refusal.search([("partner_id", "in", self.everybody.ids)])
        return [(one.partner_id, one.reason_code) for one in refusals]

    def _compose(self, records, **values):
        composer = self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": records._name,
                "res_ids": records.ids,
                "subject": "Spring sale",
                "body": "<p>Come in</p>",
                **values,
            }
        )
        composer._action_send_mail()
        mails = self.env["mail.mail"].search([("subject", "=", "Spring sale")])
        return {mail.res_id: (mail.state, mail.failure_type) for mail in mails}

    def test_mass_mail(self):
        self.assertEqual(
            self._compose(self.everybody),
            {
                self.customer.id: ("cancel", "mail_optout"),
                self.willing.id: ("outgoing", False),
            },
        )
        self.assertEqual(self._refused(), [(self.customer, "consent")])
        logged = self.Interaction.search([("partner_id", "in", self.everybody.ids)])
        self.assertEqual(
            (logged.partner_id, logged.direction, logged.purpose_id),
            (self.willing, "out", self.marketing),
        )

    def test_mass_mail_counts_for_the_caps(self):
        self._rule(cap=1)
        self._compose(self.willing)
        self.env["mail.mail"].search([("subject", "=", "Spring sale")]).unlink()
        states = self._compose(self.willing)
        self.assertEqual(states, {self.willing.id: ("cancel", "mail_optout")})
        self.assertEqual(self._refused(), [(self.willing, "cap")])

    def test_mass_mail_about_documents_is_what_customers_wait_for(self):
        order = self._order(self.customer, 100.0)
        self.assertEqual(self._compose(order)[order.id][0], "outgoing")
        self.env["mail.mail"].search([("subject", "=", "Spring sale")]).unlink()
        states = self._compose(order, contact_purpose_id=self.marketing.id)
        self.assertIn(("cancel", "mail_optout"), states.values())

    def test_mass_mail_to_a_lead_asks_for_whose_address_it_is(self):
        lead = self.env["crm.lead"].create({"name": "Boat", "email_from": "customer@example.com"})
        self.assertEqual(self._compose(lead)[lead.id], ("cancel", "mail_optout"))
        self.assertEqual(self._refused(), [(self.customer, "consent")])

    def test_mass_sms(self):
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "res.partner",
                "res_ids": str(self.everybody.ids),
                "body": "Come in",
                "mass_force_send": False,
            }
        )
        sent = composer._action_send_sms_mass(self.everybody)
        self.assertEqual(
            {one.partner_id: (one.state, one.failure_type) for one in sent},
            {
                self.customer: ("canceled", "sms_optout"),
                self.willing: ("outgoing", False),
            },
        )
        self.assertEqual(self._refused(), [(self.customer, "consent")])

    def test_question_of_satisfaction(self):
        self._consent("denied", purpose=self.survey)
        for partner, asked in ((self.customer, 0), (self.willing, 1)):
            case = self.env["crm.case"].create(
                {"partner_id": partner.id, "subject": "Broken", "kind": "question"}
            )
            case.action_close()
            mails = self.env["mail.mail"].search(
                [("model", "=", "crm.case"), ("res_id", "=", case.id)]
            )
            to_customer = mails.filtered(lambda mail, one=partner: one in mail.recipient_ids)
            self.assertEqual(len(to_customer), asked, partner.name)
        self.assertEqual(self._refused(), [(self.customer, "withdrawn")])
