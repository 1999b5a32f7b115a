"""Whom to call at once, where the words speak of a danger: nobody waits for an office then.

That an inquiry speaks of a danger is as private as its words. So it is on the receipt and on the
page of who wrote it, and in no log, metric, span or event of intake: even a count, seen beside the
times of the events, would say whose it was in a quiet minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.cities import City


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgent:
    """The danger, by its id and names, and the line that acts at once. `number` is empty where it
    has no source."""

    danger: str
    names: Mapping[str, str]
    line: Mapping[str, str]
    number: str


def urgent(city: City, danger: str) -> Urgent | None:
    """What to say about the danger of that id; None for none, and for one that the pack no longer
    knows."""
    found = city.dangers.get(danger)
    if found is None:
        return None
    return Urgent(danger=found.id, names=found.names, line=found.line, number=found.told_number)
