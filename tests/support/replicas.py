"""Replicas of one service on shared stores, bus and runs, driven step by step: no task, no sleep.

Owns the faults: a save that is cut off or lands late, a bus that takes only some events, a database
that is away, clocks that differ. Time is a number that the test moves.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from services.common.aggregates.persistence import Persistence
from services.common.aggregates.update import (
    Aggregates,
    Cause,
    Loaded,
    Settled,
    Store,
    Update,
    Write,
    WriteOutcome,
    unfenced,
)
from services.common.events.wire import Wire
from services.common.kernel import Change, DomainError, Kind, TimedOut
from services.common.publishing.outbox import Outbox, Record, Sent
from services.common.publishing.runs import Runs, RunWord
from tests.support.memory import MemoryBus, MemoryRuns, MemoryStore, event_id

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAccepted:
    """Travels as dasan.districts.v1.CaseAccepted."""

    inquiry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyExpired:
    """Travels as dasan.survey.v1.SurveyExpired, on another topic."""

    inquiry_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The causes that had their effect, in order."""

    taken: tuple[str, ...] = ()


EVENTS: dict[str, type[Any]] = {"cases": CaseAccepted, "surveys": SurveyExpired}
WIRE = Wire(
    {
        "dasan.districts.v1.CaseAccepted": CaseAccepted,
        "dasan.survey.v1.SurveyExpired": SurveyExpired,
    }
)
TOPICS = {"cases": "dasan.cases.v1", "surveys": "dasan.surveys.v1"}


def step(kind: str, key: str, cause: str) -> Update[Steps]:
    """Takes one step of an aggregate and tells it."""

    def decide(state: Steps | None) -> Change[Steps, object] | None:
        taken = state.taken if state else ()
        if cause in taken:
            raise AssertionError(f"{cause} has its effect twice")
        return Change(state=Steps(taken=(*taken, cause)), events=(EVENTS[kind](inquiry_id=key),))

    return Update(target=key, cause=Cause(id=cause), decide=decide)


class FaultyStore(MemoryStore[Steps]):
    """`fault` is what becomes of the next save. One that is "asleep" says so by `sleeping` and goes
    on when it is `woken`."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__()
        self.name = name
        self.sleeping, self.woken = asyncio.Event(), asyncio.Event()
        self._world = world
        self.fault = ""
        self.late: list[tuple[float, Sequence[Write[Steps]]]] = []

    async def load(self, ids: Iterable[str]) -> Loaded[Steps]:
        self._world.database_answers()
        return await super().load(ids)

    async def save(
        self, writes: Sequence[Write[Steps]], fence: Callable[[], None] = unfenced
    ) -> Sequence[WriteOutcome]:
        self._world.database_answers()
        fault, self.fault = self.fault, ""
        if fault == "late":
            self.late.append((self._world.seconds, writes))
            raise TimedOut("database_slow", "no answer in time")
        if fault == "asleep":
            self.sleeping.set()
            await self.woken.wait()
        outcome = await super().save(writes, fence)
        if fault == "cut off":
            raise DomainError("database_away", Kind.UNAVAILABLE, "the answer was lost")
        return outcome

    def land(self, given_before: float = math.inf) -> None:
        """The database now stores the late saves that it was given by this time."""
        for at, writes in list(self.late):
            if at <= given_before:
                self.late.remove((at, writes))
                for write in writes:
                    self._save(write)

    async def unsent(self, run: str, above: int, up_to: int | None, limit: int) -> Sequence[Outbox]:
        self._world.database_answers()
        return await super().unsent(run, above, up_to, limit)

    async def mark_sent(self, sent: Collection[tuple[str, int]]) -> None:
        self._world.database_answers()
        await super().mark_sent(sent)


class FaultyBus(MemoryBus):
    """`fails_once` are events (by key) that the next send does not take."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_once: set[bytes] = set()

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """As the contract says: of a key nothing after what was not taken."""
        sent = super().send(records)
        self.fails_once.clear()
        return sent

    def _one(self, record: Record) -> Sent:
        return Sent.NOT_NOW if record.key in self.fails_once else super()._one(record)


class FaultyRuns(MemoryRuns):
    """Is away when the database is."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    async def open(self, word: RunWord) -> None:
        self._world.database_answers()
        await super().open(word)

    async def beat(self, word: RunWord) -> bool:
        self._world.database_answers()
        return await super().beat(word)

    async def living(self) -> Sequence[RunWord]:
        self._world.database_answers()
        return await super().living()

    async def words_of(self, runs: Collection[str]) -> Sequence[RunWord]:
        self._world.database_answers()
        return await super().words_of(runs)


class World:
    """What the replicas share, and the time."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.database_away = False
        self.bus = FaultyBus()
        self.runs: Runs = FaultyRuns(self)
        self.stores = {kind: FaultyStore(self, kind) for kind in EVENTS}
        self._ids = count(1)

    def new_id(self) -> str:
        """Ids that never come again, in the order of their making."""
        return f"id-{next(self._ids):06d}"

    def database_answers(self) -> None:
        """Raises while the database is away."""
        if self.database_away:
            raise DomainError("database_away", Kind.UNAVAILABLE, "away")

    def replica(self, skew: timedelta = timedelta(), *, kinds: Collection[str] = EVENTS) -> Replica:
        """A further process of the service, whose wall clock is off by so much. A version that is
        older serves fewer kinds."""
        return Replica(self, lambda: NOW + timedelta(seconds=self.seconds) + skew, kinds)

    def told(self) -> list[str]:
        """The ids of all tellings, in order."""
        return [event_id(record) for record in self.bus.records]

    def causes_told(self) -> list[tuple[str, str, str, int]]:
        """Topic, key, cause and version of the first telling of each event, in order."""
        first = {event_id(record): record for record in reversed(self.bus.records)}
        found = []
        for id_ in dict.fromkeys(self.told()):
            headers = dict(first[id_].headers)
            found.append(
                (
                    first[id_].topic,
                    first[id_].key.decode(),
                    headers["ce_causationid"].decode(),
                    int(headers["ce_aggregateversion"]),
                )
            )
        return found


class Replica:
    """One process: its parts, to be driven one step at a time."""

    def __init__(self, world: World, clock: Callable[[], datetime], kinds: Collection[str]) -> None:
        self.persistence = Persistence(
            service="kit",
            wire=WIRE,
            bus=world.bus,
            runs=world.runs,
            clock=clock,
            new_id=world.new_id,
            monotonic=lambda: world.seconds,
        )
        stores: dict[str, Store[Steps]] = {kind: world.stores[kind] for kind in kinds}
        self.shells: dict[str, Aggregates[Steps]] = {
            kind: self.persistence.aggregates(store) for kind, store in stores.items()
        }

    @property
    def run(self) -> str:
        """The id of its run."""
        return self.persistence.presence.run

    async def save(self, kind: str, key: str, *causes: str) -> list[Settled[Steps]]:
        """Takes a step for each cause. Raises DomainError."""
        return await self.shells[kind].settle([step(kind, key, cause) for cause in causes])

    async def save_all(self, kind: str, keys: Sequence[str], cause: str) -> list[Settled[Steps]]:
        """Takes a step of each aggregate, in one save. Raises DomainError."""
        return await self.shells[kind].settle([step(kind, key, cause) for key in keys])

    async def beat(self) -> None:
        """One beat and one look at the others. Raises DomainError."""
        await self.persistence.presence.beat()
        await self.persistence.presence.look()

    async def send(self) -> bool:
        """One round of its publisher, and the beat that follows it. Raises DomainError."""
        told = await self.persistence.publisher.send_once()
        if told:
            await self.persistence.presence.beat()
        return told

    async def sweep(self) -> None:
        """One look at dead runs. Raises DomainError."""
        await self.persistence.sweeper.look()

    async def stop(self) -> None:
        """Ends cleanly: sends what it can, says its last word. Raises DomainError."""
        await self.persistence.publisher.send_once()
        await self.persistence.presence.say_farewell()
