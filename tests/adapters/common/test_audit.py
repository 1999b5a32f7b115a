"""A loss would be seen: outboxes and topics, compared on a real database and a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import mongoengine
import pytest

from deploy.local.broker import Broker
from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.mongo import MongoStore
from services.common.aggregates.mongo_runs import MongoRuns
from services.common.aggregates.update import Aggregates
from services.common.bus.audit import audit
from services.common.bus.brokers import Brokers
from services.common.bus.kafka_bus import KafkaBus
from services.common.process import clock
from services.common.publishing.outbox import record_of
from services.common.publishing.runs import RunWord
from tests.support.memory import shell_of

from .conftest import WIRE, Counting, step

ALIAS = "kit_audit"


@pytest.fixture
def store(database: Database) -> Iterator[MongoStore[Any]]:
    mongo.connect(database.url, ALIAS, ALIAS)
    for name in ("counters", "runs"):
        mongo.collection(ALIAS, name).drop()
    yield MongoStore(ALIAS, "counters", Counting)
    mongoengine.disconnect(ALIAS)


@pytest.fixture
def bus(broker: Broker) -> Iterator[KafkaBus]:
    bus = KafkaBus(Brokers(broker.bootstrap), "test")
    yield bus
    bus.close()


def shell(store: MongoStore[Any], run: str, at: datetime) -> Aggregates[Any]:
    return shell_of(store, WIRE, at, run)


async def test_what_counts_as_sent_and_is_not_there_is_found_and_can_be_told(
    store: MongoStore[Any], broker: Broker, bus: KafkaBus
) -> None:
    now = clock.utc_now()
    told, lost, waiting, young, old = (f"{name}-{uuid4()}" for name in "abcde")
    minutes = timedelta(minutes=5)
    await shell(store, "gone", now - minutes).settle([step(told, "1"), step(lost, "1")])
    await shell(store, "dead", now - minutes).settle([step(waiting, "1")])
    await shell(store, "gone", now).settle([step(young, "1")])
    await shell(store, "gone", now - timedelta(days=8)).settle([step(old, "1")])
    runs = MongoRuns(ALIAS)
    await runs.open(RunWord(run="dead"))
    await runs.end(RunWord(run="dead"))
    stored = (await store.load([told]))[told]
    bus.send([record_of(envelope) for envelope in stored.outbox])

    def look(tell: KafkaBus | None = None) -> Any:
        return audit(
            alias=ALIAS,
            collections=["counters"],
            brokers=Brokers(broker.bootstrap),
            now=now,
            tell=tell,
        )

    report = look()
    assert report.events == 3
    assert {(m.id, m.waiting) for m in report.missing} == {(lost, False), (waiting, True)}
    assert report.left == {"dead": 1}
    assert look(tell=bus).told == 2
    assert look().missing == ()
