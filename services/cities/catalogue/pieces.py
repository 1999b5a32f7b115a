"""A text as numbered pieces of its writing: what the trained words weigh.

Owns the reading: what is levelled, how long a piece is, how a piece becomes a number. Training and
answering read through this one module, so they cannot differ. Knows no service and keeps no text.

Two ways to read side by side: within words, with their beginnings and ends; and without any gap,
because people leave gaps out and put them where none belong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.cities.catalogue.classify import spelled

Numbers: TypeAlias = npt.NDArray[np.uint32]
Places: TypeAlias = npt.NDArray[np.int64]

MAX_CHARACTERS = 1000
"""Characters of a text that are read. More: a long text takes longer. Fewer: a story whose matter
comes late is missed; the longest labelled sentence has 600."""
READING = 2
"""Changes with everything in this module that changes a number. An artifact of another reading is
refused."""

WITHIN_WORDS = (1, 4)
"""The shortest and the longest piece within a word, in characters, its edges counted."""
WITHOUT_GAPS = (2, 4)
"""The shortest and the longest piece of the text without its gaps, in characters."""

_NOT_WORD = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_LETTERS = (
    ("ko", re.compile(r"[가-힣\u1100-\u11ff]")),
    ("ja", re.compile(r"[ぁ-ヿ]")),
    ("zh", re.compile(r"[一-鿿]")),
    ("mn", re.compile(r"[а-яёөү]")),
    ("vi", re.compile(r"[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]")),
)
_GAP = 32
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(0xD6E8FEB86659FD93)
_MIXED_DOWN = np.uint64(29)
_SPARE_BITS = np.uint64(32)
"""A number has the other 32: among 60,000 known pieces an unknown one is mistaken for a known one
once in 70,000 times."""
_SEEDS = {"ko": 1, "zh": 3, "ja": 3, "mn": 5, "vi": 7, "en": 9}
"""The same letters are different pieces in another language and in the other way of reading (one
more): what a Vietnamese syllable means says nothing about an English word. Chinese and Japanese
share their characters, and with them what these mean."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of one way of reading: their numbers, and for each the word in which it begins,
    counted from zero."""

    numbers: Numbers
    words: Places


def levelled(text: str) -> str:
    """The words of a text, one space before, between and after; empty where there is none. Widths
    and cases are levelled, every digit is a zero, and what stands three times or more in a row
    stands twice (ㅋㅋㅋㅋ, 0000)."""
    level = spelled(text, MAX_CHARACTERS)
    level = _DRAWN_OUT.sub(r"\1\1", _DIGIT.sub("0", level))
    words = _NOT_WORD.sub(" ", level).strip()
    return f" {words} " if words else ""


def pieces(level: str) -> tuple[Pieces, Pieces]:
    """The pieces of a levelled text: within its words, and without its gaps."""
    seed = _SEEDS[written_in(level)]
    letters = np.frombuffer(level.encode("utf-32-le"), dtype=np.uint32)
    gaps = letters == _GAP
    words = np.cumsum(gaps) - 1  # the gap before a word counts as the word's
    bare = letters[~gaps]
    return (
        _runs(letters, words, gaps, WITHIN_WORDS, seed),
        _runs(bare, words[~gaps], np.zeros(len(bare), dtype=bool), WITHOUT_GAPS, seed + 1),
    )


def _runs(
    letters: npt.NDArray[np.uint32],
    words: Places,
    gaps: npt.NDArray[np.bool_],
    lengths: tuple[int, int],
    seed: int,
) -> Pieces:
    """All runs of letters of these lengths that have no gap inside and are not a gap alone."""
    shortest, longest = lengths
    gaps_before = np.concatenate(([0], np.cumsum(gaps)))
    numbers: list[npt.NDArray[np.uint64]] = []
    places: list[Places] = []
    rolling = np.full(len(letters), seed, dtype=np.uint64)
    for length in range(1, min(longest, len(letters)) + 1):
        count = len(letters) - length + 1
        rolling = rolling[:count] * _MULTIPLIER + letters[length - 1 :]
        rolling ^= rolling >> _MIXED_DOWN
        if length < shortest:
            continue
        inside = gaps_before[length - 1 : length - 1 + count] - gaps_before[1 : count + 1]
        kept = ~gaps[:count] if length == 1 else inside <= 0
        numbers.append(rolling[kept])
        places.append(words[:count][kept])
    if not numbers:
        return Pieces(np.zeros(0, np.uint32), np.zeros(0, np.int64))
    spread = (np.concatenate(numbers) * _SPREAD) >> _SPARE_BITS
    return Pieces(spread.astype(np.uint32), np.concatenate(places))


def written_in(level: str) -> str:
    """The language that the letters of a levelled text show, as far as letters can: any Hangul is
    Korean, and what nothing else shows is English."""
    return next((language for language, letters in _LETTERS if letters.search(level)), "en")
