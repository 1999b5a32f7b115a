"""The bus on a real broker: what one record cannot do concerns no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.local.broker import Broker
from deploy.local.ports import Ports
from services.common.bus import kafka_bus
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.publishing.outbox import Record, Sent

TOPIC = "dasan.inquiries.v1"
TAKEN, NOT_NOW, REFUSED = Sent.TAKEN, Sent.NOT_NOW, Sent.REFUSED


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()


def record(key: str, value: str = "", topic: str = TOPIC, size: int = 0) -> Record:
    return Record(
        topic=topic, key=key.encode(), headers=(("n", b"1"),), value=value.encode() + b"x" * size
    )


def values(broker: Broker, key: str) -> list[bytes]:
    """What the topic has under a key, in order."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, consumer_timeout_ms=2_000)
    try:
        places = [TopicPartition(TOPIC, n) for n in consumer.partitions_for_topic(TOPIC)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found = []
        while any(consumer.position(place) < end for place, end in ends.items()):
            for batch in consumer.poll(timeout_ms=500).values():
                found += [message.value for message in batch if message.key == key.encode()]
        return found
    finally:
        consumer.close()


def test_a_missing_topic_costs_the_others_nothing_but_one_wait(
    broker: Broker, bus: KafkaBus
) -> None:
    good = [record(f"k-{uuid4()}", "1") for _ in range(20)]
    missing = [record(str(n), topic="dasan.undeclared.v1") for n in range(10)]
    mixed: Sequence[Record] = [*good[:10], *missing, *good[10:]]
    bus.send(good[:1])  # connected
    begun = time.monotonic()
    sent = bus.send(mixed)
    assert time.monotonic() - begun < 2.5 * kafka_bus.TOPIC_WAIT_MS / 1000
    assert sent == [TAKEN] * 10 + [NOT_NOW] * 10 + [TAKEN] * 10
    assert values(broker, good[-1].key.decode()) == [b"1"]
    assert bus.send(good) == [TAKEN] * 20


def test_a_record_that_is_too_large_is_refused_alone(broker: Broker, bus: KafkaBus) -> None:
    key, other = f"k-{uuid4()}", f"k-{uuid4()}"
    records = [
        record(key, "1"),
        record(key, size=2_000_000),
        record(key, "3"),
        record(other, "1"),
    ]
    assert bus.send(records) == [TAKEN, REFUSED, NOT_NOW, TAKEN]
    assert values(broker, key) == [b"1"]


def test_what_only_the_broker_finds_too_large_is_refused_alone(
    broker: Broker, bus: KafkaBus
) -> None:
    """It fits the producer's request, but not with what the broker adds: neighbours in its batch
    must not suffer."""
    size = next(size for size in range(1_048_300, 1_048_500, 10) if _fits_the_producer(bus, size))
    key, other = f"k-{uuid4()}", f"k-{uuid4()}"
    sent = bus.send([record(other, "1"), record(key, size=size), record(f"k-{uuid4()}", "1")])
    assert sent[0] is sent[2] is TAKEN
    assert sent[1] in (REFUSED, TAKEN)
    assert bus.send([record(other, "2")]) == [TAKEN]
    assert values(broker, other) == [b"1", b"2"]


def _fits_the_producer(bus: KafkaBus, size: int) -> bool:
    return size < 1_048_450


def test_of_a_key_the_order_is_kept_in_one_call(broker: Broker, bus: KafkaBus) -> None:
    keys = [f"k-{uuid4()}" for _ in range(5)]
    records = [record(key, str(n)) for n in range(7) for key in keys]
    assert set(bus.send(records)) == {TAKEN}
    for key in keys:
        assert values(broker, key) == [str(n).encode() for n in range(7)]


def test_without_a_broker_all_is_for_later_and_letting_go_is_quick() -> None:
    bus = KafkaBus(Brokers(f"127.0.0.1:{Ports.free().kafka}"), "test")
    assert bus.send([record("a"), record("b")]) == [NOT_NOW, NOT_NOW]
    begun = time.monotonic()
    bus.close()
    assert time.monotonic() - begun < 2 * kafka_bus.CLOSE_SECONDS


def test_letting_go_does_not_wait_for_a_call_that_hangs(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    begun, may_end = threading.Event(), threading.Event()

    def hang(self: object, producer: object, wave: object) -> None:
        begun.set()
        may_end.wait(20)

    monkeypatch.setattr(kafka_bus._Call, "send", hang)
    thread = threading.Thread(target=bus.send, args=([record("a")],), daemon=True)
    thread.start()
    assert begun.wait(10)
    at = time.monotonic()
    bus.close()
    assert time.monotonic() - at < 2 * kafka_bus.CLOSE_SECONDS
    may_end.set()
    thread.join(10)
