"""Korean place names in Latin letters, by the Revised Romanization of 2000.

Sound changes inside a name are followed (신림 is Sillim, 왕십리 is Wangsimni); the units 동 and 가
are set off by a hyphen and change nothing. Used by the pack generators only: a label made here is
for reading, never a key.
"""

from __future__ import annotations

import re


def _letters(table: str) -> tuple[str, ...]:
    """A table of letters, a dash standing for none."""
    return tuple("" if letters == "-" else letters for letters in table.split())


_INITIALS = _letters("g kk n d tt r m b pp s ss - j jj ch k t p h")
_VOWELS = _letters("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINALS = _letters("- k k k n n n t l k m l l l p l m p p t t ng t t k t p t")
_LINKED = _letters("- g kk ks n nj n d r lg lm lb ls lt lp r m b ps s ss ng j ch k t p -")
_SILENT, _R = 11, 5
_NASAL = {"k": "ng", "t": "n", "p": "m"}


def _syllables(word: str) -> list[tuple[int, int, int]]:
    return [
        ((ord(c) - 0xAC00) // 588, (ord(c) - 0xAC00) % 588 // 28, (ord(c) - 0xAC00) % 28)
        for c in word
    ]


def _junction(final: int, initial: int) -> str:
    """The letters between two vowels: the final consonant met by the next initial."""
    end, start = _FINALS[final], _INITIALS[initial]
    if initial == _SILENT:
        return _LINKED[final]
    if initial == _R:
        if end in ("n", "l"):
            return "ll"
        return (_NASAL.get(end, end) + "n") if end else "r"
    if start in ("n", "m"):
        return "ll" if end == "l" and start == "n" else _NASAL.get(end, end) + start
    return end + start


def syllables(word: str) -> str:
    """`word`, made of Hangul syllables only, in lower-case Latin letters."""
    parts = _syllables(word)
    letters = [_INITIALS[parts[0][0]]] if parts else []
    for here, after in zip(parts, [*parts[1:], None], strict=True):
        letters.append(_VOWELS[here[1]])
        letters.append(_FINALS[here[2]] if after is None else _junction(here[2], after[0]))
    return "".join(letters)


def place(name: str) -> str:
    """A district's, dong's or ga's label: 창신제1동 → Changsin 1-dong, 종로1가 → Jongno 1-ga."""
    words: list[str] = []
    rest = re.sub(r"제(?=\d)", "", name)
    for body, number, unit in re.findall(r"([가-힣]*?)([\d.·]*)(동|가|구)?(?=\d|$|동$)", rest):
        if body:
            words.append(syllables(body).capitalize())
        if number:
            words.append(number)
        if unit and words:
            words[-1] += "-" + {"동": "dong", "가": "ga", "구": "gu"}[unit]
    return " ".join(words)
