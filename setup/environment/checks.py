"""The steps of `./setup/test`, from the linters to pytest."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from .database import PREFIX
from .paths import CHECKOUT, SETUP, addons, cache
from .processes import end, start, wait_for
from .progress import Problem, say

TEST_DATABASE = f"{PREFIX}_test"
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
INSTALL_HINT = "run ./setup/install_browser as root"
WORKERS = 2


def require_programs() -> None:
    """Raise Problem when a program that the tests need is missing: no test may be skipped."""
    missing = [] if any(map(shutil.which, BROWSERS)) else ["a browser (chromium)"]
    missing += [name for name in ("wkhtmltopdf", "node", "npm", "git") if not shutil.which(name)]
    if not _has_thai_font():
        missing.append("a font with Thai letters")
    if missing:
        raise Problem(f"the tests need {', '.join(missing)}: {INSTALL_HINT}.")


def _has_thai_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    fonts = subprocess.run(["fc-list", ":lang=th"], capture_output=True, check=False)
    return bool(fonts.stdout.strip())


def lint(environment) -> None:
    """Run all linters over all files of the checkout. Raises Problem when one complains."""
    say("linters ...")
    _require_committed_or_added_files()
    variables = {**_variables(environment), "PRE_COMMIT_HOME": str(cache() / "pre-commit")}
    command = [environment.python, "-m", "pre_commit", "run", "--all-files"]
    if wait_for(start(command, env=variables, cwd=CHECKOUT)):
        raise Problem("the linters complain; their messages above say where.")


def _require_committed_or_added_files() -> None:
    """Raise Problem outside of a git checkout, where the linters would silently see no file."""
    command = ["git", "-c", f"safe.directory={CHECKOUT}", "ls-files", "--", "setup"]
    known = subprocess.run(command, cwd=CHECKOUT, capture_output=True, check=False)
    if not known.stdout.strip():
        raise Problem("the linters read the files that git knows: add the files with git add.")


def install_with_demo(environment) -> None:
    """Install the addons with demo data, as `./setup/run` does. Raises Problem on a warning."""
    say("installing with demo data ...")
    database = f"{TEST_DATABASE}_demo_{os.getpid()}"
    try:
        environment.databases.create(
            database, addons(), demo=True, options=["--load-language=th_TH"], build_pages=False
        )
        check_log(environment, environment.databases.log(f"{database}_unfinished"))
    finally:
        _drop(environment, database)


def install_for_tests(environment, with_odoo_runner: bool) -> str:
    """Return the name of a new test database with the addons as they are in the checkout.

    With Odoo's own runner, the tests marked at_install run as their addon is installed; pytest
    only ever sees the finished database. Raises Problem when one of them fails.
    """
    database = test_database()
    tags = ",".join([*(f"/{name}" for name in addons()), "-post_install"])
    runner = [f"--test-tags={tags}", f"--http-port={free_port()}"] if with_odoo_runner else []
    environment.databases.create(database, addons(), demo=False, options=runner)
    return database


def installation_log(environment) -> None:
    """Raise Problem when Odoo warned while it installed the addons for the tests."""
    if addons():
        check_log(environment, environment.databases.log(f"{test_database()}_unfinished"))


def test_database() -> str:
    """Return the name of the test database of this process."""
    return f"{TEST_DATABASE}_{os.getpid()}"


def drop_test_database(environment) -> None:
    """Drop the test database of this process, finished or not."""
    _drop(environment, test_database())


def _drop(environment, database: str) -> None:
    environment.drop_database(database)
    environment.drop_database(f"{database}_unfinished")


def free_port() -> int:
    """Return a port of this machine that no program listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_log(environment, log: Path) -> None:
    """Raise Problem when Odoo logged a warning or an error."""
    program = environment.python.parent / "checklog-odoo"
    done = subprocess.run([program, log], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Problem(f"Odoo logged warnings or errors in {log}:\n{done.stdout}{done.stderr}")


def _variables(environment) -> dict[str, str]:
    """Return the variables for programs that call git, also in a checkout of another user."""
    trusted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    return {**environment.variables(), **trusted, "GIT_CONFIG_VALUE_0": str(CHECKOUT)}


def run_pytest(environment, database: str, arguments: list[str], failed: list[str]) -> int:
    """Run pytest on a database and return its status; its closing line comes last.

    The names of steps that failed before are shown above that line and make the status 1.
    """
    variables = {
        **_variables(environment),
        "ODOO_RC": str(environment.config_file(database)),
        "PYTHONPATH": str(SETUP),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FAILED_STEPS": ",".join(failed),
    }
    command = [environment.python, "-m", "pytest", "-p", "environment.pytest_strict", "--odoo-http"]
    process = start([*command, *arguments], env=variables, cwd=CHECKOUT)
    try:
        return process.wait() or int(bool(failed))
    finally:
        end(process)


def pytest_arguments(filters: list[str]) -> list[str]:
    """Return pytest's arguments for the filters: paths and addons, or else words in test names.

    Everything is run by two processes, each with a copy of the database of its own.
    """
    if not filters:
        return [*addons(), "tests", f"--numprocesses={WORKERS}", "--dist=loadfile"]
    paths = [name for name in filters if (CHECKOUT / name.partition("::")[0]).exists()]
    words = [name for name in filters if name not in paths]
    expression = ["-k", " or ".join(f"({word})" for word in words)] if words else []
    return [*(paths or [*addons(), "tests"]), *expression]


def drop_abandoned_databases(environment) -> None:
    """Drop the test databases of runs that were killed; on a private server only."""
    if not environment.server.is_private:
        return
    for name in environment.server.query("SELECT datname FROM pg_database"):
        owner = re.match(rf"{TEST_DATABASE}(?:_demo)?_(\d+)", name)
        if owner and not Path("/proc", owner.group(1)).exists():
            environment.drop_database(name)
