"""Place to jurisdiction: which community office is competent, on a given day, or what to ask.

Every piece of evidence (a code, a point, a name, an address) claims a set of offices; the claims
are intersected and never weighed, so that nothing is guessed. Codes are the key; names are labels.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import shapely

from services.cities.address import Reader, Words
from services.cities.gazetteer import Gazetteer, Meanings
from services.cities.geography import Geography, dong_of
from services.cities.model import Names, Office, Validity
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

_CODE = re.compile(r"[0-9A-Za-z_-]{1,20}")
"""What an unknown code must look like to be repeated: anything else may be a citizen's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """The offices (codes) that one piece of evidence leaves possible."""

    offices: frozenset[str]
    evidence: tuple[Evidence, ...]
    legal: str | None = None


class _Snapshot:
    """The geography of one stretch of days on which nothing changes."""

    def __init__(self, geography: Geography, day: date, phrases: Phrases) -> None:
        self._phrases = phrases
        self.districts = {d.code: d for d in geography.districts if d.validity.holds(day)}
        offices = [o for o in geography.offices if o.validity.holds(day)]
        legal = {p.code: p for p in geography.legal_places if p.validity.holds(day)}
        self.city_names = geography.city_names
        self.district_of = {dong_of(o): str(o.district) for o in offices}
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
        self.names = Gazetteer(self.districts.values(), offices, legal.values())
        self.by_code = self._index_codes(geography, day)
        self.by_place: dict[str, Resolution] = {
            place: self.result([self.legal_claim(place, Evidence.POINT)])
            for place in self.offices_of
        }
        """What a point in a legal place means before its office's area is looked at."""

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
            dong_of(o): o
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


def _heirs(office: Office, closed: Mapping[str, Office]) -> Iterable[str]:
    """The offices in whose hands a closed one's area now is, through any later closings."""
    for successor in office.successors:
        code = successor.removeprefix("o-")
        if code in closed:
            yield from _heirs(closed[code], closed)
        else:
            yield code


class Locator:
    """Answers where a place is, by the geography in force on the day asked about."""

    def __init__(self, geography: Geography, phrases: Phrases) -> None:
        self.geography = geography
        self._district_of_place = {p.code: p.district for p in geography.legal_places}
        self._reader = Reader(spellings=geography.spellings, elsewhere=geography.elsewhere)
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
            named = code if _CODE.fullmatch(code) else None
            return Unknown(reason=Why.UNKNOWN_CODE, field="code", detail=named)
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
            return self._in_legal_place(point, legal, snapshot)
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

    def _in_legal_place(self, point: shapely.Point, legal: str, snapshot: _Snapshot) -> Resolution:
        offices, areas = snapshot.offices_of[legal], self.geography.office_areas
        if len(offices) < 2 or areas is None:
            return snapshot.by_place[legal]
        allowed = offices.intersection((areas.at(point) or "").split("|"))
        if not allowed:
            return snapshot.by_place[legal]
        evidence = (Evidence.POINT, Evidence.OFFICE_AREA)
        return snapshot.result([_Claim(offices=allowed, evidence=evidence, legal=legal)])

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
        words = self._reader.read(text, snapshot.names)
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
        self, words: Words, district: str, in_city: bool, snapshot: _Snapshot, *, field: str
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


def _name_claim(meanings: Meanings, snapshot: _Snapshot) -> _Claim:
    offices: set[str] = set()
    for meaning in meanings:
        if meaning.legal is not None:
            offices |= snapshot.offices_of[meaning.legal]
        elif meaning.office is not None:
            offices.add(meaning.office)
    legal = {meaning.legal for meaning in meanings if meaning.legal is not None}
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
