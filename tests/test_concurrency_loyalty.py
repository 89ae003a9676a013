"""What happens to points and offers at the same moment ends as if one came after another."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

from odoo.tests import BaseCase, tagged
from odoo.tests.common import Registry, get_db_name

RACES = Path(__file__).with_name("races_loyalty.py")


@tagged("post_install", "-at_install")
class TestLoyaltyConcurrency(BaseCase):
    def test_the_last_use_of_an_offer_is_made_once(self):
        if "crm.loyalty.eligibility" not in Registry(get_db_name()):
            raise unittest.SkipTest("crm_relationship_loyalty is not installed")
        ended = subprocess.run(
            [sys.executable, RACES, get_db_name()],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        seen = json.loads(ended.stdout.splitlines()[-1])
        self.assertEqual((seen["used"], seen["refused"]), (1, 3), seen)
        for error in seen["errors"]:
            self.assertIn("has used RACE 1 of 1 times", error)
