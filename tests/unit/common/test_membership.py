"""A membership against a bus that takes partitions away, fails and leaves offsets out.

The bus is simulated: at any moment the group may be rebalanced, polls and commits may fail, and the
handler settles, waits or fails as chance wants. Two promises are judged at every commit and at the
end: no offset is committed before all events below it are settled, and everything is settled.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.common.aggregates.update import Cause
from services.common.bus.brokers import Brokers
from services.common.bus.outcomes import Ack, Dead, Incoming, Outcome, Patience, Retry
from services.common.bus.reader import Origin
from services.common.bus.watchdog import Stand
from services.common.consuming import membership
from services.common.consuming.burying import Burying
from services.common.consuming.deciding import Deciding, Taken
from services.common.consuming.membership import Membership, Tools
from services.common.kernel import DomainError, Kind
from services.common.process.clock import utc_now
from services.common.process.pace import Pace
from services.common.publishing.outbox import Record, Sent
from tests.support.figures import figure, moved, shown
from tests.support.waiting import until

PARTITIONS = [TopicPartition("t", n) for n in range(4)]
EACH = 120
PATIENCE = Patience(
    deterministic=timedelta(milliseconds=40),
    shortest=timedelta(milliseconds=1),
    longest=timedelta(milliseconds=20),
    alone=timedelta(milliseconds=5),
    commit=timedelta(milliseconds=5),
    revoked=timedelta(milliseconds=50),
)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Hundreds of expected failures are not worth a line each."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@dataclass
class Bus:
    """What the broker holds: records with gaps between their offsets, and the group's places."""

    chance: random.Random
    records: dict[TopicPartition, list[int]] = field(default_factory=dict)
    ends: dict[TopicPartition, int] = field(default_factory=dict)
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    settled: set[tuple[int, int]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for partition in PARTITIONS:
            offsets = sorted(self.chance.sample(range(EACH * 2), EACH))
            self.records[partition] = offsets
            self.ends[partition] = offsets[-1] + 1 + self.chance.randrange(3)

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        for partition, offset in offsets.items():
            early = [
                o
                for o in self.records[partition]
                if o < offset and (partition.partition, o) not in self.settled
            ]
            if early:
                self.faults.append(f"{partition.partition}: {offset} before {early[:3]}")
            self.committed[partition] = offset

    def is_read(self) -> bool:
        return all(self.committed.get(p) == self.ends[p] for p in PARTITIONS)

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """The dead-letter topic; it takes some letters only at another time."""
        answers = []
        for record in records:
            said = dict(record.headers)
            if self.chance.random() < 0.3:
                answers.append(Sent.NOT_NOW)
                continue
            answers.append(Sent.TAKEN)
            self.settled.add((int(said["dlq_partition"]), int(said["dlq_offset"])))
        return answers

    def close(self) -> None:
        """Nothing to close."""


class Reader:
    """What a membership asks of its reader, on that bus."""

    bus: Bus

    def __init__(self, *, lost: Callable[[], Awaitable[None]], **_: Any) -> None:
        self._lost = lost
        self.assigned = asyncio.Event()
        self.kafka = self
        self._mine: set[TopicPartition] = set()
        self._wanted: AbstractSet[TopicPartition] = set(PARTITIONS)
        self._next: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._change_hands())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _change_hands(self) -> None:
        chance = self.bus.chance
        while True:
            self._mine = {p for p in PARTITIONS if chance.random() < 0.8}
            self._next = {p: self.bus.committed.get(p, 0) for p in self._mine}
            self._wanted = set(self._mine)
            self.assigned.set()
            await asyncio.sleep(chance.random() * 0.06)
            self.assigned.clear()
            await self._lost()

    def partitions(self) -> AbstractSet[TopicPartition]:
        return frozenset(self._mine) if self.assigned.is_set() else frozenset()

    def only(self, wanted: AbstractSet[TopicPartition]) -> None:
        self._wanted = set(wanted)

    async def poll(self, most: int, wait_seconds: float) -> dict[TopicPartition, list[Any]]:
        await asyncio.sleep(self.bus.chance.random() * min(wait_seconds, 0.004))
        await self.assigned.wait()
        if self.bus.chance.random() < 0.02:
            raise OSError("the connection is gone")
        found = {}
        for partition in self._mine & self._wanted:
            offsets = [o for o in self.bus.records[partition] if o >= self._next[partition]]
            taken = offsets[: self.bus.chance.randrange(1, most)]
            if taken:
                found[partition] = [
                    SimpleNamespace(
                        topic="t",
                        partition=partition.partition,
                        offset=offset,
                        key=b"k",
                        value=b"v",
                        headers=(),
                    )
                    for offset in taken
                ]
                self._next[partition] = taken[-1] + 1
            else:
                self._next[partition] = self.bus.ends[partition]
        return found

    async def position(self, partition: TopicPartition) -> int | None:
        await asyncio.sleep(0)
        return self._next.get(partition)

    async def origins(
        self, partitions: Iterable[TopicPartition]
    ) -> Mapping[TopicPartition, Origin]:
        await asyncio.sleep(self.bus.chance.random() * 0.002)
        return {p: Origin(committed=self.bus.committed.get(p), beginning=0) for p in partitions}

    async def commit(self, offsets: Mapping[TopicPartition, int], within_seconds: float) -> bool:
        await asyncio.sleep(self.bus.chance.random() * 0.002)
        if self.bus.chance.random() < 0.1:
            return False
        self.bus.commit({p: o for p, o in offsets.items() if p in self._mine})
        return True


class Opener:
    """Every fifth record is of a type that is not listened to, some can't be decoded."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def concerns(self, record: Any) -> bool:
        if record.offset % 5 == 0:
            self._bus.settled.add((record.partition, record.offset))
            return False
        return True

    def open(self, taken: Taken) -> None:
        record = taken.record
        if record.offset % 17 == 0:
            taken.dead = Dead("undecodable", "chance")
            return
        place = (record.partition, record.offset)
        taken.made_at = utc_now() - timedelta(seconds=15)
        taken.incoming = Incoming(event=place, cause=Cause(id=str(place)), topic="t")


def handler(bus: Bus) -> Any:
    """Settles, waits, fails and breaks down as chance wants."""

    async def handle(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        await asyncio.sleep(bus.chance.random() * 0.004)
        if bus.chance.random() < 0.1:
            raise DomainError("peer_away", Kind.UNAVAILABLE, "try again")
        if bus.chance.random() < 0.05:
            raise ZeroDivisionError
        outcomes: list[Outcome] = []
        for incoming in batch:
            number = bus.chance.random()
            if number < 0.05:
                outcomes.append(Retry(slug="slow", may_pass=True))
            elif number < 0.1:
                outcomes.append(Retry())
            elif number < 0.12:
                outcomes.append(Dead("rejected", "chance"))
            else:
                outcomes.append(Ack())
                bus.settled.add(incoming.event)
        return outcomes

    return handle


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_committed_before_it_is_settled_and_everything_is(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Bus(random.Random(seed))
    Reader.bus = bus
    monkeypatch.setattr(membership, "Reader", Reader)
    monkeypatch.setattr(membership, "let_go", lambda kafka: asyncio.create_task(kafka.stop()))
    monkeypatch.setattr(membership, "HELD_MOST", 10)
    opener: Any = Opener(bus)
    tools = Tools(
        brokers=Brokers(""),
        group="g",
        client_id="c",
        topics=("t",),
        opener=opener,
        deciding=Deciding(handler(bus), most=20, patience=PATIENCE),
        burying=Burying(service="intake", bus=bus, patience=PATIENCE),
        pace=Pace(timedelta(milliseconds=2)),
        patience=PATIENCE,
        most=20,
    )
    memberships = 0
    async with asyncio.timeout(60):
        while not bus.is_read():
            memberships += 1
            one = Membership(tools)
            reading = asyncio.create_task(one.run())
            await asyncio.wait([reading], timeout=bus.chance.random() * 2)
            await one.finish(0.1)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await one.leave()
    assert memberships >= 1
    assert bus.faults == []
    wanted = {(p.partition, o) for p in PARTITIONS for o in bus.records[p]}
    assert wanted <= bus.settled


async def test_who_is_never_assigned_anything_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka keeps an error of joining for the next poll, which comes after an assignment."""

    class Joining(Reader):
        async def start(self) -> None:
            """It never joins."""

        async def ends(self) -> Mapping[TopicPartition, int]:
            return {}

    monkeypatch.setattr(membership, "Reader", Joining)
    tools: Any = SimpleNamespace(
        brokers=Brokers(""), group="g", client_id="c", topics=("t",), patience=PATIENCE
    )
    one = Membership(tools)
    assert await one.stands() == {}
    reading = asyncio.create_task(one.run())
    await asyncio.sleep(0)
    assert await one.stands() == {membership.NOWHERE: Stand(settled=None, end=1)}
    reading.cancel()


async def test_one_that_never_passes_holds_up_its_partition_for_a_time_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The partition is read no further, so that no other can pass it by; it dies all the same, and
    everything behind it is settled."""
    monkeypatch.setattr(membership, "Reader", Steady)
    monkeypatch.setattr(membership, "AHEAD_MOST", 40)
    bus = Bus(random.Random(0))
    bus.chance = Calm()
    Reader.bus = bus
    first = (0, next(o for o in bus.records[PARTITIONS[0]] if o % 5 and o % 17))

    async def handle(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        bus.settled.update(i.event for i in batch if i.event != first)
        return [Retry(slug="odd", may_pass=True) if i.event == first else Ack() for i in batch]

    patience = replace(PATIENCE, times_passed_by=5)
    opener: Any = Opener(bus)
    one = Membership(
        Tools(
            brokers=Brokers(""),
            group="g",
            client_id="c",
            topics=("t",),
            opener=opener,
            deciding=Deciding(handle, most=20, patience=patience),
            burying=Burying(service="intake", bus=bus, patience=patience),
            pace=Pace(timedelta(milliseconds=2)),
            patience=patience,
            most=20,
        )
    )
    reading = asyncio.create_task(one.run())
    await until(lambda: figure("dasan_events_waiting", slug="odd") == 1)
    await until(lambda: bus.committed.get(PARTITIONS[0]) == bus.ends[PARTITIONS[0]])
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_what_is_settled_and_what_stands_still_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Events of a type are counted by what became of them, and by how old they were; a partition
    that goes to somebody else is shown no longer."""

    class Ends(Steady):
        async def ends(self) -> Mapping[TopicPartition, int]:
            return {tp: end + 7 for tp, end in self.bus.ends.items()}

    def counted(outcome: str, event: str = "tuple") -> float:
        return figure("dasan_events_consumed_total", event=event, outcome=outcome)

    def delayed(le: str) -> float:
        return figure("dasan_event_delay_seconds_bucket", event="tuple", le=le)

    async def handle(batch: Sequence[Incoming]) -> Sequence[Outcome]:
        bus.settled.update(incoming.event for incoming in batch)
        return [Ack()] * len(batch)

    monkeypatch.setattr(membership, "Reader", Ends)
    monkeypatch.setattr(membership, "let_go", lambda kafka: asyncio.create_task(kafka.stop()))
    bus = Bus(random.Random(0))
    bus.chance = Calm()
    Reader.bus = bus
    opener: Any = Opener(bus)
    one = Membership(
        Tools(
            brokers=Brokers(""),
            group="g",
            client_id="c",
            topics=("t",),
            opener=opener,
            deciding=Deciding(handle, most=20, patience=PATIENCE),
            burying=Burying(service="intake", bus=bus, patience=PATIENCE),
            pace=Pace(timedelta(milliseconds=2)),
            patience=PATIENCE,
            most=20,
        )
    )
    before = counted("ack"), counted("dead", "unknown"), delayed("10.0"), delayed("20.0")
    dead = figure("dasan_events_dead_total", reason="undecodable")
    batches = figure("dasan_batch_events_sum")
    reading = asyncio.create_task(one.run())
    await until(lambda: bus.committed.get(PARTITIONS[0]) == bus.ends[PARTITIONS[0]])
    await one.stands()
    heard = [o for o in bus.records[PARTITIONS[0]] if o % 5]
    read = sum(1 for o in heard if o % 17)
    assert counted("ack") - before[0] == read
    assert counted("dead", "unknown") - before[1] == len(heard) - read
    assert figure("dasan_events_dead_total", reason="undecodable") - dead == len(heard) - read
    assert figure("dasan_batch_events_sum") - batches == len(heard)
    assert (delayed("10.0") - before[2], delayed("20.0") - before[3]) == (0, read)
    assert figure("dasan_consumer_lag", topic="t", partition="0") == 7
    await asyncio.sleep(0.01)
    await one.stands()
    assert figure("dasan_consumer_last_ack_age_seconds", topic="t", partition="0") > 0
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await one.leave()
    gone = {"topic": "t", "partition": "0"}
    assert gone not in shown("dasan_consumer_last_ack_age_seconds")
    assert gone not in shown("dasan_consumer_lag")


class Steady(Reader):
    """The first partition alone, for ever."""

    async def start(self) -> None:
        self._mine = {PARTITIONS[0]}
        self._next = {PARTITIONS[0]: 0}
        self.assigned.set()


class Calm(random.Random):
    """Nothing fails by this chance."""

    def random(self) -> float:
        return 0.5


async def test_what_only_a_newer_version_knows_is_counted_as_parked() -> None:
    """It comes back by itself, so it is no letter that somebody has to look at."""
    bus = Bus(Calm())
    record = SimpleNamespace(topic="t", partition=0, offset=1, key=b"k", value=b"v", headers=())
    taken = Taken(record, 1, dead=Dead("newer", "dasan.x.v1.Y"))
    with moved("dasan_events_parked_total"), moved("dasan_events_dead_total", by=0, reason="newer"):
        await Burying(service="intake", bus=bus, patience=PATIENCE).bury([taken])
