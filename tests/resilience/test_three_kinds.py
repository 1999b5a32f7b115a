"""A service with three kinds of aggregates is killed: what each kind had to tell is told.

The first process has no broker, so when SIGKILL ends it, all its events are left in three stores
under one run. The second process is killed while it sends them, and the third finishes. If a run
were forgotten as soon as one of its three stores was swept, the events in the others would never be
sent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import mongoengine
import pytest
from kafka import KafkaConsumer, TopicPartition

from deploy.local.broker import Broker
from deploy.local.database import Database
from deploy.local.stack import ROOT
from services.common.aggregates import mongo
from tests.support.three_kinds import KINDS
from tests.support.waiting import become

pytestmark = [pytest.mark.resilience, pytest.mark.timeout(180)]

TOPIC = "dasan.inquiries.v1"
NO_BROKER = "127.0.0.1:1"
STEPS = 60


@contextmanager
def process(
    database: Database, name: str, bootstrap: str, prefix: str, steps: int
) -> Iterator[subprocess.Popen[str]]:
    arguments = [database.url, name, bootstrap, prefix, str(steps)]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.three_kinds", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}"},
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        yield child
    finally:
        child.kill()
        child.wait()


def told(broker: Broker, prefix: str) -> dict[str, list[tuple[int, str]]]:
    """Sequence and cause of all events on the topic whose key begins so, in order, by key."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    places = [TopicPartition(TOPIC, n) for n in consumer.partitions_for_topic(TOPIC)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    while any(consumer.position(place) < end for place, end in ends.items()):
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                if record.key and record.key.startswith(prefix.encode()):
                    headers = dict(record.headers)
                    found[record.key.decode()].append(
                        (int(headers["ce_aggregateversion"]), headers["ce_causationid"].decode())
                    )
    consumer.close()
    return found


async def test_what_three_kinds_had_to_tell_survives_two_kills(
    broker: Broker, database: Database
) -> None:
    name, prefix = f"kinds_{uuid4().hex[:8]}", f"k{uuid4().hex[:8]}"
    acknowledged: dict[str, list[str]] = defaultdict(list)
    with process(database, name, NO_BROKER, prefix, STEPS) as first:
        assert first.stdout is not None
        for _ in range(STEPS * len(KINDS)):
            _, key, cause = first.stdout.readline().split()
            acknowledged[key].append(cause)
        first.send_signal(signal.SIGKILL)
    assert len(acknowledged) == 30
    assert told(broker, prefix) == {}

    with process(database, name, broker.bootstrap, prefix, 0) as second:
        await become(lambda: bool(told(broker, prefix)), True, within_seconds=40)
        second.send_signal(signal.SIGKILL)

    with process(database, name, broker.bootstrap, prefix, 0) as third:
        wanted = {key: list(enumerate(causes, 1)) for key, causes in acknowledged.items()}

        def all_told() -> bool:
            found = told(broker, prefix)
            return {key: list(dict.fromkeys(events)) for key, events in found.items()} == wanted

        # Each event, of all three kinds, and of each key first in the order it was stored.
        await become(all_told, True, within_seconds=60)
        # A document loses its outbox after the broker has what was in it.
        mongo.connect(database.url, name, name)
        await become(partial(left, name), dict.fromkeys(KINDS, 0))
        third.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(third.wait, 15) == 0
    mongoengine.disconnect(name)


def left(name: str) -> dict[str, int]:
    """How many documents of each kind have something to tell."""
    has_outbox = {"outbox": {"$exists": True}}
    return {kind: mongo.collection(name, kind).count_documents(has_outbox) for kind in KINDS}
