"""The way of an event onto a real broker: published once, taken over, found again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from services.common.memory import Kept, MemoryBus, MemoryRuns, MemoryStore

from deploy.local.broker import Broker
from services.common.aggregates import Aggregates, Outgoing
from services.common.kafka import KafkaBus
from services.common.kernel import DomainError, Kind
from services.common.publisher import Publisher, Record, record_of
from services.common.service import running

from .conftest import NOW, WIRE, step
from .reading import Heard, listening, until


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
