"""Programs that are started here, and that never outlive the command that started them."""

import fcntl
import os
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from .progress import Problem, say, tail_of

GRACE_SECONDS = 20


def start(command: list, **options) -> subprocess.Popen:
    """Start a program in a process group of its own, which ends with this process."""
    options.setdefault("stdin", subprocess.DEVNULL)
    command = [*_ends_with_parent(), *map(str, command)]
    return subprocess.Popen(command, start_new_session=True, **options)


def _ends_with_parent() -> list[str]:
    return ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []


def end(process: subprocess.Popen) -> None:
    """Ask a program started here and its children to end, and make sure that they did."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=GRACE_SECONDS)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def wait_for(process: subprocess.Popen) -> int:
    """Return the exit status of a started program; when interrupted, end the program first."""
    try:
        return process.wait()
    finally:
        end(process)


def run_logged(command: list, log: Path, failure: str, **options) -> None:
    """Run a program with its output in a log file.

    Raises Problem with the end of that log and the sentence `failure` when the program fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = start(command, stdout=output, stderr=subprocess.STDOUT, **options)
        status = wait_for(process)
    if status:
        raise Problem(f"{failure}\n\nThe end of {log}:\n{tail_of(log)}")


def output_of(command: list, failure: str, **options) -> str:
    """Return what a short program prints. Raises Problem with its complaint when it fails."""
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, **options
    )
    if done.returncode:
        raise Problem(f"{failure} ({done.stderr.strip() or done.stdout.strip()})")
    return done.stdout.strip()


@contextmanager
def locked(path: Path, waiting_for: str):
    """Hold a lock file; say what is being waited for when another process holds it."""
    with path.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process to finish {waiting_for} ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
