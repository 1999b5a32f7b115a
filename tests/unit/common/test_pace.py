"""Who is kept waiting, and for how long: nobody in a quiet process, and never above `every`."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from services.common import pace
from services.common.pace import Load, Pace

MINUTE = timedelta(minutes=1)


class Machine:
    """Two processors and a process on them, with a clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 100.0
        self.own = 0.0
        self.spent = 0.0
        self.load = Load(
            monotonic=lambda: self.at,
            own=lambda: self.own,
            machine=lambda: (self.spent, 2 * self.at),
        )
        self.load.now()

    def work(self, seconds: float, *, own: float = 0.0, others: float = 0.0) -> float:
        """Time goes by with these shares of a processor; how busy it then is."""
        for _ in range(round(seconds * 10)):
            self.at += 0.1
            self.own += own * 0.1
            self.spent += (own + others) * 0.1
            self.load.now()
        return self.load.now()


def constant(busy: float) -> Load:
    return SimpleNamespace(now=lambda: busy, late=lambda seconds: None)  # type: ignore[return-value]


def test_a_quiet_process_on_a_quiet_machine_is_not_busy() -> None:
    assert Machine().work(10) == 0.0
    # As each service at 20 inquiries a second, all five and the rest on two processors.
    assert Machine().work(10, own=0.05, others=0.6) == 0.0


@pytest.mark.parametrize(
    ("own", "others", "least", "most"),
    [
        # The machine has little left, and this process is one of those who use it.
        (0.07, 1.7, 0.25, 0.35),
        (0.10, 1.7, 0.65, 0.75),
        (0.15, 1.3, 1.00, 1.00),  # as intake and districts at 100 inquiries a second
        (0.12, 0.8, 0.35, 0.45),
        # The machine has enough, or what this process could save is next to nothing.
        (0.12, 0.6, 0.00, 0.00),
        (0.04, 1.9, 0.00, 0.00),
        # A machine for itself: its own loop counts.
        (0.45, 0.0, 0.45, 0.55),
        (0.80, 0.0, 1.00, 1.00),
    ],
)
def test_it_is_as_busy_as_what_is_scarce_and_would_be_saved(
    own: float, others: float, least: float, most: float
) -> None:
    assert least <= Machine().work(10, own=own, others=others) <= most


def test_a_rush_is_noticed_within_a_second_or_two_and_forgotten_as_fast() -> None:
    machine = Machine()
    assert machine.work(2, own=0.9) > 0.9
    assert machine.work(4) == 0.0


def test_a_loop_that_comes_late_is_busy() -> None:
    machine = Machine()
    for _ in range(30):
        machine.at += 0.1
        machine.load.late(0.002)
    assert machine.load.now() == 0.0
    for _ in range(30):
        machine.at += 0.1
        machine.load.late(0.040)
    assert machine.load.now() > 0.9


def test_one_late_moment_makes_nobody_wait_long() -> None:
    machine = Machine()
    machine.load.late(0.0)
    machine.at += 0.1
    machine.load.late(0.080)
    assert machine.load.now() < 0.2


def test_a_system_that_does_not_say_what_the_machine_does_leaves_the_rest() -> None:
    clock = SimpleNamespace(at=0.0)
    load = Load(monotonic=lambda: clock.at, own=lambda: clock.at * 0.9, machine=lambda: None)
    load.now()
    clock.at = 5.0
    assert load.now() == 1.0


def test_this_machine_says_what_it_does_or_nothing() -> None:
    times = pace.machine_times()
    assert times is None or 0 <= times[0] <= times[1]


async def test_a_quiet_process_keeps_nobody() -> None:
    quiet = Pace(MINUTE, load=constant(0.0))
    for _ in range(3):
        async with asyncio.timeout(1):
            await quiet.turn()
        quiet.ended()


async def test_the_first_after_a_quiet_moment_is_not_kept() -> None:
    async with asyncio.timeout(1):
        await Pace(MINUTE, load=constant(1.0)).turn()


@pytest.mark.parametrize(("busy", "least", "most"), [(1.0, 0.095, 0.5), (0.5, 0.045, 0.09)])
async def test_the_next_waits_from_the_end_of_the_one_before(
    busy: float, least: float, most: float
) -> None:
    busy_pace = Pace(timedelta(seconds=0.1), load=constant(busy))
    busy_pace.ended()
    ended = time.monotonic()
    await busy_pace.turn()
    assert least <= time.monotonic() - ended <= most


async def test_where_nobody_waits_a_quiet_process_gathers_too() -> None:
    steady = Pace(timedelta(seconds=0.1), steady=True, load=constant(0.0))
    async with asyncio.timeout(0.09):
        await steady.turn()
    steady.ended()
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
    busy_pace.ended()
    busy_pace.ended(full=True)
    async with asyncio.timeout(1):
        await busy_pace.turn()


async def test_a_turn_tells_by_how_much_it_came_late() -> None:
    late: list[float] = []
    meter = SimpleNamespace(now=lambda: 1.0, late=late.append)
    one = Pace(timedelta(seconds=0.01), load=meter)  # type: ignore[arg-type]
    one.ended()
    turning = asyncio.create_task(one.turn())
    await asyncio.sleep(0)
    time.sleep(0.05)  # noqa: ASYNC251 - somebody holds the loop
    await turning
    assert late[0] >= 0.03
