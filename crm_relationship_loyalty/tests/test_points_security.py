from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import LoyaltyCommon

GROUPS = {
    "internal": "base.group_user",
    "contact_point": "crm_relationship.group_contact_point",
    "user": "crm_relationship.group_relationship_user",
    "salesman": "sales_team.group_sale_salesman",
    "manager": "crm_relationship.group_relationship_manager",
    "sale_manager": "sales_team.group_sale_manager",
    "biller": "account.group_account_invoice",
    "portal": "base.group_portal",
}
USERS = {"user", "salesman", "manager", "sale_manager"}
MANAGERS = {"manager", "sale_manager"}
SELLERS = {"salesman", "sale_manager"}
# model: who reads, writes, creates, deletes; core's rights of salespeople are what they were
RIGHTS = {
    "crm.affinity": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.affinity.pair": (USERS, set(), set(), set()),
    "crm.affinity.item": (USERS, set(), set(), set()),
    "crm.alliance": (USERS | {"biller"}, {"manager"}, {"manager"}, {"manager"}),
    "crm.alliance.offer": (USERS | {"biller"}, {"manager"}, {"manager"}, {"manager"}),
    "crm.alliance.offer.line": (USERS | {"biller"}, {"manager"}, {"manager"}, {"manager"}),
    "crm.offer.decline": (USERS, USERS, USERS, set()),
    "crm.offer.decline.reason": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.offer.demand": (USERS, set(), set(), set()),
    "crm.offer.presentation": (USERS | {"biller"}, set(), set(), set()),
    "crm.alliance.points": (USERS | {"biller"}, set(), set(), set()),
    "crm.alliance.settlement": ({"manager", "biller"}, {"biller"}, {"biller"}, {"biller"}),
    "crm.alliance.settlement.group": ({"manager", "biller"}, set(), set(), set()),
    "crm.alliance.settlement.line": ({"manager", "biller"}, set(), set(), set()),
    "crm.loyalty.ladder": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.loyalty.tier": (USERS | {"contact_point"}, {"manager"}, {"manager"}, {"manager"}),
    "crm.loyalty.membership": (USERS, set(), set(), set()),
    "crm.loyalty.tier.change": (USERS, set(), set(), set()),
    "crm.loyalty.floor": (USERS, set(), {"manager"}, set()),
    "crm.referral": (USERS, set(), set(), set()),
    "crm.referral.program": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.referral.refusal": ({"manager"}, {"manager"}, {"manager"}, set()),
    "crm.loyalty.simulation": (USERS, {"manager"}, {"manager"}, {"manager"}),
    "crm.loyalty.simulation.line": (USERS, set(), set(), set()),
    "crm.loyalty.simulation.customer": (USERS, set(), set(), set()),
    "crm.loyalty.level": (USERS, set(), set(), set()),
    "crm.loyalty.gift": (USERS, set(), set(), set()),
    "crm.loyalty.tier.warning": (USERS, set(), set(), set()),
    "crm.points.notice": (USERS, set(), set(), set()),
    "crm.points.breakage": (MANAGERS | {"biller"}, set(), set(), set()),
    "crm.points.difference": (MANAGERS, set(), set(), set()),
    "crm.points.liability": ({"biller"}, {"biller"}, {"biller"}, {"biller"}),
    "crm.points.liability.line": ({"biller"}, set(), set(), set()),
    "crm.points.repair": (MANAGERS, MANAGERS, MANAGERS, MANAGERS),
    "loyalty.points.transfer": (MANAGERS, MANAGERS, MANAGERS, set()),
    "loyalty.card.update.balance": (USERS - {"user"}, USERS - {"user"}, USERS - {"user"}, set()),
    "loyalty.card": (USERS, SELLERS | {"manager"}, MANAGERS, set()),
    "loyalty.history": (USERS, SELLERS, SELLERS | {"manager"}, set()),
    "loyalty.program": (USERS, {"sale_manager"}, {"sale_manager"}, {"sale_manager"}),
}
OPERATIONS = ("read", "write", "create", "unlink")
OF_COMPANY = (
    "crm.alliance",
    "crm.alliance.offer",
    "crm.alliance.offer.line",
    "crm.offer.presentation",
    "crm.offer.demand",
    "crm.affinity",
    "crm.affinity.pair",
    "crm.affinity.item",
    "crm.alliance.points",
    "crm.alliance.settlement",
    "crm.alliance.settlement.group",
    "crm.alliance.settlement.line",
    "crm.loyalty.ladder",
    "crm.loyalty.tier",
    "crm.loyalty.membership",
    "crm.loyalty.tier.change",
    "crm.loyalty.floor",
    "crm.referral",
    "crm.referral.program",
    "crm.loyalty.simulation",
    "crm.loyalty.simulation.line",
    "crm.loyalty.simulation.customer",
    "crm.loyalty.level",
    "crm.loyalty.gift",
    "crm.loyalty.tier.warning",
    "crm.points.notice",
    "crm.points.breakage",
    "crm.points.difference",
    "crm.points.liability",
    "crm.points.liability.line",
    "loyalty.card",
    "loyalty.history",
    "loyalty.program",
)
FORGED = {
    "loyalty_posting": ["adjust", "A present", None, None, True, True],
    "loyalty_posting_points": True,
    "loyalty_opening": ["opening", "A present"],
    "loyalty_keep_history": True,
    "points_collisions": [],
    "loyalty_points_chosen": {},
    "loyalty_points_cap": [1, 9999.0],
}


class SecurityCommon(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"{role}_here",
                group,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role, group in GROUPS.items()
        }
        cls.card = cls._give(100.0)
        cls.sellers_card = cls.card.with_user(cls.users["salesman"])
        cls.row = cls.card.history_ids


@tagged("post_install", "-at_install")
class TestPointsAccess(SecurityCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other Company"})
        cls.stranger = new_test_user(
            cls.env,
            "manager_there",
            "sales_team.group_sale_manager,crm_relationship.group_relationship_manager"
            ",account.group_account_invoice",
            company_id=cls.other.id,
            company_ids=[Command.set(cls.other.ids)],
        )

    def test_each_role_does_what_it_may_and_no_more(self):
        for model_name, roles_of in RIGHTS.items():
            for operation, roles in zip(OPERATIONS, roles_of, strict=True):
                with self.subTest(model=model_name, operation=operation):
                    may = {
                        role
                        for role, user in self.users.items()
                        if self.env[model_name].with_user(user).has_access(operation)
                    }
                    self.assertEqual(may, roles)

    def test_every_model_of_the_addon_is_in_this_matrix(self):
        own = {
            model.model
            for model in self.env["ir.model"].search([])
            if self.env[model.model]._original_module == "crm_relationship_loyalty"
            and not self.env[model.model]._abstract
        }
        self.assertLessEqual(own, set(RIGHTS))

    def test_who_may_not_read_finds_and_counts_nothing_either(self):
        for model_name, (readers, *_others) in RIGHTS.items():
            for role in self.users.keys() - readers:
                records = self.env[model_name].with_user(self.users[role])
                for reading in (
                    lambda records=records: records.search([]),
                    lambda records=records: records._read_group([], [], ["__count"]),
                    lambda records=records: records.name_search("0"),
                ):
                    with (
                        self.subTest(model=model_name, role=role),
                        self.assertRaises(AccessError),
                    ):
                        reading()

    def test_another_company_sees_and_changes_nothing(self):
        self._make_rows_of_all_models()
        for model_name in OF_COMPANY:
            with self.subTest(model=model_name):
                here = self.env[model_name].sudo().search([("company_id", "=", self.company.id)])
                self.assertTrue(here)
                there = self.env[model_name].with_user(self.stranger)
                domain = [("id", "in", here.ids)]
                self.assertFalse(there.search(domain))
                self.assertEqual(there._read_group(domain, [], ["__count"]), [(0,)])
                with self.assertRaises(AccessError):
                    here.with_user(self.stranger).read(["display_name"])
        for adjusting in (
            lambda card: card.write({"code": "mine"}),
            lambda card: card.action_transfer_points(),
            lambda card: card.history_ids.create(
                {"card_id": card.id, "issued": 50.0, "description": "A present"}
            ),
        ):
            with self.assertRaises(AccessError):
                adjusting(self.card.with_user(self.stranger))

    def _make_rows_of_all_models(self):
        system = self.env["crm.points.liability"].sudo()
        self.program.company_id = self.company
        ladder = self.env["crm.loyalty.ladder"].create(
            {"name": "Club", "tier_ids": [Command.create({"name": "Gold", "threshold": 1000.0})]}
        )
        ladder.action_publish()
        self.env["crm.loyalty.floor"].create(
            {
                "ladder_id": ladder.id,
                "partner_id": self.customer.id,
                "tier_id": ladder.tier_ids.id,
                "date_until": "2099-12-31",
                "reason": "Status match",
            }
        )
        self._make_a_referral()
        ladder.action_simulate()
        of_customer = {"partner_id": self.customer.id, "company_id": self.company.id}
        self.env["crm.loyalty.level"].sudo().create(of_customer)
        self.env["crm.loyalty.gift"].sudo().create(
            {
                **of_customer,
                "ladder_id": ladder.id,
                "tier_id": ladder.tier_ids.id,
                "program_id": self.program.id,
                "kind": "entry",
                "date": "2026-01-01",
                "year": 2026,
                "last_day": "2026-01-08",
            }
        )
        self.env["crm.loyalty.tier.warning"].sudo().create(
            {
                "ladder_id": ladder.id,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "tier_id": ladder.tier_ids.id,
                "last_day": fields.Date.today(),
            }
        )
        day = system._last_closing_date(self.company)
        liability = system.create({"company_id": self.company.id, "closing_date": day})
        self.env["crm.points.liability.line"].sudo().create(
            {
                "liability_id": liability.id,
                "company_id": self.company.id,
                "program_id": self.program.id,
            }
        )
        self._make_pair()
        self._make_offer()
        self._make_settlement()
        self._make_demand()
        self.env["crm.points.difference"].sudo().create({"card_id": self.card.id})
        self.env["crm.points.notice"].sudo().create(
            {
                "card_id": self.card.id,
                "program_id": self.program.id,
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "last_day": fields.Date.today(),
                "next_try": fields.Datetime.now(),
            }
        )
        self.env.flush_all()

    def _make_a_referral(self):
        program = self.env["crm.referral.program"].create(
            {"name": "Friends", "referrer_program_id": self.program.id, "referrer_points": 50.0}
        )
        friend = self._customer("Malee Suksan")
        self.customer.action_issue_member_number()
        order = self._draft(100.0, partner=friend)
        self.env["crm.referral"].sudo()._enter(order, self.customer.member_number_ids, program)

    def _make_settlement(self):
        alliance = self.env["crm.alliance"].create(
            {"name": "Hotel", "partner_id": self._customer("Hotel").id, "fee_earned": 1.0}
        )
        of_alliance = {"alliance_id": alliance.id, "company_id": self.company.id}
        points = {"card_id": self.card.id, "kind": "accrual", "external_ref": "T-1"}
        self.env["crm.alliance.points"].sudo().create(
            {**of_alliance, **points, "day": "2025-01-01", "points": 1.0}
        )
        settlement = (
            self.env["crm.alliance.settlement"]
            .sudo()
            .create(
                {"alliance_id": alliance.id, "date_from": "2025-01-01", "date_until": "2025-01-31"}
            )
        )
        source = {"source_model": "loyalty.history", "source_id": self.row.id}
        self.env["crm.alliance.settlement.line"].sudo().create(
            {
                **of_alliance,
                **source,
                "settlement_id": settlement.id,
                "side": "receivable",
                "kind": "accrual",
                "date": "2025-01-01",
            }
        )

    def _make_offer(self):
        alliance = self.env["crm.alliance"].create(
            {"name": "Spa", "partner_id": self._customer("Spa", is_company=True).id}
        )
        offer = self.env["crm.alliance.offer"].create(
            {
                "name": "Advice",
                "alliance_id": alliance.id,
                "line_ids": [Command.create({"product_id": self.service.id})],
            }
        )
        values = offer._presentation_values(self.customer, "in_person")
        self.env["crm.offer.presentation"].sudo().create(values)

    def _make_pair(self):
        affinity = self.env["crm.affinity"].create({})
        counted = {"affinity_id": affinity.id, "company_id": self.company.id, "item_id": 1}
        self.env["crm.affinity.item"].sudo().create(counted)
        self.env["crm.affinity.pair"].sudo().create({**counted, "other_item_id": 2})

    def _make_demand(self):
        goods = self.env["product.product"].create({"name": "Machine", "type": "consu"})
        line = Command.create({"product_id": goods.id})
        offer = self.env["crm.alliance.offer"].create(
            {"name": "Deal", "price": 20.0, "line_ids": [line], "company_id": self.company.id}
        )
        offer.action_start()


@tagged("post_install", "-at_install")
class TestPointsAreNotRaised(SecurityCommon):
    """Who is no manager raises no points, by a form, a call or an import."""

    def _assert_refused(self, attack, error=AccessError):
        with self.assertRaises(error):
            attack()
        self.env.invalidate_all()
        self.assertEqual(self.card.points, 100.0)
        self.assertLedgerHolds()

    def test_balance_cannot_be_written(self):
        for context in ({}, FORGED):
            card = self.sellers_card.with_context(**context)
            self._assert_refused(lambda card=card: card.write({"points": 9999.0}))

    def test_entries_cannot_be_made_changed_or_deleted(self):
        for context in ({}, FORGED):
            row = self.row.with_user(self.users["salesman"]).with_context(**context)
            entry = {"card_id": self.card.id, "issued": 50.0, "description": "A present"}
            self._assert_refused(lambda row=row, entry=entry: row.create(entry))
            till = {**entry, "order_model": "pos.order", "order_id": 1}
            self._assert_refused(lambda row=row, till=till: row.create(till))
            self._assert_refused(lambda row=row: row.write({"remaining": 9999.0}), UserError)
            self._assert_refused(lambda row=row: row.copy())
        row = self.row.with_user(self.users["sale_manager"])
        self._assert_refused(lambda: row.unlink(), AccessError)
        self._assert_refused(lambda: self.row.sudo().unlink(), UserError)

    def test_flag_of_core_to_keep_entries_keeps_them(self):
        row = self.row.with_user(self.users["salesman"]).with_context(**FORGED)
        row.unlink()
        self.assertTrue(self.row.exists())

    def test_entries_cannot_come_by_a_card_or_program(self):
        entry = Command.create({"issued": 50.0, "description": "A present"})
        update = Command.update(self.row.id, {"remaining": 9999.0})
        self._assert_refused(lambda: self.sellers_card.write({"history_ids": [entry]}))
        self._assert_refused(lambda: self.sellers_card.write({"history_ids": [update]}), UserError)
        coupon = Command.create({"points": 9999.0, "partner_id": self.salesman.partner_id.id})
        program = self.program.with_user(self.users["salesman"])
        self._assert_refused(lambda: program.write({"coupon_ids": [coupon]}))

    def test_cards_cannot_be_made_or_copied(self):
        values = {"program_id": self.program.id, "points": 9999.0}
        self._assert_refused(lambda: self.sellers_card.create(values))
        self._assert_refused(lambda: self.sellers_card.copy(), UserError)

    def test_points_of_another_customer_cannot_be_spent(self):
        order = self._draft(100.0, partner=self._customer("Malee"), user_id=self.salesman.id)
        order = order.with_user(self.salesman)
        order.applied_coupon_ids = [Command.link(self.card.id)]
        wizard = self.env["sale.loyalty.reward.wizard"].with_user(self.salesman)
        wizard = wizard.create({"order_id": order.id, "selected_reward_id": self.reward.id})
        with self.assertRaises(UserError):
            wizard.action_apply()
            order.action_confirm()
        self.env.invalidate_all()
        self.assertEqual(self.card.points, 100.0)
        self.assertLedgerHolds()

    def test_import_raises_nothing(self):
        ident = f"__export__.card_{self.card.id}"
        self.env["ir.model.data"].create(
            {"module": "__export__", "name": f"card_{self.card.id}", "model": "loyalty.card"}
            | {"res_id": self.card.id}
        )
        for result in (
            self.sellers_card.load(["id", "points"], [[ident, "9999"]]),
            self.row.with_user(self.users["salesman"]).load(
                ["card_id/.id", "issued", "description"], [[str(self.card.id), "50", "A present"]]
            ),
            self.row.with_user(self.users["salesman"]).load(
                ["partner_id/.id", "program_id/.id", "points"],
                [[str(self.customer.id), str(self.program.id), "50"]],
            ),
        ):
            self.assertFalse(result["ids"])
            self.assertTrue(result["messages"])
        self.assertEqual(self.card.points, 100.0)

    def test_wizards_of_managers_are_closed_to_others(self):
        env = self.env(user=self.users["salesman"])
        update = env["loyalty.card.update.balance"].create(
            {"card_id": self.card.id, "new_balance": 9999.0, "description": "A present"}
        )
        self._assert_refused(lambda: update.action_update_card_point())
        generate = env["loyalty.generate.wizard"].create(
            {
                "program_id": self.program.id,
                "mode": "selected",
                "customer_ids": [Command.set(self.users["salesman"].partner_id.ids)],
                "points_granted": 9999.0,
            }
        )
        self._assert_refused(lambda: generate.generate_coupons())
        transfer = {
            "card_id": self.card.id,
            "partner_id": self.users["salesman"].partner_id.id,
            "points": 50.0,
            "reason": "A present",
        }
        self._assert_refused(lambda: env["loyalty.points.transfer"].create(transfer))
        difference = self.env["crm.points.difference"].sudo().create({"card_id": self.card.id})
        repair = {"difference_id": difference.id, "reason": "A present"}
        self._assert_refused(lambda: env["crm.points.repair"].create(repair))
        for role in ("user", "biller", "portal"):
            card = self.card.with_user(self.users[role])
            self._assert_refused(lambda card=card: card.action_transfer_points())

    def test_default_values_of_a_call_reach_no_entry(self):
        order = self._sale(500.0, user_id=self.salesman.id)
        forged = {"default_remaining": 9999.0, "default_external_ref": "X-1"}
        wizard = self.env["sale.loyalty.reward.wizard"].with_user(self.salesman)
        wizard = wizard.create({"order_id": order.id, "selected_reward_id": self.reward.id})
        wizard.with_context(**forged).action_apply()
        self.assertEqual(self.card.points, 100.0)  # 50 spent, 50 for what was bought
        self.assertFalse(self.History.search([("external_ref", "=", "X-1")]))
        self.assertLedgerHolds()

    def test_lines_of_orders_cannot_give_points(self):
        """The price of a line is the seller's; what it costs in points is not."""
        order = self._draft(500.0, user_id=self.salesman.id)
        self._spend(order)
        reward_line = order.order_line.filtered("is_reward_line").with_user(self.salesman)
        line = (order.order_line - reward_line).with_user(self.salesman)
        claim = {"coupon_id": self.card.id, "points_cost": -9999.0}
        nested = {"order_line": [Command.update(line.id, claim)]}
        fresh = {"order_id": order.id, "product_id": self.service.id, **claim}
        for _state in ("draft", "sale"):
            for attack in (
                lambda: reward_line.write({"points_cost": 0.0}),
                lambda: reward_line.write({"coupon_id": False}),
                lambda: line.write(claim),
                lambda: order.with_user(self.salesman).write(nested),
                lambda: line.create(fresh),
                lambda: line.with_context(**FORGED).write(claim),
            ):
                with self.assertRaises(AccessError):
                    attack()
            self.assertEqual(reward_line.points_cost, 50.0)
            if order.state == "draft":
                order.with_user(self.salesman).action_confirm()
        self.assertEqual(self.card.points, 100.0)  # 50 spent, 50 for what was bought
        self.assertLedgerHolds()

    def test_promises_of_orders_cannot_be_written(self):
        order = self._draft(500.0, user_id=self.salesman.id).with_user(self.salesman)
        (entry,) = order.coupon_point_ids
        for command in (
            Command.update(entry.id, {"points": 9999.0}),
            Command.create({"coupon_id": self.card.id, "points": 9999.0}),
        ):
            self._assert_refused(
                lambda command=command: order.write({"coupon_point_ids": [command]})
            )

    def test_sellers_apply_take_off_and_copy_rewards_all_the_same(self):
        order = self._draft(500.0, user_id=self.salesman.id).with_user(self.salesman)
        self._spend(order)
        wizard = self.env["sale.loyalty.reward.wizard"].with_user(self.salesman)
        order.order_line.filtered("is_reward_line").unlink()
        order._update_programs_and_rewards()
        wizard.create({"order_id": order.id, "selected_reward_id": self.reward.id}).action_apply()
        self.assertEqual(order.amount_total, 495.0)
        self.assertEqual(order.copy().amount_total, 500.0)
        order.action_confirm()
        self.assertEqual(self.card.points, 100.0)  # 50 spent, 50 for what was bought
        self.assertLedgerHolds()


@tagged("post_install", "-at_install")
class TestCardsKeepTheirWorth(SecurityCommon):
    """Salespeople and tills may write to cards, as core has it, but not what they are worth."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupons = cls._program(
            name="Coupons", program_type="coupons", applies_on="current", trigger="with_code"
        )
        cls.coupon = cls._give(1.0, program=cls.coupons, expiration_date="2026-01-31")
        cls.other = cls._customer("Malee")

    def test_only_managers_change_code_last_day_and_archive(self):
        for values in (
            {"code": "KNOWN"},
            {"expiration_date": "2036-01-31"},
            {"active": False},
        ):
            with self.subTest(values=values):
                with self.assertRaises(AccessError):
                    self.coupon.with_user(self.users["salesman"]).write(values)
                self.coupon.with_user(self.users["sale_manager"]).write(values)

    def test_only_managers_give_a_coupon_to_another_customer(self):
        with self.assertRaises(AccessError):
            self.coupon.with_user(self.users["salesman"]).partner_id = self.other
        self.coupon.with_user(self.users["manager"]).partner_id = self.other
        self.assertEqual(self.coupon.partner_id, self.other)

    def test_seller_says_whose_a_coupon_of_nobody_is(self):
        self.coupon.partner_id = False
        self.coupon.with_user(self.users["salesman"]).partner_id = self.other
        self.assertEqual(self.coupon.partner_id, self.other)

    def test_account_stays_its_owners_for_everybody(self):
        for role in ("salesman", "manager", "sale_manager"):
            for partner in (self.other, self.other.browse()):
                with self.assertRaises(UserError):
                    self.card.with_user(self.users[role]).partner_id = partner

    def test_points_stay_in_their_program(self):
        wallet = self._program(name="Wallet", program_type="ewallet", applies_on="future")
        for card in (self.sellers_card, self.card, self.card.sudo()):
            with self.assertRaises(UserError):
                card.program_id = wallet

    def test_nobody_deletes_or_archives_by_the_flag_of_core(self):
        for role in ("portal", "internal", "salesman", "sale_manager"):
            card = self.card.with_user(self.users[role]).with_context(**FORGED)
            with self.assertRaises(AccessError):
                card.unlink()
        self.assertTrue(self.card.active)
