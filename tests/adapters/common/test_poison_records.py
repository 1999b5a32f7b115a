"""What fails before a record is a record (codecs, names of headers, markers of transactions): it is
read, buried or passed over with a count, and the next record is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaProducer
from prometheus_client import REGISTRY

from deploy.local.broker import Broker
from services.common.bus import salvage
from services.common.bus.kafka_bus import KafkaBus
from services.common.events.contracts import TopicSpec
from services.common.publishing.outbox import Record
from tests.support.lag import lag
from tests.support.waiting import become, until

from .reading import DLQ, Heard, end_of, letters_since, listening, send, told


class NotText(str):
    """A header name that goes over the wire as bytes that are no text."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


@contextmanager
def producing(broker: Broker, **settings: Any) -> Iterator[KafkaProducer]:
    """A producer that puts everything it is given at once into one batch."""
    producer = KafkaProducer(
        bootstrap_servers=broker.bootstrap, linger_ms=500, batch_size=1 << 20, **settings
    )
    try:
        yield producer
        producer.flush()
    finally:
        producer.close()


def put(producer: KafkaProducer, record: Record, *, bad: bool = False, partition: int = 0) -> None:
    """Hands over a record, with a header name that is no text when it is to be bad."""
    headers = list(record.headers)
    if bad:
        headers.append((NotText("bad"), b"x"))
    producer.send(
        record.topic, key=record.key, value=record.value, headers=headers, partition=partition
    )


def passed_over(cause: str) -> float:
    value = REGISTRY.get_sample_value("dasan_offsets_passed_over_total", {"cause": cause})
    return value or 0.0


@pytest.fixture
def topic(broker: Broker) -> str:
    """A topic of one test's own, so that its poison spoils no other test."""
    name = f"dasan.kit.poison-{uuid4()}"
    broker.declare([TopicSpec(name=name, partitions=6, retention_hours=1)])
    return name


async def test_a_header_name_that_is_no_text_costs_no_other_record(
    broker: Broker, bus: KafkaBus, topic: str
) -> None:
    """aiokafka raises for the whole batch; its neighbours in it are handled all the same."""
    records, ids = await told(9)
    records = [replace(record, topic=topic) for record in records]
    since = end_of(broker, DLQ)
    group = f"kit-name-{uuid4()}"
    heard = Heard()
    async with listening(broker, bus, heard, group, topics=[topic]):
        with producing(broker) as producer:
            for number, record in enumerate(records[:8]):
                put(producer, record, bad=number == 3)
        with producing(broker) as producer:
            put(producer, records[8])
        await until(lambda: heard.has([*ids[:3], *ids[4:]]))
        await become(partial(lag, broker.bootstrap, group, [topic]), 0)
    (letter,) = [
        m for m in letters_since(broker, since) if dict(m.headers)["dlq_topic"] == topic.encode()
    ]
    headers = dict(letter.headers)
    assert headers["dlq_offset"] == b"3"
    assert letter.value == records[3].value
    assert headers["ce_id"].decode() == ids[3]


@pytest.mark.skipif(find_spec("cramjam") is None, reason="the codecs' package is not installed")
@pytest.mark.parametrize("codec", ["lz4", "zstd", "snappy", "gzip"])
async def test_every_codec_of_kafka_is_read(broker: Broker, bus: KafkaBus, codec: str) -> None:
    """The topic says how it is kept, whatever the producer does."""
    topic = f"dasan.kit.{codec}-{uuid4()}"
    with broker.admin() as admin:
        admin.create_topics(
            {
                topic: {
                    "num_partitions": 1,
                    "replication_factor": 1,
                    "configs": {"compression.type": codec},
                }
            }
        )
    records, ids = await told(20)
    heard = Heard()
    group = f"kit-codec-{uuid4()}"
    before = passed_over("unreadable")
    async with listening(broker, bus, heard, group, topics=[topic]):
        await send(bus, [replace(record, topic=topic) for record in records])
        await until(lambda: heard.has(ids))
        await become(partial(lag, broker.bootstrap, group, [topic]), 0)
    assert passed_over("unreadable") == before


async def test_a_batch_that_nobody_can_read_is_passed_over_with_a_count_and_a_letter(
    broker: Broker, bus: KafkaBus, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its codec is unknown here; the neighbours before and behind it are handled."""

    def unknown(*_: object) -> bytes:
        raise NotImplementedError

    monkeypatch.setattr("aiokafka.codec.has_gzip", lambda: False)
    monkeypatch.setitem(salvage.CODECS, 1, unknown)
    records, ids = await told(30)
    records = [replace(record, topic=topic) for record in records]
    since = end_of(broker, DLQ)
    before = passed_over("unreadable")
    group = f"kit-batch-{uuid4()}"
    heard = Heard()
    with producing(broker) as producer:
        for record in records[:10]:
            put(producer, record)
    with producing(broker, compression_type="gzip") as producer:
        for record in records[10:20]:
            put(producer, record)
    with producing(broker) as producer:
        for record in records[20:]:
            put(producer, record)
            put(producer, record, partition=1)
    async with listening(broker, bus, heard, group, topics=[topic]):
        await until(lambda: heard.has([*ids[:10], *ids[20:]]))
        await become(partial(lag, broker.bootstrap, group, [topic]), 0)
    assert passed_over("unreadable") == before + 10
    (letter,) = [
        m for m in letters_since(broker, since) if dict(m.headers)["dlq_topic"] == topic.encode()
    ]
    headers = dict(letter.headers)
    assert headers["dlq_reason"] == b"unreadable"
    assert (headers["dlq_partition"], headers["dlq_offset"]) == (b"0", b"10")
    assert headers["dlq_detail"].endswith(b"10-19")
    assert not letter.value


async def test_a_header_of_megabytes_in_a_small_batch_is_buried_without_it(
    broker: Broker, bus: KafkaBus, topic: str
) -> None:
    """Compressed it is small enough for the broker; its letter would not be."""
    (first, second), ids = await told(2)
    since = end_of(broker, DLQ)
    bad = replace(
        first, topic=topic, value=b"no protobuf", headers=(*first.headers, ("n", b"x" * 3_000_000))
    )
    group = f"kit-mega-{uuid4()}"
    heard = Heard()
    async with listening(broker, bus, heard, group, topics=[topic]):
        with producing(broker, compression_type="gzip", max_request_size=4_000_000) as producer:
            put(producer, bad)
            put(producer, replace(second, topic=topic))
        await until(lambda: heard.has(ids[1:]))
        await become(partial(lag, broker.bootstrap, group, [topic]), 0)
    letter = next(
        m for m in letters_since(broker, since) if dict(m.headers)["ce_id"].decode() == ids[0]
    )
    assert "n" not in dict(letter.headers)


async def test_after_an_aborted_transaction_nothing_lags(
    broker: Broker, bus: KafkaBus, topic: str
) -> None:
    """What was aborted and the markers are offsets that no reader ever gets."""
    (record, other), ids = await told(2)
    group = f"kit-aborted-{uuid4()}"
    heard = Heard()
    before = passed_over("markers")
    async with listening(broker, bus, heard, group, topics=[topic]):
        with producing(broker, transactional_id=f"kit-{uuid4()}") as producer:
            producer.init_transactions()
            producer.begin_transaction()
            put(producer, replace(other, topic=topic))
            producer.commit_transaction()
            producer.begin_transaction()
            put(producer, replace(record, topic=topic))
            producer.flush()
            producer.abort_transaction()
        await until(lambda: heard.has(ids[1:]))
        await become(lambda: end_of(broker, topic), 4)
        await become(partial(lag, broker.bootstrap, group, [topic]), 0)
        await until(lambda: passed_over("markers") == before + 3)
    assert ids[0] not in heard.causes
