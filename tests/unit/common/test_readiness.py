"""Readiness: what makes a service ready, what is only told, and what a hanging check costs."""

from __future__ import annotations

import asyncio

import pytest

from services.common.edge.readiness import Readiness, State
from services.common.kernel import DomainError, Kind


class Part:
    """A dependency that can be away or hang."""

    def __init__(self, slug: str = "") -> None:
        self.slug = slug
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.asked = 0
        self.is_asked = asyncio.Event()

    async def check(self) -> None:
        self.asked += 1
        self.is_asked.set()
        await self.hangs.wait()
        if self.slug:
            raise DomainError(self.slug, Kind.UNAVAILABLE, "try again")


def started(*, check_seconds: float = 2.0, fresh_seconds: float = 0.0) -> Readiness:
    readiness = Readiness(check_seconds=check_seconds, fresh_seconds=fresh_seconds)
    readiness.started()
    return readiness


async def test_a_service_is_not_ready_before_all_is_started() -> None:
    readiness = Readiness()
    assert await readiness.state() == State(ready=False, parts={"service": "starting"})
    readiness.started()
    assert await readiness.state() == State(ready=True, parts={})


async def test_what_is_needed_decides_and_what_is_wanted_is_told() -> None:
    readiness, needed, wanted = started(), Part(), Part("broker_away")
    readiness.needs("database", needed.check)
    readiness.wants("broker", wanted.check)
    assert await readiness.state() == State(
        ready=True, parts={"database": "ok", "broker": "broker_away"}
    )
    needed.slug = "database_away"
    assert await readiness.state() == State(
        ready=False, parts={"database": "database_away", "broker": "broker_away"}
    )


async def test_a_tolerated_absence_of_something_needed_is_told_only() -> None:
    readiness, partitions = started(), Part("no_partitions_yet")
    readiness.needs("partitions", partitions.check, tolerating={"broker_away"})
    assert not (await readiness.state()).ready
    partitions.slug = "broker_away"
    assert await readiness.state() == State(ready=True, parts={"partitions": "broker_away"})


async def test_an_unnamed_error_is_told_by_its_type_alone() -> None:
    readiness = started()

    async def check() -> None:
        raise ZeroDivisionError("somebody@example.org")

    readiness.needs("database", check)
    assert await readiness.state() == State(ready=False, parts={"database": "ZeroDivisionError"})


async def test_a_drain_is_for_good_and_asks_nobody() -> None:
    readiness, part = started(), Part()
    readiness.needs("database", part.check)
    readiness.drain()
    readiness.started()
    assert await readiness.state() == State(ready=False, parts={"service": "draining"})
    assert part.asked == 0
    assert await readiness.drained_within(0)


async def test_a_drain_that_begins_while_checks_run_is_told() -> None:
    readiness, part = started(), Part()
    readiness.needs("database", part.check)
    part.hangs.clear()
    state = asyncio.create_task(readiness.state())
    await part.is_asked.wait()
    readiness.drain()
    part.hangs.set()
    assert (await state).parts == {"service": "draining"}


async def test_checks_run_together_and_one_that_hangs_is_cut_off() -> None:
    readiness = started(check_seconds=0.05)
    parts = [Part() for _ in range(20)]
    for number, part in enumerate(parts):
        part.hangs.clear()
        readiness.needs(str(number), part.check)
    async with asyncio.timeout(0.5):
        state = await readiness.state()
    assert set(state.parts.values()) == {"timeout"}


async def test_a_hanging_check_is_not_asked_again_beside_itself() -> None:
    """Each would hold a thread of the few that the database has."""
    readiness, part = started(check_seconds=0.02), Part()
    readiness.needs("database", part.check)
    part.hangs.clear()
    for _ in range(5):
        assert (await readiness.state()).parts == {"database": "timeout"}
    assert part.asked == 1
    part.hangs.set()
    await asyncio.sleep(0)
    assert (await readiness.state()).ready


async def test_many_who_ask_at_once_share_one_round() -> None:
    readiness, part = started(fresh_seconds=60), Part()
    readiness.needs("database", part.check)
    await asyncio.gather(*(readiness.state() for _ in range(50)))
    await readiness.state()
    assert part.asked == 1


async def test_one_who_leaves_does_not_end_the_round_of_the_others() -> None:
    readiness, part = started(), Part()
    readiness.needs("database", part.check)
    part.hangs.clear()
    leaver, stayer = (asyncio.create_task(readiness.state()) for _ in range(2))
    await part.is_asked.wait()
    leaver.cancel()
    part.hangs.set()
    assert (await stayer).ready
    assert part.asked == 1


def test_no_two_parts_have_one_name() -> None:
    readiness = Readiness()
    readiness.needs("database", Part().check)
    with pytest.raises(ValueError, match="database"):
        readiness.wants("database", Part().check)


async def test_what_lacks_something_from_the_start_on_is_told_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    readiness, needed = started(), Part("database_away")
    readiness.needs("database", needed.check)
    with caplog.at_level("INFO"):
        await readiness.state()
        await readiness.state()
    (line,) = (each for each in caplog.records if each.message == "readiness.changed")
    assert vars(line)["parts"] == {"database": "database_away"}
