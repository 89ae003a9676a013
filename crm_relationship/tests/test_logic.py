import doctest
from unittest import TestCase

from odoo.tests import BaseCase, tagged

from ..logic import (
    birthdate,
    contact_permission,
    import_cell,
    member_number,
    network,
    occasion,
    promise,
    retention,
    search_term,
    value_grade,
)
from ..logic.member_number import NumberFormat, fault_of, normalise
from ..logic.value_grade import Grade, cut_offs, grade_of


@tagged("standard", "at_install")
class TestLogic(BaseCase, TestCase):
    def test_doctests(self):
        for module in (
            birthdate,
            contact_permission,
            import_cell,
            member_number,
            network,
            occasion,
            promise,
            retention,
            search_term,
            value_grade,
        ):
            with self.subTest(module=module.__name__):
                results = doctest.testmod(module)
                self.assertGreater(results.attempted, 0)
                self.assertEqual(results.failed, 0)

    def test_number_is_read_however_it_was_typed(self):
        for typed in (
            "M00000018",
            " m0000 0018 ",
            "M-0000-0018",
            "Ｍ００００００１８",
            "M๐๐๐๐๐๐๑๘",
            "M00000018\n",
            "\u200fM00000018\u200b",
            "\ufeffM00000018",
        ):
            with self.subTest(typed=typed):
                self.assertEqual(normalise(typed), "M00000018")

    def test_every_single_wrong_digit_is_refused(self):
        """Luhn, Damm, EAN-13 and MOD 97-10 detect all single errors (ISO/IEC 7812, Damm, GS1)."""
        numbers = {
            "luhn": "79927398713",
            "damm": "5724",
            "ean13": "4006381333931",
            "mod97": "79444",
        }
        for check, number in numbers.items():
            card = NumberFormat("", len(number), check)
            self.assertIsNone(fault_of(number, card), check)
            for position, digit in enumerate(number):
                for wrong in set("0123456789") - {digit}:
                    mistyped = number[:position] + wrong + number[position + 1 :]
                    with self.subTest(check=check, mistyped=mistyped):
                        self.assertEqual(fault_of(mistyped, card).reason, "check")

    def test_grading_twice_changes_nothing(self):
        ladders = {
            "cumulative_share": [Grade(1, 0.5), Grade(2, 0.8), Grade(3, 1.0)],
            "fixed_bounds": [Grade(1, 1000.0), Grade(2, 100.0), Grade(3, 0.0)],
            "rfm": [Grade(1, 12), Grade(2, 8), Grade(3, 0)],
        }
        measures = {
            "cumulative_share": [step / 100 for step in range(0, 101)],
            "fixed_bounds": [float(step * 10) for step in range(-5, 130)],
            "rfm": list(range(0, 16)),
        }
        for method, ladder in ladders.items():
            steps = cut_offs(method, ladder, 0.05)
            for current in (None, 1, 2, 3):
                for measure in measures[method]:
                    once = grade_of(method, measure, current, steps)
                    self.assertEqual(grade_of(method, measure, once, steps), once)
