"""A real Odoo 19 Community: the one in ODOO_SOURCE, or Debian's package unpacked into the cache.

Nothing is installed: a private apt state downloads the packages from the mirror this machine
already uses, and `dpkg-deb` unpacks them. Neither needs root.
"""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

from .paths import cache
from .processes import locked, run_logged
from .progress import Problem, say

SERIES = (19, 0)
ARCHIVE_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
# Odoo's web assets are links into these packages.
PACKAGES = {
    "sid": [
        "odoo-19",
        "libjs-jquery",
        "libjs-underscore",
        "libjs-jquery-form",
        "fonts-roboto-unhinted",
        "fonts-montserrat",
        "fonts-ocr-b",
    ],
    # Newer versions of these moved the files that Odoo links to.
    "bookworm": ["fonts-font-awesome", "fonts-inconsolata"],
}
# Debian left this file out; without it every page of the back office logs an error.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
INSTEAD = "set ODOO_SOURCE to an Odoo 19 checkout instead"


def provide() -> Path:
    """Return the folder that holds the package `odoo`. Raises Problem when there is none."""
    if given := os.environ.get("ODOO_SOURCE"):
        return checked_source(Path(given).expanduser().resolve())
    folder = cache() / "odoo"
    with locked(cache() / "odoo.lock", "downloading Odoo"):
        if not folder.is_dir():
            _download(folder)
    return checked_source(folder / "usr/lib/python3/dist-packages")


def checked_source(source: Path) -> Path:
    """Return the source when it is Odoo 19. Raises Problem when it is not."""
    release = source / "odoo/release.py"
    if not release.is_file():
        raise Problem(
            f"{source} is not an Odoo checkout (it has no odoo/release.py): "
            "set ODOO_SOURCE to the folder that holds the folder odoo, or unset it."
        )
    version = version_of(release.read_text(encoding="utf-8"))
    if version != SERIES:
        raise Problem(
            f"{source} holds Odoo {'.'.join(map(str, version)) or 'of an unknown version'}, and "
            "these addons need 19.0: check out the branch 19.0 there, or unset ODOO_SOURCE."
        )
    return source


def version_of(release: str) -> tuple:
    """Return the first two parts of `version_info` in the text of a release.py, else ()."""
    for node in ast.parse(release).body:
        names = [getattr(target, "id", "") for target in getattr(node, "targets", [])]
        if "version_info" in names:
            return tuple(getattr(part, "value", None) for part in node.value.elts[:2])
    return ()


def core_addons_path(source: Path) -> list[Path]:
    """Return the extra addons folders of a git checkout; Debian's package needs none."""
    return [folder for folder in [source / "addons"] if folder.is_dir()]


def fingerprint(source: Path) -> str:
    """Return a text that changes when another Odoo is used, to tell its databases apart."""
    revision = ""
    if (source / ".git").exists() and shutil.which("git"):
        log = ["git", "-C", str(source), "log", "-1", "--format=%H"]
        revision = subprocess.run(log, capture_output=True, text=True, check=False).stdout.strip()
    return f"{source} {revision}"


# Debian's package


def _download(folder: Path) -> None:
    say("downloading Odoo 19 Community (about 200 MB) ...")
    unfinished = folder.with_name("odoo.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    downloads = unfinished / "downloads"
    downloads.mkdir(parents=True)
    for suite, names in PACKAGES.items():
        download_packages(suite, names, downloads)
    say("unpacking Odoo ...")
    for package in sorted(downloads.glob("*.deb")):
        unpack_package(package, unfinished)
    shutil.rmtree(downloads)
    _repair(unfinished / "usr/lib/python3/dist-packages")
    unfinished.rename(folder)


def _repair(source: Path) -> None:
    shutil.rmtree(source / "addons", ignore_errors=True)  # a second copy of every addon
    stub = source / LEFT_OUT
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("/* not part of Debian's package */\n")


def unpack_package(package: Path, target: Path) -> None:
    """Unpack a Debian package below a folder. Raises Problem when it is damaged."""
    run_logged(
        ["dpkg-deb", "-x", package, target],
        cache() / "logs/unpack.log",
        f"{package.name} cannot be unpacked: check the free space, then run the command again.",
    )


def download_packages(suite: str, names: list[str], target: Path) -> None:
    """Download Debian packages of a suite. Raises Problem when that is not possible."""
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise Problem(f"Odoo is downloaded with {tool}, which is not here: {INSTEAD}.")
    options = _private_apt(suite)
    log = cache() / "logs" / f"apt-{suite}.log"
    failure = (
        f"the packages of Debian {suite} cannot be downloaded: check the network and the mirror "
        f"{debian_mirror()}, or {INSTEAD}."
    )
    run_logged(["apt-get", *options, "update"], log, failure)
    run_logged(["apt-get", *options, "download", *names], log, failure, cwd=target)


def _private_apt(suite: str) -> list[str]:
    """Return the options that give apt lists and a state of its own, apart from the system's."""
    state = cache() / "apt" / suite
    for folder in ("lists/partial", "archives/partial", "nothing"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    key = f"[signed-by={ARCHIVE_KEY}] " if Path(ARCHIVE_KEY).exists() else ""
    (state / "sources.list").write_text(f"deb {key}{debian_mirror()} {suite} main\n")
    settings = {
        "Dir::State": state,
        "Dir::State::status": state / "status",
        "Dir::State::lists": state / "lists",
        "Dir::Cache": state,
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": state / "nothing",
        "Dir::Etc::preferencesparts": state / "nothing",
        "APT::Update::Error-Mode": "any",
        "APT::Sandbox::User": "",
        "Acquire::Check-Valid-Until": "false",  # a company's mirror may lag; signatures still hold
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def debian_mirror() -> str:
    """Return the Debian mirror of this machine: DEBIAN_MIRROR, else from apt's configuration."""
    if given := os.environ.get("DEBIAN_MIRROR"):
        return given
    folder = Path("/etc/apt")
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]:
        if path.is_file() and (found := mirror_in(path.read_text(errors="replace"))):
            return found
    raise Problem(
        "apt's configuration names no Debian mirror: set DEBIAN_MIRROR to the address of one, "
        f"or {INSTEAD}."
    )


def mirror_in(sources: str) -> str:
    """Return the first Debian archive in the text of an apt source file, else an empty text.

    Both notations are read: one line a source, and stanzas with `URIs:`. The archive with the
    security updates is passed over.
    """
    pattern = r"^(?:URIs:|deb(?:\s+\[[^]]*\])?)\s+(\S+)"
    for address in re.findall(pattern, sources, flags=re.MULTILINE):
        if re.search(r"/debian/?$|debian\.list$", address):
            return address.rstrip("/")
    return ""
