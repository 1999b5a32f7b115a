"""A tail over a real broker: of which aggregates something was told, and up to which version."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from dasan.survey.v1.events_pb2 import SurveyExpired

from deploy.local.broker import Broker
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.bus.reader import Tail
from services.common.events.contracts import TopicSpec
from services.common.publishing.outbox import Record
from services.common.run.service import running
from tests.support.events import told_record
from tests.support.waiting import until

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


def told(aggregate: str, version: int) -> Record:
    """Something that an aggregate told under the key of inquiry `i`."""
    data = SurveyExpired(inquiry_id="i").SerializeToString()
    name = "dasan.survey.v1.SurveyExpired"
    return told_record(name, "i", data, NOW, aggregate=aggregate, version=version)


def without(record: Record, header: str) -> Record:
    return replace(
        record, headers=tuple((name, value) for name, value in record.headers if name != header)
    )


def saying(record: Record, version: bytes) -> Record:
    left = without(record, "ce_aggregateversion")
    return replace(left, headers=(*left.headers, ("ce_aggregateversion", version)))


async def test_aggregates_are_told_apart_by_their_subject_not_by_the_key(
    broker: Broker, bus: KafkaBus
) -> None:
    """Two surveys of one inquiry share its key; each has a version of its own."""
    topic = f"dasan.kit.tail-{uuid4()}"
    broker.declare([TopicSpec(name=topic, partitions=1, retention_hours=1)])
    heard: dict[str, set[int]] = defaultdict(set)
    listening = False

    async def hear(news: Mapping[str, int]) -> None:
        for aggregate, version in news.items():
            heard[aggregate].add(version)

    async def gap() -> None:
        nonlocal listening
        listening = True

    tail = Tail(
        brokers=Brokers(broker.bootstrap), topics=[topic], client_id="kit", heard=hear, gap=gap
    )
    # Each twice in a row: however the records are cut into gulps, most of these come together.
    twice = [f"i-{number}" for number in range(100)]
    records = [
        *(told(aggregate, version) for aggregate in twice for version in (5, 4)),
        told("another", 2),
        without(told("nobody's", 9), "ce_subject"),
        without(told("unsaid", 1), "ce_aggregateversion"),
        saying(told("strange", 1), b"many"),
        saying(told("endless", 1), b"9" * 5_000),
        told("last", 1),
    ]
    async with running([tail]):
        await until(lambda: listening)
        assert all(bus.send([replace(record, topic=topic) for record in records]))
        await until(lambda: "last" in heard)
    # Of what comes together, the highest version counts.
    assert all(5 in heard.pop(aggregate) for aggregate in twice)
    # What does not say its version is news, whatever is known already.
    news = {name: {sys.maxsize} for name in ("unsaid", "strange", "endless")}
    assert heard == {"another": {2}, "last": {1}, **news}
