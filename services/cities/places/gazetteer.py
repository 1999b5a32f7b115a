"""Names to what they may stand for, on the days when nothing changes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.cities.catalogue.model import LegalPlace, Names, Office
from services.cities.places.geography import District, dong_of
from services.cities.places.letters import Neighbours
from services.cities.places.names import keys

_DISTRICT_END = re.compile(r"구$|-gu$")
_LEGAL_END = re.compile(r"동?\d+가$|동$|(?: ?\d+)?-(?:dong|ga)$")
_GA = re.compile(r"\d+(?:가|-ga)$")
"""The end of 성수동1가, whose people say 성수동."""
_OFFICE_END = re.compile(r"(?<![\d가본])동$|(?<!\d)-dong$")
"""The end of an office's name that people leave out; not after a number as in 왕십리제2동, because
왕십리 means more than that office."""
_SHORTEST = 2
_SHORTEST_LATIN = 5
_SHORTEST_MISSPELT = 3
_SHORTEST_MISSPELT_LATIN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One thing that a name may stand for: an office or a legal place (codes) of a district."""

    district: str
    office: str | None = None
    legal: str | None = None
    shared: bool = False
    """Other cities have a place of this name."""


Meanings = tuple[Meaning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """A known name that a word may have been meant for: a district's, or a dong's."""

    names: Names
    district: str | None = None
    dong: Meanings = ()


class Gazetteer:
    """The names of districts, offices and legal places, in all languages and spellings.

    `shared` are the names that places of other cities have, too. `elsewhere` are names that only
    places of other cities have: they are never taken for a misspelling. A short name is a name
    without its ending (강남, 잠실); those in `ordinary` are not read so. A short name of a dong
    means a legal place, or an office where no legal place or district has that short name.
    """

    __slots__ = (
        "_districts",
        "_labels",
        "_lasts",
        "_longest",
        "_meanings",
        "_near",
        "_others",
        "_short_districts",
        "_short_dongs",
    )

    def __init__(
        self,
        districts: Collection[District],
        offices: Collection[Office],
        legal_places: Collection[LegalPlace],
        *,
        shared: Iterable[str] = (),
        elsewhere: Iterable[str] = (),
        ordinary: Iterable[str] = (),
    ) -> None:
        common = frozenset(shared)
        self._others = frozenset(spelling for name in elsewhere for spelling in keys(name))
        found: dict[str, dict[Meaning, None]] = defaultdict(dict)
        self._labels: dict[str, Names] = {}
        for names, meaning in _meanings(offices, legal_places, common):
            for spelling in _spellings(names):
                found[spelling][meaning] = None
                self._labels.setdefault(spelling, names)
        self._meanings = {spelling: tuple(meanings) for spelling, meanings in found.items()}
        self._districts: dict[str, str] = {}
        for district in districts:
            for spelling in _spellings(district.names):
                self._districts[spelling] = district.code
                self._labels[spelling] = district.names
        every = [*self._meanings, *self._districts]
        self._lasts = frozenset(spelling[-1] for spelling in every)
        self._longest = max(map(len, every), default=0) * 2
        self._near: Neighbours | None = None
        left_out = {spelling for word in ordinary for spelling in keys(word)}
        self._short_districts = {
            short: district.code
            for district in districts
            for short in _shortened(district.names, _DISTRICT_END)
            if short not in left_out
        }
        self._short_dongs = self._short(offices, legal_places, common, left_out)

    def _short(
        self,
        offices: Collection[Office],
        legal_places: Collection[LegalPlace],
        shared: frozenset[str],
        left_out: Collection[str],
    ) -> dict[str, tuple[Names, Meanings]]:
        found: dict[str, tuple[Names, dict[Meaning, None]]] = {}
        places = _meanings((), legal_places, shared)
        communities = _meanings(offices, (), shared)
        for named, end in ((places, _LEGAL_END), (communities, _OFFICE_END)):
            taken = {*self._short_districts, *left_out, *found}
            for names, meaning in named:
                for short in (_shortened(names, end) | _shortened(names, _GA)) - taken:
                    label = {language: _GA.sub("", name) for language, name in names.items()}
                    found.setdefault(short, (label, {}))[1][meaning] = None
        return {short: (names, tuple(meanings)) for short, (names, meanings) in found.items()}

    def district(self, spellings: Sequence[str]) -> str | None:
        """The code of the district that a text of these keys names."""
        return next((self._districts[k] for k in spellings if k in self._districts), None)

    def dong(self, spellings: Sequence[str]) -> Meanings:
        """What a text of these keys may stand for; empty when nothing."""
        return next((self._meanings[k] for k in spellings if k in self._meanings), ())

    def short_district(self, spellings: Sequence[str]) -> str | None:
        """The code of the district that they name without its ending."""
        known = self._short_districts
        return next((known[k] for k in spellings if k in known), None)

    def short_dong(self, spellings: Sequence[str]) -> Likely | None:
        """What they may stand for as a dong's name without its ending."""
        for spelling in spellings:
            if spelling in self._short_dongs:
                names, meanings = self._short_dongs[spelling]
                return Likely(names=names, dong=meanings)
        return None

    def starts(self, token: str) -> Iterator[int]:
        """The lengths at which a name may end that `token` starts with, longest first."""
        for end in range(min(len(token), self._longest), 1, -1):
            if token[end - 1] in self._lasts:
                yield end

    def likely(self, word: str) -> Likely | None:
        """The one known name that differs from `word` in one letter and has the same ending."""
        (spelling, *_) = keys(word)
        if not _may_be_misspelt(spelling) or spelling in self._others:
            return None
        if self._near is None:  # for the few days that are asked about
            every = (*self._meanings, *self._districts)
            self._near = Neighbours(known for known in every if _may_be_misspelt(known))
        near = {known for known in self._near.of(spelling) if known[-1] == spelling[-1]}
        if len(near) != 1:
            return None
        (known,) = near
        if known in self._districts:
            return Likely(names=self._labels[known], district=self._districts[known])
        return Likely(names=self._labels[known], dong=self._meanings[known])


def legal_first(meanings: Meanings, district: str | None) -> Meanings:
    """The legal places among the meanings, where there are any: lots and brackets are theirs. Of a
    `district` that is named beside it only its own, where it has any: in Gwanak-gu, 삼성동 is a
    community office's area whatever lot follows, and the legal place lies in Gangnam-gu."""
    within = tuple(meaning for meaning in meanings if meaning.district == district) or meanings
    return tuple(meaning for meaning in within if meaning.legal is not None) or within


def _meanings(
    offices: Iterable[Office], legal_places: Iterable[LegalPlace], shared: frozenset[str]
) -> Iterator[tuple[Names, Meaning]]:
    for office in offices:
        known = not shared.isdisjoint(office.area.values())
        yield (
            office.area,
            Meaning(district=str(office.district), office=dong_of(office), shared=known),
        )
    for place in legal_places:
        known = not shared.isdisjoint(place.names.values())
        yield place.names, Meaning(district=place.district, legal=place.code, shared=known)


def _spellings(names: Names) -> set[str]:
    return {spelling for name in names.values() for spelling in keys(name)}


def _shortened(names: Names, end: re.Pattern[str]) -> set[str]:
    """The names without their ending, where enough is left to know them by."""
    return {
        short
        for name in names.values()
        if (bare := end.sub("", name)) != name
        for short in keys(bare)
        if len(short) >= (_SHORTEST_LATIN if short.isascii() else _SHORTEST)
    }


def _may_be_misspelt(spelling: str) -> bool:
    """Whether a name is long enough that a word one letter away is hardly another word."""
    if any(letter.isdigit() for letter in spelling):
        return False
    return len(spelling) >= (_SHORTEST_MISSPELT_LATIN if spelling.isascii() else _SHORTEST_MISSPELT)
