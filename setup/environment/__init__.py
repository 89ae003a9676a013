"""A real Odoo 19 for this checkout: its source, Python packages, PostgreSQL and databases.

    from environment import provision

    environment = provision()
    environment.start_postgres()
    environment.create_database("example", ["crm_relationship"], demo=False)
    environment.run_odoo("shell", "-c", environment.config_file("example"))

Everything lies in a cache outside of the checkout and is made once. Failures raise Problem, whose
text tells the user what to do.
"""

import atexit
import os
import subprocess
import tempfile
from pathlib import Path

from . import odoo_source, postgres, processes, python_packages
from .database import NOWHERE, Databases
from .paths import CHECKOUT, addons, cache
from .progress import Problem

__all__ = ["CHECKOUT", "Environment", "Problem", "addons", "provision"]


def provision(with_test_tools: bool = False) -> "Environment":
    """Return the environment, after making whatever is still missing of it."""
    source = odoo_source.provide()
    python = python_packages.provide(source, with_test_tools)
    return Environment(source, python, postgres.provide(python))


class Environment:
    """A provisioned Odoo: what runs it, and the databases it works on."""

    def __init__(self, source: Path, python: Path, server: postgres.Server):
        self.source = source
        self.python = python
        self.server = server
        self.data = cache() / "data"
        self.databases = Databases(self)

    # PostgreSQL

    def start_postgres(self) -> None:
        """Make sure that PostgreSQL runs, at least until this process stops it or ends."""
        self.server.start()
        atexit.register(self.server.stop)

    def stop_postgres(self) -> None:
        """Stop PostgreSQL unless another process uses it or it is not ours."""
        self.server.stop()

    def postgres_variables(self) -> dict[str, str]:
        """Return the PG* variables, and a PATH with PostgreSQL's programs, for other programs."""
        return self.server.variables()

    # Odoo

    def config_file(self, database: str) -> Path:
        """Write the Odoo configuration for a database and return its path."""
        path = cache() / "config" / f"{database}.conf"
        path.parent.mkdir(exist_ok=True)
        lines = [f"{name} = {value}\n" for name, value in self._settings(database).items()]
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as unfinished:
            unfinished.write("[options]\n" + "".join(lines))
        Path(unfinished.name).rename(path)
        return path

    def _settings(self, database: str) -> dict:
        variables = self.postgres_variables()
        own = [CHECKOUT] if addons() else []
        folders = [*odoo_source.core_addons_path(self.source), *own]
        settings = {
            "addons_path": ",".join(map(str, folders)),
            "data_dir": self.data,
            "db_host": variables.get("PGHOST"),
            "db_port": variables.get("PGPORT"),
            "db_user": variables.get("PGUSER"),
            "db_name": database,
            "dbfilter": f"^{database}$",
            "list_db": False,
            "http_interface": "127.0.0.1",
            "http_port": os.environ.get("PORT", "8069"),
            "max_cron_threads": 0,
            "publisher_warranty_url": NOWHERE,
            "screenshots": cache() / "screenshots",
            "smtp_server": "127.0.0.1",
            "smtp_port": 9,
        }
        return {name: value for name, value in settings.items() if value not in (None, "")}

    def variables(self) -> dict[str, str]:
        """Return the environment variables for programs that work with this Odoo."""
        variables = {**os.environ, **self.postgres_variables()}
        variables["PATH"] = f"{self.python.parent}:{variables['PATH']}"
        return variables

    def run_odoo(self, *arguments, **options) -> int:
        """Run Odoo's command line in the foreground and return its exit status.

        It reads from the terminal, and Ctrl-C reaches it; `options` go to `subprocess.run`.
        """
        self.start_postgres()
        command = [str(self.python), "-m", "odoo", *map(str, arguments)]
        options = {"env": self.variables(), "check": False, **options}
        return subprocess.run(command, **options).returncode

    def run_logged(self, arguments: list, log: Path, failure: str, script: str = "") -> None:
        """Run Odoo with its output in a log file and `script` as its input.

        Raises Problem with the sentence `failure` and the end of the log when Odoo fails.
        """
        self.start_postgres()
        with tempfile.TemporaryFile() as typed:
            typed.write(script.encode())
            typed.seek(0)
            command = [self.python, "-m", "odoo", *arguments]
            processes.run_logged(command, log, failure, stdin=typed, env=self.variables())

    def start_odoo(self, *arguments) -> subprocess.Popen:
        """Start Odoo in the background, in a process group that ends with this process."""
        self.start_postgres()
        return processes.start(
            [self.python, "-m", "odoo", *arguments], env=self.variables(), cwd=CHECKOUT
        )

    # databases

    def create_database(self, name: str, modules: list[str], demo: bool = False) -> None:
        """Create a database with these modules, replacing one of the same name."""
        self.start_postgres()
        self.databases.create(name, modules, demo)

    def clone_database(self, source: str, target: str) -> None:
        """Copy a database with its files, replacing a database named like the target."""
        self.start_postgres()
        self.databases.clone(source, target)

    def drop_database(self, name: str) -> None:
        """Drop a database and its files, if there are any."""
        self.start_postgres()
        self.databases.drop(name)
