"""The parts of `setup` that only compute."""

import pytest

from environment import checks, odoo_source, paths, postgres
from environment.progress import Problem

STANZAS = """
Types: deb
# a comment
URIs: http://security.example.org/debian-security
Suites: bookworm-security

Types: deb
URIs: http://mirror.example.org/debian/
Suites: bookworm
"""


@pytest.mark.parametrize(
    ("sources", "mirror"),
    [
        (STANZAS, "http://mirror.example.org/debian"),
        ("deb http://a.example.org/debian bookworm main", "http://a.example.org/debian"),
        ("deb [arch=amd64] https://a.example.org/debian/ sid main", "https://a.example.org/debian"),
        ("# deb http://a.example.org/debian bookworm main", ""),
        ("deb http://a.example.org/debian-security bookworm-security main", ""),
        (
            "URIs: mirror+file:///etc/apt/mirrors/debian.list",
            "mirror+file:///etc/apt/mirrors/debian.list",
        ),
        ("", ""),
    ],
)
def test_the_mirror_is_read_from_the_sources_of_apt(sources, mirror):
    assert odoo_source.mirror_in(sources) == mirror


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("FINAL = 1\nversion_info = (19, 0, 0, FINAL, 0, '')", (19, 0)),
        ("version_info = ('saas~18', 2, 0, 'final', 0, '')", ("saas~18", 2)),
        ("version = 1", ()),
    ],
)
def test_the_version_is_read_from_the_source(release, version):
    assert odoo_source.version_of(release) == version


def test_another_version_of_odoo_is_refused_with_a_way_out(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text("version_info = (18, 0, 0, 'final', 0, '')")
    with pytest.raises(Problem, match=r"holds Odoo 18\.0.*check out the branch 19\.0"):
        odoo_source.checked_source(tmp_path)


def test_the_fingerprint_changes_with_a_file_and_not_with_a_cache(tmp_path):
    addon = tmp_path / "addon"
    (addon / "__pycache__").mkdir(parents=True)
    (addon / "model.py").write_text("a = 1")
    before = paths.fingerprint_of_folders([addon])
    (addon / "__pycache__/model.pyc").write_text("compiled")
    assert paths.fingerprint_of_folders([addon]) == before
    (addon / "model.py").write_text("a = 2")
    assert paths.fingerprint_of_folders([addon]) != before


def test_a_manifest_that_is_not_one_is_named(tmp_path):
    manifest = tmp_path / "__manifest__.py"
    manifest.write_text("{'name':")
    with pytest.raises(Problem, match="is not a valid manifest"):
        paths.read_manifest(manifest)


def test_modules_outside_of_the_checkout_are_their_own_dependencies():
    assert paths.core_dependencies(["sale", "crm"]) == ["crm", "sale"]


def test_a_filter_is_a_path_or_a_word():
    assert checks.pytest_arguments(["tests/test_setup.py::test_x"]) == [
        "tests/test_setup.py::test_x"
    ]
    assert checks.pytest_arguments(["merge", "grade"])[-2:] == ["-k", "(merge) or (grade)"]
    assert "--numprocesses=2" in checks.pytest_arguments([])


def test_root_never_runs_the_server_itself():
    assert postgres.server_user()[0] != 0
