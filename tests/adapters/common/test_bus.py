"""The way of an event over a real broker: published, consumed, refused, replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.local.broker import Broker
from services.common import consume, contracts, dead
from services.common.aggregates import Aggregates
from services.common.consume import Ack, Consumer, Dead, Incoming, Outcome, Retry
from services.common.kafka import KafkaBus
from services.common.kernel import DomainError, Kind
from services.common.memory import MemoryStore
from services.common.publisher import Publisher, Record, record_of
from services.common.service import FaustPart, faust_app, running

from .conftest import NOW, WIRE, step

TOPIC = "dasan.inquiries.v1"


class Forever:
    """A lease nobody else wants."""

    async def hold(self, now: Any, until: Any) -> bool:
        return True


class Heard:
    """A handler that remembers what it was given and does as it is told."""

    def __init__(self) -> None:
        self.causes: list[str] = []
        self.batches: list[int] = []
        self.behave: Callable[[Incoming], Outcome] = lambda incoming: Ack()

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


@asynccontextmanager
async def listening(
    broker: Broker,
    bus: KafkaBus,
    handler: Callable[[Sequence[Incoming]], Awaitable[Any]],
    group: str,
) -> AsyncIterator[None]:
    app = faust_app("intake", broker.bootstrap, group=group)
    consumer = Consumer(
        app=app, service="intake", topics=[TOPIC], wire=WIRE, handler=handler, bus=bus
    )
    async with running([consumer, FaustPart(app)]):
        yield


async def told(count: int) -> tuple[MemoryStore[Any], list[Record], list[str]]:
    """Some aggregates that told a step each, with the records and ids of what they told."""
    store: MemoryStore[Any] = MemoryStore()
    held: list[Any] = []

    class Held:
        def soon(self, saved: Sequence[Any]) -> None:
            held.extend(saved)

    shell = Aggregates(
        store=store,
        wire=WIRE,
        source="/dasan/kit",
        outgoing=Held(),
        clock=lambda: NOW,
        new_id=lambda: str(uuid4()),
    )
    await shell.settle([step(f"i-{uuid4()}", "1") for _ in range(count)])
    envelopes = [e for s in store.documents.values() for e in s.outbox]
    return store, [record_of(e) for e in envelopes], [e.id for e in envelopes]


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


async def test_what_is_saved_is_published_once_and_marked(broker: Broker, bus: KafkaBus) -> None:
    store, _, ids = await told(50)
    publisher = Publisher(store=store, bus=bus, lease=Forever(), clock=lambda: NOW)
    heard = Heard()
    async with listening(broker, bus, heard, "kit-published"):
        await publisher.publish(list(store.documents.values()))
        await until(lambda: set(ids) <= set(heard.causes))
    assert all(not stored.outbox for stored in store.documents.values())
    assert all(heard.causes.count(id_) == 1 for id_ in ids)


async def test_the_sweep_sends_what_a_crash_left(broker: Broker, bus: KafkaBus) -> None:
    store, _, ids = await told(3)
    late = NOW + timedelta(minutes=1)
    publisher = Publisher(store=store, bus=bus, lease=Forever(), clock=lambda: late)
    heard = Heard()
    async with listening(broker, bus, heard, "kit-swept"):
        await publisher.sweep()
        await until(lambda: set(ids) <= set(heard.causes))
    assert await store.unsent(late, 10) == []


async def test_two_relays_after_a_lost_lease_double_a_message_and_lose_none(
    broker: Broker, bus: KafkaBus
) -> None:
    """Both hold it, as after a pause longer than the lease: consumers know the id."""
    store, _, ids = await told(5)
    late = NOW + timedelta(minutes=1)
    relays = [Publisher(store=store, bus=bus, lease=Forever(), clock=lambda: late) for _ in "ab"]
    heard = Heard()
    async with listening(broker, bus, heard, "kit-two-relays"):
        await asyncio.gather(*(relay.sweep() for relay in relays))
        await until(lambda: set(ids) <= set(heard.causes))
    effects: MemoryStore[Any] = MemoryStore()
    shell = Aggregates(
        store=effects,
        wire=WIRE,
        source="/dasan/kit",
        outgoing=relays[0],
        clock=lambda: NOW,
        new_id=lambda: str(uuid4()),
    )
    await shell.settle([step(cause, cause, tell=False) for cause in heard.causes if cause in ids])
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
        await until(lambda: set(ids) <= set(heard.causes))
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
        await until(lambda: set(ids) <= set(heard.causes), within=30)
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

    app = faust_app("intake", broker.bootstrap, group=group)
    hanging = Consumer(app=app, service="intake", topics=[TOPIC], wire=WIRE, handler=hang, bus=bus)
    await hanging.start()
    async with running([FaustPart(app)]):
        await asyncio.to_thread(bus.send, records)
        await asyncio.wait_for(stuck.wait(), 20)
        for task in hanging.failed():
            task.cancel()
    heard = Heard()
    async with listening(broker, bus, heard, group):
        await until(lambda: set(ids) <= set(heard.causes))


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
