"""Who is kept waiting, and for how long: nobody in a quiet process, and never above `every`."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from services.common.process.pace import Load, Pace

MINUTE = timedelta(minutes=1)


class Clock:
    """A clock and a process's own time, set by hand."""

    def __init__(self) -> None:
        self.at = 100.0
        self.own = 0.0
        self.load = Load(monotonic=lambda: self.at, own=lambda: self.own)
        self.load.now()

    def work(self, seconds: float, own: float) -> float:
        """Time goes by with this share of a processor; how busy the process then is."""
        for _ in range(round(seconds * 10)):
            self.at += 0.1
            self.own += own * 0.1
            self.load.now()
        return self.load.now()


def constant(busy: float) -> Load:
    return SimpleNamespace(now=lambda: busy, late=lambda seconds: None)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("own", "least", "most"), [(0.0, 0, 0), (0.25, 0, 0), (0.45, 0.45, 0.55), (0.8, 1, 1)]
)
def test_a_loop_has_no_more_than_one_processor(own: float, least: float, most: float) -> None:
    assert least <= Clock().work(10, own) <= most


def test_a_rush_is_noticed_within_a_second_or_two_and_forgotten_as_fast() -> None:
    clock = Clock()
    assert clock.work(2, 0.9) > 0.9
    assert clock.work(4, 0.0) == 0.0


def test_a_loop_that_comes_late_is_busy() -> None:
    clock = Clock()
    for _ in range(30):
        clock.at += 0.1
        clock.load.late(0.002)
    assert clock.load.now() == 0.0
    for _ in range(30):
        clock.at += 0.1
        clock.load.late(0.040)
    assert clock.load.now() > 0.9


def test_one_late_moment_makes_nobody_wait_long() -> None:
    clock = Clock()
    clock.load.late(0.0)
    clock.at += 0.1
    clock.load.late(0.080)
    assert clock.load.now() < 0.2


@pytest.mark.parametrize(
    ("inquiries", "each_brings", "least", "most"),
    [
        (1, 1, 0.0, 0.0),
        (20, 1, 0.0, 0.0),
        (20, 3, 0.0, 0.0),  # a case is opened, taken and ended: as quiet as before
        (33, 1, 0.1, 0.9),
        (33, 3, 0.1, 0.9),
        (50, 1, 1.0, 1.0),
    ],
)
@pytest.mark.parametrize("together", [1, 10])
def test_a_stream_gathers_when_its_inquiries_come_fast(
    inquiries: int, each_brings: int, together: int, least: float, most: float
) -> None:
    """Whether they are settled one by one or ten at a time: gathering does not feed on itself."""
    clock = SimpleNamespace(at=0.0)
    stream = Pace(
        timedelta(seconds=1),
        per_inquiry=each_brings,
        load=constant(0.0),
        monotonic=lambda: clock.at,
    )
    found = []
    for _ in range(10 * inquiries * each_brings // together):
        clock.at += together / (inquiries * each_brings)
        found.append(stream.gathers.total_seconds())
        stream.round_ended(together)
    later = found[len(found) // 2 :]
    assert least <= sum(later) / len(later) <= most
    clock.at += 5
    assert stream.gathers == timedelta()


async def test_a_quiet_process_keeps_nobody() -> None:
    quiet = Pace(MINUTE, load=constant(0.0))
    for _ in range(3):
        async with asyncio.timeout(1):
            await quiet.turn()
        quiet.round_ended(1)


async def test_the_first_after_a_quiet_moment_is_not_kept() -> None:
    async with asyncio.timeout(1):
        await Pace(MINUTE, load=constant(1.0)).turn()


@pytest.mark.parametrize(("busy", "least", "most"), [(1.0, 0.095, 0.5), (0.5, 0.045, 0.09)])
async def test_the_next_waits_from_the_end_of_the_one_before(
    busy: float, least: float, most: float
) -> None:
    busy_pace = Pace(timedelta(seconds=0.1), load=constant(busy))
    busy_pace.round_ended(1)
    ended = time.monotonic()
    await busy_pace.turn()
    assert least <= time.monotonic() - ended <= most


async def test_where_nobody_waits_a_quiet_process_gathers_too() -> None:
    steady = Pace(timedelta(seconds=0.1), steady=True, load=constant(0.0))
    async with asyncio.timeout(0.09):
        await steady.turn()
    steady.round_ended(1)
    ended = time.monotonic()
    await steady.turn()
    assert time.monotonic() - ended >= 0.095


async def test_a_round_with_nothing_to_do_keeps_nobody() -> None:
    busy_pace = Pace(MINUTE, load=constant(1.0))
    await busy_pace.turn()
    async with asyncio.timeout(1):
        await busy_pace.turn()


async def test_a_full_round_is_followed_at_once() -> None:
    busy_pace = Pace(MINUTE, load=constant(1.0))
    busy_pace.round_ended(1)
    busy_pace.round_ended(1, full=True)
    async with asyncio.timeout(1):
        await busy_pace.turn()


async def test_a_turn_tells_by_how_much_it_came_late() -> None:
    late: list[float] = []
    meter = SimpleNamespace(now=lambda: 1.0, late=late.append)
    one = Pace(timedelta(seconds=0.01), load=meter)  # type: ignore[arg-type]
    one.round_ended(1)
    turning = asyncio.create_task(one.turn())
    await asyncio.sleep(0)
    time.sleep(0.05)  # noqa: ASYNC251 - somebody holds the loop
    await turning
    assert late[0] >= 0.03
