"""A pytest plugin: a skipped test fails, and steps that failed before pytest are not forgotten.

A test that really cannot run somewhere says so with a reason that begins with "Not applicable:".
"""

import os

import pytest

ALLOWED_REASON = "Not applicable:"


def _forbid_skip(report) -> None:
    """Turn the report of a skip into a failure, unless its reason is an allowed one."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if ALLOWED_REASON not in reason:
        report.outcome = "failed"
        report.longrepr = f"a test must not be skipped: {reason}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Forbid that a test is skipped."""
    outcome = yield
    _forbid_skip(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """Forbid that a whole file is skipped."""
    outcome = yield
    _forbid_skip(outcome.get_result())


def pytest_terminal_summary(terminalreporter):
    """Name the steps that failed before pytest began, above its closing line."""
    for step in filter(None, os.environ.get("FAILED_STEPS", "").split(",")):
        terminalreporter.write_line(f"FAILED step before pytest: {step}", red=True)
