"""Place to jurisdiction: which community office is competent, on a given day, or what to ask.

Every piece of evidence (a code, a point, a name, an address) claims a set of offices; the claims
are intersected and never weighed, so that nothing is guessed. Codes are the key; names are labels.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import shapely

from services.cities.catalogue.model import Names, Office, Validity
from services.cities.phrases import Phrases
from services.cities.places.address import Reader, Words
from services.cities.places.coordinates import coordinate_fault
from services.cities.places.gazetteer import Gazetteer, Likely, Meanings
from services.cities.places.geography import Geography, Road, dong_of
from services.cities.places.place import (
    Ambiguous,
    Evidence,
    Outside,
    Place,
    PlaceQuestion,
    Resolution,
    Resolved,
    Suggestion,
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
        self.names = Gazetteer(
            self.districts.values(),
            offices,
            legal.values(),
            shared=geography.shared_names,
            elsewhere=geography.elsewhere_dongs,
            ordinary=geography.ordinary_words,
        )
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
            dong_of(o): o for o in geography.offices if o.successors and o.validity.is_over(day)
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

    def result(self, claims: Sequence[_Claim]) -> Resolved | Ambiguous:
        """What claims that all hold leave: one office, several, or a contradiction."""
        left = frozenset.intersection(*(claim.offices for claim in claims))
        evidence = _evidence(claims)
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
            return self.ambiguous(_union(claims), "contradiction", evidence, None)
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

    def ask(
        self, question: str, district: str | None = None, place: Names | None = None
    ) -> dict[str, str]:
        """A question by language, with the names of the district, a place and the city in it."""
        names: Names = {} if district is None else self.districts[district].names
        places: Names = place or {}
        return {
            language: self._phrases.say(
                language,
                question,
                district=names.get(language, district or ""),
                place=places.get(language, ""),
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
        self._reader = Reader(geography)
        self._names = _names_by_code(geography)
        self._phrases = phrases
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

    def named(self, code: str) -> tuple[Names, ...]:
        """What a district, or a dong after its district, is called; empty for an unknown code."""
        return self._names.get(code, ())

    def ask(self, question: PlaceQuestion, district: str = "") -> Names:
        """The words of a question by language, with the district's name where it has one."""
        names = self._names.get(district, ({},))[-1]
        return {
            language: self._phrases.say(language, question, district=names.get(language, district))
            for language in self.geography.city_names
        }

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
        fault = coordinate_fault(lat, lon, self.geography.box)
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
        named = _Named(words, snapshot, self._district_of_place, in_city=field == "name")
        found = named.resolution()
        if found is not None:
            return found
        if words.elsewhere:
            return Unknown(reason=Why.ELSEWHERE, field=field)
        reason = Why.UNKNOWN_NAME if field == "name" else Why.UNREADABLE_ADDRESS
        return Unknown(reason=reason, field=field)


class _Named:
    """What the words of one text mean on a day.

    Full names are evidence. A road without a number, a district without its ending and a station
    count only where they agree with those, or where there are none; a dong without its ending where
    no dong is named in full. A word one letter from a name is no evidence.
    """

    __slots__ = ("_district_of", "_here", "_snapshot", "_words")

    def __init__(
        self,
        words: Words,
        snapshot: _Snapshot,
        district_of_place: Mapping[str, str],
        *,
        in_city: bool,
    ) -> None:
        self._words = words
        self._snapshot = snapshot
        self._district_of = district_of_place
        self._here = in_city or words.city

    def resolution(self) -> Resolution | None:
        """The meaning, None when the words name nothing of the city."""
        words = self._words
        if len(words.districts) > 1:
            return self._which(words.districts)
        claims = self._claims()
        if not claims and len(words.short_districts) > 1:
            return self._which(words.short_districts)
        elsewhere = words.elsewhere and not self._here
        if not claims:
            return None if elsewhere else self._suggested()
        if self._shared_only(claims):
            strange = words.strange_dong and words.districts and not words.dongs
            if (elsewhere and words.within_elsewhere) or strange:
                return Unknown(reason=Why.ELSEWHERE, field="address")
            return self._doubtful(claims)
        if elsewhere and words.within_elsewhere:
            return self._contradiction(claims)
        return self._with_suggestion(self._snapshot.result(claims), claims)

    def _claims(self) -> list[_Claim]:
        """What is named in full, and then what agrees with it."""
        words = self._words
        claims = [self._district_claim(code, Evidence.DISTRICT_NAME) for code in words.districts]
        claims += self._dong_claims(words.dongs, words.districts)
        if words.road is not None and words.numbered:
            claims.append(self._road_claim(coarse=bool(words.dongs)))
        if words.post_code:
            claims.append(
                self._places_claim(
                    words.post_code, Evidence.POST_CODE, coarse=bool(words.dongs or words.road)
                )
            )
        return self._with_weaker(claims)

    def _with_weaker(self, claims: list[_Claim]) -> list[_Claim]:
        words = self._words
        if not words.dongs and words.short_dongs:
            among = words.districts or (
                words.short_districts if len(words.short_districts) == 1 else ()
            )
            short = self._dong_claims(words.short_dongs, among)
            claims = claims + [replace(c, evidence=(Evidence.SHORT_NAME,)) for c in short]
        if words.road is not None and not words.numbered and not words.dongs:
            claims = _if_agreed(claims, self._road_claim(coarse=False))
        if not words.districts and len(words.short_districts) == 1:
            (code,) = words.short_districts
            claims = _if_agreed(claims, self._district_claim(code, Evidence.SHORT_NAME))
        return _if_agreed(claims, self._station_claim()) if words.stations else claims

    def _station_claim(self) -> _Claim:
        """The offices of the districts in which the named stations lie: whoever names a station
        means something near it, which may lie in either district at a border."""
        within = (self._snapshot.offices_in.get(code, ()) for code in self._words.stations)
        offices = frozenset(office for offices in within for office in offices)
        return _Claim(offices=offices, evidence=(Evidence.STATION_NAME,))

    def _district_claim(self, code: str, evidence: Evidence) -> _Claim:
        return _Claim(offices=self._snapshot.offices_in[code], evidence=(evidence,))

    def _dong_claims(self, dongs: Sequence[Meanings], districts: Sequence[str]) -> list[_Claim]:
        """One claim for each dong; dongs that exclude each other make one of all their offices."""
        claims: list[_Claim] = []
        for entries in dongs:
            here = tuple(e for e in entries if e.district in districts)
            claims.append(_name_claim(here or entries, self._snapshot))
        if len(claims) < 2 or frozenset.intersection(*(c.offices for c in claims)):
            return claims
        return [_Claim(offices=_union(claims), evidence=(Evidence.LEGAL_NAME,))]

    def _road_claim(self, *, coarse: bool) -> _Claim:
        road = self._words.road
        places = road.legal_places if road is not None else ()
        return self._places_claim(places, Evidence.ROAD_NAME, coarse=coarse)

    def _places_claim(self, places: Sequence[str], evidence: Evidence, *, coarse: bool) -> _Claim:
        """The offices of these legal places, or if `coarse` all offices of their districts: where
        the text names a dong, the dong says more than a road or a post code."""
        snapshot = self._snapshot
        legal = None
        if coarse:
            districts = {self._district_of[place] for place in places}
            offices = frozenset().union(*(snapshot.offices_in[code] for code in districts))
        else:
            offices = frozenset().union(*(snapshot.offices_of.get(p, ()) for p in places))
            legal = places[0] if len(places) == 1 else None
        return _Claim(offices=offices, evidence=(evidence,), legal=legal)

    def _shared_only(self, claims: Sequence[_Claim]) -> bool:
        """Whether everything named may as well lie in another city.

        Two shared names that stand together in one place of this city are taken as that place, and
        so is a shared name that agrees with a station.
        """
        words = self._words
        if self._here or words.post_code or Evidence.STATION_NAME in _evidence(claims):
            return False
        if any(not self._snapshot.districts[code].shared_name for code in words.districts):
            return False
        if words.short_districts:
            return False
        dongs = [*words.dongs, *(() if words.dongs else words.short_dongs)]
        if words.districts and dongs and self._agree(words.districts, dongs):
            return words.elsewhere and words.within_elsewhere
        if words.road is not None and words.numbered and self._on_road(dongs, words.road):
            return words.elsewhere and words.within_elsewhere
        if words.road is not None and (words.numbered or not dongs) and not words.road.shared_name:
            return False
        return all(entry.shared for entries in dongs for entry in entries)

    @staticmethod
    def _on_road(dongs: Sequence[Meanings], road: Road) -> bool:
        return any(entry.legal in road.legal_places for entries in dongs for entry in entries)

    def _agree(self, districts: Sequence[str], dongs: Sequence[Meanings]) -> bool:
        return any(entry.district in districts for entries in dongs for entry in entries)

    def _which(self, districts: Sequence[str]) -> Ambiguous:
        return Ambiguous(
            candidates=tuple(f"d-{code}" for code in sorted(districts)),
            question=self._snapshot.ask("which_named"),
            evidence=(Evidence.DISTRICT_NAME,),
        )

    def _contradiction(self, claims: Sequence[_Claim]) -> Ambiguous:
        found = self._snapshot.ambiguous(_union(claims), "contradiction", _evidence(claims), None)
        return replace(found, district=None)

    def _doubtful(self, claims: Sequence[_Claim]) -> Ambiguous:
        """Names that other cities have too: asked about, in the words that fit."""
        words, snapshot = self._words, self._snapshot
        if words.districts and not words.dongs:
            (district,) = words.districts
            return Ambiguous(
                candidates=(f"d-{district}",),
                question=snapshot.ask("this_city", district),
                evidence=(Evidence.DISTRICT_NAME,),
            )
        among = frozenset.intersection(*(claim.offices for claim in claims)) or _union(claims)
        doubt = snapshot.ambiguous(among, "which_district", _evidence(claims), None)
        suggestion = None if words.likely is None else self._suggestion(words.likely)
        return replace(doubt, district=None, suggestion=suggestion)

    def _suggested(self) -> Ambiguous | None:
        """A question whether a name was meant, where nothing else is known."""
        likely = self._words.likely
        if likely is None:
            return None
        if likely.district is not None:
            candidates: tuple[str, ...] = (f"d-{likely.district}",)
        else:
            offices = _name_claim(likely.dong, self._snapshot).offices
            candidates = tuple(f"o-{code}" for code in sorted(offices))
        return Ambiguous(
            candidates=candidates,
            question=self._snapshot.ask("did_you_mean", place=likely.names),
            suggestion=self._suggestion(likely),
        )

    def _with_suggestion(
        self, found: Resolved | Ambiguous, claims: Sequence[_Claim]
    ) -> Resolved | Ambiguous:
        """The meaning, with what a misspelt word suggests; asked where that contradicts it."""
        likely = self._words.likely
        if likely is None:
            return found
        suggestion = self._suggestion(likely)
        if likely.district is not None:
            offices = self._snapshot.offices_in[likely.district]
        else:
            offices = _name_claim(likely.dong, self._snapshot).offices
        among = frozenset.intersection(*(claim.offices for claim in claims))
        if among and not among & offices:
            asked = self._snapshot.ambiguous(
                among | offices, "contradiction", _evidence(claims), None
            )
            return replace(asked, suggestion=suggestion)
        if isinstance(found, Ambiguous) and likely.district is None:
            question = self._snapshot.ask("did_you_mean", place=likely.names)
            return replace(found, question=question, suggestion=suggestion)
        return replace(found, suggestion=suggestion)

    @staticmethod
    def _suggestion(likely: Likely) -> Suggestion:
        code = likely.district
        if code is None and len(likely.dong) == 1:
            code = likely.dong[0].legal or likely.dong[0].office
        return Suggestion(names=likely.names, code=code)


def _if_agreed(claims: list[_Claim], weaker: _Claim) -> list[_Claim]:
    """The claims, and a weaker one where it leaves something of them."""
    if not weaker.offices:
        return claims
    if claims and not frozenset.intersection(weaker.offices, *(c.offices for c in claims)):
        return claims
    return [*claims, weaker]


def _union(claims: Iterable[_Claim]) -> frozenset[str]:
    return frozenset().union(*(claim.offices for claim in claims))


def _evidence(claims: Iterable[_Claim]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(e for claim in claims for e in claim.evidence))


def _names_by_code(geography: Geography) -> dict[str, tuple[Names, ...]]:
    """The names of all places ever on record; of two under one code, the last."""
    found: dict[str, tuple[Names, ...]] = {d.code: (d.names,) for d in geography.districts}
    for place in geography.legal_places:
        found[place.code] = (*found.get(place.district, ()), place.names)
        if geography.short_code_digits:
            found[place.code[: geography.short_code_digits]] = found[place.code]
    for office in geography.offices:
        found[dong_of(office)] = (*found.get(office.district or "", ()), office.area)
    return found


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
    meant = [r for r in results if isinstance(r, Resolved | Ambiguous)]
    claims = [_claim_of(r, snapshot) for r in meant if r.evidence]
    if len(results) == 1 or not claims:
        return results[0]
    found: Resolved | Ambiguous
    if any(isinstance(result, Outside) for result in results):
        found = snapshot.ambiguous(_union(claims), "contradiction", _evidence(claims), None)
    else:
        found = snapshot.result(claims)
    suggestion = next((r.suggestion for r in meant if r.suggestion is not None), None)
    return replace(found, suggestion=suggestion)


_BAD_VALUES = frozenset(
    {
        Why.NOT_A_COORDINATE,
        Why.SWAPPED_COORDINATES,
        Why.ZERO_COORDINATES,
        Why.PROJECTED_COORDINATES,
        Why.UNKNOWN_CODE,
    }
)


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
