"""When a category in a dong surges, and when it only has a busy hour."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from services.routing.domain.matters import Whereabouts
from services.routing.domain.surges import FEWEST, RARER_THAN, Surges, chance_of, surges
from tests.unit.routing.test_matters import DAY, HOUR, after, answered, assigned

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def received(
    count: int, ago: timedelta, service: str = "lamp", dong: str = "1100"
) -> Iterator[Whereabouts]:
    for number in range(count):
        at = NOW - ago - number * timedelta(seconds=1)
        yield after(assigned(service=service, dong=dong, received=at))


def usual(count: int) -> list[Iterator[Whereabouts]]:
    """So many at this time of day on each of the last seven days."""
    return [received(count, day * DAY + 30 * MINUTE) for day in range(1, 8)]


def at(*groups: Iterator[Whereabouts], record: timedelta = 9 * DAY) -> Surges:
    """At a city that has been on record for so long."""
    oldest = received(1, record, service="other", dong="")
    return surges([known for group in (oldest, *groups) for known in group], NOW)


def pairs(found: Surges) -> list[tuple[str, str, int]]:
    return [(s.service_code, s.dong_code, s.count) for s in found.surges]


def test_what_hardly_ever_came_and_now_comes_often_surges() -> None:
    found = at(received(6, 10 * MINUTE), received(20, 10 * MINUTE, dong="2200"))
    assert found.days == 7
    assert pairs(found) == [("lamp", "2200", 20), ("lamp", "1100", 6)]
    assert found.surges[0].usual == pytest.approx(1 / 21)


def test_fewer_than_some_are_no_surge_however_rare() -> None:
    assert pairs(at(received(FEWEST - 1, MINUTE))) == []
    assert pairs(at(received(FEWEST, MINUTE))) == [("lamp", "1100", FEWEST)]


def test_what_is_usual_at_this_time_of_day_is_no_surge() -> None:
    assert pairs(at(received(6, MINUTE), *usual(6))) == []
    assert pairs(at(received(14, MINUTE), *usual(6))) == [("lamp", "1100", 14)]


@pytest.mark.parametrize(
    ("ago", "compared"),
    [
        (DAY - HOUR, True),
        (DAY - HOUR - MINUTE, False),
        (DAY + 2 * HOUR - MINUTE, True),
        (DAY + 2 * HOUR, False),
        (7 * DAY, True),
        (8 * DAY, False),
    ],
)
def test_an_hour_is_compared_with_the_same_time_of_the_seven_days_before(
    ago: timedelta, compared: bool
) -> None:
    [surge] = at(received(6, MINUTE), received(1, ago)).surges
    assert surge.usual == pytest.approx((2 if compared else 1) / 21)


def test_a_busy_dong_needs_twice_its_usual_even_when_less_were_no_chance() -> None:
    [busy] = at(received(250, MINUTE), *usual(300)).surges
    assert busy.usual == pytest.approx(100, rel=0.01)
    assert chance_of(190, busy.usual) < RARER_THAN
    assert pairs(at(received(190, MINUTE), *usual(300))) == []


def test_only_the_last_hour_counts() -> None:
    assert pairs(at(received(9, HOUR))) == []
    assert pairs(at(received(9, HOUR - 10 * MINUTE))) == [("lamp", "1100", 9)]


def test_what_is_answered_already_came_nevertheless() -> None:
    ended = (after(assigned(received=NOW - MINUTE), answered()) for _ in range(7))
    assert pairs(at(ended)) == [("lamp", "1100", 7)]


def test_without_a_place_nothing_surges() -> None:
    assert pairs(at(received(50, MINUTE, dong=""))) == []


@pytest.mark.parametrize(
    ("record", "days"),
    [(DAY, 0), (DAY + 2 * HOUR, 1), (3 * DAY, 2), (3 * DAY + 2 * HOUR, 3), (30 * DAY, 7)],
)
def test_a_short_record_is_compared_with_the_days_it_has(record: timedelta, days: int) -> None:
    found = at(received(30, MINUTE), record=record)
    assert found.days == days
    assert bool(found.surges) is (days > 0)


@pytest.mark.parametrize("mean", [0.05, 1.0, 7.5, 100.0])
@pytest.mark.parametrize("more", [1, 3, 20])
def test_the_chance_is_the_tail_of_a_poisson_count(mean: float, more: int) -> None:
    count = math.ceil(mean) + more
    head = math.fsum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))
    assert chance_of(count, mean) == pytest.approx(1 - head, abs=1e-12)


def test_the_chance_of_very_many_is_very_small_and_no_error() -> None:
    assert 0 <= chance_of(10_000, 0.05) < 1e-300
    assert chance_of(0, 3.0) == 1
