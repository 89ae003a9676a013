"""P4: the memory by which this process grows while it grades a company for the first time."""

from measuring import forget_peak, memory, peak_memory
from refreshing import Refreshing
from session import run_job


def growth(session) -> float:
    """Return the megabytes between the start of a refresh and its peak."""
    refreshing = Refreshing(session)
    with session.environment() as env:
        env["crm.value.policy"]._of_company(env.company)._as_of()
    refreshing.forget_standings()
    before = memory()
    forget_peak()
    refreshing.full()
    return peak_memory() - before


if __name__ == "__main__":
    run_job(growth)
