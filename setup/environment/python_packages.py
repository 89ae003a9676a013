"""A virtual environment with the Python packages that Odoo needs, in the cache."""

import os
import shutil
import sys
from pathlib import Path

from . import odoo_source
from .paths import SETUP, cache, short_digest
from .processes import locked, output_of, run_logged
from .progress import Problem, say

REQUIREMENTS = SETUP / "requirements.txt"
TEST_REQUIREMENTS = SETUP / "test_requirements.txt"
SUPPORTED = ((3, 10), (3, 13))


def provide(source: Path, with_test_tools: bool) -> Path:
    """Return the Python interpreter of an environment in which `import odoo` works.

    Raises Problem when this Python is too old or packages cannot be had.
    """
    _check_version()
    folder = cache() / f"python-{short_digest(f'{sys.version_info[:2]} {source}')}"
    with locked(cache() / "python.lock", "installing Python packages"):
        if not (folder / "created").exists():
            _create(folder)
        _install(folder, REQUIREMENTS)
        if with_test_tools:
            _install(folder, TEST_REQUIREMENTS)
        _make_importable(folder, source)
    return folder / "bin/python"


def _check_version() -> None:
    oldest, newest = SUPPORTED
    if not oldest <= sys.version_info[:2] <= newest:
        raise Problem(
            f"Odoo 19 runs on Python {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}, and this "
            f"is {sys.version_info[0]}.{sys.version_info[1]}: start the command with another one, "
            "for example python3.11 setup/run."
        )


def _create(folder: Path) -> None:
    say("creating the Python environment ...")
    shutil.rmtree(folder, ignore_errors=True)
    failure = "the Python environment cannot be created: apt-get install python3-venv may help."
    log = cache() / "logs/python-environment.log"
    run_logged([sys.executable, "-m", "venv", "--without-pip", folder], log, failure)
    installer = _pip_wheel()
    install = ["install", "--quiet", "--no-index", installer]
    run_logged([folder / "bin/python", installer / "pip", *install], log, failure)
    (folder / "created").touch()


def _pip_wheel() -> Path:
    """Return a wheel of pip to start with: Python's own, or Debian's, which it keeps apart."""
    try:
        import ensurepip

        bundled = sorted(Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl"))
    except ImportError:
        bundled = []
    known = bundled or _debian_wheels(Path("/"))
    if known:
        return known[-1]
    say("this Python has no pip, downloading it ...")
    folder = cache() / "pip"
    folder.mkdir(exist_ok=True)
    odoo_source.download_packages("bookworm", ["python3-pip-whl"], folder)
    for package in folder.glob("*.deb"):
        odoo_source.unpack_package(package, folder)
    if not (wheels := _debian_wheels(folder)):
        raise Problem("this Python has no pip: run apt-get install python3-venv as root.")
    return wheels[-1]


def _debian_wheels(root: Path) -> list[Path]:
    return sorted(root.glob("usr/share/python-wheels/pip-*.whl"))


def _install(folder: Path, requirements: Path) -> None:
    """Install a requirements file once; its stamp holds the digest of what was installed."""
    stamp = folder / f"installed-{requirements.stem}"
    digest = short_digest(requirements.read_text())
    if stamp.is_file() and stamp.read_text() == digest:
        return
    say(f"installing the Python packages of setup/{requirements.name} ...")
    run_logged(
        [folder / "bin/python", "-m", "pip", "install", "--quiet", "-r", requirements],
        cache() / "logs/pip.log",
        f"the packages of setup/{requirements.name} cannot be installed: check the network and "
        "pip's configuration, then run the command again.",
    )
    stamp.write_text(digest)


def _make_importable(folder: Path, source: Path) -> None:
    packages = output_of(
        [folder / "bin/python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        f"the Python environment is damaged: delete {folder} and run the command again.",
    )
    link = Path(packages) / "odoo19.pth"
    if not link.is_file() or link.read_text() != f"{source}\n":
        unfinished = link.with_name(f"odoo19.{os.getpid()}")
        unfinished.write_text(f"{source}\n")
        unfinished.rename(link)
