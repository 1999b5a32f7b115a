"""The way of an event over a real broker: published, consumed, refused, replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import faust
import pytest
from faust.transport.drivers import aiokafka
from kafka import KafkaConsumer, TopicPartition
from services.common.transport import LARGEST

from deploy.local.broker import Broker
from services.common import consume, contracts, dead, transport
from services.common.aggregates import Aggregates, Outgoing
from services.common.consume import Ack, Consumer, Dead, Incoming, Outcome, Retry
from services.common.kafka import KafkaBus, lag
from services.common.kernel import DomainError, Kind
from services.common.memory import Kept, MemoryBus, MemoryRuns, MemoryStore
from services.common.publisher import Publisher, Record, record_of
from services.common.service import FaustPart, faust_app, running
from services.common.watchdog import Stalled, Watchdog

from .conftest import NOW, WIRE, step

TOPIC = "dasan.inquiries.v1"


class Heard:
    """A handler that remembers what it was given and does as it is told."""

    def __init__(self) -> None:
        self.causes: list[str] = []
        self.batches: list[int] = []
        self.behave: Callable[[Incoming], Outcome] = lambda incoming: Ack()

    def has(self, ids: Sequence[str]) -> bool:
        return set(ids) <= set(self.causes)

    async def __call__(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        outcomes = [self.behave(incoming) for incoming in batch]
        self.batches.append(len(batch))
        self.causes += [i.cause.id for i, o in zip(batch, outcomes, strict=True) if o == Ack()]
        return outcomes


@pytest.fixture
def bus(broker: Broker) -> Any:
    bus = KafkaBus(broker.bootstrap, "test")
    yield bus
    bus.close()


async def until(condition: Callable[[], bool], within: float = 20) -> None:
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - the condition lies in another thread or process
            await asyncio.sleep(0.02)


def reader(
    broker: Broker,
    bus: KafkaBus,
    handler: Callable[[Sequence[Incoming]], Awaitable[Any]],
    group: str,
    batch: int = consume.BATCH,
) -> tuple[faust.App, Consumer]:
    """An app of intake's, and the consumer that feeds the handler from it."""
    app = faust_app("intake", broker.bootstrap, WIRE, group=group)
    consumer = Consumer(
        app=app,
        service="intake",
        topics=[TOPIC],
        wire=WIRE,
        handler=handler,
        bus=bus,
        batch=batch,
    )
    return app, consumer


@asynccontextmanager
async def listening(
    broker: Broker,
    bus: KafkaBus,
    handler: Callable[[Sequence[Incoming]], Awaitable[Any]],
    group: str,
) -> AsyncIterator[None]:
    app, consumer = reader(broker, bus, handler, group)
    async with running([consumer, FaustPart(app)]):
        yield


async def die_in_hand(
    broker: Broker,
    bus: KafkaBus,
    handler: Callable[[Sequence[Incoming]], Awaitable[Any]],
    group: str,
    records: Sequence[Record],
    stuck: asyncio.Event,
    batch: int = consume.BATCH,
) -> None:
    """A process that gets these records and ends while its handler is stuck with some of them."""
    app, hanging = reader(broker, bus, handler, group, batch)
    await hanging.start()
    async with running([FaustPart(app)]):
        await asyncio.to_thread(bus.send, records)
        await asyncio.wait_for(stuck.wait(), 20)
        for task in hanging.failed():
            task.cancel()


async def told(count: int) -> tuple[MemoryStore[Any], list[Record], list[str]]:
    """What a process leaves that dies after the save and before it sends: run `test`."""
    store: MemoryStore[Any] = MemoryStore()
    await shell(store, Kept()).settle([step(f"i-{uuid4()}", "1") for _ in range(count)])
    envelopes = [e for s in store.documents.values() for e in s.outbox]
    return store, [record_of(e) for e in envelopes], [e.id for e in envelopes]


def shell(store: MemoryStore[Any], outgoing: Outgoing) -> Aggregates[Any]:
    return Aggregates(
        store=store,
        wire=WIRE,
        source="/dasan/kit",
        outgoing=outgoing,
        clock=lambda: NOW,
        new_id=lambda: str(uuid4()),
    )


def publisher(
    store: MemoryStore[Any], bus: KafkaBus, runs: MemoryRuns, run: str = "next"
) -> Publisher:
    return Publisher(store=store, bus=bus, runs=runs, run=run, clock=lambda: NOW)


def dead_letters(broker: Broker, since: int) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, consumer_timeout_ms=500)
    partition = TopicPartition(contracts.dlq_topic("intake"), 0)
    consumer.assign([partition])
    consumer.seek(partition, since)
    end = consumer.end_offsets([partition])[partition]
    found = []
    while consumer.position(partition) < end:
        found.append(next(consumer))
    consumer.close()
    return found


def buried(broker: Broker, since: int) -> dict[str, Any]:
    """The dead letters by event id; a fresh group hears the bad records of earlier tests again."""
    return {dict(m.headers)["ce_id"].decode(): m for m in dead_letters(broker, since)}


def dead_end(broker: Broker) -> int:
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    partition = TopicPartition(contracts.dlq_topic("intake"), 0)
    end: int = consumer.end_offsets([partition])[partition]
    consumer.close()
    return end


async def test_what_is_saved_is_published_once(broker: Broker, bus: KafkaBus) -> None:
    store: MemoryStore[Any] = MemoryStore()
    runs = MemoryRuns()
    heard = Heard()
    relay = publisher(store, bus, runs)
    async with listening(broker, bus, heard, f"kit-{uuid4()}"), running([relay]):
        target = f"i-{uuid4()}"
        # The second step carries the first one over while it is not sent yet.
        await shell(store, relay).settle([step(f"i-{uuid4()}", "1") for _ in range(50)])
        await shell(store, relay).settle([step(target, "1")])
        await shell(store, relay).settle([step(target, "2")])
        ids = {e.id for s in store.documents.values() for e in s.outbox}
        assert len(ids) == 52
        await until(lambda: ids <= set(heard.causes))
    assert all(heard.causes.count(id_) == 1 for id_ in ids)
    assert await runs.sent(NOW - timedelta(days=1)) == {"next": 3}
    assert await runs.expired(NOW) == {}


async def test_another_run_sends_what_a_crash_left(broker: Broker, bus: KafkaBus) -> None:
    store, _, ids = await told(3)
    runs = MemoryRuns()
    await runs.beat("test", 0, NOW - timedelta(seconds=1))
    heard = Heard()
    async with listening(broker, bus, heard, f"kit-{uuid4()}"):
        await publisher(store, bus, runs).sweep()
        await until(lambda: heard.has(ids))
    assert all(stored.outbox == () for stored in store.documents.values())


async def test_a_run_that_is_alive_keeps_its_own(bus: KafkaBus) -> None:
    store, _, _ = await told(3)
    runs = MemoryRuns()
    await runs.beat("test", 0, NOW + timedelta(seconds=1))
    await publisher(store, bus, runs).sweep()
    assert all(stored.outbox for stored in store.documents.values())


async def test_a_save_that_was_cut_off_is_looked_up_and_sent(broker: Broker, bus: KafkaBus) -> None:
    """The database took it and the answer was lost: nobody will ask for it again."""

    class CutOff(MemoryStore[Any]):
        async def save(self, writes: Any) -> Any:
            await super().save(writes)
            raise DomainError("database_away", Kind.UNAVAILABLE, "cut off")

    store = CutOff()
    heard = Heard()
    relay = publisher(store, bus, MemoryRuns())
    async with listening(broker, bus, heard, f"kit-{uuid4()}"), running([relay]):
        with pytest.raises(DomainError):
            await shell(store, relay).settle([step(f"i-{uuid4()}", "1")])
        (stored,) = store.documents.values()
        await until(lambda: stored.outbox[0].id in heard.causes)
        assert not relay.is_sent(stored.outbox_at)  # until it was looked up once more


async def test_an_absent_broker_keeps_nobody_waiting() -> None:
    store: MemoryStore[Any] = MemoryStore()
    away = MemoryBus()
    away.away = True
    relay = Publisher(store=store, bus=away, runs=MemoryRuns(), run="next", clock=lambda: NOW)
    async with running([relay]):
        await shell(store, relay).settle([step(f"i-{n}", "1") for n in range(10)])
        place = store.documents["i-0"].outbox_at
        assert not relay.is_sent(place)
        away.away = False
        await until(lambda: relay.is_sent(place))
    assert len(away.records) == 10


async def test_two_relays_after_a_lost_claim_double_a_message_and_lose_none(
    broker: Broker, bus: KafkaBus
) -> None:
    """Both hold it, as after a pause longer than the claim: consumers know the id."""

    class Everybodys(MemoryRuns):
        async def claim(self, run: str, by: str, now: Any, until: Any) -> bool:
            return True

    store, _, ids = await told(5)
    runs = Everybodys()
    await runs.beat("test", 0, NOW - timedelta(seconds=1))
    heard = Heard()
    async with listening(broker, bus, heard, f"kit-{uuid4()}"):
        await asyncio.gather(*(publisher(store, bus, runs, run).sweep() for run in ("one", "two")))
        await until(lambda: heard.has(ids))
    effects: MemoryStore[Any] = MemoryStore()
    await shell(effects, Kept()).settle(
        [step(cause, cause, tell=False) for cause in heard.causes if cause in ids]
    )
    versions = {id_: stored.version for id_, stored in effects.documents.items()}
    assert versions == dict.fromkeys(ids, 1)


async def test_bad_records_are_buried_with_reason_and_bytes_and_neighbours_pass(
    broker: Broker, bus: KafkaBus
) -> None:
    since = dead_end(broker)
    _, good, ids = await told(2)
    sample = good[0]

    def altered(**headers: str) -> Record:
        kept = [(n, v) for n, v in sample.headers if n not in headers]
        return Record(
            topic=TOPIC,
            key=sample.key,
            headers=(*kept, *((n, v.encode()) for n, v in headers.items())),
            value=sample.value,
        )

    bad = {
        "undecodable": Record(
            topic=TOPIC, key=b"x", headers=sample.headers, value=b"\xff\xfe\x00not protobuf"
        ),
        "unknown_type": altered(ce_type="dasan.intake.v9.Unheard"),
        "rejected": Record(topic=TOPIC, key=b"other", headers=sample.headers, value=sample.value),
    }
    heard = Heard()
    async with listening(broker, bus, heard, f"kit-bad-{uuid4()}"):
        await asyncio.to_thread(bus.send, [good[0], *bad.values(), good[1]])
        await until(lambda: heard.has(ids))
        await until(lambda: dead_end(broker) >= since + 3, within=5)
    letters = {dict(m.headers)["dlq_reason"].decode(): m for m in dead_letters(broker, since)}
    assert set(letters) == set(bad)
    for reason, record in bad.items():
        assert letters[reason].value == record.value
        assert (letters[reason].key or b"") == record.key
        assert dict(letters[reason].headers)["dlq_topic"] == TOPIC.encode()


async def test_one_poisonous_event_does_not_fail_its_batch(broker: Broker, bus: KafkaBus) -> None:
    since = dead_end(broker)
    _, records, ids = await told(20)
    heard = Heard()

    def behave(incoming: Incoming) -> Outcome:
        if incoming.cause.id == ids[7]:
            raise ZeroDivisionError
        return Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, f"kit-poison-{uuid4()}"):
        await asyncio.to_thread(bus.send, records)
        await until(lambda: set(ids) - {ids[7]} <= set(heard.causes))
        await until(lambda: ids[7] in buried(broker, since))
    letter = buried(broker, since)[ids[7]]
    assert dict(letter.headers)["dlq_reason"] == b"retries_exhausted"
    assert dict(letter.headers)["dlq_detail"] == b"ZeroDivisionError"


async def test_a_dependency_that_is_away_is_waited_for_and_costs_nothing(
    broker: Broker, bus: KafkaBus
) -> None:
    since = dead_end(broker)
    _, records, ids = await told(3)
    heard = Heard()
    tries = 0

    def behave(incoming: Incoming) -> Outcome:
        nonlocal tries
        tries += 1
        if tries <= consume.ATTEMPTS + 2:
            raise DomainError("peer_away", Kind.UNAVAILABLE, "try again")
        return Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, f"kit-away-{uuid4()}"):
        await asyncio.to_thread(bus.send, records)
        await until(lambda: heard.has(ids), within=30)
    assert not set(ids) & set(buried(broker, since))


async def test_a_retry_comes_again_and_then_is_dead(broker: Broker, bus: KafkaBus) -> None:
    _, records, ids = await told(2)
    heard = Heard()
    since = dead_end(broker)
    tries: dict[str, int] = {}

    def behave(incoming: Incoming) -> Outcome:
        id_ = incoming.cause.id
        tries[id_] = tries.get(id_, 0) + 1
        if id_ == ids[0]:
            return Ack() if tries[id_] > 2 else Retry(timedelta(milliseconds=10))
        return Retry(timedelta(milliseconds=10)) if id_ == ids[1] else Ack()

    heard.behave = behave
    async with listening(broker, bus, heard, f"kit-retry-{uuid4()}"):
        await asyncio.to_thread(bus.send, records)
        await until(lambda: ids[0] in heard.causes)
        await until(lambda: ids[1] in buried(broker, since))
    assert tries[ids[0]] == 3


async def test_what_was_not_acked_comes_again_after_a_restart(
    broker: Broker, bus: KafkaBus
) -> None:
    _, records, ids = await told(5)
    group = f"kit-restart-{uuid4()}"
    stuck = asyncio.Event()

    async def hang(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if any(incoming.cause.id in ids for incoming in batch):
            stuck.set()
            await asyncio.Event().wait()
        return [Ack()] * len(batch)

    await die_in_hand(broker, bus, hang, group, records, stuck)
    heard = Heard()
    async with listening(broker, bus, heard, group):
        await until(lambda: heard.has(ids))


async def test_replay_brings_back_what_can_be(broker: Broker, bus: KafkaBus) -> None:
    _, records, ids = await told(1)
    heard = Heard()
    mended = False

    def behave(incoming: Incoming) -> Outcome:
        if incoming.cause.id == ids[0] and not mended:
            return Dead("rejected", "not_yet")
        return Ack()

    heard.behave = behave
    since = dead_end(broker)
    lines: list[str] = []
    async with listening(broker, bus, heard, f"kit-replay-{uuid4()}"):
        await asyncio.to_thread(bus.send, records)
        await until(lambda: ids[0] in buried(broker, since))
        mended = True

        def again(dry_run: bool) -> dead.Replayed:
            return dead.replay(
                service="intake",
                bootstrap=broker.bootstrap,
                bus=bus,
                reasons=("rejected",),
                dry_run=dry_run,
                tell=lines.append,
            )

        dry = await asyncio.to_thread(again, True)
        assert ids[0] not in heard.causes
        done = await asyncio.to_thread(again, False)
        assert done == dry
        assert done.returned >= 1
        await until(lambda: ids[0] in heard.causes)
    offsets = [line.rpartition(" ")[2] for line in lines[len(lines) // 2 :]]
    later = [line for line in lines if line.rpartition(" ")[2] in offsets]
    assert len(later) == 2 * len(offsets)  # once told by the dry run, once returned


async def test_lag_is_what_the_group_has_not_committed(broker: Broker, bus: KafkaBus) -> None:
    group = f"kit-lag-{uuid4()}"
    heard = Heard()
    async with listening(broker, bus, heard, group):
        _, records, ids = await told(1)
        await asyncio.to_thread(bus.send, records)
        await until(lambda: heard.has(ids))
    assert lag(broker.bootstrap, group, [TOPIC]) == 0
    _, records, _ = await told(4)
    await asyncio.to_thread(bus.send, records)
    assert lag(broker.bootstrap, group, [TOPIC]) == 4
    assert lag("127.0.0.1:1", group, [TOPIC]) == 0


async def test_what_the_service_does_not_listen_to_is_passed_over_and_acked(
    broker: Broker, bus: KafkaBus
) -> None:
    """Also where nothing else comes after it, or the group would seem to lag for ever."""
    _, wanted, ids = await told(3)
    _, others, unheard_ids = await told(LARGEST + 1)
    other = "dasan.intake.v1.CallAnswered"
    assert other not in WIRE.types()
    unheard = [
        replace(
            record,
            key=b"one partition",
            headers=tuple(
                (name, other.encode() if name == "ce_type" else value)
                for name, value in record.headers
            ),
            value=b"not even looked at",
        )
        for record in others
    ]
    group = f"kit-passed-{uuid4()}"
    heard = Heard()
    since = dead_end(broker)
    async with listening(broker, bus, heard, group):
        await asyncio.to_thread(bus.send, [*unheard, *wanted, *unheard])
        await until(lambda: heard.has(ids))
        await until(lambda: lag(broker.bootstrap, group, [TOPIC]) == 0)
    assert not set(unheard_ids) & (set(heard.causes) | set(buried(broker, since)))


async def test_records_of_one_partition_are_acked_in_order_whatever_their_number(
    broker: Broker, bus: KafkaBus
) -> None:
    """More than a gulp holds: what lies behind the one in hand is not acked before it."""
    _, records, ids = await told(3 * LARGEST)
    group = f"kit-order-{uuid4()}"
    stuck = asyncio.Event()
    settled: set[str] = set()

    async def hang(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        if settled & set(ids):
            stuck.set()
            await asyncio.Event().wait()
        settled.update(incoming.cause.id for incoming in batch)
        return [Ack()] * len(batch)

    await die_in_hand(broker, bus, hang, group, records, stuck, batch=LARGEST)
    assert len(settled & set(ids)) < len(ids)
    heard = Heard()
    async with listening(broker, bus, heard, group):
        await until(lambda: set(ids) - settled <= set(heard.causes))


async def test_what_is_read_before_a_rebalance_is_over_is_read_again(
    broker: Broker, bus: KafkaBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service with a table, as survey, that is slow to begin: Faust empties its queues when it
    lets the agents work, and what it had read by then never came again."""
    _, records, ids = await told(4 * LARGEST)
    await asyncio.to_thread(bus.send, records)
    group = f"kit-early-{uuid4()}"
    changelog = next(spec for spec in contracts.topics() if spec.name in contracts.TABLE_CHANGELOGS)
    broker.declare([replace(changelog, name=f"{group}-seen-changelog")])
    entry = Record(topic=f"{group}-seen-changelog", key=b'"a key"', headers=(), value=b"1")
    await asyncio.to_thread(bus.send, [entry])
    early = asyncio.Event()
    fetch, seek = aiokafka.Consumer._getmany, transport._Consumer.perform_seek

    async def fetching(consumer: Any, *args: Any) -> Any:
        found = await fetch(consumer, *args)
        if any(tp.topic == TOPIC for tp in found):
            early.set()
        return found

    async def seeking(consumer: Any) -> None:
        await seek(consumer)
        await early.wait()

    monkeypatch.setattr(aiokafka.Consumer, "_getmany", fetching)
    monkeypatch.setattr(transport._Consumer, "perform_seek", seeking)
    heard = Heard()
    app, consumer = reader(broker, bus, heard, group)
    app.Table("seen", partitions=contracts.PARTITIONS)
    async with running([consumer, FaustPart(app)]):
        await until(lambda: heard.has(ids))
        await until(lambda: lag(broker.bootstrap, group, [TOPIC]) == 0)


async def test_a_service_that_grows_and_shrinks_reads_everything(
    broker: Broker, bus: KafkaBus
) -> None:
    """A second process joins while the first is behind, and leaves again."""
    _, records, ids = await told(20 * LARGEST)
    await asyncio.to_thread(bus.send, records)
    group = f"kit-scaled-{uuid4()}"
    one, two = Heard(), Heard()
    async with listening(broker, bus, one, group):
        await until(lambda: bool(set(ids) & set(one.causes)))
        async with listening(broker, bus, two, group):
            _, more, more_ids = await told(4 * LARGEST)
            await asyncio.to_thread(bus.send, more)
            await until(lambda: set(more_ids) <= {*one.causes, *two.causes})
            assert set(more_ids) & set(two.causes)
        _, last, last_ids = await told(LARGEST)
        await asyncio.to_thread(bus.send, last)
        await until(lambda: {*ids, *last_ids} <= {*one.causes, *two.causes})
        await until(lambda: lag(broker.bootstrap, group, [TOPIC]) == 0)


async def keep_busy(bus: KafkaBus, heard: Heard) -> None:
    """One event after the other, each sent once the one before it was heard."""
    while True:
        _, records, ids = await told(1)
        await asyncio.to_thread(bus.send, records)
        await until(partial(heard.has, ids))


async def test_a_service_that_cannot_commit_ends_itself(
    broker: Broker, bus: KafkaBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One record got lost between Faust and us; those behind it are settled and never committed,
    so that the service looks busy."""
    ack, lost = transport._Consumer.ack, asyncio.Event()

    def forgetful(consumer: Any, message: Any) -> bool:
        if lost.is_set():
            return ack(consumer, message)
        lost.set()
        return True

    monkeypatch.setattr(consume, "Watchdog", partial(Watchdog, allowed=4.0, every=0.1))
    group = f"kit-held-{uuid4()}"
    heard = Heard()
    app, consumer = reader(broker, bus, heard, group)
    _, first, _ = await told(1)
    _, second, _ = await told(1)
    same = [replace(record, key=b"one partition") for record in (*first, *second)]
    async with running([consumer, FaustPart(app)]):
        await until(lambda: lag(broker.bootstrap, group, [TOPIC]) == 0)
        monkeypatch.setattr(transport._Consumer, "ack", forgetful)
        await asyncio.to_thread(bus.send, same[:1])
        await asyncio.wait_for(lost.wait(), 20)
        await asyncio.to_thread(bus.send, same[1:])
        busy = asyncio.create_task(keep_busy(bus, heard))
        done, _ = await asyncio.wait(
            consumer.failed(), timeout=30, return_when=asyncio.FIRST_COMPLETED
        )
        busy.cancel()
        assert [type(task.exception()) for task in done] == [Stalled]
    async with listening(broker, bus, heard, group):
        await until(lambda: lag(broker.bootstrap, group, [TOPIC]) == 0)
