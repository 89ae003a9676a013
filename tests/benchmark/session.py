"""Odoo inside this process, on the database of a configuration file."""

import json
import sys
from contextlib import contextmanager


class Session:
    """A registry of Odoo, and one transaction at a time."""

    def __init__(self, config_file: str):
        from odoo.modules.registry import Registry
        from odoo.tools import config

        config.parse_config(["-c", config_file, "--log-level=error"], setup_logging=True)
        [name] = config["db_name"]
        self.registry = Registry(name)

    @contextmanager
    def environment(self, login: str = ""):
        """Give an environment of a user, else of the system; commit at the end."""
        from odoo import SUPERUSER_ID, api

        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if login:
                user = env["res.users"].search([("login", "=", login)])
                env = api.Environment(cr, user.id, {"lang": "en_US", "tz": "Asia/Bangkok"})
            yield env


def run_job(job) -> None:
    """Run a job of this process' configuration file and print what it returns as JSON."""
    config_file, *arguments = sys.argv[1:]
    print(json.dumps(job(Session(config_file), *arguments)))
