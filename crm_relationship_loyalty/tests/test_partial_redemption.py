from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestPartialRedemption(LoyaltyCommon):
    """One point of the club is worth 0.10; points are used 10 at a time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reward.write({"discount_mode": "per_point", "discount": 0.1, "required_points": 10})
        cls.card = cls._give(500.0)

    def _wizard(self, order, reward=None):
        action = order.with_user(self.salesman).action_open_reward_wizard()
        wizard = self.env[action["res_model"]].with_user(self.salesman)
        form = Form(wizard.with_context(**action["context"]))
        if reward:
            form.selected_reward_id = reward
        return form

    def _discount(self, order, reward=None):
        lines = order.order_line.filtered(lambda line: line.reward_id == (reward or self.reward))
        return sum(lines.mapped("price_total")), sum(lines.mapped("points_cost"))

    def test_the_wizard_proposes_the_most_that_is_useful(self):
        form = self._wizard(self._draft(100.0))
        self.assertEqual(form.selected_reward_id, self.reward)
        # 500 points and the 10 that the order earns; it takes up to 1,000
        self.assertEqual((form.points_balance, form.points_to_use), (510.0, 510.0))
        self.assertEqual(form.points_value, 51.0)
        form = self._wizard(self._draft(20.0))
        self.assertEqual((form.points_balance, form.points_to_use), (502.0, 200.0))

    def test_the_seller_uses_a_part(self):
        order = self._draft(100.0)
        form = self._wizard(order)
        form.points_to_use = 120
        self.assertEqual(form.points_value, 12.0)
        form.save().action_apply()
        self.assertEqual(self._discount(order), (-12.0, 120.0))
        order.action_confirm()
        self.assertEqual(self._discount(order), (-12.0, 120.0))
        # 88.00 is left to pay; the basis is gross: 10 points
        self.assertEqual(self.card.points, 500.0 - 120.0 + 10.0)
        self.assertLedgerHolds()

    def test_the_choice_survives_changes_of_the_order(self):
        order = self._draft(100.0)
        form = self._wizard(order)
        form.points_to_use = 120
        form.save().action_apply()
        order.order_line[:1].price_unit = 8.0
        order._update_programs_and_rewards()
        self.assertEqual(self._discount(order), (-8.0, 80.0))
        order.order_line[:1].price_unit = 500.0
        order._update_programs_and_rewards()
        self.assertEqual(self._discount(order), (-12.0, 120.0))

    def test_bad_numbers_are_told(self):
        order = self._draft(100.0)
        wizard = self._wizard(order).save()
        told = {
            0: "a number above zero",
            -10: "a number above zero",
            float("nan"): "a number above zero",
            float("inf"): "a number above zero",
            520: "520 Points is more than there is: the card has 510 Points",
            15: "10 Points at a time",
        }
        for points, sentence in told.items():
            with self.subTest(points=points), self.assertRaisesRegex(ValidationError, sentence):
                wizard.points_to_use = points
                wizard.action_apply()
        self.assertFalse(order.order_line.reward_id)

    def _wallet(self):
        program = self.env["loyalty.program"].create(
            {
                "name": "Wallet",
                **self.env["loyalty.program"]._program_type_default_values()["ewallet"],
                "program_type": "ewallet",
                "rule_ids": [Command.clear()],
            }
        )
        return self._give(80.0, program=program)

    def test_a_part_of_a_wallet_beside_points(self):
        wallet = self._wallet()
        reward, order = wallet.program_id.reward_ids, self._draft(100.0)
        form = self._wizard(order, reward)
        self.assertEqual((form.points_balance, form.points_to_use), (80.0, 80.0))
        form.points_to_use = 12.5
        form.save().action_apply()
        form = self._wizard(order, self.reward)
        form.points_to_use = 120
        form.save().action_apply()
        for _again in range(2):
            order._update_programs_and_rewards()
            self.assertEqual(self._discount(order, reward), (-12.5, 12.5))
            self.assertEqual(self._discount(order), (-12.0, 120.0))
        order.action_confirm()
        self.assertEqual(wallet.points, 67.5)
        self.assertLedgerHolds()

    def test_another_number_replaces_the_first(self):
        wallet = self._wallet()
        reward, order = wallet.program_id.reward_ids, self._draft(100.0)
        for points in (12.5, 30.0):
            form = self._wizard(order, reward)
            self.assertEqual((form.points_balance, form.points_to_use), (80.0, 80.0))
            form.points_to_use = points
            form.save().action_apply()
            self.assertEqual(self._discount(order, reward), (-points, points))

    def test_rewards_of_a_fixed_amount_are_as_before(self):
        self.reward.write({"discount_mode": "per_order", "discount": 5.0, "required_points": 50})
        order = self._draft(100.0)
        self.assertTrue(order.action_open_reward_wizard())
        self.assertEqual(self._discount(order), (-5.0, 50.0))
        result = order._apply_program_reward(self.reward, self.card, points_to_use=50)
        self.assertEqual(result["error"], "Points cannot be chosen for this reward.")
