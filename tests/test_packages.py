"""Every addon can be installed from a package, too."""

import subprocess
import sys
import zipfile

import pytest

from checkout import addon_folders


@pytest.mark.parametrize("folder", addon_folders(), ids=lambda folder: folder.name)
def test_an_addon_builds_a_complete_wheel(folder, tmp_path):
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", str(tmp_path)]
    build = [sys.executable, "-m", "pip", "wheel", *options, str(folder)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob(f"odoo_addon_{folder.name}-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("__manifest__.py", "__init__.py"):
        assert f"odoo/addons/{folder.name}/{name}" in names
