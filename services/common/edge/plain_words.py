"""Words that somebody typed, as the systems of others can take them."""

from __future__ import annotations

import re

# Databases refuse some of these, mail may not hold them, and terminals obey others. Line ends and
# tabs are words' own.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def plain_words(text: str) -> str:
    """The text with a space for each control character but line ends and tabs."""
    return _CONTROL.sub(" ", text)
