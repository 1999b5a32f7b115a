"""The relay: brings outboxes to the bus, and finds again what a crash left behind.

Every save is numbered by the run of the process that makes it, and the document keeps that place
with its outbox. The run sends in the order of the numbers and notes up to where all is sent; so no
document has to be written again only to say that its events are out. When a run ends without
having sent everything, another takes up its documents above that number. A claim keeps two from
doing so at once; losing it may send an event twice, never lose it: consumers know each by its id.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from services.common import contracts, telemetry
from services.common.aggregates import Store, Stored
from services.common.envelope import Envelope
from services.common.kernel import DomainError
from services.common.pace import Pace

log = logging.getLogger(__name__)

BATCH = 500
# Beyond this many waiting documents (the broker is away) only their numbers are kept.
WAITING_MAX = 20_000
# An event carried over by a later save of the same document is not sent twice by its own run.
REMEMBERED = 20_000
BEAT_EVERY = 1.0
# A run that was not heard of for this long is taken for dead.
LEASE = timedelta(seconds=6)
# A dead run that left nothing is looked at again until then, in case it was only asleep.
ASLEEP = timedelta(hours=1)
# A write whose outcome is unknown may still arrive; its place is read at once and again after this.
SETTLED_AFTER = timedelta(seconds=30)
BROKER_PAUSE = 0.5
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One Kafka record to send."""

    topic: str
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes


class Sent(Enum):
    """What became of a record that was to be sent."""

    TAKEN = "taken"
    NOT_NOW = "not_now"
    REFUSED = "refused"


class Bus(Protocol):
    """Something that sends records; blocking, called from a thread."""

    def send(self, records: Sequence[Record]) -> Sequence[Sent]:
        """Sends in order; TAKEN: the broker has it (all replicas in sync); NOT_NOW: try again;
        REFUSED: this record never, as it is."""
        ...

    def close(self) -> None:
        """Lets go of the connections."""
        ...


class Runs(Protocol):
    """What the processes of one service know of each other. Raises DomainError UNAVAILABLE."""

    async def beat(self, run: str, sent: int, until: datetime, *, clean: bool = False) -> None:
        """Says that the run lives until then and has sent all up to this number."""
        ...

    async def sent(self, since: datetime) -> Mapping[str, int]:
        """Up to where each run heard of since then has sent."""
        ...

    async def expired(self, now: datetime) -> Mapping[str, int]:
        """The runs that are over and may have left something, with what they had sent."""
        ...

    async def claim(self, run: str, by: str, now: datetime, until: datetime) -> bool:
        """The right to clear up after a run; False when somebody else holds it at `now`."""
        ...

    async def forget(self, run: str, before: datetime) -> None:
        """Says that a run that ended before then left nothing."""
        ...


def place(run: str, number: int) -> str:
    """The `outbox_at` of a save; places of one run sort by number."""
    return f"{run}:{number:012d}"


def record_of(envelope: Envelope) -> Record:
    """The record of an event: topic and key as its contract says."""
    return Record(
        topic=contracts.events()[envelope.type].topic,
        key=envelope.key.encode(),
        headers=tuple(envelope.headers()),
        value=envelope.data,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Saved:
    """One numbered save. Without documents they are read from the store when their turn comes."""

    number: int
    at: datetime
    documents: Sequence[Stored[Any]] | None
    again_at: datetime | None = None


class Publisher:
    """Sends the outboxes of one store: the `Outgoing` of its `Aggregates`, a part of its service.

    `run` names this life of the process and must be new at each start.
    """

    name = "publisher"

    def __init__(
        self,
        *,
        store: Store[Any],
        bus: Bus,
        runs: Runs,
        run: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._bus = bus
        self._runs = runs
        self._run = run
        self._clock = clock
        self._last = 0
        self._pace = Pace()
        self._open: set[int] = set()
        self._waiting: deque[_Saved] = deque()
        self._documents = 0
        self._later: list[_Saved] = []
        self._sent_ids: OrderedDict[str, None] = OrderedDict()
        self._others: dict[str, int] = {}
        self._wake = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> int:
        """A number for the outboxes about to be saved."""
        self._last += 1
        self._open.add(self._last)
        return self._last

    def place(self, number: int) -> str:
        """The `outbox_at` of that number."""
        return place(self._run, number)

    def is_sent(self, outbox_at: str) -> bool:
        """Whether the outbox of that place is surely on the bus."""
        run, _, number = outbox_at.rpartition(":")
        if not run:
            return True
        if run == self._run:
            return int(number) not in self._open
        return int(number) <= self._others.get(run, -1)

    def saved(self, number: int, documents: Sequence[Stored[Any]]) -> None:
        """Queues what was just saved; never waits, never raises."""
        kept = documents if self._documents < WAITING_MAX else None
        self._enqueue(_Saved(number=number, at=self._clock(), documents=kept))

    def unsure(self, number: int) -> None:
        """Queues a look at what was saved under the number, now and once more later."""
        now = self._clock()
        self._enqueue(_Saved(number=number, at=now, documents=None, again_at=now + SETTLED_AFTER))

    def _enqueue(self, saved: _Saved) -> None:
        self._waiting.append(saved)
        self._empty.clear()
        self._documents += len(saved.documents or ())
        self._wake.set()

    async def start(self) -> None:
        """Makes itself known before the first save, then starts sending."""
        await self.beat()
        self._tasks = [
            asyncio.create_task(self._send_loop()),
            asyncio.create_task(self._beat_loop()),
        ]

    async def stop(self) -> None:
        """Sends what waits if the broker takes it within two seconds, then says how far it got."""
        try:
            async with asyncio.timeout(2):
                await self._empty.wait()
        except TimeoutError:
            log.warning("outbox.left_for_another_run", extra={"saves": len(self._waiting)})
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            now = self._clock()
            await self._runs.beat(self._run, self._sent(), now, clean=not self._open)
        except DomainError as error:
            log.warning("outbox.no_last_word", extra={"slug": error.slug})

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return self._tasks

    def _sent(self) -> int:
        return min(self._open) - 1 if self._open else self._last

    async def _send_loop(self) -> None:
        while True:
            await self._wake.wait()
            await self._pace.turn()
            self._wake.clear()
            while self._waiting:
                try:
                    done = await self._send_some()
                except DomainError as error:
                    log.warning("outbox.waiting", extra={"slug": error.slug})
                    done = False
                if not done:
                    await asyncio.sleep(BROKER_PAUSE)
            self._pace.ended()
            self._empty.set()

    async def _send_some(self) -> bool:
        """Sends the saves that wait, as many as fit a batch; False: they must be tried again."""
        taken: list[_Saved] = []
        documents: list[Stored[Any]] = []
        while len(taken) < len(self._waiting) and len(documents) < BATCH:
            saved = self._waiting[len(taken)]
            taken.append(saved)
            documents += saved.documents if saved.documents is not None else await self._read(saved)
        if not all(await self._publish(documents)):
            return False
        for saved in taken:
            self._waiting.popleft()
            self._documents -= len(saved.documents or ())
            if saved.again_at is None:
                self._open.discard(saved.number)
            else:
                self._later.append(saved)
        return True

    async def _read(self, saved: _Saved) -> Sequence[Stored[Any]]:
        return await self._store.unsent(self._run, saved.number - 1, saved.number, BATCH)

    async def _publish(self, documents: Sequence[Stored[Any]]) -> Sequence[bool]:
        """Sends the outboxes; says for each document whether the broker has all of its events."""
        # A later save carries over what an earlier one has not sent yet: each goes out once.
        found = {e.id: (n, e) for n, d in reversed(list(enumerate(documents))) for e in d.outbox}
        fresh = sorted(
            (entry for id_, entry in found.items() if id_ not in self._sent_ids),
            key=lambda entry: entry[0],
        )
        if not fresh:
            return [True] * len(documents)
        records = [record_of(envelope) for _, envelope in fresh]
        with telemetry.publishing([envelope.traceparent for _, envelope in fresh]):
            answers = await asyncio.to_thread(self._bus.send, records)
        sent = [answer is Sent.TAKEN for answer in answers]
        telemetry.PUBLISHED.inc(sum(sent))
        self._sent_ids.update(
            (envelope.id, None) for (_, envelope), ok in zip(fresh, sent, strict=True) if ok
        )
        while len(self._sent_ids) > REMEMBERED:
            self._sent_ids.popitem(last=False)
        failed = {n for (n, _), ok in zip(fresh, sent, strict=True) if not ok}
        return [n not in failed for n in range(len(documents))]

    async def _beat_loop(self) -> None:
        while True:
            try:
                await self.beat()
                await self.sweep()
            except DomainError as error:
                log.warning("outbox.beat_failed", extra={"slug": error.slug})
            await asyncio.sleep(BEAT_EVERY)

    async def beat(self) -> None:
        """Says that this run lives and how far it has sent, and hears the same of the others."""
        now = self._clock()
        due = [saved for saved in self._later if saved.again_at and saved.again_at <= now]
        self._later = [saved for saved in self._later if saved not in due]
        for saved in due:
            self._enqueue(_Saved(number=saved.number, at=saved.at, documents=None))
        oldest = self._waiting[0].at if self._waiting else now
        telemetry.OUTBOX_AGE.set((now - oldest).total_seconds())
        await self._runs.beat(self._run, self._sent(), now + LEASE)
        # All of them once, then those that may have gone on.
        lately = now - timedelta(hours=1)
        self._others |= await self._runs.sent(lately if self._others else _EVER)

    async def sweep(self) -> None:
        """Sends what runs that are over left behind."""
        now = self._clock()
        for run, sent in (await self._runs.expired(now)).items():
            if run == self._run or not await self._runs.claim(run, self._run, now, now + LEASE):
                continue
            while left := await self._store.unsent(run, sent, None, BATCH):
                log.warning("outbox.taken_over", extra={"run": run, "documents": len(left)})
                done = await self._publish(left)
                await self._store.mark_sent(
                    [(d.id, d.version) for d, ok in zip(left, done, strict=True) if ok]
                )
                if not all(done):
                    return
            await self._runs.forget(run, now - ASLEEP)
