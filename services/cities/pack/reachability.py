"""Whether each community office can be reached by a point, and if not, why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import shapely
from shapely.geometry.base import BaseGeometry

from services.cities.catalogue.model import OfficeKind
from services.cities.city import City
from services.cities.places.place import Ambiguous, Place, Resolved

GRID = 12
"""Points tried along each side of a polygon's bounding box, besides one within it."""


class Obstacle(StrEnum):
    """Why no tried point leads to an office."""

    NO_AREA = "no_area"
    """The pack has no polygon for it, and no legal place is its alone."""
    SHARED_AREA = "shared_area"
    """Its polygon is older than its split from another office, and so holds both."""
    NOT_RELATED = "not_related"
    """The points of its polygon lie in legal places that the official relation denies it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """An office (code) with a point (lat, lon) that leads to it, or what stands in the way.

    `among` are the office ids it cannot be told from.
    """

    office: str
    point: tuple[float, float] | None = None
    obstacle: Obstacle | None = None
    among: tuple[str, ...] = ()


def reach(city: City, on: date) -> tuple[Reach, ...]:
    """One finding for each community office of a day, in the pack's order."""
    geography = city.locator.geography
    polygons: dict[str, list[BaseGeometry]] = defaultdict(list)
    if geography.office_areas is not None:
        for owners, polygon in geography.office_areas.polygons():
            for owner in owners.split("|"):
                polygons[owner].append(polygon)
    if geography.legal_areas is not None:
        of_place = {r.legal_place: r.office for r in geography.relations if r.validity.holds(on)}
        for place, polygon in geography.legal_areas.polygons():
            if place in of_place:
                polygons[of_place[place]].append(polygon)
    return tuple(
        _reach(city, str(office.dong), polygons[str(office.dong)], on)
        for office in city.of_kind(OfficeKind.DONG, on)
    )


def _reach(city: City, code: str, polygons: Iterable[BaseGeometry], on: date) -> Reach:
    among: set[str] = set()
    tried = False
    for lat, lon in _points(polygons):
        tried = True
        match city.locate(Place(lat=lat, lon=lon), on):
            case Resolved(admin_dong=found) if found == code:
                return Reach(office=code, point=(lat, lon))
            case Ambiguous(candidates=candidates) if f"o-{code}" in candidates:
                among |= set(candidates) - {f"o-{code}"}
    if not tried:
        return Reach(office=code, obstacle=Obstacle.NO_AREA)
    if among:
        return Reach(office=code, obstacle=Obstacle.SHARED_AREA, among=tuple(sorted(among)))
    return Reach(office=code, obstacle=Obstacle.NOT_RELATED)


def _points(polygons: Iterable[BaseGeometry]) -> Iterable[tuple[float, float]]:
    for polygon in polygons:
        inner = polygon.representative_point()
        yield inner.y, inner.x
        west, south, east, north = polygon.bounds
        for row in range(GRID):
            for column in range(GRID):
                lon = west + (east - west) * (column + 0.5) / GRID
                lat = south + (north - south) * (row + 0.5) / GRID
                if polygon.contains(shapely.Point(lon, lat)):
                    yield lat, lon
