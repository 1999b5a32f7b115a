"""Words to services: which of the catalogue's keywords a text contains.

Terms in an alphabet match whole words (a plural s is forgiven); terms in other scripts match
anywhere, without regard to spaces or dots, because Korean writes compounds with and without them.
A match inside a longer one does not count, so that 수도요금 beats 수도. Keeps no text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_TEXT = 4000
"""Characters that are read; the subject of an inquiry stands near its beginning."""

_NOT_WORD = re.compile(r"[^0-9a-z]+")
_BETWEEN = re.compile(r"\W+")
_WORD_WEIGHT = 3.0
"""What a word in an alphabet weighs, where a syllable weighs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A service, the catalogue's terms that the text contains, and how strongly they speak."""

    service: str
    terms: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Term:
    written: str
    form: str
    services: tuple[str, ...]
    weight: float


def spelled(text: str) -> str:
    """The text with its accents, widths and letter cases levelled."""
    return unicodedata.normalize("NFKC", text).casefold()


def latin_form(text: str) -> str:
    """The words of a levelled text, one space before and after each."""
    return f" {_NOT_WORD.sub(' ', text).strip()} "


def dense_form(text: str) -> str:
    """The letters and digits of a levelled text, with nothing between them."""
    return _BETWEEN.sub("", text)


def _form(level: str) -> str:
    """What is looked for: a word's form starts with a space, another script's has none."""
    return latin_form(level).rstrip() if level.isascii() else dense_form(level)


class Classifier:
    """Finds services by keyword; built once from the catalogue, in its order."""

    __slots__ = ("_dense", "_latin", "_rank")

    def __init__(self, keywords: Iterable[tuple[str, Iterable[str]]]) -> None:
        services_of: dict[str, dict[str, None]] = defaultdict(dict)
        written: dict[str, str] = {}
        self._rank: dict[str, int] = {}
        for service, terms in keywords:
            self._rank[service] = len(self._rank)
            for text in terms:
                form = _form(spelled(text))
                written.setdefault(form, spelled(text))
                services_of[form][service] = None
        self._latin: dict[str, list[_Term]] = defaultdict(list)
        self._dense: dict[str, list[_Term]] = defaultdict(list)
        for form, services in services_of.items():
            size = _WORD_WEIGHT * len(form.split()) if form.startswith(" ") else len(form)
            term = _Term(written[form], form, tuple(services), size / len(services))
            if form.startswith(" "):
                self._latin[form[:3]].append(term)
            else:
                self._dense[form[:2]].append(term)

    def classify(self, text: str) -> tuple[Match, ...]:
        """Matching services, best first; ties keep the catalogue's order; empty when none."""
        level = spelled(text[:MAX_TEXT])
        found = _longest(_hits(latin_form(level), self._latin, 3, whole_words=True))
        found += _longest(_hits(dense_form(level), self._dense, 2, whole_words=False))
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


def _hits(
    text: str, index: Mapping[str, list[_Term]], width: int, *, whole_words: bool
) -> list[_Hit]:
    hits: list[_Hit] = []
    for start in range(len(text)):
        for term in index.get(text[start : start + width], ()):
            end = start + len(term.form)
            if text.startswith(term.form, start) and (not whole_words or _word_ends(text, end)):
                hits.append((start, end, term))
    return hits


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
