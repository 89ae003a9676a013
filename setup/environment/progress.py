"""What the commands tell their user: progress, and one clear sentence when they fail."""

import signal
import sys
import time
from pathlib import Path

STARTED = time.monotonic()
TAIL_LINES = 25


class Problem(Exception):
    """Something the user can put right. The text is a sentence that says how."""


def say(message: str) -> None:
    """Print a line of progress with the seconds since the command began."""
    elapsed = time.monotonic() - STARTED
    print(f"[{elapsed:6.1f} s] {message}", file=sys.stderr, flush=True)


def tail_of(log: Path) -> str:
    """Return the last lines of a log file, indented, or an empty text when there is none."""
    if not log.is_file():
        return ""
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return "".join(f"    {line}\n" for line in lines)


def run_command_line(main) -> None:
    """Run `main` and leave the process with its status.

    A problem ends with its sentence and status 1, Ctrl-C with 130, a request to terminate with 143.
    """
    signal.signal(signal.SIGTERM, _leave_in_order)
    signal.signal(signal.SIGHUP, _leave_in_order)
    try:
        status = main()
    except Problem as problem:
        status = _failed(str(problem))
    except KeyboardInterrupt:
        status = 130
    except OSError as error:
        status = _failed(
            f"{error.strerror or error}: {error.filename or 'no file'}. "
            "Check the free space and your rights there, then run the command again."
        )
    sys.exit(status or 0)


def _leave_in_order(signal_number, _frame):
    """Turn a signal into an exit that runs every clean-up, once."""
    signal.signal(signal_number, signal.SIG_IGN)
    sys.exit(128 + signal_number)


def _failed(sentence: str) -> int:
    print(f"\nsetup failed: {sentence}", file=sys.stderr, flush=True)
    return 1
