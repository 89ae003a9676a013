from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .effect_common import EffectCommon


@tagged("post_install", "-at_install")
class TestEffect(EffectCommon):
    """What plans and campaigns bring, by a plan of four who were contacted and two held out.

    All were decided on 1 November 2025; of what they buy, 40.00 each are cost.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._plan()
        cls.firm = cls._customer("Firm", is_company=True)
        cls.people = [cls._customer(name, parent_id=cls.firm.id) for name in ("Ann", "Ben")]
        cls.last, cls.late, cls.early, cls.left_alone, cls.idle = (
            cls._customer(name) for name in ("Last", "Late", "Early", "Left Alone", "Idle")
        )
        for person in (*cls.people, cls.last, cls.late, cls.early):
            cls._touch(cls.plan, person)
        for person in (cls.left_alone, cls.idle):
            cls._touch(cls.plan, person, "held_out")
        cls._order(cls.people[0], 100.0, "2025-11-10 05:00:00")
        cls._order(cls.last, 200.0, "2025-12-01 16:59:59")  # the last minute of the last day
        cls._order(cls.late, 400.0, "2025-12-01 17:00:00")
        cls._order(cls.early, 800.0, "2025-10-31 16:59:59")
        cls._order(cls.left_alone, 50.0, "2025-11-15 05:00:00")

    def test_two_groups_by_hand(self):
        """Of 4 contacted 2 bought, of 2 held out 1: Newcombe gives 0 +- 0.5356.

        Margins are 60, 160, 0, 0 to 10, 0: means of 55 and 5.
        """
        effect = self._effect(self.plan)
        self.assertRecordValues(
            effect,
            [
                {
                    "name": "Spring",
                    "kind": "plan",
                    "contacted": 4,
                    "held_out": 2,
                    "not_reached": 0,
                    "answered": 0,
                    "response": 0.0,
                    "buyers": 2,
                    "order_count": 2,
                    "revenue": 300.0,
                    "contribution": 220.0,
                    "bought_share": 0.5,
                    "held_out_share": 0.5,
                    "difference": 0.0,
                    "verdict": "too_few",
                    "value_difference": 50.0,
                    "value_verdict": "too_few",
                    "date_from": fields.Date.to_date("2025-11-01"),
                    "last_day": fields.Date.to_date("2025-12-01"),
                    "as_of": fields.Date.to_date("2025-12-31"),
                }
            ],
        )
        self.assertAlmostEqual(effect.difference_low, -0.5356, 4)
        self.assertAlmostEqual(effect.difference_high, 0.5356, 4)

    def test_second_run_writes_nothing(self):
        self.assertGreater(self.Effect.refresh(), 0)
        self.assertEqual(self.Effect.refresh(), 0)
        self._order(self.idle, 70.0, "2025-11-20 05:00:00")
        self.assertEqual(self.Effect.refresh(), 1)
        self.assertEqual(self._effect_of(self.plan).held_out_share, 1.0)

    def test_figures_equal_the_list_behind_them(self):
        self._touch(
            self._plan("Other"),
            self.late,
            "answered",
            answer="order",
            date_answered="2025-12-01 17:00:00",
        )
        self._order(self.idle, 70.0, campaign_id=self.campaign.id)
        self.Effect.refresh()
        sums = {
            effect: (by_group, figures)
            for effect, *figures, by_group in self.Customer._read_group(
                [],
                ["effect_id"],
                [
                    "is_answer:sum",
                    "own_order_count:sum",
                    "own_revenue:sum",
                    "contact_cost:sum",
                    "contact_group:array_agg",
                ],
            )
        }
        self.assertEqual(len(sums), 3)
        for effect, (groups, figures) in sums.items():
            self.assertEqual(
                [
                    effect.answered,
                    effect.own_order_count,
                    effect.own_revenue,
                    effect.contact_cost,
                ],
                figures,
            )
            self.assertEqual(effect.contacted, groups.count("contacted"))
            self.assertEqual(effect.held_out, groups.count("held_out"))
            for open_list, figure in (
                (effect.action_open_contacted, effect.contacted),
                (effect.action_open_held_out, effect.held_out),
                (effect.action_open_answered, effect.answered),
                (effect.action_open_buyers, effect.buyers),
            ):
                domain = open_list()["domain"]
                self.assertEqual(self.Customer.search_count(domain), figure)
        contacted = self.Customer.search(
            self._effect_of(self.plan).action_open_contacted()["domain"]
        )
        self.assertEqual(sum(contacted.mapped("revenue")), 300.0)
        self.assertEqual(sum(contacted.mapped("contribution")), 220.0)

    def test_firm_belongs_to_the_group_of_its_first_contact(self):
        first, second = (self._customer(name, is_company=True) for name in ("First", "Second"))
        for firm, states in ((first, ("held_out", "sent")), (second, ("refused", "held_out"))):
            for state in states:
                self._touch(self.plan, self._customer(state, parent_id=firm.id), state)
        self.Effect.refresh()
        self.assertEqual(self._customer_of(self.plan, first).contact_group, "held_out")
        self.assertEqual(self._customer_of(self.plan, second).contact_group, "not_reached")

    def test_who_was_refused_is_compared_and_not_contacted(self):
        """Of 5 for whom it was meant 2 bought."""
        self._touch(self.plan, self._customer("Refused"), "refused")
        effect = self._effect(self.plan)
        self.assertEqual((effect.contacted, effect.not_reached), (4, 1))
        self.assertEqual(effect.bought_share, 0.4)

    def test_held_out_customer_of_one_plan_is_contacted_by_another(self):
        other = self._plan("Other")
        self._touch(other, self.left_alone)
        self.Effect.refresh()
        self.assertEqual(self._customer_of(self.plan, self.left_alone).contact_group, "held_out")
        effect = self._effect_of(other)
        self.assertEqual((effect.contacted, effect.buyers, effect.revenue), (1, 1, 50.0))
        self.assertEqual((effect.verdict, effect.gain_basis), ("no_group", "own"))

    def test_what_was_bought_from_another_company_does_not_count(self):
        company = self.setup_other_company()["company"]
        self.env.user.company_ids += company
        self._order(
            self.early.with_company(company),
            100.0,
            "2025-11-05 05:00:00",
            company_id=company.id,
            warehouse_id=self.env["stock.warehouse"].search([("company_id", "=", company.id)]).id,
        )
        effect = self._effect(self.plan)
        self.assertEqual((effect.buyers, effect.company_id), (2, self.company))

    def test_credit_note_counts_negative(self):
        """An invoice of 100.00 that cost 40.00, of which 30.00 are credited with the goods."""
        self.policy.basis = "invoiced"
        self._invoice(self.idle, 100.0, "2025-11-03")
        self._invoice(self.idle, 30.0, "2025-11-04", "out_refund")
        self._invoice(self.early, 30.0, "2025-11-04", "out_refund")
        effect = self._effect(self.plan)
        row = self._customer_of(self.plan, self.idle)
        self.assertEqual((row.is_buyer, row.order_count, row.revenue), (1, 1, 70.0))
        self.assertEqual(row.contribution, 70.0)
        self.assertEqual((effect.buyers, effect.revenue), (0, -30.0))

    def test_contacts_cost_by_the_rate_card_and_a_return_follows(self):
        """Five e-mails of 2.00 and 90.00 by hand for 340.00 of own orders, of which 80.00 cost.

        Too few are held out, hence the gain is the margin of its own orders: 260 less 100.
        """
        self.env["crm.service.rate"].create(
            {
                "kind": "interaction",
                "channel_id": self.email.id,
                "amount": 2.0,
                "date_from": "2025-01-01",
            }
        )
        effect = self._effect(self.plan)
        self.assertEqual((effect.contact_cost, effect.return_rate), (10.0, -1.0))
        effect.budget = 90.0
        for person, amount in ((self.late, 400.0), (self.last, 200.0)):
            touch = self.env["crm.touch"].search(
                [("partner_id", "=", person.id), ("plan_id", "=", self.plan.id)]
            )
            order = self.env["sale.order"].search([("partner_id", "=", person.id)])
            self.assertEqual(order.amount_untaxed, amount)
            touch.sudo().write(
                {"state": "answered", "answer": "order", "date_answered": order.date_order}
            )
        effect = self._effect(self.plan)
        self.assertRecordValues(
            effect,
            [
                {
                    "answered": 2,
                    "response": 0.5,
                    "own_order_count": 2,
                    "own_revenue": 600.0,
                    "cost": 100.0,
                    "gain": 520.0,
                    "gain_basis": "own",
                    "profit": 420.0,
                    "return_rate": 4.2,
                }
            ],
        )

    def test_nothing_spent_has_no_return(self):
        effect = self._effect(self.plan)
        self.assertEqual((effect.cost, effect.return_rate), (0.0, 0.0))

    def test_what_comes_after_the_last_day_that_counts_is_not_there_yet(self):
        self.policy.reference_date = "2025-11-10"
        self._touch(self.plan, self._customer("Tomorrow"), day="2025-11-11")
        self._order(self.early, 100.0, "2025-11-11 05:00:00")
        effect = self._effect(self.plan)
        self.assertEqual((effect.contacted, effect.buyers), (4, 1))

    def test_window_of_its_own_goes_before_that_of_the_company(self):
        self.company.effect_days = 31
        self.assertEqual(self._effect(self.plan).buyers, 3)
        effect = self._effect_of(self.plan)
        effect.window_days = 9
        self.assertEqual(self._effect(self.plan).buyers, 1)
        self.assertEqual(effect.last_day, fields.Date.to_date("2025-11-10"))

    def test_large_groups_tell_with_their_interval(self):
        """Of 40 contacted 30 buy for 100.00, of 40 held out 10: the margin is 60.00.

        Newcombe: 0.5 with 0.2851 to 0.6529. Welch: means of 45 and 15, both with a variance of
        27,000 / 39 / 40, t = 1.9908 of 78 degrees: 30 +- 11.71.
        """
        plan = self._plan("Large")
        for state, buyers in (("sent", 30), ("held_out", 10)):
            partners = self.env["res.partner"].create([{"name": f"{state} {n}"} for n in range(40)])
            for partner in partners:
                self._touch(plan, partner, state)
            line = {"product_id": self.service.id, "price_unit": 100.0, "tax_ids": False}
            orders = self.env["sale.order"].create(
                [
                    {"partner_id": partner.id, "order_line": [Command.create(line)]}
                    for partner in partners[:buyers]
                ]
            )
            orders.write({"state": "sale", "date_order": "2025-11-05 05:00:00"})
        self.Effect.refresh()
        self._effect_of(plan).budget = 400.0
        effect = self._effect(plan)
        self.assertEqual((effect.verdict, effect.value_verdict), ("better", "better"))
        self.assertEqual((effect.bought_share, effect.held_out_share), (0.75, 0.25))
        self.assertAlmostEqual(effect.difference_low, 0.2851, 4)
        self.assertAlmostEqual(effect.difference_high, 0.6529, 4)
        self.assertEqual(
            (effect.value_difference, effect.value_low, effect.value_high), (30.0, 18.29, 41.71)
        )
        self.assertEqual((effect.gain, effect.gain_basis), (1200.0, "held_out"))
        self.assertEqual((effect.profit, effect.return_rate), (800.0, 2.0))

    def test_campaign_has_contacts_of_the_log_and_answers_of_documents(self):
        """Two were written to; one of them, and one who was not, ordered with the campaign."""
        for partner in (self.idle, self.late):
            self.env["crm.interaction"].create(
                {
                    "partner_id": partner.id,
                    "channel_id": self.email.id,
                    "direction": "out",
                    "date": "2025-11-20 05:00:00",
                    "campaign_id": self.campaign.id,
                }
            )
        self._order(self.idle, 100.0, "2025-11-20 06:00:00", campaign_id=self.campaign.id)
        self._order(self.left_alone, 60.0, "2025-12-20 06:00:00", campaign_id=self.campaign.id)
        self._order(self.idle, 900.0, campaign_id=self.campaign.id)._action_cancel()
        effect = self._effect(self.campaign)
        self.assertRecordValues(
            effect,
            [
                {
                    "kind": "campaign",
                    "contacted": 2,
                    "answered": 1,
                    "unasked": 1,
                    "response": 0.5,
                    "buyers": 2,
                    "revenue": 500.0,
                    "own_order_count": 2,
                    "own_revenue": 160.0,
                    "own_contribution": 80.0,
                    "verdict": "no_group",
                    "gain": 80.0,
                }
            ],
        )

    def test_order_that_names_the_campaign_of_its_touch_is_one_answer(self):
        self.plan.campaign_id = self.campaign
        touch = self._touch(self._plan("Again", campaign_id=self.campaign.id), self.idle)
        order = self._order(self.idle, 100.0, "2025-11-20 06:00:00", campaign_id=self.campaign.id)
        touch.write({"state": "answered", "answer": "order", "date_answered": order.date_order})
        effect = self._effect(self.campaign)
        self.assertEqual((effect.contacted, effect.held_out), (4, 2))
        self.assertEqual((effect.own_order_count, effect.own_revenue), (1, 100.0))
        self.assertEqual(self._effect_of(touch.plan_id).own_revenue, 100.0)

    def test_campaign_run_elsewhere_is_given_who_got_it(self):
        self.campaign.action_open_effect()
        effect = self._effect_of(self.campaign)
        (self.late | self.early).ref = "letter"
        with self.assertRaisesRegex(ValidationError, "on which day"):
            effect.audience = "[('ref', '=', 'letter')]"
        effect.write({"audience": "[('ref', '=', 'letter')]", "contacted_on": "2025-12-03"})
        effect = self._effect(self.campaign)
        self.assertEqual((effect.contacted, effect.buyers, effect.audience_count), (2, 0, 2))
        effect.contacted_on = "2025-12-02"  # the day of the purchase
        self.assertEqual(self._effect(self.campaign).buyers, 1)

    def test_audience_that_cannot_be_read_is_said_and_stops_nothing(self):
        self.Effect.refresh()
        effect = self._effect_of(self.campaign)
        self.env.cr.execute(
            "UPDATE crm_effect SET audience = 'no', contacted_on = '2025-11-01' WHERE id = %s",
            [effect.id],
        )
        self.Effect.invalidate_model()
        self.assertIn("cannot be read", self._effect(self.campaign).problem)
        self.assertEqual(self._effect_of(self.plan).contacted, 4)

    def test_effect_goes_with_its_subject_and_takes_its_new_name(self):
        self.campaign.title = "Autumn"
        effect = self._effect(self.campaign)
        self.assertEqual(effect.name, "Autumn")
        self.assertEqual(effect.action_open_subject()["res_id"], self.campaign.id)
        self.campaign.unlink()
        with self.assertRaisesRegex(UserError, "Autumn is gone"):
            effect.action_open_subject()
        self.Effect.refresh()
        self.assertFalse(effect.exists())

    def test_nightly_job_works_them_out(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                "crm_relationship_analytics.ir_cron_work_out_effects"
            ).method_direct_trigger()
        self.assertEqual(self._effect_of(self.plan).contacted, 4)
