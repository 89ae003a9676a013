from datetime import timedelta

from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tests import tagged

from .common import LoyaltyCommon

COLUMNS = ("member_number", "partner_id", "program_id", "points", "expiration_date", "external_ref")


@tagged("post_install", "-at_install")
class TestOpeningBalances(LoyaltyCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.member_number = "M00000018"
        cls.malee = cls._customer("Malee Srisuk")
        cls.last_day = cls.company._business_today() + timedelta(days=100)

    def _row(self, customer="M00000018", points="1250", reference="OLD-1", **values):
        last_day = values.get("last_day", self.last_day.isoformat())
        number, name = (customer, "") if customer.startswith("M0") else ("", customer)
        return [number, name, values.get("program", "Club"), points, last_day, reference]

    def _load(self, *rows, columns=COLUMNS):
        return self.History.load(list(columns), list(rows))

    def _messages(self, *rows, columns=COLUMNS):
        result = self._load(*rows, columns=columns)
        self.assertFalse(result["ids"])
        return [message["message"] for message in result["messages"]]

    def test_rows_open_the_cards_of_customers(self):
        result = self._load(self._row(), self._row("Malee Srisuk", "80.5", "OLD-2", last_day=""))
        self.assertFalse(result["messages"])
        rows = self.History.browse(result["ids"])
        self.assertEqual(
            [(row.partner_id, row.kind, row.points, row.expiration_date) for row in rows],
            [
                (self.customer, "opening", 1250.0, self.last_day),
                (self.malee, "opening", 80.5, False),
            ],
        )
        self.assertEqual(rows.mapped("card_id.points"), [1250.0, 80.5])
        self.assertLedgerHolds()

    def test_a_card_can_be_named_by_its_code(self):
        card = self._give(5.0)
        result = self._load(
            [card.code, "10", "OLD-1"], columns=["card_id", "points", "external_ref"]
        )
        self.assertFalse(result["messages"])
        self.assertEqual(card.points, 15.0)

    def test_the_same_row_is_posted_once(self):
        first = self._load(self._row())
        again = self._load(self._row())
        self.assertEqual((again["ids"], again["messages"]), (first["ids"], []))
        twice_in_one = self._load(self._row(reference="OLD-2"), self._row(reference="OLD-2"))
        self.assertEqual(len(set(twice_in_one["ids"])), 1)
        self.assertEqual(self._card_of().points, 2500.0)
        self.assertLedgerHolds()

    def test_the_same_reference_with_other_data_is_refused(self):
        self._load(self._row())
        for row in (self._row(points="1251"), self._row("Malee Srisuk")):
            with self.subTest(row=row):
                [message, *_rest] = self._messages(row)
                self.assertIn("OLD-1 was posted already", message)
                self.assertIn("other data", message)
        self.assertEqual(self._card_of().points, 1250.0)
        self.assertFalse(self._card_of(self.malee))

    def test_one_bad_row_leaves_nothing_written(self):
        for bad, sentence in (
            (self._row("Nobody", reference="X"), "No matching record"),
            (self._row("M00000026", reference="X"), "No customer has the member number M00000026"),
            (self._row(points="0", reference="X"), "more than zero"),
            (self._row(points="-5", reference="X"), "more than zero"),
            (self._row(points="many", reference="X"), "many"),
            (self._row(last_day="2020-01-01", reference="X"), "last day"),
            (self._row("", reference="X"), "Name the card"),
            (self._row(program="", reference="X"), "Name the card"),
        ):
            with self.subTest(sentence=sentence, bad=bad):
                result = self._load(self._row(), bad)
                self.assertFalse(result["ids"])
                told = [one["message"] for one in result["messages"] if one["record"] == 1]
                self.assertTrue([one for one in told if sentence in one], told)
                self.assertFalse(self._card_of())

    def test_only_managers_import(self):
        program, partner = self.program.id, self.malee.id
        with self.assertRaisesRegex(AccessError, "Only managers"):
            self.History.with_user(self.salesman).create(
                {"partner_id": partner, "program_id": program, "points": 5, "external_ref": "A"}
            )
        self.assertFalse(self._card_of(self.malee))

    def test_two_customers_in_one_row_are_refused(self):
        row = ["M00000018", "Malee Srisuk", *self._row()[2:]]
        self.assertIn("leave one of them out", self._messages(row)[-1])

    def test_a_replaced_number_leads_to_the_customer(self):
        self.customer.member_number = "M00000026"
        self.assertFalse(self._load(self._row())["messages"])
        self.assertEqual(self._card_of().points, 1250.0)

    def test_a_manager_enters_one_by_hand(self):
        row = self.History.create(
            {
                "partner_id": self.malee.id,
                "program_id": self.program.id,
                "points": 5.0,
                "kind": "opening",
            }
        )
        self.assertEqual((row.kind, row.points, row.card_id.points), ("opening", 5.0, 5.0))
        self.assertEqual(row.description, "Opening balance")

    def test_a_card_of_another_customer_is_refused(self):
        card = self._give(5.0)
        columns = ["card_id", "partner_id", "points", "external_ref"]
        messages = self._messages([card.code, "Malee Srisuk", "5", "OLD-1"], columns=columns)
        self.assertIn("another customer or program", messages[-1])
        self.assertEqual(card.points, 5.0)

    def test_import_is_tried_again_when_another_posts_at_this_moment(self):
        create = type(self.env["loyalty.card"]).create

        def made_by_another(cards, vals_list):
            raise ConcurrencyError("The customer has just got a card.")

        self.patch(type(self.env["loyalty.card"]), "create", made_by_another)
        with self.assertRaises(ConcurrencyError):
            self._load(self._row())
        self.patch(type(self.env["loyalty.card"]), "create", create)
        self.assertTrue(self._load(self._row())["ids"])

    def test_the_template_is_offered(self):
        [template] = self.History.get_import_templates()
        self.assertTrue(template["template"].endswith(".xlsx"))
        names = {
            field["name"]
            for field in self.env["base_import.import"].get_fields_tree("loyalty.history")
        }
        self.assertLessEqual(set(COLUMNS), names)
