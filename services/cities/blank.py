"""Texts that show nothing to a reader, whatever characters they are made of."""

from __future__ import annotations

import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Me"})
"""Controls, formats, halves of pairs, separators, and marks with no letter to stand on (Unicode
Standard, table 4-4). Not the unassigned: to this Python the newest emoji are such."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc")
"""Letters and symbols by category that are drawn as nothing: the four Hangul fillers, the empty
Braille cell, and the mark of an object that is not there."""


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen; the empty text is blank."""
    return all(
        letter in _FILLERS or unicodedata.category(letter) in _INVISIBLE_CATEGORIES
        for letter in text
    )
