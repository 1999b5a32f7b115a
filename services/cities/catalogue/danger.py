"""Words of danger: what must reach who acts at once, whatever else a text asks for.

Owns the search for a city's terms of danger. It errs towards alarm: a person who looks in vain
costs minutes, a text that waits in a queue may cost a life. Leaves to its callers that the office
gets the matter at once, and how the citizen is told whom to call.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.cities.catalogue.classify import Classifier
from services.cities.catalogue.model import Names
from services.cities.law.terms import Certainty

_HARMLESS = ""
"""Stands for no danger among the dangers: a manner of speaking is longer than the term in it, and
the longer match counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """What threatens, and who acts at once.

    `number` is that of the telephone line that acts, `line` what the line is called; `certainty`
    says whether the number has a source. `office` is the id of the city's office that gets the
    matter at once. `terms` are the words by which a text says so; of a danger found in a text,
    those that it contains. `harmless` are manners of speaking that contain a term and mean nothing
    of the kind.
    """

    id: str
    names: Names
    line: Names
    number: str
    office: str
    terms: tuple[str, ...]
    harmless: tuple[str, ...] = ()
    certainty: Certainty = Certainty.SOURCED
    source: str = ""

    @property
    def told_number(self) -> str:
        """The number as citizens are told it: empty where it has no source."""
        return self.number if self.certainty is Certainty.SOURCED else ""


class Dangers:
    """Finds dangers by their terms; built once."""

    __slots__ = ("_classifier", "_known")

    def __init__(self, dangers: Iterable[Danger]) -> None:
        self._known = {danger.id: danger for danger in dangers}
        harmless = [term for danger in self._known.values() for term in danger.harmless]
        terms = [(danger.id, danger.terms) for danger in self._known.values()]
        self._classifier = Classifier([*terms, (_HARMLESS, harmless)])

    def found(self, text: str) -> tuple[Danger, ...]:
        """Every danger that a text speaks of, each with the terms found, the plainest first; empty
        when none."""
        matches = self._classifier.classify(text)
        return tuple(
            replace(self._known[match.service], terms=match.terms)
            for match in matches
            if match.service != _HARMLESS
        )
