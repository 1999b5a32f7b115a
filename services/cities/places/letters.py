"""Words that are one letter apart; a Korean syllable counts as its two or three letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def letters(word: str) -> str:
    """The letters of a word: 강남 as ㄱㅏㅇㄴㅏㅁ."""
    return unicodedata.normalize("NFD", word)


def _without_one(word: str) -> set[str]:
    """The word itself, and what it leaves when one letter is dropped."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def one_apart(left: str, right: str) -> bool:
    """Whether one letter put in, left out or exchanged makes one of the other."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    short, long = sorted((left, right), key=len)
    at = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


class Neighbours:
    """Finds the known words that are one letter from a given one, without trying each."""

    __slots__ = ("_words",)

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[str, set[str]] = {}
        for word in words:
            for part in _without_one(letters(word)):
                self._words.setdefault(part, set()).add(word)

    def of(self, word: str) -> set[str]:
        """The known words one letter from `word`; empty when `word` itself is known."""
        given = letters(word)
        near = {known for part in _without_one(given) for known in self._words.get(part, ())}
        return set() if word in near else {w for w in near if one_apart(given, letters(w))}
