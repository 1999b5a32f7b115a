"""What the tests of reading share: records to send, a handler that remembers, a consumer that
listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from kafka import KafkaConsumer, TopicPartition

from deploy.local.broker import Broker
from services.common.aggregates.update import Aggregates
from services.common.bus.brokers import Brokers
from services.common.consuming.consume import (
    MOST,
    Ack,
    Consumer,
    Handler,
    Incoming,
    Outcome,
    Patience,
)
from services.common.events import contracts
from services.common.events.wire import Wire
from services.common.process.pace import Pace
from services.common.publishing.outbox import Bus, Record, record_of
from tests.support.memory import MemoryStore, shell_of

from .conftest import NOW, WIRE, step

TOPIC = "dasan.inquiries.v1"
DLQ = contracts.dlq_topic("intake")
# The times of a service, a hundred times faster where a test waits for one.
QUICK = Patience(
    deterministic=timedelta(seconds=1),
    shortest=timedelta(milliseconds=10),
    longest=timedelta(seconds=1),
    still=timedelta(seconds=3),
    look=timedelta(milliseconds=200),
    again_first=timedelta(milliseconds=100),
    again_longest=timedelta(seconds=1),
)


class Heard:
    """A handler that remembers what it was given and does as it is told."""

    def __init__(self) -> None:
        self.causes: list[str] = []
        self.batches: list[int] = []
        self.behave: Callable[[Incoming], Outcome] = lambda incoming: Ack()

    def has(self, ids: Sequence[str]) -> bool:
        return set(ids) <= set(self.causes)

    async def __call__(self, batch: Sequence[Incoming]) -> Sequence[Outcome]:
        self.batches.append(len(batch))
        outcomes = [self.behave(incoming) for incoming in batch]
        self.causes += [i.cause.id for i, o in zip(batch, outcomes, strict=True) if o == Ack()]
        return outcomes


def consumer(
    broker: Broker | Brokers,
    bus: Any,
    handler: Handler,
    group: str,
    *,
    topics: Sequence[str] = (TOPIC,),
    patience: Patience = QUICK,
    most: int = MOST,
    pace: Pace | None = None,
    wire: Wire = WIRE,
) -> Consumer:
    """A consumer of intake's, of its inquiries unless said otherwise."""
    return Consumer(
        service="intake",
        brokers=broker if isinstance(broker, Brokers) else Brokers(broker.bootstrap),
        topics=topics,
        wire=wire,
        handler=handler,
        bus=bus,
        group=group,
        patience=patience,
        most=most,
        pace=pace,
    )


@asynccontextmanager
async def listening(
    broker: Broker | Brokers, bus: Any, handler: Handler, group: str, **settings: Any
) -> AsyncIterator[Consumer]:
    """A consumer between its start and its stop."""
    part = consumer(broker, bus, handler, group, **settings)
    await part.start()
    try:
        yield part
    finally:
        await part.stop()


async def told(count: int, key: bytes | None = None) -> tuple[list[Record], list[str]]:
    """Events of so many inquiries, and their ids; with a key their partition is one, and they are
    no longer what their key promises."""
    store: MemoryStore[Any] = MemoryStore()
    aggregates: Aggregates[Any] = shell_of(store, WIRE, NOW)
    if key is None:
        await aggregates.settle([step(f"i-{uuid4()}", "1") for _ in range(count)])
    else:
        await aggregates.settle([step(key.decode(), str(n)) for n in range(count)])
    envelopes = [e for s in store.documents.values() for e in s.outbox]
    return [record_of(e) for e in envelopes], [e.id for e in envelopes]


def altered(record: Record, value: bytes | None = None, **headers: str) -> Record:
    """The record with other headers (and value)."""
    kept = [(n, v) for n, v in record.headers if n not in headers]
    return replace(
        record,
        headers=(*kept, *((n, v.encode()) for n, v in headers.items())),
        value=record.value if value is None else value,
    )


async def send(bus: Bus, records: Sequence[Record]) -> None:
    """Returns when the broker has them."""
    answers = await asyncio.to_thread(bus.send, records)
    assert len({answer.name for answer in answers} | {"TAKEN"}) == 1


def end_of(broker: Broker, topic: str) -> int:
    """How many offsets a topic has."""
    reader = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    places = [TopicPartition(topic, p) for p in reader.partitions_for_topic(topic)]
    ends = reader.end_offsets(places)
    reader.close()
    return sum(ends.values())


def letters_since(broker: Broker, since: int) -> list[Any]:
    """What lies in intake's dead-letter topic from that offset on."""
    reader = KafkaConsumer(bootstrap_servers=broker.bootstrap, consumer_timeout_ms=500)
    place = TopicPartition(DLQ, 0)
    reader.assign([place])
    reader.seek(place, since)
    end = reader.end_offsets([place])[place]
    found = []
    while reader.position(place) < end:
        found.append(next(reader))
    reader.close()
    return found


def buried(broker: Broker, since: int) -> dict[str, Any]:
    """The dead letters by event id; a new group hears the bad records of earlier tests again."""
    return {dict(m.headers).get("ce_id", b"").decode(): m for m in letters_since(broker, since)}
