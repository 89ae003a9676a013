"""The generated companies: a database of each size, made once and used again."""

from pathlib import Path

from environment import Environment
from environment.paths import cache, core_dependencies, fingerprint_of_folders, short_digest
from environment.processes import run_logged
from environment.progress import say

HERE = Path(__file__).resolve().parent
ADDON = HERE.parents[1] / "crm_relationship"
LOYALTY = ADDON.with_name("crm_relationship_loyalty")
ANALYTICS = ADDON.with_name("crm_relationship_analytics")
PREFIX = "crm_benchmark"
ROWS = HERE / "company.sql"
RULES = HERE / "preparing.py"


class Companies:
    """The databases of the benchmark."""

    def __init__(self, environment: Environment):
        self.environment = environment
        self.databases = environment.databases

    def with_addon(self, customers: int) -> str:
        """Return a database of so many customers with the addon as it is in the checkout."""
        name = f"{PREFIX}_{customers}"
        rows, addon = self._fingerprint_of_rows(), fingerprint_of_folders([ADDON])
        if self.databases.note(name) == f"{rows} {addon}":
            return name
        if self.databases.note(name).partition(" ")[0] == rows:
            self.databases.upgrade(name, [ADDON.name])
        else:
            self._generate(name, customers)
            self.install(name)
            self.databases.run_script(name, RULES.read_text(encoding="utf-8"))
        self.databases.keep_note(name, f"{rows} {addon}")
        return name

    def without_addon(self, customers: int) -> str:
        """Return a database of so many customers with Odoo's modules alone; 0 is a new one."""
        if not customers:
            return self._template()
        name = f"{PREFIX}_{customers}_core"
        if self.databases.note(name) != self._fingerprint_of_rows():
            self._generate(name, customers)
            self.databases.keep_note(name, self._fingerprint_of_rows())
        return name

    def with_loyalty(self) -> str:
        """Return a database without customers, with the addon for loyalty of the checkout."""
        name, addons = f"{PREFIX}_loyalty", fingerprint_of_folders([ADDON, LOYALTY])
        if self.databases.note(name) != addons:
            self.environment.clone_database(self._template(LOYALTY.name), name)
            self.install(name, LOYALTY.name)
            self.databases.keep_note(name, addons)
        return name

    def with_analytics(self, customers: int) -> str:
        """Return a database of so many customers with the addon for what they bring."""
        name = f"{PREFIX}_{customers}_analytics"
        rows, addons = self._fingerprint_of_rows(), fingerprint_of_folders([ADDON, ANALYTICS])
        noted = self.databases.note(name)
        if noted == f"{rows} {addons}":
            return name
        if noted.partition(" ")[0] == rows:
            self.databases.upgrade(name, [ADDON.name, ANALYTICS.name])
        else:
            self.environment.clone_database(self.with_addon(customers), name)
            self.install(name, ANALYTICS.name)
        self.databases.keep_note(name, f"{rows} {addons}")
        return name

    def core_of_loyalty(self) -> str:
        """Return a database with the modules of core that the addon for loyalty extends."""
        return self._template(LOYALTY.name)

    def install(self, name: str, addon: str = ADDON.name) -> None:
        """Install an addon in a database."""
        self.databases.run_logged(
            name, ["-i", addon, "--stop-after-init"], f"{addon} cannot be installed."
        )

    def _template(self, addon: str = ADDON.name) -> str:
        return self.databases.template(core_dependencies([addon]), demo=False)

    def _fingerprint_of_rows(self) -> str:
        return short_digest(f"{self._template()} {ROWS.read_text()} {RULES.read_text()}")

    def _generate(self, name: str, customers: int) -> None:
        say(f"generating {customers:,} customers in the database {name} ...")
        self.environment.clone_database(self._template(), name)
        run_logged(
            ["psql", "-XqAt", "-d", name, "-v", f"customers={customers}", "-f", ROWS],
            cache() / "logs" / f"{name}-rows.log",
            f"the customers of {name} cannot be generated.",
            env=self.environment.variables(),
        )
