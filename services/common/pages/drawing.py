"""A map of areas as SVG: shapes, places of labels, a point on it. Pure arithmetic; what is drawn in
which colour, and every word, is left to the templates.

The map is no map projection: longitudes are narrowed as at the map's middle, which is true to some
metres over the width of a city.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

# The longer side of a map, in its own units.
SIZE = 1_000
# Room for the line around the outermost areas.
_MARGIN = 6
# What is finer than this many units is left out: it is finer than a pixel of any screen.
_FINEST = 1.0
# Neighbours that were drawn apart by so little are joined when they make one area.
_GAP_DEGREES = 0.0002
# Islands smaller than this share of their area are left out.
_LEAST_PART = 0.01
# Letters are drawn at these sizes, in units. Smaller ones cannot be read and are left out.
_LARGEST_LETTERS, _SMALLEST_LETTERS = 22.0, 10.0
# Owners of one polygon that cannot be told apart by a point.
_SHARED = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One area on a map: its outline as a path of SVG, and the middle of the largest circle in it,
    with the circle's radius, for a label."""

    key: str
    path: str
    x: int
    y: int
    radius: float

    def letters(self, text: str) -> float:
        """How large the letters of a text may be that is to fit in; 0 where none can be read."""
        size = min(_LARGEST_LETTERS, 2.1 * self.radius / max(1.0, _width(text)))
        return round(size, 1) if size >= _SMALLEST_LETTERS else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A map of some areas, `width` by `height` units. Its upper left corner lies at `west`, `north`
    (degrees), and a degree is `across` or `down` units long."""

    width: int
    height: int
    shapes: Sequence[Shape]
    west: float
    north: float
    across: float
    down: float

    def at(self, lat: float, lon: float) -> tuple[int, int] | None:
        """Where a point (WGS 84 degrees) lies on it; None for one beyond its edge."""
        x = round((lon - self.west) * self.across)
        y = round((self.north - lat) * self.down)
        return (x, y) if 0 <= x <= self.width and 0 <= y <= self.height else None


def joined(parts: Mapping[str, Sequence[BaseGeometry]]) -> Mapping[str, BaseGeometry]:
    """Each area of its parts, without the cracks between them."""
    return {
        key: shapely.union_all(shapely.buffer(list(some), _GAP_DEGREES)).buffer(-_GAP_DEGREES)
        for key, some in parts.items()
    }


def draw(areas: Mapping[str, BaseGeometry]) -> Drawing | None:
    """A map of the areas (degrees, longitude first); None without any."""
    if not areas:
        return None
    west, south, east, north = shapely.total_bounds(list(areas.values()))
    narrowed = math.cos(math.radians((south + north) / 2))
    scale = (SIZE - 2 * _MARGIN) / max((east - west) * narrowed, north - south)

    def placed(points: Any) -> Any:
        points[:, 0] = _MARGIN + (points[:, 0] - west) * narrowed * scale
        points[:, 1] = _MARGIN + (north - points[:, 1]) * scale
        return points

    return Drawing(
        width=round((east - west) * narrowed * scale + 2 * _MARGIN),
        height=round((north - south) * scale + 2 * _MARGIN),
        shapes=[
            _shape(key, shapely.transform(area, placed).simplify(_FINEST))
            for key, area in areas.items()
        ],
        west=west - _MARGIN / (narrowed * scale),
        north=north + _MARGIN / scale,
        across=narrowed * scale,
        down=scale,
    )


def draw_owned(areas: Iterable[tuple[Sequence[str], BaseGeometry]]) -> Drawing | None:
    """A map of areas, each with the ids of all who share it, see `owners_of`; None without any."""
    return draw({_SHARED.join(owners): polygon for owners, polygon in areas})


def owners_of(shape: Shape) -> Sequence[str]:
    """The ids of those whose area a shape of `draw_owned` is."""
    return shape.key.split(_SHARED)


def _shape(key: str, area: BaseGeometry) -> Shape:
    polygons = [part for part in _polygons(area) if part.area >= _LEAST_PART * area.area]
    largest = max(polygons, key=lambda part: part.area)
    middle = shapely.maximum_inscribed_circle(largest, tolerance=1)
    (x, y), *_ = middle.coords
    return Shape(
        key=key,
        path="".join(_ring(ring) for part in polygons for ring in (part.exterior, *part.interiors)),
        x=round(x),
        y=round(y),
        radius=middle.length,
    )


def _polygons(area: BaseGeometry) -> Iterable[Any]:
    return [part for part in shapely.get_parts(area) if part.geom_type == "Polygon"]


def _ring(ring: Any) -> str:
    points = [(round(x), round(y)) for x, y in ring.coords[:-1]]
    (x, y), *rest = points
    path = f"M{x} {y}"
    for point in rest:
        path += f"l{point[0] - x} {point[1] - y}"
        x, y = point
    return path + "z"


def _width(text: str) -> float:
    """The width of a text in letters of Korean, which are as wide as high."""
    return sum(1.0 if ord(letter) > 0x1100 else 0.56 for letter in text)
