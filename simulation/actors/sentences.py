"""What citizens write of a service, in words that no training of the city's has seen.

Owns which of a pack's labelled sentences the simulated people may use: those of the writers who
are held back from training, so that a simulated day judges how the city understands strangers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

from services.cities import PACKS, City, Place, Unknown

STRANGERS = frozenset({"elderly", "jeolla", "chat"})
"""The writers who are held back from training, in every language."""


@lru_cache(maxsize=2)
def sentences(city: City, day: date) -> Mapping[tuple[str, str], Sequence[str]]:
    """By service and language, what strangers write; nothing of a pack without such sentences.

    Left out are sentences that name a place, because the simulated citizen's place is drawn apart
    from the words, and those that speak of danger, which go another way than the service's.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for service, language, text in _of_strangers(city.id):
        if city.danger_in(text) is None and _names_no_place(city, text, day):
            found.setdefault((service, language), []).append(text)
    return found


def _of_strangers(pack: str) -> Iterator[tuple[str, str, str]]:
    for file in sorted((PACKS / pack / "examples").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                if row["writer"] in STRANGERS:
                    yield file.stem, row["language"], row["text"]


def _names_no_place(city: City, text: str, day: date) -> bool:
    return isinstance(city.locate(Place(address=text), day), Unknown)
