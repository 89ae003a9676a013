"""Every term of every addon is in its template, and has a Thai translation."""

import polib

from odoo.tests import TransactionCase, tagged

from checkout import addon_folders
from environment.translations import exported_terms, merge, untranslated


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_the_template_holds_exactly_the_terms_of_the_addon(self):
        for folder in addon_folders():
            with self.subTest(addon=folder.name):
                template = read(folder / f"i18n/{folder.name}.pot")
                terms = {entry.msgid for entry in exported_terms(self.env, folder.name)}
                kept = {entry.msgid for entry in template if not entry.obsolete}
                advice = f"run ./setup/export_translations {folder.name}"
                self.assertEqual(sorted(terms - kept), [], f"new terms: {advice}")
                self.assertEqual(sorted(kept - terms), [], f"terms that are gone: {advice}")

    def test_every_term_is_translated_to_thai(self):
        for folder in addon_folders():
            with self.subTest(addon=folder.name):
                template = read(folder / f"i18n/{folder.name}.pot")
                translation = read(folder / "i18n/th.po")
                known = {entry.msgid for entry in translation if not entry.obsolete}
                missing = [entry.msgid for entry in template if entry.msgid not in known]
                self.assertEqual(missing, [], "terms that th.po lacks")
                self.assertEqual(untranslated(translation), [], "terms without Thai")


def read(path):
    """Return a translation file, empty when it does not exist."""
    return polib.pofile(str(path)) if path.is_file() else polib.POFile()


def entry(msgid, msgstr="", **fields):
    return polib.POEntry(msgid=msgid, msgstr=msgstr, **fields)


def catalog(*entries):
    found = polib.POFile()
    found.extend(entries)
    return found


def test_merging_keeps_adds_and_drops():
    translation = catalog(entry("Customer", "ลูกค้า"), entry("Gone", "หายไป"))
    merge(translation, catalog(entry("Case"), entry("Customer", comment="module: crm")))
    assert [(item.msgid, item.msgstr) for item in translation] == [
        ("Case", ""),
        ("Customer", "ลูกค้า"),
    ]
    assert translation[1].comment == "module: crm"


def test_an_empty_or_fuzzy_translation_is_reported():
    translation = catalog(entry("A", "ก"), entry("B"), entry("C", "ค", flags=["fuzzy"]))
    assert untranslated(translation) == ["B", "C"]
