"""What is due is woken; what cannot be woken is put off alone, and never hides the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from services.common.aggregates import ticker
from services.common.aggregates.ticker import BATCH, Ticker
from services.common.aggregates.update import Stored, Write
from services.common.kernel import DomainError, Kind, TimedOut
from services.common.process import background
from tests.adapters.common.conftest import NOW, Counting
from tests.support.figures import moved
from tests.support.logs import logged
from tests.support.memory import MemoryStore

SECOND = timedelta(seconds=1)
AWAY = DomainError("database_away", Kind.UNAVAILABLE, "try again")


class Night:
    """A ticker over a store in memory, with a clock that is set by hand.

    Waking an id ends its waiting as a decision would; `behave` is asked before, with each call.
    """

    def __init__(self) -> None:
        self.store: MemoryStore[Counting] = MemoryStore()
        self.now = NOW
        self.asked: list[list[str]] = []
        self.idle: set[str] = set()
        self.behave: Callable[[Sequence[str]], None] = lambda ids: None
        self.ticker = Ticker(store=self.store, wake=self.wake, clock=lambda: self.now)

    async def due(self, *ids: str) -> None:
        state = Counting(count=1)
        await self.store.save(
            [
                Write(base=0, after=Stored(id=id_, version=1, state=state, wake_at=NOW))
                for id_ in ids
            ]
        )

    async def wake(self, ids: Sequence[str], now: datetime) -> None:
        self.asked.append(list(ids))
        self.behave(ids)
        found = await self.store.load(set(ids) - self.idle)
        await self.store.save(
            [
                Write(base=one.version, after=Stored(id=id_, version=one.version + 1, state=None))
                for id_, one in found.items()
            ]
        )

    def waiting(self) -> dict[str, timedelta]:
        """What is still to be woken, and how long from now."""
        return {
            id_: one.wake_at - self.now
            for id_, one in self.store.documents.items()
            if one.wake_at is not None
        }


def refusing(*bad: str, error: Exception | None = None) -> Callable[[Sequence[str]], None]:
    def behave(ids: Sequence[str]) -> None:
        if not set(bad).isdisjoint(ids):
            raise error or ZeroDivisionError("words of a citizen")

    return behave


async def test_one_that_cannot_be_woken_is_put_off_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    night = Night()
    await night.due(*(f"i-{number}" for number in range(50)))
    night.behave = refusing("i-17")
    with moved("dasan_wake_failures_total", ticker="ticker", reason="failed"):
        assert await night.ticker.tick() is False
    assert night.waiting() == {"i-17": SECOND}
    assert len(night.asked) <= 13  # in halves, not one by one
    failed = logged(caplog, "ticker.failed")
    assert [(record["id"], record["error"]) for record in failed] == [("i-17", "ZeroDivisionError")]
    assert "words of a citizen" not in caplog.text


async def test_the_pauses_grow_with_each_failure_and_start_anew_after_a_change() -> None:
    night = Night()
    await night.due("bad")
    night.behave = refusing("bad")
    pauses = []
    for _ in range(12):
        await night.ticker.tick()
        pauses.append(night.waiting()["bad"])
        night.now += pauses[-1]
    assert [p.total_seconds() for p in pauses] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    after = Stored(id="bad", version=2, state=Counting(count=2), wake_at=night.now)
    await night.store.save([Write(base=1, after=after)])
    await night.ticker.tick()
    assert night.waiting()["bad"] == SECOND


async def test_a_service_goes_on_with_a_document_that_cannot_be_woken() -> None:
    night = Night()
    await night.due("bad", "good")
    woken = asyncio.Event()

    def behave(ids: Sequence[str]) -> None:
        if "bad" in ids:
            raise ZeroDivisionError
        woken.set()

    night.behave = behave
    await night.ticker.start()
    async with asyncio.timeout(5):
        await woken.wait()
        assert not any(task.done() for task in night.ticker.vital_tasks())
        await night.ticker.stop()


async def test_a_batch_that_decides_nothing_hides_nothing_newer_and_does_not_spin() -> None:
    night = Night()
    night.idle = {f"a-{number}" for number in range(BATCH)}
    await night.due(*night.idle)
    await night.due("later")
    ticks = [await night.ticker.tick() for _ in range(3)]
    # The first round may be followed at once; it did not fail. The second says that it is in vain.
    assert ticks == [True, False, False]
    assert night.asked[-1] == ["later"]
    assert night.waiting() == dict.fromkeys(night.idle, SECOND)
    night.now += SECOND
    await night.ticker.tick()
    await night.ticker.tick()
    assert night.waiting() == dict.fromkeys(night.idle, 2 * SECOND)


async def test_a_change_that_leaves_it_due_is_no_standstill() -> None:
    """As when a case that is due is due again at once for its next step."""
    night = Night()
    await night.due("a")

    async def step(ids: Sequence[str], now: datetime) -> None:
        night.asked.append(list(ids))
        one = night.store.documents["a"]
        after = Stored(id="a", version=one.version + 1, state=one.state, wake_at=NOW)
        await night.store.save([Write(base=one.version, after=after)])

    steady = Ticker(store=night.store, wake=step, clock=lambda: NOW)
    for _ in range(5):
        await steady.tick()
    assert night.asked == [["a"]] * 5
    assert night.waiting() == {"a": timedelta()}


async def test_what_all_of_them_need_is_away_and_nothing_is_put_off() -> None:
    night = Night()
    await night.due("a", "b")
    night.behave = refusing("a", error=AWAY)
    with pytest.raises(DomainError, match="database_away"):
        await night.ticker.tick()
    assert night.asked == [["a", "b"]]
    assert night.waiting() == dict.fromkeys("ab", timedelta())


@pytest.mark.parametrize("count", [2, 5, 23, BATCH])
async def test_what_is_away_for_one_alone_does_not_hold_up_the_others_for_ever(count: int) -> None:
    """A peer that stumbles over one inquiry says the same as one that is down."""
    night = Night()
    ids = [f"i-{number:03}" for number in range(count)]
    await night.due(*ids)
    night.behave = refusing("i-001", error=AWAY)
    for _ in range(ticker.PATIENT_ROUNDS):
        with pytest.raises(DomainError, match="database_away"):
            await night.ticker.tick()
    assert len(night.asked) == ticker.PATIENT_ROUNDS
    await night.ticker.tick()
    assert night.waiting() == {"i-001": SECOND}
    assert len(night.asked) <= ticker.PATIENT_ROUNDS + 20 + ticker.GROUP
    # And it is quick again afterwards.
    night.asked = []
    await night.due(*(f"j-{number}" for number in range(50)))
    await night.ticker.tick()
    assert [len(asked) for asked in night.asked] == [50]


@pytest.mark.parametrize("count", [1, 5, BATCH])
async def test_what_is_away_for_all_is_asked_a_few_times_and_puts_off_nothing(count: int) -> None:
    night = Night()
    ids = [f"i-{number:03}" for number in range(count)]
    await night.due(*ids)
    night.behave = refusing(*ids, error=AWAY)
    for _ in range(ticker.PATIENT_ROUNDS + 1):
        with pytest.raises(DomainError, match="database_away"):
            await night.ticker.tick()
    assert len(night.asked) <= ticker.PATIENT_ROUNDS + ticker.GROUPS_TRIED
    assert night.waiting() == dict.fromkeys(ids, timedelta())


async def test_a_question_that_takes_too_long_is_asked_again_in_halves() -> None:
    night = Night()
    await night.due(*(f"i-{number}" for number in range(8)))

    def slow(ids: Sequence[str]) -> None:
        if len(ids) > 2:
            raise TimedOut("intake_slow", "try again")

    night.behave = slow
    await night.ticker.tick()
    assert [len(ids) for ids in night.asked] == [8, 4, 2, 2, 4, 2, 2]
    assert night.waiting() == {}


async def test_a_service_whose_database_was_away_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "FIRST_PAUSE", timedelta(milliseconds=1))
    monkeypatch.setattr(ticker, "EVERY", timedelta(milliseconds=1))
    night = Night()
    await night.due("a")
    failures = iter([AWAY, AWAY, AWAY])
    woken = asyncio.Event()

    def behave(ids: Sequence[str]) -> None:
        for error in failures:
            raise error
        woken.set()

    night.behave = behave
    await night.ticker.start()
    async with asyncio.timeout(5):
        await woken.wait()
        await night.ticker.stop()


async def test_only_the_one_whose_turn_it_is_looks() -> None:
    night = Night()
    await night.due("a")
    asked = asyncio.Event()

    def turn() -> bool:
        asked.set()
        return False

    other = Ticker(store=night.store, wake=night.wake, clock=lambda: NOW, turn=turn)
    await other.start()
    async with asyncio.timeout(5):
        await asked.wait()
        await other.stop()
    assert night.asked == []
