"""Words to services: which of the catalogue's keywords a text contains.

Terms in an alphabet match whole words (a plural s is forgiven). Terms in other scripts match
anywhere in a word, because Korean joins words and particles, and never across a gap between words,
unless the catalogue writes the term with a space there: `불법 주차` is found written together and
apart, `구직` never in 강서구 직원. A match inside a longer one does not count: 수도요금 beats
수도. Keeps no text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_TEXT = 4000
"""Characters of a text that are read: the subject of an inquiry stands near its beginning. More:
longer texts take longer and match by the way. Fewer: a subject after a long greeting is missed."""

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_BETWEEN = re.compile(r"\W+")
_GAP = re.compile(r"\s+|[·・ㆍ\-]")
"""What may stand between the parts of one term: nothing that ends a sentence or its part."""
_MOST_MARKS = 30
"""Marks on one letter that are read, as in Unicode's Stream-Safe Text Format; no language writes as
many."""
_WORD_WEIGHT = 3.0
"""The weight of a word in an alphabet; a Korean syllable weighs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A service, the catalogue's terms for it that the text contains, and their weight in all."""

    service: str
    terms: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Term:
    """A term in the form that is looked for; `parts` are the places where a gap may stand."""

    written: str
    form: str
    services: tuple[str, ...]
    weight: float
    parts: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Dense:
    """The letters and digits of a text, and where something stood between them.

    A place is the number of the letter behind it. `gaps` are the places where a term may have a
    gap, `breaks` those where anything else stood, which no term spans.
    """

    text: str
    gaps: frozenset[int]
    breaks: frozenset[int]

    def allows(self, start: int, term: _Term) -> bool:
        """Whether the letters of `term` from `start` on are its words and not parts of others.

        Written apart, a term begins where a word does: 재 등록 is not in 현재 등록.
        """
        inner = range(start + 1, start + len(term.form))
        if any(at in self.breaks for at in inner):
            return False
        apart = [at - start for at in inner if at in self.gaps]
        if not apart:
            return True
        begins = start == 0 or start in self.gaps or start in self.breaks
        return begins and term.parts.issuperset(apart)


def spelled(text: str, most: int = MAX_TEXT) -> str:
    """The first `most` characters of the text with its accents, widths and letter cases levelled,
    and no more than `most` of the result: one letter may stand for eighteen. Of the marks on one
    letter the first few are read: levelling takes the square of their number."""
    marks, kept = 0, []
    for letter in text[:most]:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return unicodedata.normalize("NFKC", "".join(kept)).casefold()[:most]


def latin_form(text: str) -> str:
    """The words of a levelled text, one space before and after each."""
    return f" {_NOT_WORD.sub(' ', text).strip()} "


def dense(level: str) -> _Dense:
    """The letters and digits of a levelled text, and where something stood between them."""
    letters: list[str] = []
    gaps: set[int] = set()
    breaks: set[int] = set()
    size = end = 0
    for between in _BETWEEN.finditer(level):
        letters.append(level[end : between.start()])
        size += between.start() - end
        (gaps if _GAP.fullmatch(between[0]) else breaks).add(size)
        end = between.end()
    letters.append(level[end:])
    return _Dense("".join(letters), frozenset(gaps), frozenset(breaks))


def _form(level: str) -> str:
    """What is looked for: a word's form starts with a space, another script's has none."""
    return latin_form(level).rstrip() if level.isascii() else dense(level).text


class Classifier:
    """Finds services by keyword; built once from the catalogue, in its order."""

    __slots__ = ("_dense", "_latin", "_rank")

    def __init__(self, keywords: Iterable[tuple[str, Iterable[str]]]) -> None:
        services_of: dict[str, dict[str, None]] = defaultdict(dict)
        written: dict[str, str] = {}
        parts: dict[str, set[int]] = defaultdict(set)
        self._rank: dict[str, int] = {}
        for service, terms in keywords:
            self._rank[service] = len(self._rank)
            for text in terms:
                level = spelled(text)
                form = _form(level)
                written.setdefault(form, level)
                parts[form] |= dense(level).gaps
                services_of[form][service] = None
        self._latin: dict[str, list[_Term]] = defaultdict(list)
        self._dense: dict[str, list[_Term]] = defaultdict(list)
        for form, services in services_of.items():
            size = _WORD_WEIGHT * len(form.split()) if form.startswith(" ") else len(form)
            weight = size / len(services)
            term = _Term(written[form], form, tuple(services), weight, frozenset(parts[form]))
            if form.startswith(" "):
                self._latin[form[:3]].append(term)
            else:
                self._dense[form[:2]].append(term)

    def classify(self, text: str) -> tuple[Match, ...]:
        """Matching services, best first; ties keep the catalogue's order; empty when none."""
        level = spelled(text)
        found = _longest(_word_hits(latin_form(level), self._latin))
        found += _longest(_dense_hits(dense(level), self._dense))
        scores: dict[str, float] = defaultdict(float)
        terms: dict[str, dict[str, None]] = defaultdict(dict)
        for term in found:
            for service in term.services:
                if term.written not in terms[service]:
                    terms[service][term.written] = None
                    scores[service] += term.weight
        best = sorted(scores, key=lambda service: (-scores[service], self._rank[service]))
        return tuple(
            Match(service=service, terms=tuple(terms[service]), score=round(scores[service], 4))
            for service in best
        )


_Hit = tuple[int, int, _Term]


def _word_hits(text: str, index: Mapping[str, list[_Term]]) -> list[_Hit]:
    hits: list[_Hit] = []
    for start in range(len(text)):
        for term in index.get(text[start : start + 3], ()):
            end = start + len(term.form)
            if text.startswith(term.form, start) and _word_ends(text, end):
                hits.append((start, end, term))
    return hits


def _dense_hits(text: _Dense, index: Mapping[str, list[_Term]]) -> list[_Hit]:
    letters = text.text
    return [
        (start, start + len(term.form), term)
        for start in range(len(letters))
        for term in index.get(letters[start : start + 2], ())
        if letters.startswith(term.form, start) and text.allows(start, term)
    ]


def _word_ends(text: str, end: int) -> bool:
    return text[end : end + 1] == " " or text[end : end + 2] == "s " or text[end : end + 3] == "es "


def _longest(hits: list[_Hit]) -> list[_Term]:
    """The terms of hits that do not lie within a longer hit, in text order."""
    kept: list[_Term] = []
    reach = -1
    for _, end, term in sorted(hits, key=lambda hit: (hit[0], -hit[1], hit[2].written)):
        if end > reach:
            kept.append(term)
            reach = end
    return kept
