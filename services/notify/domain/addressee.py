"""What a citizen may be called in the city's name.

Anybody may type anything as a name and a stranger's address beside it. What the city then writes
to the stranger must hold no link, no number, no markup and no sentence of the sender. So a name is
kept only where it looks like one; else the neutral form of address is used, and nothing is lost.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 40
WORDS_MOST = 4
WORD_LONGEST = 20
# 황보 + two syllables and rare longer ones; foreign names spelt in Hangul may have two words, such
# as 알렉산드르 푸시킨. More syllables make a sentence.
HANGUL_MOST = 8
HANGUL_WORD_LONGEST = 6
HANGUL_WORDS_MOST = 2
# More accents on one letter draw over the lines beside it.
MARKS_MOST = 3
# Chinese and Japanese names are short; a sentence in these scripts has no spaces to be told by.
IDEOGRAPHS_MOST = 6
# Letters by their category that show nothing: fillers of Hangul.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
_HANGUL = re.compile("[가-힣]")
# How sentences end, and names do not.
_SENTENCE = re.compile("(니다|세요|시오)$")
# Joints inside a word: Jean-Luc, O'Neill, 玛丽·居里. A dot only ends an initial: `evil.example`
# would become a link in many mail programs.
_WORD = re.compile(r"[^\W\d_]+(?:[-'’·][^\W\d_]+)*|[^\W\d_]\.")


def plausible_name(typed: str) -> str:
    """The name as it may be printed; empty where it is none that the city may print."""
    name = unicodedata.normalize("NFC", " ".join(typed.split(" ")).strip())
    if not name or len(name) > LONGEST or not _plain(name):
        return ""
    words = name.split(" ")
    if len(words) > WORDS_MOST or not all(_is_word(word) for word in words):
        return ""
    hangul = [word for word in words if _HANGUL.search(word)]
    if len(hangul) > HANGUL_WORDS_MOST or len(_HANGUL.findall(name)) > HANGUL_MOST:
        return ""
    return name


def _plain(name: str) -> bool:
    """Letters, accents and joints, each as it looks: no control, no digit, no letter that is drawn
    like another one by a compatibility form (𝐤, ｋ, ①)."""
    return (
        not _INVISIBLE.intersection(name)
        and unicodedata.normalize("NFKC", name) == name
        and all(unicodedata.category(c)[0] in "LM" or c in " -'’·." for c in name)
    )


def _is_word(word: str) -> bool:
    marks = "".join("m" if unicodedata.category(c).startswith("M") else " " for c in word)
    letters = "".join(c for c, mark in zip(word, marks, strict=True) if mark == " ")
    if not _WORD.fullmatch(letters) or len(word) > WORD_LONGEST or "m" * (MARKS_MOST + 1) in marks:
        return False
    if len(_HANGUL.findall(word)) > HANGUL_WORD_LONGEST or _SENTENCE.search(word):
        return False
    return sum(_is_ideograph(c) for c in word) <= IDEOGRAPHS_MOST


def _is_ideograph(c: str) -> bool:
    return unicodedata.name(c, "").startswith(("CJK", "HIRAGANA", "KATAKANA"))
