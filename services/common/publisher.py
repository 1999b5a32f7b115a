"""The relay: brings outboxes to the bus, and finds again what a crash left behind.

What a process has just saved is sent by that process at once, in the order it was saved. A sweep
over overdue outboxes sends the rest; a lease keeps two sweepers from doing the same work. Losing
the lease may send an event twice, never lose it: consumers know each event by its id.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from services.common import contracts, telemetry
from services.common.aggregates import OUTBOX_GRACE, Store, Stored
from services.common.envelope import Envelope
from services.common.kernel import DomainError

log = logging.getLogger(__name__)

BATCH = 500
# Beyond this many waiting documents (the broker is away) the sweep takes over.
WAITING_MAX = 20_000
SWEEP_EVERY = timedelta(seconds=1)
LEASE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One Kafka record to send."""

    topic: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


class Bus(Protocol):
    """Something that sends records; blocking, called from a thread."""

    def send(self, records: Sequence[Record]) -> Sequence[bool]:
        """Sends in order; says for each whether the broker has it (all replicas in sync)."""
        ...

    def close(self) -> None:
        """Lets go of the connections."""
        ...


class Lease(Protocol):
    """A right that one process holds at a time, for a while."""

    async def hold(self, now: datetime, until: datetime) -> bool:
        """Takes or renews it; False when somebody else holds it at `now`."""
        ...


def record_of(envelope: Envelope) -> Record:
    """The record of an event: topic and key as its contract says."""
    return Record(
        topic=contracts.events()[envelope.type].topic,
        key=envelope.key.encode(),
        headers=tuple(envelope.headers()),
        value=envelope.data,
    )


class Publisher:
    """Sends outboxes of one store. `start` and `stop` make it a part of a service."""

    name = "publisher"

    def __init__(
        self, *, store: Store[Any], bus: Bus, lease: Lease, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._bus = bus
        self._lease = lease
        self._clock = clock
        self._waiting: deque[Stored[Any]] = deque()
        self._ids: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def soon(self, saved: Sequence[Stored[Any]]) -> None:
        """Queues what was just saved; never waits, never raises."""
        if len(self._waiting) < WAITING_MAX:
            self._waiting.extend(saved)
            self._ids.update(stored.id for stored in saved)
            self._wake.set()

    async def start(self) -> None:
        """Starts sending and sweeping."""
        self._tasks = [asyncio.create_task(self._send_loop()), asyncio.create_task(self._sweep())]

    async def stop(self) -> None:
        """Sends what waits if the broker takes it within two seconds, then stops."""
        self._tasks[1].cancel()
        try:
            async with asyncio.timeout(2):
                while self._waiting:
                    self._wake.set()
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning("outbox.left_for_the_sweep", extra={"documents": len(self._waiting)})
        self._tasks[0].cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return self._tasks

    async def _send_loop(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch = [self._waiting[n] for n in range(min(BATCH, len(self._waiting)))]
                await self.publish(batch)
                for stored in batch:
                    self._waiting.popleft()
                    self._ids.discard(stored.id)

    async def publish(self, batch: Sequence[Stored[Any]]) -> None:
        """Sends the outboxes and marks those that the broker has; the rest stays for the sweep."""
        envelopes = [(s, e) for s in batch for e in s.outbox]
        records = [record_of(envelope) for _, envelope in envelopes]
        with telemetry.publishing([e.traceparent for _, e in envelopes]):
            sent = await asyncio.to_thread(self._bus.send, records)
        telemetry.PUBLISHED.inc(sum(sent))
        failed = {id(s) for (s, _), ok in zip(envelopes, sent, strict=True) if not ok}
        done = [(s.id, s.version) for s in batch if id(s) not in failed]
        try:
            await self._store.mark_sent(done)
        except DomainError:
            log.warning("outbox.not_marked", extra={"documents": len(done)})

    async def _sweep(self) -> None:
        while True:
            try:
                while await self.sweep():
                    pass
            except DomainError as error:
                log.warning("outbox.sweep_failed", extra={"slug": error.slug})
            await asyncio.sleep(SWEEP_EVERY.total_seconds())

    async def sweep(self) -> bool:
        """Sends one batch of overdue outboxes; True when there may be more right now."""
        now = self._clock()
        overdue = await self._store.unsent(now, BATCH)
        # What this process itself has in hand is late, not lost.
        left = [stored for stored in overdue if stored.id not in self._ids]
        telemetry.OUTBOX_AGE.set(
            max(
                (now - s.outbox_due + OUTBOX_GRACE).total_seconds() for s in overdue if s.outbox_due
            )
            if overdue
            else 0
        )
        if not left or not await self._lease.hold(now, now + LEASE):
            return False
        await self.publish(left)
        return len(overdue) == BATCH and not self._waiting
