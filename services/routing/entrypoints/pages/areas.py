"""The map of the board and the table beside it, which says the same: the districts of the city, the
offices of one district, or the departments of a city without districts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.cities import City, Office, OfficeKind
from services.common.pages import label
from services.common.pages.drawing import Drawing, Shape, draw, draw_owned, joined, owners_of
from services.routing.domain.board import CITY, by_district
from services.routing.domain.matters import Load, Loads
from services.routing.entrypoints.pages.drawing import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: an office, or a district with all of its offices. `short` is what it
    is called on the map; `code` is the district's where a page of its own shows more."""

    key: str
    name: str
    short: str
    load: Load
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area of the map: its line of the table, or those of all that share it, together. `level`
    is the class of its colour; `letters` is the size of its name, 0 where none fits."""

    row: Row
    shape: Shape
    level: int
    letters: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What one page shows: the table, and the map where the city has shapes. `levels` gives the
    class of the colour of each line."""

    rows: Sequence[Row]
    total: Load
    drawing: Drawing | None
    areas: Sequence[Area]
    levels: Mapping[str, int]
    scale: Scale


class BoardMap:
    """The map and the table of one city. What is drawn is drawn once: the districts of Seoul take a
    quarter of a second."""

    def __init__(self, city: City) -> None:
        """`city` has the areas, which no record of an office changes."""
        self._city = city
        self._drawings: dict[str, Drawing | None] = {"": draw(self._districts_joined())}

    def picture(
        self, city: City, loads: Loads, district: str, day: date, language: str, departments: str
    ) -> Picture:
        """The offices of a district, or the city where that is empty, on a day, as `city` has them.
        `departments` is what those of the city are called together."""
        rows = (
            _listed(city, lambda office: office.district == district, loads, day, language)
            if district
            else _districts(city, loads, day, language, departments)
        )
        drawing = self.drawing(district)
        by_key = {row.key: row for row in rows}
        drawn = [
            (shape, _of_all(owners_of(shape), by_key))
            for shape in (drawing.shapes if drawing is not None else ())
        ]
        scale = Scale.of(row.load.open for row in ([row for _, row in drawn] or rows))
        return Picture(
            rows=rows,
            total=_together(row.load for row in rows),
            drawing=drawing,
            areas=[
                Area(
                    row=row,
                    shape=shape,
                    level=scale.class_of(row.load.open),
                    letters=shape.letters(row.short),
                )
                for shape, row in drawn
            ],
            levels={row.key: scale.class_of(row.load.open) for row in rows},
            scale=scale,
        )

    def drawing(self, district: str) -> Drawing | None:
        """The map of a district, or of the city where that is empty; None without shapes."""
        if district not in self._drawings:
            self._drawings[district] = of_district(self._city, district)
        return self._drawings[district]

    def _districts_joined(self) -> Mapping[str, Any]:
        parts: dict[str, list[Any]] = defaultdict(list)
        for owners, polygon in self._city.office_areas():
            parts[str(self._city.office(owners[0]).district)].append(polygon)
        return joined(parts)


def of_district(city: City, district: str) -> Drawing | None:
    """The areas of the offices of one district; None without shapes."""
    return draw_owned(
        (owners, polygon)
        for owners, polygon in city.office_areas()
        if city.office(owners[0]).district == district
    )


def _districts(
    city: City, loads: Loads, day: date, language: str, departments: str
) -> Sequence[Row]:
    """The districts, and all departments of the city in one line; each department where there are
    no districts."""
    found = by_district(city, loads)
    rows = [
        _district_row(office, found.get(str(office.district), Load()), language)
        for office in city.of_kind(OfficeKind.DISTRICT, day)
    ]
    if not rows:
        return _listed(city, lambda office: True, loads, day, language)
    load = found.get(CITY, Load())
    return [*rows, Row(key=CITY, name=departments, short=departments, load=load)]


def _listed(
    city: City, wanted: Callable[[Office], bool], loads: Loads, day: date, language: str
) -> Sequence[Row]:
    """The offices of a day, in the city's order; a closed one while something lies there. A
    community office goes by its area's name, which is shorter and says the same."""
    return [
        Row(
            key=office.id,
            name=label(
                office.area if office.kind is OfficeKind.DONG else office.names, language
            ).text,
            short=label(office.area or office.names, language).text,
            load=loads.by_office.get(office.id, Load()),
        )
        for office in city.offices.values()
        if wanted(office) and (office.validity.holds(day) or office.id in loads.by_office)
    ]


def _district_row(office: Office, load: Load, language: str) -> Row:
    name = label(office.area, language).text
    code = str(office.district)
    return Row(key=code, name=name, short=name, load=load, code=code)


def _of_all(keys: Sequence[str], rows: Mapping[str, Row]) -> Row:
    """One line for all offices that share an area; a polygon whose office has closed has none of
    its own."""
    found = [rows[key] for key in keys if key in rows]
    if len(found) == 1:
        return found[0]
    name = " · ".join(row.short for row in found)
    return Row(
        key="|".join(keys),
        name=name,
        short=name,
        load=_together(row.load for row in found),
    )


def _together(loads: Iterable[Load]) -> Load:
    total = Load()
    for load in loads:
        total = total.plus(load)
    return total
