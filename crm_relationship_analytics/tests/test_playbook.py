from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .test_wallet import WalletCommon


@tagged("post_install", "-at_install")
class TestPlaybook(WalletCommon):
    """Playbooks for customers of grade C, of whom there are two; a third one has grade A."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        here = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.seller = new_test_user(
            cls.env, "playbook_seller", "sales_team.group_sale_salesman", **here
        )
        cls.manager = new_test_user(
            cls.env,
            "playbook_manager",
            "crm_relationship.group_relationship_manager",
            **here,
        )
        cls.malee = cls._customer("Malee", user_id=cls.seller.id)
        cls.best = cls._customer("Best")
        cls.Run = cls.env["crm.playbook.run"]
        for partner, grade, revenue in (
            (cls.firm, cls.grade_c, 850.0),
            (cls.malee, cls.grade_c, 20.0),
            (cls.best, cls.grade_a, 9000.0),
        ):
            # sudo: no user writes standings
            cls.Standing._of_customer(partner, cls.company).sudo().write(
                {"value_grade_id": grade.id, "revenue": revenue, "contribution": revenue / 10}
            )
        cls.customers = cls.firm | cls.malee | cls.best
        cls.cheaper = cls._playbook("serve_cheaper")
        cls.release = cls._playbook("release")

    @classmethod
    def _playbook(cls, action, **values):
        return cls.env["crm.playbook"].create(
            {
                "name": action,
                "action": action,
                "value_grade_ids": [Command.set(cls.grade_c.ids)],
                "steps": "<p>Call him</p>",
                "days": 10,
                **values,
            }
        )

    def _start(self, playbook, customers=None, user=None, reason=False):
        """Start it as from the list of standings, and return the runs of the playbook."""
        standings = self.Standing.search([("partner_id", "in", (customers or self.customers).ids)])
        start = self.env["crm.playbook.start"].with_user(user or self.seller)
        start = start.with_context(active_model=standings._name, active_ids=standings.ids)
        start.create({"playbook_id": playbook.id, "reason": reason}).action_start()
        return self.Run.search([("playbook_id", "=", playbook.id)])

    def _decide(self, run, decision, note=False, user=None):
        run = run.with_user(user or self.manager)
        action = getattr(run, f"action_{decision}")()
        wizard = self.env[action["res_model"]].with_user(user or self.manager)
        wizard.with_context(**action["context"]).create({"note": note}).action_decide()
        self.env.invalidate_all()

    def _waiting(self, customer=None):
        return self._start(self.release, customer or self.malee, reason="Costs more than he brings")

    def test_who_is_responsible_gets_the_steps(self):
        runs = self._start(self.cheaper)
        self.assertEqual(runs.partner_id, self.firm | self.malee)  # grade A is not meant
        self.assertEqual(set(runs.mapped("state")), {"running"})
        run = runs.filtered(lambda one: one.partner_id == self.malee)
        today = self.company._business_today()
        self.assertEqual(run.deadline, today + timedelta(days=10))
        self.assertEqual(run.value_grade_id, self.grade_c)
        activity = self.malee.activity_ids
        self.assertEqual(activity, run.activity_id)
        self.assertEqual(activity.user_id, self.seller)
        self.assertEqual(activity.date_deadline, run.deadline)
        self.assertIn("Call him", activity.note)
        self.assertEqual(self.firm.activity_ids.user_id, self.seller)  # nobody's: who started it

    def test_started_again_it_adds_nobody_twice(self):
        first = self._start(self.cheaper, self.malee)
        both = self._start(self.cheaper)
        self.assertEqual(len(both), 2)
        self.assertLess(first, both)
        self.assertEqual(len(self.malee.activity_ids), 1)
        with self.assertRaisesRegex(UserError, "Nothing was started"):
            self._start(self.cheaper)
        first.action_done()
        self.assertEqual(len(self._start(self.cheaper)), 3)

    def test_condition_on_the_contact_counts_beside_the_grade(self):
        self.cheaper.audience = "[('name', '=', 'Malee')]"
        self.assertEqual(self.cheaper.audience_count, 1)
        self.assertEqual(self._start(self.cheaper).partner_id, self.malee)

    def test_closing_the_activity_closes_the_playbook(self):
        run = self._start(self.cheaper, self.malee)
        self.malee.activity_ids.with_user(self.seller).action_feedback("He agrees")
        self.assertEqual(run.state, "done")
        self.assertEqual(run.done_on, self.company._business_today())

    def test_closing_the_playbook_closes_the_activity(self):
        run = self._start(self.cheaper, self.malee)
        run.with_user(self.manager).action_done()
        self.assertEqual(run.state, "done")
        self.assertFalse(self.malee.activity_ids)

    def test_manager_proposes_to_all_and_a_seller_starts(self):
        with self.assertRaisesRegex(AccessError, "manager"):
            self.cheaper.with_user(self.seller).action_propose()
        self.cheaper.with_user(self.manager).action_propose()
        self.cheaper.with_user(self.manager).action_propose()
        runs = self.cheaper.run_ids
        self.assertEqual(set(runs.mapped("state")), {"proposed"})
        self.assertIn(self.malee, runs.partner_id)
        self.assertFalse(self.malee.activity_ids)
        run = runs.filtered(lambda one: one.partner_id == self.malee)
        run.with_user(self.seller).action_start()
        self.assertEqual(run.state, "running")
        with self.assertRaisesRegex(UserError, "decided meanwhile"):
            run.with_user(self.seller).action_start()

    def test_release_needs_a_reason(self):
        for reason in (False, "  "):
            with self.assertRaisesRegex(UserError, "Say why"):
                self._start(self.release, reason=reason)
        self.release.with_user(self.manager).action_propose()
        run = self.release.run_ids.filtered(lambda one: one.partner_id == self.malee)
        with self.assertRaisesRegex(UserError, "must be approved first"):
            run.with_user(self.seller).action_start()
        with self.assertRaisesRegex(UserError, "Give the reason"):
            self._decide(run, "ask", user=self.seller)
        self._decide(run, "ask", "Too far away", self.seller)
        self.assertEqual((run.state, run.reason), ("waiting", "Too far away"))

    def test_release_needs_a_manager(self):
        run = self._waiting()
        self.assertEqual(run.state, "waiting")
        self.assertFalse(self.malee.activity_ids)
        for decision in ("approve", "refuse"):
            with self.assertRaises(AccessError):
                self._decide(run, decision, "I say so", self.seller)
        forged = {"decision": "approve", "run_ids": [Command.set(run.ids)]}
        wizard = self.env["crm.playbook.decision"].with_user(self.seller).create(forged)
        with self.assertRaisesRegex(AccessError, "manager"):
            wizard.action_decide()
        for values in ({"state": "running"}, {"reason": "Another"}):
            with self.assertRaises(AccessError):
                run.with_user(self.manager).write(values)
        self._decide(run, "approve", "Agreed")
        self.assertEqual(run.state, "running")
        self.assertEqual(run.decided_by_id, self.manager)
        self.assertEqual(run.decided_on, self.company._business_today())
        self.assertEqual(run.decision_note, "Agreed")
        self.assertEqual(run.proposed_by_id, self.seller)

    def test_manager_refuses_with_a_reason(self):
        run = self._waiting()
        with self.assertRaisesRegex(UserError, "Give the reason"):
            self._decide(run, "refuse")
        self._decide(run, "refuse", "His brother is our best customer")
        self.assertEqual(run.state, "refused")
        self.assertFalse(self.malee.activity_ids)
        with self.assertRaisesRegex(UserError, "decided meanwhile"):
            self._decide(run, "approve")

    def test_released_customer_orders_and_is_contacted_as_before(self):
        def freedom():
            self.env.invalidate_all()
            allowed = self.malee.contact_permission("phone", "service")
            return [
                self.malee.active,
                self.malee.is_blacklisted,
                self.malee.property_product_pricelist,
                self.malee.value_grade_id,
                self.env["crm.contact.consent"].search([("partner_id", "=", self.malee.id)]),
                [one["allowed"] for one in allowed],
            ]

        before = freedom()
        run = self._waiting()
        self._decide(run, "approve")
        run.with_user(self.seller).action_done()
        self.assertEqual(freedom(), before)
        self.assertEqual(self._order(self.malee, 10.0).state, "sale")
        notes = "".join(self.malee.message_ids.mapped("body"))
        self.assertIn("order and be contacted as before", notes)

    def test_what_was_checked_stays_as_it_was_when_the_manager_decided(self):
        household = self.env["crm.household"].create({"name": "Malee's"})
        household.member_ids = [
            Command.create({"partner_id": self.malee.id}),
            Command.create({"partner_id": self.best.id, "role": "head"}),
            Command.create({"name": "A small child", "role": "child"}),
        ]
        channel = self.env.ref("crm_relationship.crm_contact_channel_phone")
        said = {"partner_id": self.malee.id, "channel_id": channel.id, "direction": "in"}
        now = fields.Datetime.now()
        for days, score in ((1, "5"), (30, "2"), (400, "1")):
            self.env["crm.interaction"].create(
                {**said, "satisfaction": score, "date": now - timedelta(days=days)}
            )
        self._estimate(500.0, self.lamps, self.malee)
        self._estimate(900.0, None, self.malee)
        run = self._waiting()
        self.assertFalse(run.checked_on)
        self._decide(run, "approve")
        checked = [
            run.satisfaction,
            run.satisfaction_count,
            run.household_count,
            run.household_grade_id,
            run.household_revenue,
            run.wallet_count,
            run.wallet_left,
            run.standing_revenue,
            run.standing_contribution,
        ]
        # 5 and 2, a year ago does not count; the lamps are part of everything
        self.assertEqual(checked, [3.5, 2, 2, self.grade_a, 9000.0, 1, 900.0, 20.0, 2.0])
        self.assertEqual(run.household_partner_ids, self.best)
        household.member_ids.filtered("name").unlink()
        self._estimate(9999.0, None, self.malee, date="2025-12-31")
        self.env.invalidate_all()
        self.assertEqual((run.household_count, run.wallet_left), (2, 900.0))
        for name in ("household_revenue", "wallet_left", "standing_contribution"):
            with self.assertRaises(AccessError):
                run.with_user(self.seller).mapped(name)

    def test_merged_customers_have_one_open_run(self):
        open_run, waiting = self._start(self.cheaper, self.malee), self._waiting()
        self.cheaper.with_user(self.manager)._enrol("proposed")
        twin_run = self.cheaper.run_ids.filtered(lambda one: one.partner_id == self.firm)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.malee | self.firm).ids, self.malee)
        self.env.invalidate_all()
        self.assertEqual((open_run | waiting | twin_run).partner_id, self.malee)
        self.assertEqual(
            [open_run.state, waiting.state, twin_run.state], ["running", "waiting", "refused"]
        )
        self.assertIn("merged", twin_run.decision_note)

    def test_timeline_tells_of_it(self):
        run = self._start(self.cheaper, self.malee)
        event = self.env["crm.timeline"].search(
            [("partner_id", "=", self.malee.id), ("kind", "=", "playbook")]
        )
        self.assertEqual((event.subject, event.status), ("serve_cheaper", "Running"))
        self.assertEqual(event.action_open_source()["res_id"], run.id)

    def test_anonymised_customer_has_nothing_open_and_no_reason(self):
        entries = {entry.model: entry for entry in self.env["res.partner"]._personal_data_models()}
        replaced = entries["crm.playbook.run"].replaced
        run = self._waiting()
        self.env.flush_all()
        for name in ("reason", "state"):
            [(value,)] = self.env.execute_query(
                SQL("SELECT %s FROM crm_playbook_run WHERE id = %s", replaced[name], run.id)
            )
            self.assertEqual(
                value,
                {"reason": "Removed when the customer was anonymised.", "state": "refused"}[name],
            )
