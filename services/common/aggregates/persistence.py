"""How a service keeps its aggregates: one run and one publisher over all its stores.

Puts `presence`, `publisher` and `sweep` together, once for each process. Each store of the service
gets its `Aggregates` here; a store left out would not be swept.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from services.common.aggregates.update import Aggregates, Store
from services.common.events.wire import Wire
from services.common.process.clock import new_id, utc_now
from services.common.process.pace import Pace
from services.common.process.parts import Part, Stage
from services.common.publishing.outbox import Bus
from services.common.publishing.presence import Presence
from services.common.publishing.publisher import Publisher
from services.common.publishing.runs import Runs
from services.common.publishing.sweep import Sweeper

S = TypeVar("S")


class Persistence:
    """The only object that a bootstrap needs for keeping: it gives the aggregates of each store,
    turns and a check of readiness, and is itself a part."""

    name = "persistence"
    stage = Stage.PUBLISHER

    def __init__(
        self,
        *,
        service: str,
        wire: Wire,
        bus: Bus,
        runs: Runs,
        clock: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = new_id,
        monotonic: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
    ) -> None:
        """`new_id` gives ids of events and of runs; they must never come again. `pace` is how the
        events to send gather; the default suits one event for each inquiry, for which somebody
        waits.
        """
        self._service = service
        self._wire = wire
        self._clock = clock
        self._new_id = new_id
        self.presence = Presence(runs=runs, new_id=new_id, clock=clock, monotonic=monotonic)
        self.publisher = Publisher(
            presence=self.presence,
            bus=bus,
            clock=clock,
            monotonic=monotonic,
            pace=pace or Pace(),
        )
        self.sweeper = Sweeper(
            presence=self.presence,
            publisher=self.publisher,
            runs=runs,
            bus=bus,
            monotonic=monotonic,
        )

    def aggregates(self, store: Store[S]) -> Aggregates[S]:
        """The shell around the decisions on one kind of aggregate; once for each store."""
        self.publisher.serve(store)
        return Aggregates(
            store=store,
            wire=self._wire,
            source=f"/dasan/{self._service}",
            outgoing=self.publisher,
            clock=self._clock,
            new_id=self._new_id,
        )

    def turn(self, name: str) -> Callable[[], bool]:
        """Whether this process, of all living replicas, is to do the work of that name."""
        return self.presence.turn(name)

    async def known(self) -> None:
        """Readiness: raises DomainError UNAVAILABLE while saves are refused, because the database
        has not heard of this run yet or not for too long."""
        await self.presence.check()

    # A part of the service.

    def _parts(self) -> Sequence[Part]:
        """In the order of their start. They stop in the reverse order: the run says farewell last,
        when everything that was sent is known."""
        return [self.presence, self.publisher, self.sweeper]

    async def start(self) -> None:
        """Begins to beat, to send and to sweep."""
        for part in self._parts():
            await part.start()

    async def stop(self) -> None:
        """Sends what waits, then says how far it got."""
        for part in reversed(self._parts()):
            await part.stop()

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """The tasks whose end is the end of the service."""
        return [task for part in self._parts() for task in part.vital_tasks()]
