"""Words of danger: what must reach who acts at once, whatever else a text asks for.

Owns the reading of a pack's `dangers.csv` and the search for its terms. It errs towards alarm: a
person who looks in vain costs minutes, a text that waits in a queue may cost a life. Leaves to its
callers who acts, and what is said to the citizen.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.cities.catalogue.classify import Classifier

_TERMS = "terms."


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What threatens, as the pack calls it, and the pack's terms by which a text says so."""

    what: str
    terms: tuple[str, ...]


def read_terms(file: Path) -> dict[str, tuple[str, ...]]:
    """Each danger's terms in all languages, in the file's order. Raises OSError where there is no
    such file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["danger"]: tuple(_terms(row)) for row in csv.DictReader(lines)}


def _terms(row: Mapping[str, str]) -> Iterable[str]:
    for column, terms in row.items():
        if column.startswith(_TERMS):
            yield from (term for term in terms.split(";") if term)


class Dangers:
    """Finds dangers by their terms; built once."""

    __slots__ = ("_classifier",)

    def __init__(self, terms: Mapping[str, Iterable[str]]) -> None:
        self._classifier = Classifier(terms.items())

    def found(self, text: str) -> tuple[Danger, ...]:
        """Every danger that a text speaks of, the plainest first; empty when none."""
        matches = self._classifier.classify(text)
        return tuple(Danger(what=match.service, terms=match.terms) for match in matches)
