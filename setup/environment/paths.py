"""Where things lie: the checkout with its addons, and the cache outside of it."""

import ast
import hashlib
import os
from pathlib import Path

from .progress import Problem

CHECKOUT = Path(__file__).resolve().parents[2]
SETUP = CHECKOUT / "setup"
CACHE_VARIABLE = "CRM_RELATIONSHIP_CACHE"
IGNORED_FOLDERS = {"__pycache__", ".git", "node_modules"}


def cache() -> Path:
    """Return the folder for everything that is downloaded or made, creating it.

    Raises Problem when it cannot be written to.
    """
    folder = _chosen_cache()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"the cache folder {folder} cannot be written to ({error.strerror}): "
            f"set {CACHE_VARIABLE} to a folder of yours."
        ) from error
    return folder


def _chosen_cache() -> Path:
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(base) / "crm_relationship").resolve()


def addons() -> list[str]:
    """Return the names of the installable addons of the checkout, sorted."""
    manifests = sorted(CHECKOUT.glob("*/__manifest__.py"))
    return [path.parent.name for path in manifests if read_manifest(path).get("installable", True)]


def read_manifest(path: Path) -> dict:
    """Return the content of a manifest. Raises Problem when it is no dictionary."""
    try:
        manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise Problem(f"{path} is not a valid manifest: {error}.") from error
    if not isinstance(manifest, dict):
        raise Problem(f"{path} is not a valid manifest: it must hold a dictionary.")
    return manifest


def core_dependencies(names: list[str]) -> list[str]:
    """Return the modules outside of the checkout that these addons depend on, sorted."""
    found, waiting, seen = set(), list(names), set()
    while waiting:
        name = waiting.pop()
        manifest = CHECKOUT / name / "__manifest__.py"
        if not manifest.is_file():
            found.add(name)
        elif name not in seen:
            seen.add(name)
            waiting.extend(read_manifest(manifest).get("depends", ["base"]))
    return sorted(found)


def fingerprint_of_folders(folders: list[Path]) -> str:
    """Return a digest that changes when the name or content of any file below changes."""
    digest = hashlib.sha256()
    for folder in sorted(folders):
        for path in sorted(_files_below(folder)):
            digest.update(str(path.relative_to(folder.parent)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _files_below(folder: Path):
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in IGNORED_FOLDERS]
        yield from (Path(path, name) for name in files if not name.endswith(".pyc"))


def addons_fingerprint() -> str:
    """Return a digest of the code and data of all addons of the checkout."""
    return fingerprint_of_folders([CHECKOUT / name for name in addons()])


def short_digest(text: str) -> str:
    """Return a short name that changes with the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
