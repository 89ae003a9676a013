"""What the tests of the whole checkout read: its addons and their files."""

import ast
from pathlib import Path

from environment.paths import CHECKOUT, addons


def addon_folders() -> list[Path]:
    """Return the folders of all addons of the checkout."""
    return [CHECKOUT / name for name in addons()]


def files(pattern: str) -> list[Path]:
    """Return the files of all addons that match a pattern, without libraries of others."""
    found = [path for folder in addon_folders() for path in sorted(folder.glob(pattern))]
    return [path for path in found if "static/lib/" not in path.as_posix()]


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def texts(tree: ast.AST):
    """Return (line, text) of every text constant that is not a docstring."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef)
    documented = [node for node in ast.walk(tree) if isinstance(node, owners)]
    firsts = [node for owner in documented for node in owner.body[:1]]
    docstrings = {id(node.value) for node in firsts if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of attributes, and an empty text for anything else."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def place(path: Path, line: int, finding: str) -> str:
    """Return where a finding is, as a line of a failing test."""
    shown = path.relative_to(CHECKOUT) if path.is_relative_to(CHECKOUT) else path
    return f"{shown}:{line}: {finding}"
