"""Two numbers that are said to be a point: what is wrong with them, in words that help."""

from __future__ import annotations

import math

import pytest

from services.cities import COORDINATE_HINTS, Unknown, Why, coordinate_fault
from services.cities.places.geography import Box

KOREA = Box(south=33, north=39, west=124, east=132)
GREENWICH = Box(south=49, north=61, west=-8, east=2)


@pytest.mark.parametrize(
    ("lat", "lon", "reason", "field"),
    [
        (0.0, 0.0, Why.ZERO_COORDINATES, "lat"),
        (37.5665, 0.0, Why.ZERO_COORDINATES, "lon"),
        (0.0, 126.978, Why.ZERO_COORDINATES, "lat"),
        (126.978, 37.5665, Why.SWAPPED_COORDINATES, "lat"),
        # The city hall in UTM-K (EPSG:5179), in the central belt (5186), in web Mercator (3857).
        (953_901.0, 1_952_032.0, Why.PROJECTED_COORDINATES, "lat"),
        (198_056.0, 551_885.0, Why.PROJECTED_COORDINATES, "lat"),
        (14_135_127.0, 4_518_351.0, Why.PROJECTED_COORDINATES, "lat"),
        (551_885.0, 198_056.0, Why.PROJECTED_COORDINATES, "lat"),
        (math.nan, 126.978, Why.NOT_A_COORDINATE, "lat"),
        (37.5665, -math.inf, Why.NOT_A_COORDINATE, "lon"),
        (None, 126.978, Why.NOT_A_COORDINATE, "lat"),
        (37.5665, None, Why.NOT_A_COORDINATE, "lon"),
        (95.0, 10.0, Why.NOT_A_COORDINATE, "lat"),
        (10.0, 181.0, Why.NOT_A_COORDINATE, "lon"),
        (37.5665, 126_978.0, Why.NOT_A_COORDINATE, "lon"),
    ],
)
def test_what_is_no_point_of_korea(
    lat: float | None, lon: float | None, reason: Why, field: str
) -> None:
    assert coordinate_fault(lat, lon, KOREA) == Unknown(reason=reason, field=field)
    assert COORDINATE_HINTS[reason]


@pytest.mark.parametrize(("lat", "lon"), [(37.5665, 126.978), (33.1, 126.3), (90.0, -180.0)])
def test_a_point_anywhere_on_the_globe_has_no_fault(lat: float, lon: float) -> None:
    assert coordinate_fault(lat, lon, KOREA) is None


def test_a_country_on_the_meridian_may_say_0_east() -> None:
    assert coordinate_fault(51.4779, 0.0, GREENWICH) is None
    assert coordinate_fault(0.0, 0.0, GREENWICH) is not None


def test_a_city_whose_country_is_not_known_refuses_0_0_and_metres_all_the_same() -> None:
    assert coordinate_fault(0.0, 0.0) == Unknown(reason=Why.ZERO_COORDINATES, field="lat")
    assert coordinate_fault(0.0, 126.978) is None
    assert coordinate_fault(236_000.0, 900_000.0) == Unknown(
        reason=Why.PROJECTED_COORDINATES, field="lat"
    )
