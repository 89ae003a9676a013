"""The terms of an addon for translators. Works inside Odoo, on a database with that addon."""

import io
from pathlib import Path

import polib

LANGUAGE = "th"
DATES = ("POT-Creation-Date", "PO-Revision-Date")


def exported_terms(env, addon: str) -> polib.POFile:
    """Return all terms of an addon as Odoo's own exporter gives them, without their dates."""
    from odoo.tools.translate import trans_export

    buffer = io.BytesIO()
    trans_export(None, [addon], buffer, "po", env)
    terms = polib.pofile(buffer.getvalue().decode())
    for name in DATES:
        terms.metadata.pop(name, None)
    return terms


def write_translations(env, addon: str, folder: Path) -> None:
    """Write the template of an addon and merge it into the translation, below its i18n folder.

    Translations are kept, new terms have an empty one, and terms that are gone are dropped.
    """
    terms = exported_terms(env, addon)
    folder.mkdir(exist_ok=True)
    terms.save(str(folder / f"{addon}.pot"))
    path = folder / f"{LANGUAGE}.po"
    translation = polib.pofile(str(path)) if path.exists() else polib.POFile()
    translation.metadata = {**terms.metadata, **translation.metadata, "Language": LANGUAGE}
    merge(translation, terms)
    translation.save(str(path))


def merge(translation: polib.POFile, terms: polib.POFile) -> None:
    """Give a translation the terms of a template, in its order, keeping what is translated."""
    known = {entry.msgid: entry.msgstr for entry in translation if not entry.obsolete}
    del translation[:]
    for term in terms:
        fields = {name: getattr(term, name) for name in ("comment", "occurrences", "flags")}
        msgstr = known.get(term.msgid, "")
        translation.append(polib.POEntry(msgid=term.msgid, msgstr=msgstr, **fields))


def untranslated(translation: polib.POFile) -> list[str]:
    """Return the terms without a finished translation."""
    return [entry.msgid for entry in translation if not entry.msgstr or entry.fuzzy]
