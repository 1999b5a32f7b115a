"""The beginning of a citizen's own words, as the city may repeat them in a message.

They go only to an address that somebody vouches for. Even so they stand in the city's mail: what
could be a link, a number to call or markup ends what is repeated.
"""

from __future__ import annotations

import re
import unicodedata

# Longer: a message repeats more than tells two inquiries apart. Shorter: it tells too little.
LONGEST = 40
# Of digits in a row, whatever is set between them. More make a number that can be called, or an
# account; fewer are of houses, days and years.
_DIGITS_MOST = 4
# More accents on one letter draw over the lines beside it.
_MARKS_MOST = 3
_DIGITS = frozenset("0123456789")
_PUNCTUATION = frozenset(".,!?'\"()-~%:;·…‘’“”「」『』《》〈〉、。！？，：；（）")
# Single letters of Hangul (ㅋㅋ, ㅠㅠ) are compatibility forms; their filler shows nothing.
_JAMO = frozenset(chr(code) for code in range(0x3131, 0x318F)) - {"\u3164"}
# Letters by their category that show nothing: fillers of Hangul.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
# A dot beside a letter looks like the name of a host, three numbers like its address; a colon is
# how a link of any other kind begins.
_LINK = re.compile(
    r"[^\W\d_]\.\w|\w\.[^\W\d_]|[a-z]。\w|\w。[a-z]|\d\.\d+\.\d|[^\W\d_]:\S|\bwww\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(rf"[0-9](?:[^\w]*[0-9]){{{_DIGITS_MOST},}}")
_MARKS = re.compile(rf"m{{{_MARKS_MOST + 1},}}")


def beginning(words: str) -> str:
    """One line of at most LONGEST characters, and an ellipsis where there was more; empty where the
    words begin with what is not repeated."""
    whole = unicodedata.normalize("NFC", words).split()
    plain = _before_a_number(_plain(whole))
    shown = _cut(" ".join(plain))
    if not any(unicodedata.category(letter)[0] == "L" for letter in shown):
        return ""
    return shown if shown == " ".join(whole) else shown.rstrip(" .,:;…-~·") + "…"


def _plain(words: list[str]) -> list[str]:
    """The words up to the first that is more than letters, small numbers and punctuation."""
    for number, word in enumerate(words):
        if not all(_is_plain(letter) for letter in word) or _LINK.search(word) or _overdrawn(word):
            return words[:number]
    return words


def _is_plain(letter: str) -> bool:
    if letter in _DIGITS or letter in _PUNCTUATION or letter in _JAMO:
        return True
    if unicodedata.category(letter)[0] not in "LM" or letter in _INVISIBLE:
        return False
    # A letter that is drawn like another one (𝐤, ｋ) could write what is looked for here.
    return unicodedata.normalize("NFKC", letter) == letter


def _overdrawn(word: str) -> bool:
    kinds = (unicodedata.category(letter)[0] for letter in word)
    return bool(_MARKS.search("".join("m" if kind == "M" else " " for kind in kinds)))


def _before_a_number(words: list[str]) -> list[str]:
    """The words before one in which a number begins that could be called; it may be set apart."""
    line = " ".join(words)
    found = _NUMBER.search(line)
    return words if found is None else line[: line.rfind(" ", 0, found.start()) + 1].split()


def _cut(line: str) -> str:
    """The line, cut at a word where it is too long; within one where that is longer by itself, as
    in scripts without spaces."""
    if len(line) <= LONGEST:
        return line
    at_a_word = line[: LONGEST + 1].rpartition(" ")[0]
    return at_a_word or line[:LONGEST]
