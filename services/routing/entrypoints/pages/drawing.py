"""A map of areas and small charts as SVG: shapes, places of labels, bars. Pure arithmetic; what is
drawn in which colour, and every word, is left to the templates.

The map is no map projection: longitudes are narrowed as at the city's middle, which is true to some
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


# Colours beside that of none. More: neighbours can no longer be told apart.
CLASSES = 4
# Steps of the scale, in tenths of a power of ten.
_ROUND = (10, 15, 20, 30, 40, 50, 60, 80, 100)


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
    """A map of some areas, `width` by `height` units."""

    width: int
    height: int
    shapes: Sequence[Shape]


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
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Classes of counts: 0 for none, then four of `step` counts each, the last without an end."""

    step: int

    @classmethod
    def of(cls, counts: Iterable[int]) -> Scale:
        """The scale that the counts fit on; its step is a round number, so that it seldom
        changes."""
        wanted = max([*counts, 1]) / CLASSES
        power = 10 ** math.floor(math.log10(max(wanted, 1)))
        steps = (each * power // 10 for each in _ROUND)
        return cls(step=next(step for step in steps if step >= wanted))

    def class_of(self, count: int) -> int:
        """The class of a count, 0 to CLASSES."""
        return min(CLASSES, math.ceil(count / self.step))

    def legend(self) -> Sequence[tuple[int, int, int | None]]:
        """Each class with its least and its largest count; None where it has no end."""
        bounds = [(n, (n - 1) * self.step + 1, n * self.step) for n in range(1, CLASSES)]
        return [(0, 0, 0), *bounds, (CLASSES, (CLASSES - 1) * self.step + 1, None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """A chart of bars: the path of all bars but the last, and of the last, which still grows;
    `width` by `height` units. `most` is what the highest bar stands for."""

    width: int
    height: int
    past: str
    running: str
    most: int


def bars(counts: Sequence[int], most: int) -> Bars:
    """A bar for each count, 4 units wide with 1 between; `most` (at least the largest count) has
    the full height."""
    height = 40
    parts = []
    for number, count in enumerate(counts):
        # A single one must be seen.
        high = max(1, round(height * count / max(most, 1))) if count else 0
        parts.append(f"M{number * 5} {height}v-{high}h4v{high}z" if high else "")
    return Bars(
        width=len(counts) * 5 - 1,
        height=height,
        past="".join(parts[:-1]),
        running=parts[-1],
        most=most,
    )


# A column of a stack is so wide, with a gap after it, and a whole so high, in units.
_COLUMN, _GAP_UNITS, _WHOLE = 8, 2, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One part of a chart of columns of one height: the path of this part in all of them."""

    width: int
    height: int
    path: str


def stacks(columns: Sequence[Sequence[float]]) -> Sequence[Stack]:
    """One Stack for each part of the columns, the first at the bottom. Each column holds the parts
    of a whole, which add up to 1, or to 0 where there is none; all have equally many."""
    width = max(0, len(columns) * (_COLUMN + _GAP_UNITS) - _GAP_UNITS)
    paths = [""] * len(columns[0]) if columns else []
    for number, parts in enumerate(columns):
        below = 0.0
        for part, share in enumerate(parts):
            bottom, top = _WHOLE - round(below * _WHOLE), _WHOLE - round((below + share) * _WHOLE)
            if bottom > top:
                left = number * (_COLUMN + _GAP_UNITS)
                paths[part] += f"M{left} {bottom}V{top}h{_COLUMN}V{bottom}z"
            below += share
    return [Stack(width=width, height=_WHOLE, path=path) for path in paths]
