import doctest
from unittest import TestCase

from odoo.tests import BaseCase, tagged

from ..logic import (
    affinity,
    alliance,
    earning,
    eligibility,
    expiry,
    lots,
    offer,
    offer_obstacle,
    offer_score,
    offer_supply,
    points,
    redemption,
    tier,
    tier_window,
)

MODULES = (
    affinity,
    alliance,
    earning,
    eligibility,
    expiry,
    lots,
    offer,
    offer_obstacle,
    offer_score,
    offer_supply,
    points,
    redemption,
    tier,
    tier_window,
)


@tagged("standard", "at_install")
class TestLogic(BaseCase, TestCase):
    def test_doctests(self):
        for module in MODULES:
            with self.subTest(module=module.__name__):
                results = doctest.testmod(module)
                self.assertGreater(results.attempted, 0)
                self.assertEqual(results.failed, 0)
