import doctest
from importlib import import_module
from pkgutil import iter_modules
from unittest import TestCase

from odoo.tests import BaseCase, tagged

from .. import logic


@tagged("standard", "at_install")
class TestLogic(BaseCase, TestCase):
    def test_doctests(self):
        for found in iter_modules(logic.__path__):
            with self.subTest(module=found.name):
                module = import_module(f"{logic.__name__}.{found.name}")
                results = doctest.testmod(module)
                self.assertGreater(results.attempted, 0)
                self.assertEqual(results.failed, 0)
