"""The addon does not need stock, and shows deliveries, returns and lots where it is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from environment import provision

SCRIPT = Path(__file__).with_name("with_stock.py")


@tagged("post_install", "-at_install")
class TestWithStock(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = provision()
        cls.name = f"{get_db_name()}_stock"
        cls.addClassCleanup(environment.drop_database, cls.name)
        environment.clone_database(
            environment.databases.template(["crm_relationship"], demo=False), cls.name
        )
        environment.databases.run_logged(
            cls.name,
            ["-i", "crm_relationship,sale_stock", "--stop-after-init"],
            "the addon cannot be installed together with stock.",
        )
        cls.config = environment.config_file(cls.name)

    def test_deliveries_returns_and_lots_are_seen(self):
        ended = subprocess.run(
            [sys.executable, SCRIPT, self.name],
            env={**os.environ, "ODOO_RC": str(self.config)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(
            json.loads(ended.stdout.splitlines()[-1]),
            {
                "delivery is opened": True,
                "return is opened": True,
                "under way": [True],
                "delivery date": ["2031-05-06"],
                "found by lot": [[True, "lot"]],
                "queries are few": True,
                "case has its delivery and lot": True,
                "delivery of another customer is refused": True,
            },
        )
