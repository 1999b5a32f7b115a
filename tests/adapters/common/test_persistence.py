"""One run over three stores on a real database, with its parts running as in a service.

Some processes are left without a stop, as a kill leaves them. tests/resilience/test_three_kinds.py
kills real ones.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import mongoengine
import pytest

from deploy.local.database import Database
from services.common.aggregates import mongo
from services.common.aggregates.mongo import MongoStore
from services.common.aggregates.mongo_runs import MongoRuns
from services.common.aggregates.persistence import Persistence
from services.common.publishing import presence
from services.common.publishing.outbox import Bus
from tests.support.memory import MemoryBus, event_id
from tests.support.waiting import until

from .conftest import WIRE, Counting, step

STORES = ("ones", "twos", "threes")
ALIAS = "kit_keeping"
SAVES = 20


@pytest.fixture
def connected(database: Database) -> Iterator[str]:
    mongo.connect(database.url, ALIAS, ALIAS)
    for name in (*STORES, "runs"):
        mongo.collection(ALIAS, name).drop()
    yield ALIAS
    mongoengine.disconnect(ALIAS)


def documents() -> list[dict[str, Any]]:
    return list(mongo.collection(ALIAS, "runs").find())


def persistence(alias: str, bus: Bus) -> tuple[Persistence, dict[str, Any]]:
    """One process of the service: its parts, and the aggregates of its three stores."""
    kept = Persistence(service="kit", wire=WIRE, bus=bus, runs=MongoRuns(alias))
    stores = {name: MongoStore[Any](alias, name, Counting) for name in STORES}
    return kept, {name: kept.aggregates(store) for name, store in stores.items()}


async def test_what_a_dead_process_left_in_every_store_is_sent_once(connected: str) -> None:
    dead, shells = persistence(ALIAS, MemoryBus())
    await dead.presence.beat()
    for number in range(SAVES):
        for name, shell in shells.items():
            await shell.settle([step(f"{name}-{number}-{n}", "1") for n in range(3)])
    bus = MemoryBus()
    heirs = [persistence(ALIAS, bus)[0] for _ in range(2)]
    for heir in heirs:
        await heir.start()
    await until(lambda: len(bus.records) >= 3 * SAVES * len(STORES))
    await until(lambda: not any(left(name) for name in STORES))
    for heir in heirs:
        await heir.stop()
    assert Counter(map(event_id, bus.records)).most_common(1)[0][1] == 1
    keys = {record.key.decode() for record in bus.records}
    assert keys == {f"{name}-{n}-{k}" for name in STORES for n in range(SAVES) for k in range(3)}


def left(store: str) -> int:
    """How many documents still have an outbox; a sweep empties what it has sent."""
    return mongo.collection(ALIAS, store).count_documents({"outbox_at": {"$gt": ""}})


async def test_two_living_processes_tell_each_event_once_and_leave_no_document(
    connected: str,
) -> None:
    """They write on the same aggregates in turn, a moment after each other."""
    bus = MemoryBus()
    (one, of_one), (two, of_two) = persistence(ALIAS, bus), persistence(ALIAS, bus)
    await one.start()
    await two.start()
    rounds = 12
    for number in range(rounds):
        shell = (of_one, of_two)[number % 2]["ones"]
        await shell.settle([step(f"k-{n}", str(number)) for n in range(20)])
        await asyncio.sleep(0.1)
    await until(lambda: len({event_id(r) for r in bus.records}) == rounds * 20)
    assert len(documents()) == 2
    await one.stop()
    await two.stop()
    assert documents() == []
    twice = sum(count > 1 for count in Counter(map(event_id, bus.records)).values())
    assert twice <= 0.02 * rounds * 20
    for n in range(20):
        first = dict.fromkeys(event_id(r) for r in bus.records if r.key == f"k-{n}".encode())
        versions = [_version(bus, id_) for id_ in first]
        assert versions == sorted(versions)


def _version(bus: MemoryBus, id_: str) -> int:
    record = next(record for record in bus.records if event_id(record) == id_)
    return int(dict(record.headers)["ce_aggregateversion"])


async def test_the_run_beats_while_its_sweep_waits_for_the_broker(
    connected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the sweeper is taken for dead itself. The broker hangs for longer than a lease."""
    monkeypatch.setattr(presence, "LEASE_SECONDS", 1.5)
    monkeypatch.setattr(presence, "BEAT_EVERY_SECONDS", 0.2)
    monkeypatch.setattr(presence, "LOOK_COUNTS_SECONDS", 0.4)

    class Hanging(MemoryBus):
        def send(self, records: Any) -> Any:
            calls.append(threading.get_ident())
            may_go_on.wait(20)
            return super().send(records)

    calls: list[int] = []
    may_go_on = threading.Event()
    dead, of_dead = persistence(ALIAS, MemoryBus())
    await dead.presence.beat()
    await of_dead["twos"].settle([step("a", "1")])
    sweeping, _ = persistence(ALIAS, Hanging())
    watching, _ = persistence(ALIAS, MemoryBus())
    await sweeping.start()
    run = sweeping.presence.run
    await until(lambda: bool(calls))
    await watching.start()
    beats = {d["_id"]: d["beats"] for d in documents()}[run]
    await until(lambda: {d["_id"]: d["beats"] for d in documents()}[run] >= beats + 15)
    assert sweeping.presence.run == run
    assert [d["claimed_by"] for d in documents() if not d["alive"]] == [run]
    may_go_on.set()
    await watching.stop()
    await sweeping.stop()
