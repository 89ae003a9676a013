"""Cells of imported files: what a spreadsheet or the Thai calendar did to a value."""

import re
import unicodedata
from contextlib import suppress
from datetime import date, datetime

from .birthdate import BUDDHIST_ERA, gregorian

THAI_ENCODING = "cp874"  # what Windows calls windows-874; TIS-620 is a part of it
THAI_WORD = 3  # so many Thai letters in a row do not come up by chance
FIRST_YEAR = 1000  # Odoo writes earlier years with three digits, and cannot read that
BUDDHIST_YEAR = re.compile(r"(?=(2[4-6]\d\d))")
WHOLE_FLOAT = re.compile(r"\s*(\d+)\.0\s*")
SHORTENED = re.compile(r"\s*\d+([.,]\d+)?E\+?\d+\s*", re.IGNORECASE)


def plain_digits(text: str) -> str:
    """Return a text with Thai and full-width digits as ASCII digits.

    >>> plain_digits("๓๑/๑๒/２๕๖๘")
    '31/12/2568'
    """
    return "".join(str(unicodedata.decimal(char, char)) for char in text)


def date_of(text: str, date_format: str) -> date | None:
    """Return the Gregorian date that a text of either era means, or None when there is none.

    The leap days are those of the Gregorian year: 2567 is 2024.

    >>> date_of("31/12/2568", "%d/%m/%Y"), date_of("29/02/2567", "%d/%m/%Y")
    (datetime.date(2025, 12, 31), datetime.date(2024, 2, 29))
    >>> date_of("31/02/2020", "%d/%m/%Y") is None, date_of("01/01/0202", "%d/%m/%Y") is None
    (True, True)
    >>> date_of("29022567", "%d%m%Y")
    datetime.date(2024, 2, 29)
    """
    text = plain_digits(text).strip()
    written = [text]
    for found in BUDDHIST_YEAR.finditer(text):
        start, end = found.span(1)
        written.append(f"{text[:start]}{int(text[start:end]) - BUDDHIST_ERA}{text[end:]}")
    for candidate in written:
        with suppress(ValueError):
            found = datetime.strptime(candidate, date_format).date()  # noqa: DTZ007
            return gregorian(found) if found.year >= FIRST_YEAR else None
    return None


def whole_number(text: str) -> str:
    """Return a number without the decimal that a program gave it.

    >>> whole_number("12345.0"), whole_number("1.000"), whole_number("M00000018")
    ('12345', '1.000', 'M00000018')
    """
    found = WHOLE_FLOAT.fullmatch(text)
    return found[1] if found else text


def is_shortened(text: str) -> bool:
    """Tell whether a spreadsheet wrote a number in powers of ten, so that digits are lost.

    >>> is_shortened("1.23E+12"), is_shortened("123E-4"), is_shortened("M00000018")
    (True, False, False)
    """
    return bool(SHORTENED.fullmatch(text))


def is_thai(content: bytes) -> bool:
    r"""Tell whether bytes that are no UTF-8 are a Thai text of Windows.

    >>> is_thai("สมชาย".encode("cp874")), is_thai("Café Müller".encode("cp1252"))
    (True, False)
    >>> is_thai("สมชาย".encode()), is_thai("Здравствуйте, я".encode("cp1251"))
    (False, False)
    """
    if _decoded(content, "utf-8") is not None:
        return False
    text = _decoded(content, THAI_ENCODING) or ""
    return bool(re.search(rf"[\u0e01-\u0e4e]{{{THAI_WORD}}}", text))


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
