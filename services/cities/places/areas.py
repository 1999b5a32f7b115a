"""Polygons of a pack: a compact text form, and which of them hold a point.

A file has one polygon a line: its owners joined by `|`, a tab, then its rings separated by spaces,
the outer one first. A ring is the differences between its points on a grid of 0.00001 degrees,
latitude before longitude, each number in letters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import shapely
from shapely.geometry.base import BaseGeometry

GRID_DEGREES = 0.00001
METRES_PER_DEGREE = 111_320.0


def read_numbers(text: str) -> Iterator[int]:
    """The signed integers written in `text`: five bits a letter, low bits first.

    Raises ValueError when a letter is out of range or the last number is cut off.
    """
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 63
        if not 0 <= bits < 64:
            raise ValueError(f"letter {letter!r} is not part of a ring")
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            yield ~(value >> 1) if value & 1 else value >> 1
            value = shift = 0
    if shift:
        raise ValueError("the last number of a ring is cut off")


def read_ring(text: str) -> list[tuple[float, float]]:
    """The (lon, lat) points of a ring; raises ValueError when it is not one."""
    numbers = list(read_numbers(text))
    if len(numbers) % 2 or len(numbers) < 6:
        raise ValueError("a ring needs at least three points of two numbers")
    points: list[tuple[float, float]] = []
    lat = lon = 0
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + north, lon + east
        points.append((lon * GRID_DEGREES, lat * GRID_DEGREES))
    return points


def read_polygon(text: str) -> BaseGeometry:
    """A polygon from its rings; raises ValueError when it is not a valid one."""
    outer, *holes = [read_ring(ring) for ring in text.split(" ")]
    polygon = shapely.Polygon(outer, holes)
    return polygon if polygon.is_valid else shapely.make_valid(polygon)


def write_number(value: int) -> str:
    """The letters that `read_numbers` reads back."""
    value = ~(value << 1) if value < 0 else value << 1
    text = ""
    while value >= 32:
        text += chr((value & 31 | 32) + 63)
        value >>= 5
    return text + chr(value + 63)


def write_ring(points: Sequence[tuple[float, ...]]) -> str:
    """A closed ring of (lon, lat) points on the grid; the repeated last point is left out."""
    text, before = "", (0, 0)
    for point in points[:-1]:
        lon, lat = round(point[0] / GRID_DEGREES), round(point[1] / GRID_DEGREES)
        text += write_number(lat - before[1]) + write_number(lon - before[0])
        before = (lon, lat)
    return text


def write_polygon(polygon: shapely.Polygon) -> str:
    """The rings of a polygon, as `read_polygon` reads them."""
    rings = [polygon.exterior, *polygon.interiors]
    return " ".join(write_ring(list(ring.coords)) for ring in rings)


class Areas:
    """Which owners' polygons hold a point."""

    __slots__ = ("_owners", "_polygons", "_tree")

    def __init__(self, polygons: Sequence[tuple[str, BaseGeometry]]) -> None:
        self._owners = [owner for owner, _ in polygons]
        self._polygons = [polygon for _, polygon in polygons]
        for polygon in self._polygons:
            shapely.prepare(polygon)
        self._tree = shapely.STRtree(self._polygons)

    def at(self, point: BaseGeometry) -> str | None:
        """The owner of the polygon that holds `point`; the least one on a common edge."""
        found = self._tree.query(point, predicate="intersects")
        if len(found) == 0:
            return None
        if len(found) == 1:
            return self._owners[int(found[0])]
        return min(self._owners[int(index)] for index in found)

    def nearest(self, point: shapely.Point) -> tuple[str, float]:
        """The owner of the polygon nearest to `point`, and about how many metres away it is."""
        index = int(self._tree.nearest(point))
        _, edge = shapely.shortest_line(point, self._polygons[index]).coords
        east = (edge[0] - point.x) * math.cos(math.radians(point.y))
        return self._owners[index], math.hypot(edge[1] - point.y, east) * METRES_PER_DEGREE

    def polygons(self) -> Iterable[tuple[str, BaseGeometry]]:
        """Each polygon with its owner, in file order."""
        return zip(self._owners, self._polygons, strict=True)

    def inner_points(self) -> Iterable[tuple[str, float, float]]:
        """For each polygon its owner and the (lat, lon) of a point inside it."""
        for owner, polygon in self.polygons():
            point = polygon.representative_point()
            yield owner, point.y, point.x
