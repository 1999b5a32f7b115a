"""Texts that show nothing to a reader, whatever characters they are made of."""

from __future__ import annotations

import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Me"})
"""Control and format characters, halves of surrogate pairs, separators, and marks without a letter
to stand on (Unicode Standard, table 4-4). Unassigned characters count as visible: this Python's
tables do not know the newest emoji."""
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc")
"""Characters that Unicode calls letters or symbols and that show nothing: the four Hangul fillers,
the empty Braille cell, and the object replacement character."""


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen; the empty text is blank."""
    return all(
        letter in _FILLERS or unicodedata.category(letter) in _INVISIBLE_CATEGORIES
        for letter in text
    )
