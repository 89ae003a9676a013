"""P5: how long a user who writes contacts waits while another process grades everybody.

Each write is a transaction of its own; one that the database refuses is tried again, as Odoo does
for a request, and the wait goes on.
"""

import random
import select
import statistics
import subprocess
import sys
import time

from refreshing import Refreshing
from session import run_job

PAUSE = 0.005
QUIET_SECONDS = 5


class Writer:
    """A user who writes one random contact after the other."""

    def __init__(self, session):
        self.session = session
        self.random = random.Random(1)
        self.writes = 0
        self.written = {}
        with session.environment() as env:
            self.contacts = env["res.partner"].search([("customer_rank", ">", 0)]).ids

    def waits_until(self, is_over) -> list[float]:
        """Write until it is over; return the milliseconds that each write took."""
        waits = []
        while not is_over():
            waits.append(self._write())
            time.sleep(PAUSE)
        return waits

    def _write(self) -> float:
        from psycopg2.errors import LockNotAvailable, SerializationFailure

        self.writes += 1
        contact, text = self.random.choice(self.contacts), str(self.writes)
        start = time.perf_counter()
        while True:
            try:
                with self.session.environment() as env:
                    env["res.partner"].browse(contact).ref = text
                break
            except (LockNotAvailable, SerializationFailure):
                continue
        self.written[contact] = text
        return 1000 * (time.perf_counter() - start)

    def lost(self) -> int:
        """Return how many contacts do not hold what was last written to them."""
        with self.session.environment() as env:
            contacts = env["res.partner"].browse(self.written)
            return sum(contact.ref != self.written[contact.id] for contact in contacts)


def waits(session) -> dict:
    """Return the waits in milliseconds, quiet and while customers are graded."""
    grader = subprocess.Popen(
        [sys.executable, __file__, sys.argv[1], "grade"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    writer = Writer(session)
    grader.stdout.readline()
    end = time.monotonic() + QUIET_SECONDS
    quiet = writer.waits_until(lambda: time.monotonic() > end)
    grader.stdin.write("go\n")
    grader.stdin.flush()
    busy = writer.waits_until(lambda: select.select([grader.stdout], [], [], 0)[0])
    assert grader.wait() == 0, "grading failed while contacts were written"
    return {"quiet": _summary(quiet), "busy": _summary(busy), "lost": writer.lost()}


def _summary(waits) -> dict:
    return {
        "count": len(waits),
        "maximum": max(waits),
        "percentile": statistics.quantiles(waits, n=100, method="inclusive")[98],
    }


def grade(session) -> str:
    """Grade everybody for the first time as soon as a line comes in."""
    refreshing = Refreshing(session)
    refreshing.forget_standings()
    print("ready", flush=True)
    sys.stdin.readline()
    refreshing.full()
    return "done"


if __name__ == "__main__":
    run_job(waits if len(sys.argv) == 2 else lambda session, _grade: grade(session))
