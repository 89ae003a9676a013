"""Rows of an import that are refused, so that the others come in."""

from collections.abc import Callable
from typing import Any


class ImportRefusals:
    """The faults of an import by the index of their record.

    It travels in the context beside core's own ``import_flush``: nothing else reaches from
    ``execute_import`` through ``load`` to the records.
    """

    def __init__(self) -> None:
        self.faults: dict[int, list[dict]] = {}
        self.is_undone = False

    def add(self, fault: dict) -> None:
        self.faults.setdefault(fault["record"], []).append(fault)

    def include(self, record: int) -> bool:
        return record in self.faults

    def log_or(self, log: Callable[[dict], Any]) -> Callable[[dict], Any]:
        """Return what takes the place of core's log, whose errors undo the whole import."""
        return lambda fault: log(fault) if self.is_undone else self.add(fault)

    def watch(self, savepoint: Any) -> "WatchedSavepoint":
        """Return what takes the place of the savepoint of the whole import."""
        return WatchedSavepoint(savepoint, self)


class WatchedSavepoint:
    """A savepoint that tells when it was rolled back: then no row may count as loaded.

    Core does so when a value such as a new tag cannot be created.
    """

    def __init__(self, savepoint: Any, refusals: ImportRefusals) -> None:
        self.savepoint = savepoint
        self.refusals = refusals

    def rollback(self) -> None:
        self.savepoint.rollback()
        self.refusals.is_undone = True
