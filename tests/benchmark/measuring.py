"""What a piece of work costs: processor seconds, seconds by the clock, and memory."""

import statistics
import threading
import time
from pathlib import Path
from typing import NamedTuple

NANOSECOND = 1e-9


class Cost(NamedTuple):
    """Seconds that a piece of work took.

    ``cpu`` are those of the processor, in this process and in the database's backend together;
    None where the backend runs on another machine. ``wall`` are those of the clock.
    """

    cpu: float | None
    wall: float

    @property
    def seconds(self) -> float:
        """The processor's seconds when they are known, else the clock's."""
        return self.wall if self.cpu is None else self.cpu


class Meter:
    """Measures work that goes through one cursor, hence through one backend."""

    def __init__(self, cr):
        cr.execute("SELECT pg_backend_pid()")
        (backend,) = cr.fetchone()
        self.schedule = Path("/proc", str(backend), "schedstat")
        command = Path("/proc", str(backend), "cmdline")
        self.is_local = command.is_file() and b"postgres" in command.read_bytes()

    def cost_of(self, work) -> Cost:
        """Do the work and return its cost."""
        cpu, wall = self._cpu(), time.perf_counter()
        work()
        wall = time.perf_counter() - wall
        return Cost(cpu and self._cpu() - cpu, wall)

    def _cpu(self) -> float | None:
        if not self.is_local:
            return None
        return self._in_backend() + time.process_time()

    def _in_backend(self) -> float:
        return int(self.schedule.read_text().split()[0]) * NANOSECOND

    def seconds_in_database(self) -> float:
        """Return how long the database has worked so far: a figure to subtract from a later one.

        Of the processor; where the backend runs on another machine, of the clock while Odoo waits.
        """
        if self.is_local:
            return self._in_backend()
        thread = threading.current_thread()
        if not hasattr(thread, "query_time"):
            thread.query_count = thread.query_time = 0  # Odoo counts where it finds these
        return thread.query_time


def median_of(costs: list[Cost]) -> Cost:
    """Return the cost in the middle."""
    by_cpu = None if costs[0].cpu is None else statistics.median(cost.cpu for cost in costs)
    return Cost(by_cpu, statistics.median(cost.wall for cost in costs))


def memory() -> float:
    """Return the megabytes that this process holds."""
    return _status("VmRSS")


def peak_memory() -> float:
    """Return the most megabytes that this process has held since ``forget_peak``."""
    return _status("VmHWM")


def forget_peak() -> None:
    """Have the peak begin anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024
