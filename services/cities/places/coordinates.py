"""Two numbers that are said to be a point: whether they can be one, and what went wrong if not."""

from __future__ import annotations

import math
from collections.abc import Mapping

from services.cities.places.geography import Box
from services.cities.places.place import Unknown, Why

_LAT_MOST = 90.0
_LON_MOST = 180.0
_SMALLEST_IN_METRES = 1_000.0
"""From this number on a coordinate is in metres of a projected system: degrees never reach it, and
no projected system in use has smaller numbers within a country."""

COORDINATE_HINTS: Mapping[Why, str] = {
    Why.NOT_A_COORDINATE: "is not a coordinate in degrees",
    Why.SWAPPED_COORDINATES: "lat and lon are swapped; lat is north-south",
    Why.ZERO_COORDINATES: (
        "0 stands for a position that the device did not find; leave lat and lon out then"
    ),
    Why.PROJECTED_COORDINATES: (
        "are metres of a projected system (such as EPSG:5179, 5186 or 3857); "
        "send WGS84 degrees (EPSG:4326)"
    ),
}
"""What to tell the sender, by reason."""


def coordinate_fault(
    lat: float | None, lon: float | None, box: Box | None = None
) -> Unknown | None:
    """Why (lat, lon) cannot be a point of WGS84 in degrees, or None when it can.

    `box` is the rectangle of the city's country, where the pack has one: with it coordinates the
    wrong way round are recognised, and a single 0 that the country does not reach. Never raises.
    """
    for value, field in ((lat, "lat"), (lon, "lon")):
        if value is None or not math.isfinite(value):
            return Unknown(reason=Why.NOT_A_COORDINATE, field=field)
    if lat is None or lon is None:
        return None
    if box is not None and box.holds(lon, lat) and not box.holds(lat, lon):
        return Unknown(reason=Why.SWAPPED_COORDINATES, field="lat")
    if abs(lat) >= _SMALLEST_IN_METRES and abs(lon) >= _SMALLEST_IN_METRES:
        return Unknown(reason=Why.PROJECTED_COORDINATES, field="lat")
    for value, field, most in ((lat, "lat", _LAT_MOST), (lon, "lon", _LON_MOST)):
        if abs(value) > most:
            return Unknown(reason=Why.NOT_A_COORDINATE, field=field)
    return _zero(lat, lon, box)


def _zero(lat: float, lon: float, box: Box | None) -> Unknown | None:
    if lat == 0 and lon == 0:
        return Unknown(reason=Why.ZERO_COORDINATES, field="lat")
    if box is None:
        return None
    if lat == 0 and not box.south <= 0 <= box.north:
        return Unknown(reason=Why.ZERO_COORDINATES, field="lat")
    if lon == 0 and not box.west <= 0 <= box.east:
        return Unknown(reason=Why.ZERO_COORDINATES, field="lon")
    return None
