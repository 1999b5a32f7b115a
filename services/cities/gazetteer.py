"""Names to what they may stand for, on the days when nothing changes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from services.cities.geography import District, dong_of
from services.cities.model import LegalPlace, Names, Office
from services.cities.names import keys

_DONG_END = re.compile(r"동|가(?!동)|-?(?:dong|ga)(?![a-z])")
_LOT_FOLLOWS = re.compile(r"(?:산\s*)?\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing that a name may stand for: an office or a legal place (codes) of a district."""

    district: str
    office: str | None = None
    legal: str | None = None
    shared: bool = False
    """Other cities have a place of this name."""


Meanings = tuple[Meaning, ...]


class Gazetteer:
    """The names of districts, offices and legal places, in all languages and spellings."""

    __slots__ = ("_district_start", "_districts", "_meanings")

    def __init__(
        self,
        districts: Iterable[District],
        offices: Iterable[Office],
        legal_places: Iterable[LegalPlace],
    ) -> None:
        found: dict[str, dict[Meaning, None]] = defaultdict(dict)
        for office in offices:
            meaning = Meaning(district=str(office.district), office=dong_of(office))
            for spelling in _spellings(office.area):
                found[spelling][meaning] = None
        for place in legal_places:
            meaning = Meaning(district=place.district, legal=place.code, shared=place.shared_name)
            for spelling in _spellings(place.names):
                found[spelling][meaning] = None
        self._meanings = {spelling: tuple(meanings) for spelling, meanings in found.items()}
        self._districts = {
            spelling: district.code
            for district in districts
            for spelling in _spellings(district.names)
        }
        longest_first = sorted(self._districts, key=len, reverse=True)
        self._district_start = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def district(self, text: str) -> str | None:
        """The code of the district that `text` names."""
        for spelling in keys(text):
            if spelling in self._districts:
                return self._districts[spelling]
        return None

    def district_start(self, token: str) -> tuple[str, str] | None:
        """The code of the district that a token starts with, and what follows its name."""
        start = self._district_start.match(token)
        return None if start is None else (self._districts[start[0]], token[start.end() :])

    def dong(self, text: str) -> Meanings:
        """What `text` as a whole may stand for; empty when nothing."""
        for spelling in keys(text):
            if spelling in self._meanings:
                return self._meanings[spelling]
        return ()

    def dong_before_lot(self, token: str) -> Meanings:
        """What the longest dong name may stand for that a lot number follows without a space."""
        for end in reversed(list(_DONG_END.finditer(token))):
            if _LOT_FOLLOWS.match(token, end.end()):
                meanings = self.dong(token[: end.end()])
                if meanings:
                    return meanings
        return ()


def legal_first(meanings: Meanings) -> Meanings:
    """The legal places among the meanings, where there are any: lots and brackets are theirs."""
    return tuple(meaning for meaning in meanings if meaning.legal is not None) or meanings


def _spellings(names: Names) -> set[str]:
    return {spelling for name in names.values() for spelling in keys(name)}
