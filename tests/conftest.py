"""Lets the tests of the whole checkout import the packages of `setup`."""

import sys
from pathlib import Path

SETUP = str(Path(__file__).resolve().parents[1] / "setup")
if SETUP not in sys.path:
    sys.path.insert(0, SETUP)
