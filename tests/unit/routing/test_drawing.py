"""The map and the charts of the board: inside their frame, and true to what they stand for."""

from __future__ import annotations

import re

import pytest
import shapely

from services import cities
from services.common.pages.drawing import SIZE, Drawing, draw, joined
from services.routing.entrypoints.pages.areas import BoardMap
from services.routing.entrypoints.pages.drawing import Scale, bars


def points(path: str) -> list[tuple[int, int]]:
    """Every point of a path of SVG, absolute."""
    found = []
    x = y = 0
    for order, first, second in re.findall(r"([Ml])(-?\d+) (-?\d+)", path):
        x, y = (int(first), int(second)) if order == "M" else (x + int(first), y + int(second))
        found.append((x, y))
    return found


def drawing(city: str, district: str = "") -> Drawing | None:
    return BoardMap(cities.load(city)).drawing(district)


@pytest.mark.parametrize(
    ("city", "district", "areas"),
    [("seoul", "", 25), ("seoul", "11680", 22), ("saebom", "", 2), ("saebom", "west", 2)],
)
def test_every_area_lies_within_the_frame_and_holds_its_label(
    city: str, district: str, areas: int
) -> None:
    seen = drawing(city, district)
    assert seen is not None
    assert max(seen.width, seen.height) == SIZE
    assert len(seen.shapes) == areas
    for shape in seen.shapes:
        outline = points(shape.path)
        assert all(0 <= x <= seen.width and 0 <= y <= seen.height for x, y in outline)
        assert shape.radius > 0
        largest = max(
            (shapely.Polygon(points(ring)) for ring in shape.path.split("z") if ring),
            key=lambda polygon: polygon.area,
        )
        assert largest.contains(shapely.Point(shape.x, shape.y))


def test_north_is_up_and_east_is_right() -> None:
    areas = {"south-west": shapely.box(0, 0, 1, 1), "north-east": shapely.box(1, 1, 2, 2)}
    seen = draw(areas)
    assert seen is not None
    low, high = seen.shapes
    assert low.x < high.x
    assert low.y > high.y


def test_a_point_lies_where_its_area_is_drawn() -> None:
    seen = draw({"south-west": shapely.box(0, 0, 1, 1), "north-east": shapely.box(1, 1, 2, 2)})
    assert seen is not None
    low, high = seen.shapes
    for shape, middle in ((low, 0.5), (high, 1.5)):
        at = seen.at(middle, middle)
        assert at is not None
        assert at == pytest.approx((shape.x, shape.y), abs=2)
    assert seen.at(3.0, 0.5) is None
    assert seen.at(0.5, -1.0) is None


def test_a_city_without_shapes_has_no_map() -> None:
    assert drawing("boston") is None
    assert drawing("seoul", "99999") is None


def test_a_district_is_one_area_without_the_cracks_between_its_dongs() -> None:
    parts = [shapely.box(0, 0, 1, 1), shapely.box(1.0001, 0, 2, 1)]
    (area,) = joined({"d": parts}).values()
    assert area.geom_type == "Polygon"
    assert not area.interiors


def test_names_are_as_large_as_fits_and_left_out_when_nobody_could_read_them() -> None:
    seen = drawing("seoul")
    assert seen is not None
    for shape in seen.shapes:
        assert shape.letters("중구") > 0
        assert shape.letters("중구" * 40) == 0
        assert shape.letters("중구") >= shape.letters("동대문구")


@pytest.mark.parametrize(
    ("largest", "step"),
    [(0, 1), (1, 1), (4, 1), (5, 2), (10, 3), (21, 6), (58, 15), (2_001, 600)],
)
def test_the_scale_has_round_steps_that_hold_the_largest_count(largest: int, step: int) -> None:
    scale = Scale.of([0, largest])
    assert scale.step == step
    assert scale.class_of(0) == 0
    assert 0 < scale.class_of(max(1, largest)) <= 4
    legend = scale.legend()
    for level, least, most in legend:
        assert scale.class_of(least) == level
        assert scale.class_of(most if most is not None else least * 9) == level


def test_bars_are_as_high_as_their_counts_and_one_is_seen() -> None:
    seen = bars([0, 1, 1_000, 500], 1_000)
    assert re.findall(r"M(\d+) 40v-(\d+)", seen.past) == [("5", "1"), ("10", "40")]
    assert re.findall(r"M(\d+) 40v-(\d+)", seen.running) == [("15", "20")]
    assert seen.width == 19
    assert bars([0, 0], 0).past == ""
