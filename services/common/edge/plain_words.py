"""Words that somebody typed, as the systems of others can take them."""

from __future__ import annotations

import re
import unicodedata

# Databases refuse some of these, mail may not hold them, and terminals obey others. Line ends and
# tabs are words' own.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_HALF = re.compile(r"[\ud800-\udfff]")


def plain_words(text: str) -> str:
    """The text with a space for each control character but line ends and tabs."""
    return _CONTROL.sub(" ", text)


def one_line(text: str) -> str:
    """The text of a name or a number in one line: one space for any run of blanks, and nothing for
    marks that no reader sees (joiners, byte order marks, directions of writing), which come along
    when somebody copies it."""
    seen = (letter for letter in plain_words(text) if unicodedata.category(letter) != "Cf")
    return " ".join("".join(seen).split())


def line_only(value: object) -> object:
    """The same of a value that is a text; any other as it is. Raises what `words_only` raises."""
    said = words_only(value)
    return one_line(said) if isinstance(said, str) else said


def words_only(value: object) -> object:
    """The same of a value that is a text; any other as it is. For a field of a body, before its
    length is looked at. Raises ValueError for half a surrogate pair: JSON can spell one, and UTF-8
    cannot."""
    if not isinstance(value, str):
        return value
    if _HALF.search(value):
        raise ValueError("holds half of a character")
    return plain_words(value)
