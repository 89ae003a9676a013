"""The addons work with stock, mass mailing, tills and the shop where those are installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

from environment import provision

APPS = (
    "crm_relationship_loyalty",
    "mass_mailing_sms",
    "pos_loyalty",
    "sale_margin",
    "website_sale_loyalty",
)
SCRIPT = Path(__file__).with_name("with_apps.py")


@tagged("post_install", "-at_install")
class TestWithApps(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        environment = provision()
        cls.name = f"{get_db_name()}_apps"
        cls.addClassCleanup(environment.drop_database, cls.name)
        environment.clone_database(
            environment.databases.template(["crm_relationship"], demo=False), cls.name
        )
        environment.databases.run_logged(
            cls.name,
            ["-i", ",".join(APPS), "--stop-after-init"],
            "the addon cannot be installed with stock and mass mailing.",
        )
        cls.config = environment.config_file(cls.name)

    def _run(self, program):
        ended = subprocess.run(
            [sys.executable, SCRIPT, program, self.name],
            env={**os.environ, "ODOO_RC": str(self.config)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout.splitlines()[-1])

    def test_mass_mailings_ask_the_gate(self):
        self.assertEqual(
            self._run("mailing"),
            {
                # by kind and name: whether the gate took it out
                "traces": [
                    ["mail", "unasked", True],
                    ["mail", "willing", False],
                    ["sms", "unasked", True],
                    ["sms", "willing", False],
                ],
                "refused": [["email", "unasked", "consent"], ["sms", "unasked", "consent"]],
            },
        )

    def test_links_of_an_sms_are_short_and_note_the_click(self):
        self.assertEqual(
            self._run("click"),
            {
                "text": "Look at SHORT today",
                "over the touch": True,
                "target": ["https://shop.example.com/boat?colour=red"],
            },
        )

    def test_points_of_a_till_are_in_the_ledger(self):
        club = [["earn", 70.0, "pos.order"], ["redeem", -50.0, "pos.order"]]
        gift = [["earn", 100.0, "pos.order"], ["redeem", -30.0, "pos.order"]]
        self.assertEqual(
            self._run("till"),
            {
                "club": {"rows": club, "balance": 20.0, "same": True},
                "named": True,
                "gift card": {"rows": gift, "balance": 70.0, "same": True},
                "raised by hand": [True, True],
            },
        )

    def test_a_ladder_counts_the_margin_of_orders_and_a_simulation_their_cost(self):
        self.assertEqual(
            self._run("margin"),
            {
                "400.0": ["Silver", 400.0],
                "400.01": [False, 400.0],
                "simulated": [1000.0, 600.0, "order"],
            },
        )

    def test_deliveries_returns_and_lots_are_seen(self):
        self.assertEqual(
            self._run("stock"),
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
