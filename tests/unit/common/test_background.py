"""Work that repeats goes on whatever a round does, and lets the round in hand finish at a stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from services.common.kernel import DomainError, Kind
from services.common.process import background
from services.common.process.background import Job
from tests.support.figures import moved
from tests.support.logs import logged

SOON = timedelta(milliseconds=1)


@asynccontextmanager
async def working(
    work: Callable[[], Awaitable[bool | None]], turn: Callable[[], bool] = background.always
) -> AsyncIterator[Job]:
    job = Job("look", SOON, work, turn)
    await job.start()
    async with asyncio.timeout(5):
        yield job
        await job.stop()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ZeroDivisionError(), "unexpected"),
        (DomainError("database_away", Kind.UNAVAILABLE, "try again"), "unavailable"),
    ],
)
async def test_a_round_that_fails_is_counted_and_followed_by_the_next(
    error: Exception, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "FIRST_PAUSE", SOON)
    answers = iter([error, error])
    done = asyncio.Event()

    async def work() -> None:
        for answer in answers:
            raise answer
        done.set()

    with moved("dasan_job_failures_total", by=2, task="look", kind=kind):
        async with working(work) as job:
            await done.wait()
            assert not any(task.done() for task in job.vital_tasks())


async def test_what_an_error_says_is_not_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It may quote a citizen."""
    monkeypatch.setattr(background, "FIRST_PAUSE", SOON)
    again = asyncio.Event()

    async def work() -> None:
        if logged(caplog, "job.failed"):
            again.set()
        raise ValueError("words of a citizen")

    async with working(work):
        await again.wait()
    assert logged(caplog, "job.failed")[0]["error"] == "ValueError"
    assert "words of a citizen" not in caplog.text


async def test_only_whose_turn_it_is_works() -> None:
    mine, worked, asked = False, asyncio.Event(), asyncio.Event()

    def turn() -> bool:
        asked.set()
        return mine

    async def work() -> None:
        worked.set()

    async with working(work, turn):
        await asked.wait()
        assert not worked.is_set()
        mine = True
        await worked.wait()


async def test_a_stop_lets_the_round_in_hand_finish() -> None:
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        finished.set()

    async with working(work) as job:
        await begun.wait()
        stopping = asyncio.create_task(job.stop())
        await asyncio.sleep(0)
        go_on.set()
        await stopping
        assert finished.is_set()


async def test_a_stop_whose_time_is_over_cuts_the_round_off() -> None:
    begun, cut_off = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cut_off.set()

    async with working(work) as job:
        await begun.wait()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await job.stop()
        assert cut_off.is_set()


async def test_a_stop_does_not_wait_for_the_pause() -> None:
    rested = asyncio.Event()

    async def work() -> None:
        rested.set()

    job = Job("look", timedelta(hours=1), work)
    await job.start()
    await rested.wait()
    async with asyncio.timeout(1):
        await job.stop()
