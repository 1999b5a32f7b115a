"""Place to jurisdiction: which community office is competent, on a given day, or what to ask.

Every piece of evidence (a code, a point, a name, an address) claims a set of offices; the claims
are intersected and never weighed, so that nothing is guessed. Codes are the key; names are labels.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import shapely

from services.cities.areas import Areas
from services.cities.model import ALWAYS, LegalPlace, Names, Office, Relation, Validity
from services.cities.names import key, keys
from services.cities.phrases import Phrases
from services.cities.place import (
    Ambiguous,
    Evidence,
    Outside,
    Place,
    Resolution,
    Resolved,
    Unknown,
    Why,
)

MAX_ADDRESS = 300
"""Characters of an address that are read; what follows is never the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The rectangle of the country, in degrees; tells swapped coordinates from far ones."""

    south: float
    north: float
    west: float
    east: float

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies in the rectangle."""
        return self.south <= lat <= self.north and self.west <= lon <= self.east


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district's code and names; `shared_name` says that other cities have one so named."""

    code: str
    names: Names
    shared_name: bool = False
    validity: Validity = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """All that a pack says about places; the areas are None where it has no polygons."""

    districts: Sequence[District]
    offices: Sequence[Office]
    legal_places: Sequence[LegalPlace]
    relations: Sequence[Relation]
    legal_areas: Areas | None
    district_areas: Areas | None
    neighbour_areas: Areas | None
    office_areas: Areas | None
    box: Box | None
    short_code_digits: int
    """Digits of a legal code that say it all, the rest being zeros; 0 where codes are whole."""
    spellings: Sequence[str]
    elsewhere: Sequence[str]
    city_names: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """The offices (codes) that one piece of evidence leaves possible."""

    offices: frozenset[str]
    evidence: tuple[Evidence, ...]
    legal: str | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    """What a name may stand for in one district."""

    district: str
    office: str | None
    legal: str | None
    shared: bool


class _Snapshot:
    """The geography of one stretch of days on which nothing changes."""

    def __init__(self, geography: Geography, day: date, phrases: Phrases) -> None:
        self._phrases = phrases
        self.districts = {d.code: d for d in geography.districts if d.validity.holds(day)}
        offices = [o for o in geography.offices if o.validity.holds(day)]
        legal = {p.code: p for p in geography.legal_places if p.validity.holds(day)}
        self.city_names = geography.city_names
        self.district_of = {_dong(o): str(o.district) for o in offices}
        self.offices_in: dict[str, frozenset[str]] = {
            code: frozenset(c for c, d in self.district_of.items() if d == code)
            for code in self.districts
        }
        holders: dict[str, set[str]] = defaultdict(set)
        for relation in geography.relations:
            if relation.validity.holds(day):
                holders[relation.legal_place].add(relation.office)
        self.offices_of: dict[str, frozenset[str]] = {
            code: frozenset(holders.get(code, ())) for code in legal
        }
        self.named = self._index_names(offices, legal.values())
        self.district_named = {
            k: d.code for d in self.districts.values() for n in d.names.values() for k in keys(n)
        }
        self.by_code = self._index_codes(geography, day)

    def _index_names(
        self, offices: Iterable[Office], legal: Iterable[LegalPlace]
    ) -> dict[str, tuple[_Named, ...]]:
        found: dict[str, dict[tuple[str, str], _Named]] = defaultdict(dict)
        for office in offices:
            district, code = str(office.district), _dong(office)
            for k in {k for name in office.names.values() for k in keys(name)}:
                found[k][district, "office"] = _Named(district, code, None, False)
        for place in legal:
            for k in {k for name in place.names.values() for k in keys(name)}:
                found[k][place.district, place.code] = _Named(
                    place.district, None, place.code, place.shared_name
                )
        return {k: tuple(entries.values()) for k, entries in found.items()}

    def _index_codes(self, geography: Geography, day: date) -> dict[str, Resolution]:
        by_code: dict[str, Resolution] = {}
        for district, offices in self.offices_in.items():
            by_code[district] = self.result(
                [_Claim(offices=offices, evidence=(Evidence.DISTRICT_CODE,))]
            )
        for place in self.offices_of:
            result = self.result([self.legal_claim(place, Evidence.LEGAL_CODE)])
            by_code[place] = result
            if geography.short_code_digits:
                by_code[place[: geography.short_code_digits]] = result
        for office in self.district_of:
            claim = _Claim(offices=frozenset({office}), evidence=(Evidence.OFFICE_CODE,))
            by_code[office] = self.result([claim])
        closed = {
            _dong(o): o
            for o in geography.offices
            if o.successors and o.validity.end is not None and o.validity.end < day
        }
        for code, ended in closed.items():
            heirs = frozenset(c for c in _heirs(ended, closed) if c in self.district_of)
            by_code[code] = self.result(
                [_Claim(offices=heirs, evidence=(Evidence.SUCCEEDED_OFFICE,))]
            )
        return by_code

    def legal_claim(self, legal: str, evidence: Evidence) -> _Claim:
        """The offices of a legal place."""
        offices = self.offices_of.get(legal, frozenset())
        alone = (Evidence.ONLY_OFFICE,) if len(offices) == 1 else ()
        return _Claim(offices=offices, evidence=(evidence, *alone), legal=legal)

    def result(self, claims: Sequence[_Claim]) -> Resolution:
        """What claims that all hold leave: one office, several, or a contradiction."""
        left = frozenset.intersection(*(claim.offices for claim in claims))
        evidence = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
        legal = {claim.legal for claim in claims if claim.legal is not None}
        single_legal = next(iter(legal)) if len(legal) == 1 else None
        if len(left) == 1:
            office = next(iter(left))
            return Resolved(
                district=self.district_of[office],
                office=f"o-{office}",
                legal_dong=single_legal,
                admin_dong=office,
                evidence=evidence,
            )
        if not left:
            every = frozenset().union(*(claim.offices for claim in claims))
            return self.ambiguous(every, "contradiction", evidence, None)
        question = "which_office" if single_legal is not None else "which_dong"
        return self.ambiguous(left, question, evidence, single_legal)

    def ambiguous(
        self,
        offices: Iterable[str],
        question: str,
        evidence: tuple[Evidence, ...],
        legal: str | None,
    ) -> Ambiguous:
        """Several offices, with the question that tells them apart."""
        candidates = sorted(offices)
        districts = {self.district_of[code] for code in candidates}
        district = next(iter(districts)) if len(districts) == 1 else None
        if question == "which_dong" and district is None:
            question = "which_district"
        return Ambiguous(
            candidates=tuple(f"o-{code}" for code in candidates),
            question=self.ask(question, district),
            district=district,
            legal_dong=legal,
            evidence=evidence,
        )

    def ask(self, question: str, district: str | None) -> dict[str, str]:
        """A question by language, with the names of the district and the city in it."""
        names: Names = {} if district is None else self.districts[district].names
        return {
            language: self._phrases.say(
                language,
                question,
                district=names.get(language, district or ""),
                city=self.city_names[language],
            )
            for language in self.city_names
        }


def _dong(office: Office) -> str:
    """The code of a community office; the pack's loader gives one to each."""
    return str(office.dong)


def _heirs(office: Office, closed: Mapping[str, Office]) -> Iterable[str]:
    """The offices in whose hands a closed one's area now is, through any later closings."""
    for successor in office.successors:
        code = successor.removeprefix("o-")
        if code in closed:
            yield from _heirs(closed[code], closed)
        else:
            yield code


@dataclass(frozen=True, slots=True)
class _Words:
    """An address, read: the district and the dong names in it, before any conclusion."""

    city: bool
    elsewhere: bool
    district: str | None
    dongs: tuple[tuple[_Named, ...], ...]
    strange_dong: bool
    """A word that looks like a dong's name follows but is none of the city's."""


_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]?")
_LISTED = re.compile(r"(?<=\d),\s?(?=\d[\d,.]*가?동)")
"""The commas of 종로1,2,3,4가동, which separate nothing."""
_SEPARATORS = re.compile(r"[\s,/]+")
_DONG_END = re.compile(r"동|가(?!동)|-?(?:dong|ga)(?![a-z])")
_DONG_LIKE = re.compile(r"[가-힣]+[\d.·]*(?:동|가)")
_LOT_FOLLOWS = re.compile(r"(?:산\s*)?\d")
_LOT = re.compile(r"(?:산)?\d+(?:-\d+)?(?:번지|번)?")
_ROAD = re.compile(r".*(?:로|길)\d*(?:번?[가-하]?길)?")
_OTHER_AREA = re.compile(r"[가-힣]{1,4}(?:시|도|군|구)")


class Locator:
    """Answers where a place is, by the geography in force on the day asked about."""

    def __init__(self, geography: Geography, phrases: Phrases) -> None:
        self.geography = geography
        self._district_of_place = {p.code: p.district for p in geography.legal_places}
        self._city_keys = frozenset(key(s) for s in geography.spellings)
        self._city_prefixes = sorted(self._city_keys, key=len, reverse=True)
        self._elsewhere = frozenset(key(name) for name in geography.elsewhere)
        self._starts = _changes(geography)
        self._snapshots = [_Snapshot(geography, day, phrases) for day in self._starts]

    def locate(self, place: Place, on: date) -> Resolution:
        """What `place` means on a day.

        Evidence that disagrees is Ambiguous; a value that cannot be one (NaN, an unknown code) is
        Unknown and names its field. Never raises for what a citizen may have entered.
        """
        snapshot = self._snapshot(on)
        if not snapshot.districts:
            return Unknown(reason=Why.NO_GEOGRAPHY)
        words = place.name or place.address
        if place.lat is None and place.lon is None and not words and place.code:
            return self._by_code(place.code, snapshot)
        return self._by_all(place, snapshot)

    def _snapshot(self, on: date) -> _Snapshot:
        return self._snapshots[bisect_right(self._starts, on) - 1]

    def _by_code(self, code: str, snapshot: _Snapshot) -> Resolution:
        found = snapshot.by_code.get(code)
        if found is None:
            return Unknown(reason=Why.UNKNOWN_CODE, field="code", detail=code[:20])
        return found

    def _by_all(self, place: Place, snapshot: _Snapshot) -> Resolution:
        results: list[Resolution] = []
        if place.code:
            results.append(self._by_code(place.code, snapshot))
        if place.lat is not None or place.lon is not None:
            results.append(self._by_point(place.lat, place.lon, snapshot))
        if place.name:
            results.append(self._by_words(place.name, snapshot, field="name"))
        if place.address:
            results.append(self._by_words(place.address, snapshot, field="address"))
        return _combined(results, snapshot)

    def _by_point(self, lat: float | None, lon: float | None, snapshot: _Snapshot) -> Resolution:
        fault = self._coordinate_fault(lat, lon)
        if fault is not None:
            return fault
        geography = self.geography
        if geography.legal_areas is None:
            return Unknown(reason=Why.NO_GEOGRAPHY, field="lat")
        point = shapely.Point(lon, lat)
        legal = geography.legal_areas.at(point)
        if legal is not None and legal in snapshot.offices_of:
            return snapshot.result([self._point_claim(point, legal, snapshot)])
        return self._without_legal_place(point, snapshot)

    def _coordinate_fault(self, lat: float | None, lon: float | None) -> Unknown | None:
        for value, field, bound in ((lat, "lat", 90.0), (lon, "lon", 180.0)):
            if value is None or not math.isfinite(value):
                return Unknown(reason=Why.NOT_A_COORDINATE, field=field)
            if abs(value) > bound and not self._swapped(lat, lon):
                return Unknown(reason=Why.NOT_A_COORDINATE, field=field)
        if self._swapped(lat, lon):
            return Unknown(reason=Why.SWAPPED_COORDINATES, field="lat")
        return None

    def _swapped(self, lat: float | None, lon: float | None) -> bool:
        box = self.geography.box
        if box is None or lat is None or lon is None:
            return False
        return box.holds(lon, lat) and not box.holds(lat, lon)

    def inner_points(self) -> Iterable[tuple[str, float, float]]:
        """For each office that has an area of its own: its id and a (lat, lon) inside."""
        areas = self.geography.office_areas
        for owners, lat, lon in areas.inner_points() if areas else ():
            if "|" not in owners:
                yield f"o-{owners}", lat, lon

    def _point_claim(self, point: shapely.Point, legal: str, snapshot: _Snapshot) -> _Claim:
        claim = snapshot.legal_claim(legal, Evidence.POINT)
        areas = self.geography.office_areas
        if len(claim.offices) < 2 or areas is None:
            return claim
        owners = areas.at(point)
        allowed = claim.offices.intersection((owners or "").split("|"))
        if not allowed:
            return claim
        return _Claim(offices=allowed, evidence=(Evidence.POINT, Evidence.OFFICE_AREA), legal=legal)

    def _without_legal_place(self, point: shapely.Point, snapshot: _Snapshot) -> Resolution:
        districts, around = self.geography.district_areas, self.geography.neighbour_areas
        if districts is None or (around is not None and around.at(point) is not None):
            return self._outside(point)
        district = districts.at(point)
        if district is not None and district in snapshot.offices_in:
            offices = snapshot.offices_in[district]
            return snapshot.result([_Claim(offices=offices, evidence=(Evidence.POINT,))])
        return self._outside(point)

    def _outside(self, point: shapely.Point) -> Resolution:
        geography = self.geography
        if geography.district_areas is not None:
            district, distance = geography.district_areas.nearest(point)
            return Outside(nearest=district, distance=distance)
        if geography.legal_areas is None:
            return Unknown(reason=Why.NO_GEOGRAPHY, field="lat")
        place, distance = geography.legal_areas.nearest(point)
        return Outside(nearest=self._district_of_place[place], distance=distance)

    def _by_words(self, text: str, snapshot: _Snapshot, *, field: str) -> Resolution:
        words = self._read(text[:MAX_ADDRESS], snapshot)
        in_city = words.city or field == "name"
        if words.elsewhere:
            return Unknown(reason=Why.ELSEWHERE, field=field)
        if words.district is not None:
            return self._in_district(words, words.district, in_city, snapshot, field=field)
        if not words.dongs:
            reason = Why.UNKNOWN_NAME if field == "name" else Why.UNREADABLE_ADDRESS
            return Unknown(reason=reason, field=field)
        result = snapshot.result([_name_claim(entries, snapshot) for entries in words.dongs])
        if in_city or not all(e.shared for entries in words.dongs for e in entries):
            return result
        offices = frozenset().union(*(_name_claim(e, snapshot).offices for e in words.dongs))
        doubt = snapshot.ambiguous(offices, "which_district", (Evidence.LEGAL_NAME,), None)
        return Ambiguous(
            candidates=doubt.candidates, question=doubt.question, evidence=doubt.evidence
        )

    def _in_district(
        self, words: _Words, district: str, in_city: bool, snapshot: _Snapshot, *, field: str
    ) -> Resolution:
        shared = snapshot.districts[district].shared_name and not in_city
        claims = [_Claim(offices=snapshot.offices_in[district], evidence=(Evidence.DISTRICT_NAME,))]
        for entries in words.dongs:
            here = tuple(e for e in entries if e.district == district)
            claims.append(_name_claim(here or entries, snapshot))
        if not words.dongs and shared:
            if words.strange_dong:
                return Unknown(reason=Why.ELSEWHERE, field=field)
            return Ambiguous(
                candidates=(f"d-{district}",),
                question=snapshot.ask("this_city", district),
                evidence=(Evidence.DISTRICT_NAME,),
            )
        return snapshot.result(claims)

    def _read(self, text: str, snapshot: _Snapshot) -> _Words:
        normal = _LISTED.sub(".", unicodedata.normalize("NFKC", text).casefold())
        bracketed = [t for part in _BRACKETS.findall(normal) for t in _SEPARATORS.split(part) if t]
        tokens = [t for t in _SEPARATORS.split(_BRACKETS.sub(" ", normal)) if t]
        tokens, city = self._without_city(tokens)
        tokens, district, elsewhere = self._without_district(tokens, city, snapshot)
        dongs, strange = self._dongs(tokens, snapshot)
        for token in bracketed:
            entries = _lookup(token, snapshot)
            if entries:
                dongs.append(_as_legal(entries))
        return _Words(city, elsewhere, district, tuple(dongs), strange)

    def _without_city(self, tokens: list[str]) -> tuple[list[str], bool]:
        named = [key(token) in self._city_keys for token in tokens]
        if any(named):
            return [t for t, is_city in zip(tokens, named, strict=True) if not is_city], True
        for prefix in self._city_prefixes:
            if tokens and tokens[0].startswith(prefix):
                return [tokens[0].removeprefix(prefix), *tokens[1:]], True
        return tokens, False

    def _without_district(
        self, tokens: list[str], city: bool, snapshot: _Snapshot
    ) -> tuple[list[str], str | None, bool]:
        """The other tokens, the district's code, and whether another city is named."""
        for index, token in enumerate(tokens):
            for width in (2, 1):
                joined = "".join(tokens[index : index + width])
                code = snapshot.district_named.get(key(joined))
                if code is not None:
                    elsewhere = not city and self._names_other_city(tokens[:index])
                    rest = [*tokens[:index], *tokens[index + width :]]
                    return rest, code, elsewhere
            for name, code in snapshot.district_named.items():
                if not token.startswith(name):
                    continue
                left = token.removeprefix(name)
                # 종로구청 is an office and no address, but 종로구청운동 is one.
                if left.startswith("청") and not (
                    _lookup(left, snapshot) or _glued(left, snapshot)
                ):
                    continue
                rest = [*tokens[:index], left, *tokens[index + 1 :]]
                return rest, code, not city and self._names_other_city(tokens[:index])
        return tokens, None, not city and self._names_other_city(tokens)

    def _names_other_city(self, tokens: Sequence[str]) -> bool:
        if any(key(token) in self._elsewhere for token in tokens):
            return True
        return bool(tokens) and _OTHER_AREA.fullmatch(tokens[0]) is not None

    def _dongs(
        self, tokens: Sequence[str], snapshot: _Snapshot
    ) -> tuple[list[tuple[_Named, ...]], bool]:
        strange = False
        for index, token in enumerate(tokens):
            for width in (2, 1):
                entries = _lookup("".join(tokens[index : index + width]), snapshot)
                if entries:
                    after = tokens[index + width : index + width + 1]
                    lot = bool(after) and _LOT.fullmatch(after[0]) is not None
                    return [_as_legal(entries) if lot else entries], strange
            entries = _glued(token, snapshot)
            if entries:
                return [_as_legal(entries)], strange
            strange = strange or _DONG_LIKE.fullmatch(token) is not None
            if _ROAD.fullmatch(token) and tokens[index + 1 : index + 2]:
                break
        return [], strange


def _changes(geography: Geography) -> list[date]:
    """The first day of each stretch on which the geography stays the same, in order."""
    days = {date.min}
    facts: Iterable[Validity] = (
        fact.validity
        for facts in (
            geography.districts,
            geography.offices,
            geography.legal_places,
            geography.relations,
        )
        for fact in facts
    )
    for validity in facts:
        if validity.start is not None:
            days.add(validity.start)
        if validity.end is not None:
            days.add(validity.end + timedelta(days=1))
    return sorted(days)


def _lookup(token: str, snapshot: _Snapshot) -> tuple[_Named, ...]:
    for k in keys(token):
        found = snapshot.named.get(k)
        if found:
            return found
    return ()


def _glued(token: str, snapshot: _Snapshot) -> tuple[_Named, ...]:
    """The longest dong name that a token starts with when a lot number follows at once."""
    for match in reversed(list(_DONG_END.finditer(token))):
        if _LOT_FOLLOWS.match(token, match.end()):
            entries = _lookup(token[: match.end()], snapshot)
            if entries:
                return entries
    return ()


def _as_legal(entries: tuple[_Named, ...]) -> tuple[_Named, ...]:
    """The legal places among the meanings of a name, where there are any: lots are theirs."""
    legal = tuple(entry for entry in entries if entry.legal is not None)
    return legal or entries


def _name_claim(entries: Sequence[_Named], snapshot: _Snapshot) -> _Claim:
    offices: set[str] = set()
    for entry in entries:
        if entry.legal is not None:
            offices |= snapshot.offices_of[entry.legal]
        elif entry.office is not None:
            offices.add(entry.office)
    legal = {entry.legal for entry in entries if entry.legal is not None}
    if not legal:
        return _Claim(offices=frozenset(offices), evidence=(Evidence.OFFICE_NAME,))
    alone = (Evidence.ONLY_OFFICE,) if len(offices) == 1 else ()
    return _Claim(
        offices=frozenset(offices),
        evidence=(Evidence.LEGAL_NAME, *alone),
        legal=next(iter(legal)) if len(legal) == 1 else None,
    )


def _combined(results: Sequence[Resolution], snapshot: _Snapshot) -> Resolution:
    """One resolution from several pieces of evidence.

    A bad value is told before anything is concluded; words that mean nothing here claim nothing.
    """
    if not results:
        return Unknown(reason=Why.NOTHING_GIVEN)
    for result in results:
        if isinstance(result, Unknown) and result.reason in _BAD_VALUES:
            return result
    claims = [_claim_of(r, snapshot) for r in results if isinstance(r, Resolved | Ambiguous)]
    if len(results) == 1 or not claims:
        return results[0]
    if any(isinstance(result, Outside) for result in results):
        offices = frozenset().union(*(claim.offices for claim in claims))
        evidence = tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))
        return snapshot.ambiguous(offices, "contradiction", evidence, None)
    return snapshot.result(claims)


_BAD_VALUES = frozenset({Why.NOT_A_COORDINATE, Why.SWAPPED_COORDINATES, Why.UNKNOWN_CODE})


def _claim_of(result: Resolved | Ambiguous, snapshot: _Snapshot) -> _Claim:
    if isinstance(result, Resolved):
        codes = frozenset({result.admin_dong})
    else:
        codes = frozenset(
            code
            for candidate in result.candidates
            for code in snapshot.offices_in.get(
                candidate.removeprefix("d-"), {candidate.removeprefix("o-")}
            )
        )
    return _Claim(offices=codes, evidence=result.evidence, legal=result.legal_dong)
