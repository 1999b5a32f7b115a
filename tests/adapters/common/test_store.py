"""One suite for every store: the database and the fake that stands in for it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar

import mongoengine
import pytest
from pydantic import Field
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WriteError,
)

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.mongo import AggregateDocument, MongoStore
from services.common.aggregates.update import (
    Aggregates,
    Cause,
    Loaded,
    Saved,
    Store,
    Stored,
    Update,
    Write,
)
from services.common.kernel import Change, DomainError, Kind, TimedOut
from services.common.process.watched_file import FileFaults
from services.common.publishing import publisher
from services.common.publishing.outbox import OutboxPlace
from tests.support.memory import MemoryStore, shell_of

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
    return shell_of(store, WIRE, NOW)


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
    assert stored.outbox[0].version == 1
    assert stored.outbox_at == OutboxPlace("test", 1)


async def test_all_that_a_life_tells_belongs_to_the_trace_of_its_first_change(
    store: Store[State],
) -> None:
    """An office's command or the clock has another trace, or none."""
    begun, later = f"00-{'a' * 32}-{'b' * 16}-01", f"00-{'c' * 32}-{'d' * 16}-01"
    shell = aggregates(store)
    for number, trace in enumerate((begun, later, "")):
        update = step("a", str(number))
        await shell.settle([replace(update, cause=replace(update.cause, traceparent=trace))])
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
    assert [e.version for e in stored.outbox] == [1, 2]
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

        async def save(self, writes: Any, fence: Any) -> Any:
            if not Raced.raced:
                Raced.raced = True
                await intruder.settle([step("b", "intruder")])
            return await super().save(writes, fence)

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
        updates = [step(id_, f"wake-{turn}") for id_ in ids]
        told = await asyncio.gather(*(aggregates(store).settle(updates) for _ in range(3)))
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


async def test_a_page_of_unsent_never_tears_a_save_apart(store: Store[State]) -> None:
    """More documents under one number than a page holds: all of them, or the rest is never sent."""
    shell = aggregates(store)
    await shell.settle([step(f"i-{n}", "1") for n in range(30)])
    await shell.settle([step("last", "1")])
    assert len(await store.unsent("test", 0, None, 10)) == 30
    assert len(await store.unsent("test", 0, 1, 10)) == 30
    assert [o.id for o in await store.unsent("test", 1, None, 10)] == ["last"]


async def test_an_outbox_says_where_each_event_was_saved_first(store: Store[State]) -> None:
    await aggregates(store).settle([step("a", "1")])
    stored = (await store.load(["a"]))["a"]
    elsewhere = OutboxPlace("other", 7)
    carried = replace(stored, version=2, carried={stored.outbox[0].id: elsewhere})
    await store.save([Write(base=1, after=carried)])
    assert (await store.load(["a"]))["a"] == carried
    (outbox,) = await store.unsent("test", 0, None, 10)
    assert outbox == carried.to_tell()
    assert outbox.carried == {stored.outbox[0].id: elsewhere}


async def test_what_is_postponed_wakes_later_and_counts_it(store: Store[State]) -> None:
    await store.save([first(id_, Counting(count=1), wake_at=NOW) for id_ in "ab"])
    later = NOW + timedelta(minutes=1)
    (a,) = [due for due in await store.waking(NOW, 10) if due.id == "a"]
    await store.postpone([a], later)
    await store.postpone([a], later)
    assert [due.id for due in await store.waking(NOW, 10)] == ["b"]
    of_a = {due.id: due for due in await store.waking(later, 10)}["a"]
    assert (of_a.wake_at, of_a.failures, of_a.version) == (later, 2, 1)
    stored = (await store.load(["a"]))["a"]
    await store.save([Write(base=1, after=replace(stored, version=2))])
    assert [due.failures for due in await store.waking(later, 10)] == [0, 0]


async def test_what_was_saved_meanwhile_keeps_its_own_time(store: Store[State]) -> None:
    await store.save([first("a", Counting(count=1), wake_at=NOW)])
    due = await store.waking(NOW, 10)
    soon = NOW + timedelta(seconds=5)
    stored = (await store.load(["a"]))["a"]
    await store.save([Write(base=1, after=replace(stored, version=2, wake_at=soon))])
    await store.postpone(due, NOW + timedelta(minutes=10))
    assert [(one.id, one.failures) for one in await store.waking(soon, 10)] == [("a", 0)]


async def test_a_contended_order_answers_for_itself_alone(store: Store[State]) -> None:
    class Refusing(type(store)):  # type: ignore[misc]
        async def save(self, writes: Any, fence: Any) -> Any:
            ours = [write for write in writes if write.after.id != "bad"]
            done = iter(await super().save(ours, fence) if ours else [])
            return [Saved.LOST if w.after.id == "bad" else next(done) for w in writes]

    refusing: Any = Refusing.__new__(Refusing)
    refusing.__dict__.update(store.__dict__)
    good, bad = await aggregates(refusing).settle([step("good", "1"), step("bad", "1")])
    assert good.applied
    assert bad.error is not None
    assert (bad.error.slug, bad.error.kind, bad.applied) == ("contended", Kind.UNAVAILABLE, False)
    assert set(await store.load(["good", "bad"])) == {"good"}


@pytest.mark.parametrize("neighbours", [0, 1, 25])
async def test_a_value_that_no_two_may_have_is_an_error_of_its_own(
    numbered: Store[State], neighbours: int
) -> None:
    """Not a lost race: that would be tried again until its whole batch fails."""
    shell = aggregates(numbered)
    await shell.settle([count_to("first", 7)])
    others = [count_to(f"i-{n}", 100 + n) for n in range(neighbours)]
    settled = await shell.settle([count_to("second", 7), *others])
    assert settled[0].error is not None
    assert (settled[0].error.slug, settled[0].error.kind) == ("duplicate_count", Kind.CONFLICT)
    assert settled[0].error.field == "count"
    assert [one.applied for one in settled[1:]] == [True] * neighbours
    assert len(await numbered.load(["first", *(o.target for o in others)])) == 1 + neighbours


@pytest.mark.parametrize("neighbours", [0, 1, 25])
async def test_so_it_is_when_a_change_would_make_two_of_it(
    numbered: Store[State], neighbours: int
) -> None:
    shell = aggregates(numbered)
    ids = ["second", *(f"i-{n}" for n in range(neighbours))]
    await shell.settle(
        [count_to("first", 7), *(count_to(id_, 50 + n) for n, id_ in enumerate(ids))]
    )
    settled = await aggregates(numbered).settle(
        [count_to("second", 7, "again")]
        + [count_to(id_, 100 + n, "again") for n, id_ in enumerate(ids[1:])]
    )
    assert [one.error.slug if one.error else "" for one in settled] == [
        "duplicate_count",
        *[""] * neighbours,
    ]
    assert all(one.applied for one in settled[1:])


def count_to(target: str, count: int, cause: str = "1") -> Update[State]:
    return Update(
        target=target,
        cause=Cause(id=cause),
        decide=lambda state: Change(state=Counting(count=count)),
    )


class NumberedDocument(AggregateDocument):
    meta: ClassVar[dict[str, Any]] = {
        "collection": "numbered",
        "db_alias": "kit",
        "auto_create_index": False,
        "indexes": [{"fields": ["state.count"], "unique": True}],
    }


@pytest.fixture
def numbered(connected: str) -> Store[State]:
    mongo.ensure_indexes(NumberedDocument)
    NumberedDocument.objects.delete()
    return MongoStore(connected, "numbered", STATE)


async def test_a_document_of_a_newer_version_fails_its_own_order_only(store: Store[State]) -> None:
    shell = aggregates(store)
    await shell.settle([step("new", "1"), step("good", "1")])
    make_unreadable(store, "new")
    loaded = await store.load(["new", "good", "none"])
    assert list(loaded) == ["good"]
    assert loaded.get("none") is None
    for ask in (loaded.get, loaded.__getitem__):
        with pytest.raises(DomainError, match="unreadable"):
            ask("new")
    new, good = await aggregates(store).settle([step("new", "2"), step("good", "2")])
    assert new.error is not None
    assert (new.error.slug, new.error.kind) == ("unreadable", Kind.UNAVAILABLE)
    assert good.applied


async def test_what_is_sent_of_it_needs_no_state(store: Store[State]) -> None:
    await aggregates(store).settle([step("new", "1")])
    make_unreadable(store, "new")
    (outbox,) = await store.unsent("test", 0, None, 10)
    assert len(outbox.envelopes) == 1


def make_unreadable(store: Store[State], id_: str) -> None:
    if isinstance(store, MemoryStore):
        store.unreadable.add(id_)
    else:
        newer = {"$set": {"state": {"status": "of a newer version"}}}
        mongo.collection("kit", "counters").update_one({"_id": id_}, newer)


async def test_an_outbox_that_cannot_be_read_is_told_of_and_hides_no_other(
    connected: str,
) -> None:
    CounterDocument.objects.delete()
    store: Store[State] = MongoStore("kit", "counters", STATE)
    await aggregates(store).settle([step("new", "1"), step("good", "1")])
    mongo.collection("kit", "counters").update_one({"_id": "new"}, {"$set": {"outbox": [{"x": 1}]}})
    found = {outbox.id: outbox for outbox in await store.unsent("test", 0, None, 10)}
    assert (found["new"].readable, found["good"].readable) == (False, True)


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ("w=1", "w=1"),
        ("journal=false", "journal=False"),
        ("readPreference=secondary", "readPreference=secondary"),
        ("j=false", "j"),
    ],
)
def test_a_url_that_weakens_what_is_promised_is_refused(option: str, named: str) -> None:
    with pytest.raises(mongo.WeakUrl, match=named):
        mongo.connect(f"mongodb://127.0.0.1:1/?{option}", "weak", "weak")


def test_a_url_that_cannot_be_used_is_refused_without_its_password(tmp_path: Path) -> None:
    ca = tmp_path / "ca.crt"
    with pytest.raises(FileFaults, match=f"^{ca}: No such file or directory$"):
        mongo.connect(f"mongodb://h:1/?tls=true&tlsCAFile={ca}", "faulty", "faulty")
    with pytest.raises(mongo.WeakUrl) as refused:
        mongo.connect("mongodb://a:pass/word@h:1/", "faulty", "faulty")
    assert "word" not in str(refused.value)


def test_a_bare_url_is_made_strong(database: Database) -> None:
    mongo.connect(database.url.partition("?")[0], "strong", "strong")
    try:
        collection = mongo.collection("strong", "any")
        assert collection.write_concern.document == {"w": "majority", "j": True}
        assert collection.read_preference.name == "Primary"
        assert collection.database.client.options.timeout == mongo.OPERATION_SECONDS
        assert publisher.SETTLED_AFTER_SECONDS > mongo.OPERATION_SECONDS
    finally:
        mongoengine.disconnect("strong")


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (AutoReconnect("gone"), "database_away"),
        (ServerSelectionTimeoutError("nobody"), "database_away"),
        (NetworkTimeout("no answer"), "database_slow"),
        (ExecutionTimeout("too long"), "database_slow"),
        (WriteConcernError("not durable"), "database_away"),
        (OperationFailure("not authorised", 13), "database_away"),
        (BulkWriteError({"writeErrors": [], "writeConcernErrors": [{}]}), "database_away"),
    ],
)
def test_whatever_the_database_says_of_itself_passes(error: Exception, slug: str) -> None:
    with pytest.raises(DomainError) as caught, mongo.reachable():
        raise error
    assert (caught.value.slug, caught.value.kind) == (slug, Kind.UNAVAILABLE)
    assert isinstance(caught.value, TimedOut) == (slug == "database_slow")


@pytest.mark.parametrize(
    "error",
    [
        DocumentTooLarge("17 MB"),
        WriteError("too large after the update", 17419),
        BulkWriteError({"writeErrors": [{"code": 11000}], "writeConcernErrors": []}),
    ],
)
def test_what_it_says_of_a_document_does_not(error: Exception) -> None:
    with pytest.raises(type(error)), mongo.reachable():
        raise error


async def test_a_database_that_is_away_says_so_soon() -> None:
    """Not after the time that a write may take."""
    mongo.connect("mongodb://127.0.0.1:1/", "absent", "absent")
    begun = time.monotonic()
    with pytest.raises(DomainError, match="database_away"):
        await MongoStore[State]("absent", "any", STATE).load(["a"])
    assert time.monotonic() - begun < mongo.OPERATION_SECONDS / 2
    mongoengine.disconnect("absent")


@pytest.mark.parametrize("ids", ["a", "abc"])
async def test_a_save_that_its_fence_refuses_writes_nothing(store: Store[State], ids: str) -> None:
    threads: list[str] = []

    def refuse() -> None:
        threads.append(threading.current_thread().name)
        raise DomainError("run_lapsed", Kind.UNAVAILABLE, "over")

    with pytest.raises(DomainError, match="run_lapsed"):
        await store.save([first(id_, Counting(count=1)) for id_ in ids], refuse)
    assert await store.load(ids) == {}
    assert len(threads) == 1
    if isinstance(store, MongoStore):
        assert threads == ["mongo"]
