"""The results of a benchmark beside their goals."""

import itertools
import json
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("job", "what", "value", "yardstick", "ratio", "goal", "met")

STEP_GOAL = 15  # for ten times the customers
STEP_JOBS = ("P1", "P2")


class Result(NamedTuple):
    """One line of the table.

    ``value`` and ``yardstick`` are in ``unit``. The goal bounds the ratio of both, or the value
    itself when ``goal_is_ratio`` is false; without a goal the line only informs.
    """

    job: str
    what: str
    value: float
    yardstick: float | None = None
    goal: float | None = None
    unit: str = "s"
    goal_is_ratio: bool = True

    @property
    def ratio(self) -> float | None:
        """The value over the yardstick."""
        return self.value / self.yardstick if self.yardstick else None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met, None where there is none."""
        measured = self.ratio if self.goal_is_ratio else self.value
        return None if self.goal is None or measured is None else measured <= self.goal


def steps(runs: dict) -> list[Result]:
    """P3: return what each job costs at a size, to what it costs at the size before."""
    results = []
    for (size, before), (next_size, after) in itertools.pairwise(runs.items()):
        seconds = {result.what: result.value for result in before if result.unit == "s"}
        bound = STEP_GOAL * next_size / size / 10
        results += [
            Result("P3", f"{result.what}, {next_size:,}", result.value, seconds[result.what], bound)
            for result in after
            if result.job in STEP_JOBS and result.what in seconds
        ]
    return results


def table(results: list[Result]) -> str:
    """Return the results as a table of text, one line each."""
    lines = [COLUMNS, *map(_cells, results)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def _cells(result: Result) -> tuple[str, ...]:
    goal_unit = "x" if result.goal_is_ratio else result.unit
    return (
        result.job,
        result.what,
        _shown(result.value, result.unit),
        _shown(result.yardstick, result.unit),
        _shown(result.ratio, "x"),
        "" if result.goal is None else f"<= {result.goal:g} {goal_unit}",
        {True: "yes", False: "no", None: ""}[result.is_met],
    )


def _shown(number: float | None, unit: str) -> str:
    if number is None:
        return ""
    return f"{number:.0f} {unit}" if unit == "queries" else f"{number:.3g} {unit}"


def write_json(path: Path, runs: dict) -> None:
    """Write the results of each size, with ratio and verdict, to a file."""
    content = {
        size: [{**row._asdict(), "ratio": row.ratio, "is_met": row.is_met} for row in results]
        for size, results in runs.items()
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
