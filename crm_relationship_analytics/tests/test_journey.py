from datetime import date

from odoo.tests import tagged

from odoo.addons.crm_relationship_analytics.logic.journey import STAGES

from .journey_common import JourneyCommon


@tagged("post_install", "-at_install")
class TestJourney(JourneyCommon):
    def test_lead_and_the_customer_it_became_are_one_row(self):
        lead = self._lead("2025-03-01 05:00:00", source_id=self.fair.id)
        self.Journey.refresh()
        prospect = self.Journey.search([("lead_id", "=", lead.id)])
        self._check(prospect, partner_id=self.env["res.partner"], stage="2_lead", state="open")
        self.assertEqual(prospect.display_name, "Somchai wants a bike")

        lead.partner_id = self.customer
        order = self._quote("2025-03-06 05:00:00", opportunity_id=lead.id)
        order.action_confirm()
        order.date_order = "2025-03-18 05:00:00"
        lead.action_set_won()
        journey = self._journey()
        self.assertFalse(prospect.exists())
        self._check(
            journey,
            lead_id=lead,
            source_id=self.fair,
            state="customer",
            stage="4_order",
            contact_date="03-01",
            lead_date="03-01",
            quotation_date="03-06",
            order_date="03-18",
            payment_date=False,
            lead_days=0,
            quotation_days=5,
            order_days=12,
            last_date="03-18",
        )
        self.assertEqual(
            self._states(journey),
            {
                "contact": "reached",
                "lead": "reached",
                "quotation": "reached",
                "order": "reached",
                "payment": "waiting",
                "repeat": "waiting",
                "member": "waiting",
            },
        )

    def test_of_several_leads_the_first_counts(self):
        later = self._lead(
            "2025-04-02 05:00:00", partner_id=self.customer.id, source_id=self.website.id
        )
        first = self._lead("2025-04-01 05:00:00", partner_id=self.customer.id)
        self._check(
            self._journey(),
            lead_id=first,
            lead_date="04-01",
            source_id=self.website,
            stage="2_lead",
        )
        self.assertLess(later.id, first.id)

    def test_lost_lead_is_dropped_at_the_quotation(self):
        lead = self._lead("2025-03-01 05:00:00", partner_id=self.customer.id)
        self.assertEqual(self._states(self._journey())["quotation"], "waiting")
        lead.action_set_lost()
        journey = self._journey()
        self._check(journey, state="lost", stage="2_lead")
        self.assertEqual(
            self._states(journey), {"contact": "reached", "lead": "reached", "quotation": "dropped"}
        )

    def test_another_lead_keeps_a_journey_open(self):
        self._lead("2025-03-01 05:00:00", partner_id=self.customer.id).action_set_lost()
        self._lead("2025-05-01 05:00:00", partner_id=self.customer.id)
        self._check(self._journey(), state="open")

    def test_order_without_a_lead_skips_it(self):
        self._bought("2025-02-03 05:00:00")
        journey = self._journey()
        self._check(
            journey,
            contact_date="02-03",
            lead_date=False,
            lead_days=0,
            quotation_date="02-03",
            order_date="02-03",
            order_days=0,
        )
        states = self._states(journey)
        self.assertEqual((states["lead"], states["order"]), ("skipped", "reached"))
        [skipped] = self.Step._read_group(
            [("journey_id", "=", journey.id), ("stage", "=", "2_lead")],
            [],
            ["conversion:avg", "reached:sum", "__count"],
        )
        self.assertEqual(skipped, (False, 0, 1))

    def test_order_from_before_odoo_was_quoted_on_its_day(self):
        order = self._bought("2025-06-10 05:00:00")
        self._created(order, "2025-11-30 05:00:00")
        self._check(self._journey(), quotation_date="06-10", order_date="06-10")

    def test_refused_quotation_is_dropped_at_the_order(self):
        order = self._quote("2025-02-03 05:00:00")
        self._check(self._journey(), state="open", stage="3_quotation")
        order.action_cancel()
        journey = self._journey()
        self._check(journey, state="lost", stage="3_quotation", quotation_date="02-03")
        self.assertEqual(self._states(journey)["order"], "dropped")

    def test_quotation_counts_until_its_last_day(self):
        order = self._quote("2025-12-03 05:00:00", validity_date="2025-12-31")
        self._check(self._journey(), state="open")
        order.validity_date = "2025-12-30"
        self._check(self._journey(), state="lost")

    def test_invoice_is_paid_on_the_day_of_its_last_part(self):
        self._bought("2025-05-01 05:00:00")
        invoice = self._invoice(self.customer, 100.0, "2025-05-02")
        self._pay_part(invoice, 60.0, "2025-05-10")
        self._check(self._journey(), payment_date=False)
        self._pay_part(invoice, 40.0, "2025-05-21")
        self._check(self._journey(), stage="5_payment", payment_date="05-21", payment_days=20)

    def test_credit_note_is_no_payment(self):
        invoice = self._invoice(self.customer, 100.0, "2025-05-02")
        invoice._reverse_moves([{"invoice_date": "2025-05-03", "date": "2025-05-03"}], cancel=True)
        self.assertEqual(invoice.payment_state, "reversed")
        self._check(self._journey(), payment_date=False)

    def test_invoices_are_the_purchases_of_who_never_ordered(self):
        self._invoice(self.customer, 100.0, "2025-05-02")
        self._invoice(self.customer, 100.0, "2025-06-02")
        journey = self._journey()
        self._check(
            journey, quotation_date=False, order_date="05-02", repeat_date="06-02", repeat_days=31
        )
        self.assertEqual(self._states(journey)["quotation"], "skipped")

    def test_orders_of_one_day_are_one_purchase(self):
        self._bought("2025-07-01 02:00:00")
        self._bought("2025-07-01 09:00:00")
        self._check(self._journey(), order_date="07-01", repeat_date=False)
        self._bought("2025-07-04 09:00:00")
        self._check(self._journey(), repeat_date="07-04", repeat_days=3, stage="6_repeat")

    def test_days_are_those_of_the_company(self):
        # Bangkok is seven hours ahead: 23:30 of 1 July, and 0:30 of 2 July
        self._bought("2025-07-01 16:30:00")
        self._bought("2025-07-01 17:30:00")
        self._check(self._journey(), order_date="07-01", repeat_date="07-02", repeat_days=1)

    def test_what_comes_after_the_day_graded_as_of_does_not_count(self):
        self._bought("2025-12-31 16:59:00")
        self._bought("2025-12-31 17:00:00")
        self._check(self._journey(), order_date="12-31", repeat_date=False)

    def test_first_contact_is_logged_or_written(self):
        lead = self._lead("2025-03-10 05:00:00", partner_id=self.customer.id)
        self.env["crm.interaction"].create(
            {
                "partner_id": self.customer.id,
                "channel_id": self.env["crm.contact.channel"].search([], limit=1).id,
                "date": "2025-03-08 05:00:00",
            }
        )
        self._check(self._journey(), contact_date="03-08", lead_days=2)
        written = {"message_type": "email", "body": "Hello", "date": "2025-03-04 05:00:00"}
        lead.message_post(author_id=self.customer.id, **written)
        lead.message_post(author_id=self.env.user.partner_id.id, **written)
        self._check(self._journey(), contact_date="03-04", lead_days=6)
        self.assertFalse(self._journey(self.env.user.partner_id))

    def test_call_of_a_prospect_belongs_to_his_lead(self):
        lead = self._lead("2025-03-10 05:00:00")
        self.env["crm.interaction"].create(
            {
                "lead_id": lead.id,
                "channel_id": self.env["crm.contact.channel"].search([], limit=1).id,
                "date": "2025-03-08 05:00:00",
            }
        )
        self.Journey.refresh()
        journey = self.Journey.search([("lead_id", "=", lead.id)])
        self._check(journey, contact_date="03-08", lead_date="03-10")

    def test_contacts_of_a_firm_are_one_customer(self):
        firm = self._customer("Siam Trading", is_company=True)
        clerk, owner = (self._customer(name, parent_id=firm.id) for name in ("Malee", "Prasert"))
        self._lead("2025-01-05 05:00:00", partner_id=owner.id)
        self._bought("2025-01-15 05:00:00", clerk)
        self._bought("2025-02-15 05:00:00", owner)
        self._check(self._journey(firm), lead_date="01-05", order_date="01-15", repeat_date="02-15")
        self.assertFalse(self._journey(clerk))

    def test_origin_is_that_of_the_first_lead_or_else_of_the_first_order(self):
        self._bought("2025-01-15 05:00:00")
        self._check(self._journey(), source_id=self.env["utm.source"])
        self._bought("2025-02-15 05:00:00", campaign_id=self.spring.id)
        self._bought("2025-03-15 05:00:00", source_id=self.website.id)
        self._check(self._journey(), source_id=self.env["utm.source"], campaign_id=self.spring)
        self._lead("2025-04-15 05:00:00", partner_id=self.customer.id, source_id=self.fair.id)
        self._check(self._journey(), source_id=self.fair, campaign_id=self.env["utm.campaign"])

    def test_stage_that_came_early_is_no_step_back(self):
        self.customer.action_issue_member_number()
        # sudo: nobody changes a number, but one may be imported with its day
        self.customer.member_number_ids.sudo().issued_on = "2025-02-01"
        self._lead("2025-08-01 05:00:00", partner_id=self.customer.id)
        self._bought("2025-02-11 05:00:00")
        journey = self._journey()
        self._check(
            journey,
            contact_date="02-01",
            member_date="02-01",
            member_days=0,
            quotation_days=10,
            lead_days=181,
            stage="7_member",
        )

    def test_first_tier_is_the_last_stage(self):
        if "crm.loyalty.tier.change" not in self.env:
            self.skipTest("Loyalty is not installed.")
        ladder = self.env["crm.loyalty.ladder"].create(
            {"name": "Club", "company_id": self.company.id}
        )
        tier = self.env["crm.loyalty.tier"].create(
            {"ladder_id": ladder.id, "name": "Silver", "threshold": 500.0}
        )
        self.env["crm.loyalty.tier.change"].sudo().create(
            {
                "partner_id": self.customer.id,
                "ladder_id": ladder.id,
                "company_id": self.company.id,
                "to_tier_id": tier.id,
                "date": "2025-02-20",
                "method": "upgrade",
            }
        )
        other = self._customer("Malee")
        self._bought("2025-02-11 05:00:00")
        self._bought("2025-02-11 05:00:00", other)
        self._check(self._journey(), tier_date="02-20", tier_days=9, stage="8_tier")
        steps = self.Step.search(
            [("partner_id", "in", (self.customer | other).ids), ("stage", "=", "8_tier")]
        )
        states = {step.partner_id: step.state for step in steps}
        self.assertEqual(states, {self.customer: "reached", other: "waiting"})

    def test_merged_customers_are_one_journey(self):
        twin = self._customer("Somchai J.", email="somchai@example.com")
        self._bought("2025-01-05 05:00:00", twin)
        self._bought("2025-02-05 05:00:00")
        self._check(self._journey(), order_date="02-05", repeat_date=False)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((twin | self.customer).ids, self.customer)
        journey = self.Journey.search([("partner_id", "in", (twin.id, self.customer.id))])
        self._check(journey, partner_id=self.customer, order_date="01-05", repeat_date="02-05")

    def test_refresh_writes_only_what_differs(self):
        self._bought("2025-01-05 05:00:00")
        order = self._quote("2025-01-06 05:00:00", self._customer("Malee"))
        self.Journey.refresh()
        self.assertEqual(self.Journey.refresh(), {"written": 0, "removed": 0})
        self._bought("2025-01-08 05:00:00")
        order.unlink()
        self.assertEqual(self.Journey.refresh(), {"written": 1, "removed": 1})

    def test_line_of_a_customer_is_up_to_date_without_the_nightly_run(self):
        self._lead("2025-01-03 05:00:00", partner_id=self.customer.id)
        order = self._bought("2025-01-05 05:00:00")
        order.action_cancel()
        self._bought("2025-01-05 05:00:00")
        line = self.customer.customer_journey()
        self.assertEqual(line["state"], "customer")
        self.assertEqual(
            [(one["name"], one["date"], one["days"]) for one in line["milestones"]],
            [
                ("First contact", "2025-01-03", 0),
                ("Lead", "2025-01-03", 0),
                ("Quotation", "2025-01-05", 2),
                ("Order", "2025-01-05", 0),
            ],
        )
        self.assertFalse(self.Journey.search([("partner_id", "=", self.customer.id)]))
        journey = self._journey()
        live = self.Journey._journey_of(self.customer, self.company)
        for stage in STAGES:
            name = f"{stage[2:]}_date"
            self.assertEqual(live[name] or False, journey[name])

    def test_line_of_a_contact_is_that_of_his_firm_by_one_query(self):
        firm = self._customer("Siam Trading", is_company=True)
        clerk = self._customer("Malee", parent_id=firm.id)
        self._bought("2025-01-15 05:00:00", firm)
        self.env.flush_all()
        clerk.customer_journey()
        with self.assertQueryCount(2):  # the policy's day, and the line
            line = clerk.customer_journey()
        self.assertEqual(line["milestones"][-1]["date"], "2025-01-15")
        self.assertEqual(
            self._customer("Nobody").customer_journey(), {"state": False, "milestones": []}
        )

    def test_funnel_counts_converts_and_measures_days(self):
        for place, days in enumerate((1, 2, 9)):
            customer = self._customer(f"Customer {place}")
            self._lead("2025-03-01 05:00:00", partner_id=customer.id, campaign_id=self.spring.id)
            self._quote(f"2025-03-{1 + days:02} 05:00:00", customer)
        lost = self._lead("2025-03-05 05:00:00", campaign_id=self.spring.id)
        lost.action_set_lost()
        self.Journey.refresh()
        [group] = self.Step._read_group(
            [("campaign_id", "=", self.spring.id), ("stage", "=", "3_quotation")],
            ["start_date:month"],
            [
                "reached:sum",
                "waiting:sum",
                "dropped:sum",
                "conversion:avg",
                "days:avg",
                "median_days:avg",
            ],
        )
        self.assertEqual(group, (date(2025, 3, 1), 3, 0, 1, 0.75, 4, 2))
