"""Member numbers: how one is written, composed, and told from a mistyped one.

The check digits come from ``stdnum``: Luhn (ISO/IEC 7812-1), EAN-13 (GS1), Damm (2004)
and MOD 97-10 (ISO/IEC 7064).
"""

import unicodedata
from typing import NamedTuple

from stdnum import damm, ean, luhn
from stdnum.iso7064 import mod_97_10

MAXIMUM_LENGTH = 32
EAN_13_LENGTH = 13
SEPARATORS = frozenset(" -.\u00a0\u2010\u2011\u2012\u2013\t\r\n")
CHECK_LENGTH = {"none": 0, "luhn": 1, "ean13": 1, "damm": 1, "mod97": 2}


class NumberFormat(NamedTuple):
    """How the numbers of a scheme are built: prefix, counter, check digits.

    ``length`` counts all characters, prefix and check digits included; 0 means any length.
    """

    prefix: str
    length: int
    check: str


class Fault(NamedTuple):
    """Why a number is refused: a reason's name, and what would have been right there."""

    reason: str
    expected: str = ""


class SchemeExhausted(ValueError):
    """The counter has more digits than the format has room for."""


def normalise(text: str) -> str:
    """Return a number as it is stored, however it was typed, pasted or scanned.

    Full-width and Thai digits become ASCII digits, letters capitals; separators and invisible
    characters go.

    >>> normalise("  m-0000 ๐๐1８\\u200b\\n")
    'M00000018'
    """
    kept = []
    for char in unicodedata.normalize("NFKC", text):
        if char in SEPARATORS or unicodedata.category(char) in ("Cf", "Zs"):
            continue
        digit = unicodedata.decimal(char, None)
        kept.append(char.upper() if digit is None else str(digit))
    return "".join(kept)


def check_digits(payload: str, check: str) -> str:
    """Return the check digits to append to a prefix and counter.

    Luhn, Damm and EAN-13 count digits only; MOD 97-10 counts letters too.

    >>> check_digits("7992739871", "luhn"), check_digits("M7992739871", "luhn")
    ('3', '3')
    >>> check_digits("400638133393", "ean13")
    '1'
    >>> check_digits("572", "damm")
    '4'
    >>> check_digits("794", "mod97"), check_digits("0794", "none")
    ('44', '')
    """
    digits = "".join(char for char in payload if char.isdigit())
    if check == "luhn":
        return luhn.calc_check_digit(digits)
    if check == "ean13":
        return ean.calc_check_digit(digits)
    if check == "damm":
        return damm.calc_check_digit(digits)
    if check == "mod97":
        return mod_97_10.calc_check_digits(payload)
    return ""


def room(number_format: NumberFormat) -> int:
    """Return how many digits the counter has; 0 when the length is free.

    >>> room(NumberFormat("M", 9, "luhn"))
    7
    """
    if not number_format.length:
        return 0
    return number_format.length - len(number_format.prefix) - CHECK_LENGTH[number_format.check]


def compose(number_format: NumberFormat, counter: int) -> str:
    """Return the number of the given counter.

    Raises :class:`SchemeExhausted` when the counter does not fit.

    >>> compose(NumberFormat("M", 9, "luhn"), 1)
    'M00000018'
    >>> compose(NumberFormat("", 0, "none"), 42)
    '42'
    """
    body = str(counter).zfill(room(number_format))
    if number_format.length and len(body) > room(number_format):
        raise SchemeExhausted(counter)
    payload = number_format.prefix + body
    return payload + check_digits(payload, number_format.check)


def fault_of(number: str, number_format: NumberFormat) -> Fault | None:
    """Tell why a normalised number does not belong to a scheme, or None when it does.

    >>> card = NumberFormat("M", 9, "luhn")
    >>> fault_of("M00000018", card) is None
    True
    >>> fault_of("M00000017", card)
    Fault(reason='check', expected='8')
    >>> fault_of("X00000018", card)
    Fault(reason='prefix', expected='M')
    >>> fault_of("M0000018", card)
    Fault(reason='length', expected='9')
    >>> fault_of("M0000A018", card)
    Fault(reason='digits', expected='')
    """
    prefix, length, check = number_format
    if not number:
        return Fault("empty")
    if len(number) > MAXIMUM_LENGTH:
        return Fault("length", str(length or MAXIMUM_LENGTH))
    if not number.startswith(prefix):
        return Fault("prefix", prefix)
    if length and len(number) != length:
        return Fault("length", str(length))
    body = number[len(prefix) :]
    if not (body.isascii() and body.isdigit()) or len(body) <= CHECK_LENGTH[check]:
        return Fault("digits")
    cut = len(number) - CHECK_LENGTH[check]
    expected = check_digits(number[:cut], check)
    return None if number[cut:] == expected else Fault("check", expected)


def lacks_zeros(number: str, number_format: NumberFormat) -> bool:
    """Tell whether zeros in front may have been cut off a number, as spreadsheets do.

    >>> digits = NumberFormat("", 9, "luhn")
    >>> lacks_zeros("18", digits), lacks_zeros("17", digits), lacks_zeros("000000018", digits)
    (True, False, False)
    """
    if not number.isdigit() or len(number) >= number_format.length:
        return False
    return not fault_of(number.zfill(number_format.length), number_format)


def format_fault(number_format: NumberFormat) -> str | None:
    """Tell why no number can be built this way: ``prefix``, ``ean13``, ``length``, or None.

    >>> format_fault(NumberFormat("M", 2, "luhn")), format_fault(NumberFormat("M", 13, "ean13"))
    ('length', 'ean13')
    >>> format_fault(NumberFormat("é", 9, "luhn")), format_fault(NumberFormat("29", 13, "ean13"))
    ('prefix', None)
    """
    prefix, length, check = number_format
    if prefix and not (prefix.isascii() and prefix.isalnum() and prefix == normalise(prefix)):
        return "prefix"
    if check == "ean13" and (length != EAN_13_LENGTH or (prefix and not prefix.isdigit())):
        return "ean13"
    if length < 0 or length > MAXIMUM_LENGTH or (length and room(number_format) < 1):
        return "length"
    return None
