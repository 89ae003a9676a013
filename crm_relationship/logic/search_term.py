"""What somebody typed or scanned to find a customer: his words, and the keys it may be."""

import re
import unicodedata
from typing import NamedTuple

LONGEST = 100
SHORTEST_WORD = 3  # three letters make the first trigram that an index knows
LEAST_DIGITS = 5
UNSEEN = ("Cc", "Cf", "Cs")
PHONE = re.compile(r"[+()\d\s./-]+")
LIKE_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\%_"})


class SearchTerm(NamedTuple):
    """A cleaned term: as text, as lower-case words, and as digits when it may be a phone."""

    text: str
    words: tuple[str, ...]
    digits: str


def read(term: str) -> SearchTerm | None:
    """Return a term without control and invisible characters; None when it is empty or too long.

    >>> read("  Somchai,  JAIDEE\\u200b ")
    SearchTerm(text='Somchai,  JAIDEE', words=('somchai', 'jaidee'), digits='')
    >>> read("081-234 5678").digits, read("+66 81 234 5678").digits, read("12").digits
    ('812345678', '66812345678', '')
    >>> read(" \\n") is None, read("x" * 101) is None
    (True, True)
    """
    if len(term) > 10 * LONGEST:
        return None
    seen = (char for char in term if char in "\t\n" or unicodedata.category(char) not in UNSEEN)
    text = "".join(seen).strip()
    if not text or len(text) > LONGEST:
        return None
    words = tuple(word for word in re.split(r"[\s,]+", text.lower()) if word)
    return SearchTerm(text, words, _digits_of_phone(text))


def _digits_of_phone(text: str) -> str:
    """Return what national and international forms of a phone number share, or nothing."""
    if not PHONE.fullmatch(text):
        return ""
    digits = "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())
    return digits.lstrip("0") if len(digits) >= LEAST_DIGITS else ""


def has_long_word(words: tuple[str, ...]) -> bool:
    """Tell whether an index on trigrams can find one of the words anywhere in a text.

    >>> has_long_word(("li", "wei")), has_long_word(("li",))
    (True, False)
    """
    return any(len(word) >= SHORTEST_WORD for word in words)


def patterns(words: tuple[str, ...]) -> list[str]:
    """Return a LIKE pattern for each word: anywhere, or where a word begins when all are short.

    >>> patterns(("li", "wei", "50%"))
    ['%li%', '%wei%', '%50\\\\%%']
    >>> patterns(("li",))
    ['% li%']
    """
    start = "%" if has_long_word(words) else "% "
    return [f"{start}{word.translate(LIKE_SPECIAL)}%" for word in words]
