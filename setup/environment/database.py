"""Odoo databases: made from a cached template, with their file stores, or not at all."""

import os
import shutil
from pathlib import Path

from . import odoo_source
from .paths import addons, cache, core_dependencies, short_digest
from .processes import locked
from .progress import Problem, say, tail_of

PREFIX = "crm_relationship"
NOWHERE = "http://127.0.0.1:9"
# Nothing that a demo or a test does leaves this machine.
ISOLATE = f"""
for name in (
    "iap.endpoint", "enrich.endpoint", "reveal.endpoint", "iap.partner_autocomplete.endpoint",
    "snailmail.endpoint", "sms.endpoint",
):
    env["ir.config_parameter"].set_param(name, "{NOWHERE}")
if "iap_enrich_auto_done" in env["res.company"]:
    env["res.company"].search([]).iap_enrich_auto_done = True
env.cr.commit()
"""
BUILD_PAGES = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


class Databases:
    """The databases of one environment."""

    def __init__(self, environment):
        self.environment = environment
        self.server = environment.server

    def exists(self, name: str) -> bool:
        """Tell whether a database of this name exists."""
        found = self.server.query(f"SELECT 1 FROM pg_database WHERE datname = {_text(name)}")
        return bool(found)

    def note(self, name: str) -> str:
        """Return the note kept at a database, empty when it has none or does not exist."""
        return "\n".join(
            self.server.query(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
                f"WHERE datname = {_text(name)}"
            )
        )

    def keep_note(self, name: str, note: str) -> None:
        """Keep a note at a database."""
        self.server.query(f"COMMENT ON DATABASE {_name(name)} IS {_text(note)}")

    def drop(self, name: str) -> None:
        """Drop a database and its file store, if there are any."""
        self.server.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = {_text(name)} AND pid <> pg_backend_pid()"
        )
        self.server.query(f"DROP DATABASE IF EXISTS {_name(name)}")
        shutil.rmtree(self._files(name), ignore_errors=True)

    def clone(self, source: str, target: str) -> None:
        """Copy a database; the files are linked, because Odoo never changes one."""
        self.drop(target)
        self.server.query(f"CREATE DATABASE {_name(target)} TEMPLATE {_name(source)}")
        if self._files(source).is_dir():
            shutil.copytree(self._files(source), self._files(target), copy_function=os.link)

    def rename(self, source: str, target: str) -> None:
        """Give a finished database its name, the file store first."""
        shutil.rmtree(self._files(target), ignore_errors=True)
        if self._files(source).is_dir():
            self._files(source).rename(self._files(target))
        self.server.query(f"ALTER DATABASE {_name(source)} RENAME TO {_name(target)}")

    def create(
        self, name: str, modules: list[str], demo: bool, options=(), build_pages=True
    ) -> None:
        """Create a database with these modules; it gets its name when it is complete.

        Core modules come from a template that is made once. `options` go to Odoo as it installs.
        Pages that were not built here are built by their first visitor.
        """
        working_name = self.prepare(name, modules, demo, options, build_pages)
        self.drop(name)
        self.rename(working_name, name)

    def prepare(
        self, name: str, modules: list[str], demo: bool, options=(), build_pages=True
    ) -> str:
        """Do all of `create` but the naming, and return the name the database has until then."""
        working_name = f"{name}_unfinished"
        template = self.template(modules, demo)
        self.clone(template, working_name)
        own = sorted(set(modules) & set(addons()))
        if own:
            say(f"installing {', '.join(own)} ...")
            self._install(working_name, own, demo, *options)
        self.run_script(working_name, ISOLATE + (BUILD_PAGES if build_pages else ""))
        return working_name

    def template(self, modules: list[str], demo: bool) -> str:
        """Return the name of a database with the core modules that these modules need."""
        core = core_dependencies(modules) or ["base"]
        odoo = odoo_source.fingerprint(self.environment.source)
        key = short_digest(f"{odoo} {self.environment.data} {core} {demo}")
        name = f"{PREFIX}_template_{key}"
        with locked(cache() / f"{name}.lock", "the template database"):
            if not self.exists(name):
                self._make_template(name, core, demo)
        return name

    def _make_template(self, name: str, core: list[str], demo: bool) -> None:
        kind = "with demo data" if demo else "without demo data"
        say(f"installing Odoo's {', '.join(core)} {kind} (once, 1 to 3 minutes) ...")
        working_name = f"{name}_unfinished"
        self.drop(working_name)
        self._install(working_name, core, demo)
        if not demo:  # tests make a database each time, and find most of their pages here
            self.run_script(working_name, BUILD_PAGES)
        self.rename(working_name, name)

    def _install(self, name: str, modules: list[str], demo: bool, *options) -> None:
        kind = ["--with-demo"] if demo else []
        self.run_logged(
            name,
            ["-i", ",".join(modules), "--stop-after-init", *kind, *options],
            f"{', '.join(modules)} cannot be installed, or a test failed during it.",
        )

    def upgrade(self, name: str, modules: list[str]) -> None:
        """Upgrade modules in a database, installing those that are new."""
        say(f"upgrading {', '.join(modules)} in the database {name} ...")
        names = ",".join(modules)
        self.run_logged(
            name,
            ["-u", names, "-i", names, "--stop-after-init"],
            f"{names} cannot be upgraded: put the addon right, or make the database again with "
            "--fresh.",
        )
        self.run_script(name, BUILD_PAGES)

    def run_script(self, name: str, script: str) -> None:
        """Run a program inside Odoo on a database, as `env`. Raises Problem when it fails."""
        log = self.log(f"{name}-script")
        failure = f"a step inside the database {name} failed."
        config = self.environment.config_file(name)
        command = ["shell", "-c", config, "--no-http", "--log-level=warn"]
        self.environment.run_logged(command, log, failure, script=script)
        if "Traceback" in log.read_text(errors="replace"):
            raise Problem(f"{failure}\n\nThe end of {log}:\n{tail_of(log)}")

    def run_logged(self, name: str, arguments: list, failure: str) -> Path:
        """Run Odoo on a database and return its log. Raises Problem when it fails."""
        log = self.log(name)
        command = ["-c", self.environment.config_file(name), "--no-http", *arguments]
        self.environment.run_logged(command, log, failure)
        return log

    def log(self, name: str) -> Path:
        """Return where the log of the last work on a database is kept."""
        return cache() / "logs" / f"{name}.log"

    def _files(self, name: str) -> Path:
        return self.environment.data / "filestore" / name


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
