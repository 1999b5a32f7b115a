"""One suite for every store: the database and the fake that stands in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import uuid4

import mongoengine
import pytest
from pydantic import Field

from deploy.local.database import Database
from services.common import mongo
from services.common.aggregates import Aggregates, Loaded, Saved, Store, Stored, Write
from services.common.kernel import DomainError, Kind
from services.common.mongo import AggregateDocument, MongoStore
from services.common.outbox import OutboxPlace
from tests.support.memory import Kept, MemoryStore

from .conftest import NOW, WIRE, Counting, Ended, end, states, step

State = Counting | Ended
STATE = Annotated[State, Field(discriminator="status")]


class CounterDocument(AggregateDocument):
    meta: ClassVar[dict[str, Any]] = {
        "collection": "counters",
        "db_alias": "kit",
        "auto_create_index": False,
        "indexes": ["state.count"],
    }


@pytest.fixture(scope="module")
def connected(database: Database) -> Iterator[str]:
    mongo.connect(database.url, "kit", "kit")
    mongo.ensure_indexes(CounterDocument)
    yield "kit"
    mongoengine.disconnect("kit")


@pytest.fixture(params=["memory", "mongo"])
def store(request: pytest.FixtureRequest) -> Store[State]:
    if request.param == "memory":
        return MemoryStore()
    request.getfixturevalue("connected")
    CounterDocument.objects.delete()
    return MongoStore("kit", "counters", STATE)


def aggregates(store: Store[State]) -> Aggregates[State]:
    return Aggregates(
        store=store,
        wire=WIRE,
        source="/dasan/kit",
        outgoing=Kept(),
        clock=lambda: NOW,
        new_id=lambda: str(uuid4()),
    )


def first(id_: str, state: State, **more: Any) -> Write[State]:
    return Write(base=0, after=Stored(id=id_, version=1, state=state, **more))


async def test_what_was_saved_is_loaded_as_it_was(store: Store[State]) -> None:
    await aggregates(store).settle([step("a", "1"), step("b", "1")])
    loaded = await store.load(["a", "b", "c"])
    assert set(loaded) == {"a", "b"}
    stored = loaded["a"]
    assert (stored.version, stored.state, stored.handled) == (
        1,
        Counting(count=1, steps=("1",)),
        ("1",),
    )
    assert stored.outbox[0].type == "dasan.intake.v1.InquiryReceived"
    assert stored.outbox[0].sequence == 1
    assert stored.outbox_at == OutboxPlace("test", 1)


async def test_all_that_a_life_tells_belongs_to_the_trace_of_its_first_change(
    store: Store[State],
) -> None:
    """An office's command or the clock has another trace, or none."""
    begun, later = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'c' * 32}-{'d' * 16}-01"
    shell = aggregates(store)
    for number, trace in enumerate((begun, later, "")):
        order = step("a", str(number))
        await shell.settle([replace(order, cause=replace(order.cause, traceparent=trace))])
    stored = (await store.load(["a"]))["a"]
    assert stored.trace == begun
    assert [envelope.traceparent[3:35] for envelope in stored.outbox] == ["a" * 32] * 3


async def test_times_and_unions_survive(store: Store[State]) -> None:
    at = datetime(2026, 11, 23, 9, 30, 0, 123000, tzinfo=UTC)
    await store.save([first("a", Ended(count=3, at=at), wake_at=at)])
    stored = (await store.load(["a"]))["a"]
    assert stored.state == Ended(count=3, at=at)
    assert stored.wake_at == at


async def test_a_second_first_write_loses(store: Store[State]) -> None:
    assert await store.save([first("a", Counting(count=1))]) == [Saved.DONE]
    assert await store.save([first("a", Counting(count=9)), first("b", Counting(count=1))]) == [
        Saved.LOST,
        Saved.DONE,
    ]
    loaded = await store.load(["a", "b"])
    assert loaded["a"].state == Counting(count=1)
    assert loaded["b"].state == Counting(count=1)


async def test_a_stale_write_loses_and_its_neighbours_do_not_vanish(store: Store[State]) -> None:
    shell = aggregates(store)
    await shell.settle([step("a", "1"), step("b", "1")])
    stale = (await store.load(["a"]))["a"]
    await shell.settle([step("a", "2")])
    fresh = (await store.load(["b"]))["b"]
    outcome = await store.save(
        [
            Write(base=stale.version, after=replace(stale, version=2, state=Counting(count=99))),
            Write(base=fresh.version, after=replace(fresh, version=2, state=Counting(count=2))),
        ]
    )
    assert outcome[0] is Saved.LOST
    loaded = await store.load(["a", "b"])
    assert loaded["a"].state == Counting(count=2, steps=("1", "2"))
    assert loaded["b"].state == Counting(count=2)  # done, even if the store could not say so


async def test_two_orders_for_one_aggregate_in_one_batch_fold(store: Store[State]) -> None:
    settled = await aggregates(store).settle([step("a", "1"), step("b", "1"), step("a", "2")])
    assert states(settled)[2] == Counting(count=2, steps=("1", "2"))
    stored = (await store.load(["a"]))["a"]
    assert stored.version == 2
    assert [e.sequence for e in stored.outbox] == [1, 2]
    assert [e.causation_id for e in stored.outbox] == ["1", "2"]


async def test_the_same_cause_again_has_no_effect(store: Store[State]) -> None:
    shell = aggregates(store)
    await shell.settle([step("a", "1")])
    again = await shell.settle([step("a", "1"), step("a", "1")])
    assert [result.applied for result in again] == [False, False]
    assert states(again) == [Counting(count=1, steps=("1",))] * 2


async def test_a_wrong_guess_that_it_is_fresh_changes_nothing(store: Store[State]) -> None:
    shell = aggregates(store)
    guessed = [replace(step(id_, "1"), fresh=True) for id_ in "ab"]
    await shell.settle([step("b", "0")])
    assert [result.applied for result in await shell.settle(guessed)] == [True, True]
    again = await shell.settle(guessed)
    assert [result.applied for result in again] == [False, False]
    assert states(again) == [Counting(count=1, steps=("1",)), Counting(count=2, steps=("0", "1"))]


async def test_a_conflict_inside_a_batch_settles_all_of_it_once(store: Store[State]) -> None:
    """Another writer gets in between load and save, for one aggregate of the batch."""
    shell = aggregates(store)
    await shell.settle([step(id_, "0") for id_ in "abc"])
    intruder = aggregates(store)

    class Raced(type(store)):  # type: ignore[misc]
        raced = False

        async def save(self, writes: Any) -> Any:
            if not Raced.raced:
                Raced.raced = True
                await intruder.settle([step("b", "intruder")])
            return await super().save(writes)

    racing: Any = Raced.__new__(Raced)
    racing.__dict__.update(store.__dict__)
    settled = await aggregates(racing).settle([step(id_, "1") for id_ in "abc"])
    assert [result.applied for result in settled] == [True, True, True]
    loaded = await store.load("abc")
    assert {id_: s.state.steps for id_, s in loaded.items() if isinstance(s.state, Counting)} == {
        "a": ("0", "1"),
        "b": ("0", "intruder", "1"),
        "c": ("0", "1"),
    }


@pytest.mark.parametrize("ids", ["a", "abcdefgh"])
async def test_concurrent_writers_lose_no_step(store: Store[State], ids: str) -> None:
    async def writer(number: int) -> None:
        for turn in range(3):
            await aggregates(store).settle([step(id_, f"{number}-{turn}") for id_ in ids])

    await asyncio.gather(*(writer(number) for number in range(4)))
    loaded = await store.load(ids)
    for id_ in ids:
        state = loaded[id_].state
        assert isinstance(state, Counting)
        assert sorted(state.steps) == sorted(f"{n}-{k}" for n in range(4) for k in range(3))
        assert loaded[id_].version == 12


@pytest.mark.parametrize("ids", ["a", "abc"])
async def test_a_cause_that_two_hear_at_once_is_applied_by_one(
    store: Store[State], ids: str
) -> None:
    """Two tickers that wake the same deliveries: only one may send them."""
    for turn in range(10):
        await aggregates(store).settle([step(id_, f"before-{turn}") for id_ in ids])
        orders = [step(id_, f"wake-{turn}") for id_ in ids]
        told = await asyncio.gather(*(aggregates(store).settle(orders) for _ in range(3)))
        assert [
            sum(settled.applied for settled in of_one) for of_one in zip(*told, strict=True)
        ] == [1 for _ in ids]


class _Counted(MemoryStore[State]):
    """Counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    async def load(self, ids: Iterable[str]) -> Loaded[State]:
        self.read += (wanted := list(ids))
        return await super().load(wanted)


async def test_what_was_just_stored_is_not_read_again() -> None:
    store = _Counted()
    shell = aggregates(store)
    await shell.settle([step("a", "1"), replace(step("b", "1"), fresh=True)])
    assert store.read == ["a"]
    settled = await shell.settle([step("a", "2"), step("b", "2"), step("b", "1")])
    assert store.read == ["a"]
    assert [result.applied for result in settled] == [True, True, False]


async def test_what_somebody_else_changed_is_read_and_decided_again(store: Store[State]) -> None:
    shell = aggregates(store)
    await shell.settle([step(id_, "1") for id_ in "abc"])
    await aggregates(store).settle([step("b", "2")])
    settled = await shell.settle([step(id_, "3") for id_ in "abc"])
    assert [result.applied for result in settled] == [True, True, True]
    assert states(settled)[1] == Counting(count=3, steps=("1", "2", "3"))


async def test_no_refusal_rests_on_what_is_only_remembered(store: Store[State]) -> None:
    """Ended, as this process remembers it; another one has opened it again."""
    shell = aggregates(store)
    await shell.settle([step("a", "1"), end("a", "2")])
    (stored,) = (await store.load(["a"])).values()
    opened = replace(stored, version=stored.version + 1, state=Counting(count=1, steps=("1",)))
    assert await store.save([Write(base=stored.version, after=opened)]) == [Saved.DONE]
    (settled,) = await shell.settle([step("a", "3")])
    assert settled.error is None
    assert settled.state == Counting(count=2, steps=("1", "3"))


async def test_a_refusal_leaves_the_others_alone(store: Store[State]) -> None:
    await store.save([first("a", Ended(count=1, at=NOW))])
    settled = await aggregates(store).settle([step("a", "1"), step("b", "1")])
    assert settled[0].error is not None
    assert settled[0].error.kind is Kind.CONFLICT
    assert settled[1].applied


async def test_marking_empties_only_what_nobody_changed(store: Store[State]) -> None:
    shell = aggregates(store)
    await shell.settle([step("a", "1"), step("b", "1")])
    await shell.settle([step("b", "2")])
    await store.mark_sent([("a", 1), ("b", 1)])
    loaded = await store.load(["a", "b"])
    assert loaded["a"].outbox == ()
    assert loaded["a"].outbox_at is None
    assert [e.causation_id for e in loaded["b"].outbox] == ["1", "2"]


async def test_what_a_run_has_not_sent_is_found_in_order(store: Store[State]) -> None:
    shell = aggregates(store)
    for id_ in ("first", "second", "third"):
        await shell.settle([step(id_, "1")])
    await shell.settle([step("silent", "1", tell=False)])
    assert [s.id for s in await store.unsent("test", 0, None, 10)] == ["first", "second", "third"]
    assert [s.id for s in await store.unsent("test", 1, None, 1)] == ["second"]
    assert [s.id for s in await store.unsent("test", 1, 2, 10)] == ["second"]
    assert not await store.unsent("tes", 0, None, 10)
    assert not await store.unsent("test2", 0, None, 10)


async def test_only_what_is_due_wakes(store: Store[State]) -> None:
    due = {"a": NOW + timedelta(hours=1), "b": NOW - timedelta(hours=1), "c": NOW}
    await store.save([first(id_, Counting(count=1), wake_at=at) for id_, at in due.items()])
    assert [due.id for due in await store.waking(NOW, 10)] == ["b", "c"]


async def test_a_database_that_is_away_says_so() -> None:
    mongo.connect("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "away", "away")

    with pytest.raises(DomainError) as caught:
        await MongoStore[State]("away", "away", STATE).load(["a"])
    assert caught.value.kind is Kind.UNAVAILABLE
    mongoengine.disconnect("away")


async def test_what_the_database_refuses_for_good_is_no_outage(connected: str) -> None:
    """Or one document that can never be stored would be waited for, for ever."""
    too_large = Counting(count=1, steps=("x" * 17_000_000,))
    with pytest.raises(Exception) as caught:
        await MongoStore[State]("kit", "counters", STATE).save([first("large", too_large)])
    assert not isinstance(caught.value, DomainError)


async def test_a_large_batch_with_one_lost_race_loses_nothing_else(store: Store[State]) -> None:
    shell = aggregates(store)
    ids = [f"i-{n}" for n in range(40)]
    await shell.settle([step(id_, "1") for id_ in ids])
    loaded = await store.load(ids)
    await shell.settle([step("i-7", "intruder")])
    writes = [
        Write(
            base=1, after=replace(loaded[id_], version=2, state=Counting(count=2, steps=("1", "2")))
        )
        for id_ in ids
    ]
    await store.save(writes)
    after = await store.load(ids)
    assert after["i-7"].state == Counting(count=2, steps=("1", "intruder"))
    assert {after[id_].version for id_ in ids} == {2}
