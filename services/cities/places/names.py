"""Spellings of places: many ways to write one name, brought to one key.

A key has no spaces, dots or hyphens and is in lower case, so that 종로1.2.3.4가동 and
종로1·2·3·4가동, or Yeoksam 1-dong and yeoksam1dong, are the same. The ordinal mark 제 before a
digit may be there or not; 홍제1동 shows why it cannot simply be dropped.
"""

from __future__ import annotations

import re
import unicodedata

_DROPPED = re.compile(r"[\s.,·・‧∙･\-–'’]")
_RANGE = re.compile(r"(\d)\s*[~∼～]\s*(\d)(?=가)")
_ORDINAL = re.compile(r"제(?=\d)")


def _spelled_out(match: re.Match[str]) -> str:
    return "".join(str(number) for number in range(int(match[1]), int(match[2]) + 1))


def key(name: str) -> str:
    """The form of a place name without the differences of spelling that mean nothing."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return _DROPPED.sub("", _RANGE.sub(_spelled_out, text))


def keys(name: str) -> tuple[str, ...]:
    """The key of `name`, and the one without ordinal marks where that differs."""
    whole = key(name)
    plain = _ORDINAL.sub("", whole)
    return (whole,) if whole == plain else (whole, plain)
