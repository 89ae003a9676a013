from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import LoyaltyCommon


@tagged("post_install", "-at_install")
class TestPointsTransfer(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._business_today()
        cls.daughter = cls._customer("Nok Jaidee")
        cls.card = cls._give(30.0)
        row = cls.History.create({"card_id": cls.card.id, "issued": 20.0, "description": "Gift"})
        cls.soon = cls.today + timedelta(days=10)
        row._keep({row: {"expiration_date": cls.soon}})

    def _transfer(self, points, partner=None, reason="Gift", user=None, **values):
        wizard = self.env["loyalty.points.transfer"].with_user(user or self.env.user)
        return wizard.create(
            {
                "card_id": self.card.id,
                "partner_id": (partner or self.daughter).id,
                "points": points,
                "reason": reason,
                **values,
            }
        ).action_transfer()

    def test_points_move_lot_by_lot_with_their_last_days(self):
        self._transfer(25.0)
        other = self._card_of(self.daughter)
        self.assertEqual((self.card.points, other.points), (25.0, 25.0))
        rows = other.history_ids.sorted("id")
        self.assertEqual(
            [(row.kind, row.points, row.expiration_date) for row in rows],
            [("transfer", 20.0, self.soon), ("transfer", 5.0, False)],
        )
        self.assertEqual(rows[0].description, f"Transferred from card {self.card.code}: Gift")
        given = self.card.history_ids.filtered(lambda row: row.kind == "transfer")
        self.assertEqual(sorted(given.mapped("points")), [-20.0, -5.0])
        self.assertEqual(
            set(given.mapped("description")), {f"Transferred to card {other.code}: Gift"}
        )
        self.assertLedgerHolds()

    def test_a_card_that_is_there_already_is_used(self):
        other = self._give(1.0, partner=self.daughter)
        self._transfer(50.0)
        self.assertEqual((self.card.points, other.points), (0.0, 51.0))
        self.assertEqual(self._card_of(self.daughter), other)
        self.assertLedgerHolds()

    def test_no_more_than_there_is(self):
        with self.assertRaisesRegex(UserError, "has 50 Points to give"):
            self._transfer(50.01)
        self.assertFalse(self._card_of(self.daughter).points)
        self.assertEqual(self.card.points, 50.0)

    def test_wrong_entries_are_named(self):
        for sentence, values in (
            ("more than zero", {"points": 0.0}),
            ("more than zero", {"points": -5.0}),
            ("his already", {"points": 5.0, "partner": self.customer}),
            ("Say why", {"points": 5.0, "reason": "  "}),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, sentence):
                self._transfer(**values)
        self.card.active = False
        with self.assertRaisesRegex(ValidationError, "own card"):
            self._transfer(5.0)

    def test_only_managers_transfer(self):
        with self.assertRaises(AccessError):
            self._transfer(5.0, user=self.salesman)
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self.card.with_user(self.salesman).action_transfer_points()
