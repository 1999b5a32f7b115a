"""The one loop that reads the bus: batches from Faust, three outcomes, ack after the save.

Faust acks when an agent raises and loses what `take` buffered, so this loop reads `noack` streams
only and acks by hand, each gulp (see `transport`) once all of its records are settled. It alone
catches everything, and it always leaves a record: an event that cannot be handled goes to the
dead-letter topic with its bytes and a reason before it is acked.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import faust
from opentelemetry.trace import Span, StatusCode

from services.common import contracts, dead, envelope, telemetry, transport
from services.common.aggregates import Cause
from services.common.kafka import lag
from services.common.kernel import DomainError, Kind
from services.common.outbox import Bus, all_taken
from services.common.watchdog import Watchdog
from services.common.wire import ContractBroken, Wire

log = logging.getLogger(__name__)

# As many inquiries may be asked about in one question to a peer.
BATCH = 500
# Faust hands over what a poll brought of each partition one by one, some 0.1 ms each.
ONE_POLL = 0.005
# An event that fails in a way nobody named is tried this often, alone, before it is dead.
ATTEMPTS = 5
FIRST_BACKOFF = 0.1
LONGEST_BACKOFF = 2.0


@dataclass(frozen=True, slots=True)
class Ack:
    """Done: stored, or nothing to do."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: something it needs is not there yet."""

    after: timedelta = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True)
class Dead:
    """Never: to the dead-letter topic, for this reason. `detail` never holds a citizen's data."""

    reason: dead.Reason
    detail: str = ""


Outcome: TypeAlias = Ack | Retry | Dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One event as a handler gets it; `cause` goes into its order."""

    event: Any
    cause: Cause
    topic: str
    sequence: int


Handler: TypeAlias = Callable[[Sequence[Incoming]], Awaitable[Sequence[Outcome]]]


@dataclass(slots=True)
class _Taken:
    """One record in hand, as the broker gave it."""

    record: Any
    incoming: Incoming | None = None
    span: Span | None = None
    outcome: Outcome | None = None
    attempts: int = field(default=0)


class Consumer:
    """Feeds one handler from topics, at most `batch` events at a time.

    The Faust app it adds its agent to is started and stopped by the service.
    """

    name = "consumer"

    def __init__(
        self,
        *,
        app: faust.App,
        service: str,
        topics: Sequence[str],
        wire: Wire,
        handler: Handler,
        bus: Bus,
        batch: int = BATCH,
    ) -> None:
        self._app = app
        self._service = service
        self._wire = wire
        self._handler = handler
        self._bus = bus
        self._most = batch
        self._queue: asyncio.Queue[Any] = asyncio.Queue(maxsize=4 * batch // transport.LARGEST)
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._in_hand = False
        self._read_at = time.monotonic()
        brokers = ",".join(f"{url.host}:{url.port}" for url in app.conf.broker)
        self._watchdog = Watchdog(
            still=self.still_seconds, lag=partial(lag, brokers, app.conf.id, topics)
        )
        channel = app.topic(
            *topics, key_serializer="raw", value_serializer="raw", key_type=bytes, value_type=bytes
        )
        app.agent(channel, name=f"{service}.consume")(self._read)

    async def start(self) -> None:
        """Starts settling what Faust reads."""
        self._task = asyncio.create_task(self._work())
        await self._watchdog.start()

    async def stop(self) -> None:
        """Finishes and acks the batch in hand; what is only read is left to the next owner."""
        self._stopping.set()
        await self._watchdog.stop()
        if self._task is not None:
            _, pending = await asyncio.wait([self._task], timeout=10)
            for task in pending:
                task.cancel()

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return [*([self._task] if self._task else []), *self._watchdog.failed()]

    async def _read(self, stream: Any) -> None:
        async for gulp in stream.noack().events():
            self._read_at = time.monotonic()
            await self._queue.put(gulp)

    def still_seconds(self) -> float:
        """For how long nothing could be committed of what was settled, or nothing was read and
        nothing in hand."""
        held = transport.held_seconds(self._app)
        if self._in_hand or not self._queue.empty():
            return held
        return max(held, time.monotonic() - self._read_at)

    async def _work(self) -> None:
        while not self._stopping.is_set():
            gulps = await self._gulps()
            if gulps:
                self._in_hand = True
                await self._settle([_Taken(r) for gulp in gulps for r in gulp.message.records])
                for gulp in gulps:
                    gulp.ack()
                self._read_at = time.monotonic()
                self._in_hand = False

    async def _gulps(self) -> list[Any]:
        """What waits, up to a whole batch of records."""
        try:
            async with asyncio.timeout(0.5):
                gulps = [await self._queue.get()]
        except TimeoutError:
            return []
        await asyncio.sleep(ONE_POLL)
        count = len(gulps[0].message.records)
        while count <= self._most - transport.LARGEST and not self._queue.empty():
            gulps.append(self._queue.get_nowait())
            count += len(gulps[-1].message.records)
        return gulps

    async def _settle(self, batch: list[_Taken]) -> None:
        """Gives every record its outcome and puts the dead ones away."""
        if not batch:
            return
        for taken in batch:
            self._open(taken)
        await self._decide([taken for taken in batch if taken.outcome is None])
        await self._bury([taken for taken in batch if isinstance(taken.outcome, Dead)])
        telemetry.BATCH_SIZE.observe(len(batch))
        for outcome, count in Counter(type(t.outcome).__name__.lower() for t in batch).items():
            telemetry.CONSUMED.labels(outcome).inc(count)
        for taken in batch:
            if taken.span is not None:
                taken.span.end()

    def _open(self, taken: _Taken) -> None:
        """Decodes a record, or says at once why it is dead or not for us."""
        message = taken.record
        try:
            # In Kafka a header may stand without a value; ours never do.
            headers = [(name, value or b"") for name, value in message.headers]
            opened = envelope.from_record(message.key, headers, message.value)
            if opened.type not in contracts.events():
                taken.outcome = Dead("unknown_type", "no contract of this name")
                return
            event = self._wire.decode(opened.type, opened.key, opened.data)
        except envelope.Undecodable as error:
            taken.outcome = Dead("undecodable", str(error))
            return
        except ContractBroken as error:
            taken.outcome = Dead("rejected", f"contract_broken {error.field}")
            return
        except DomainError as error:
            taken.outcome = Dead("rejected", error.slug)
            return
        if event is None:
            taken.outcome = Ack()
            return
        taken.span = telemetry.process_span(
            opened.type, message.topic, opened.traceparent, opened.key
        )
        cause = Cause(
            id=opened.id,
            correlation_id=opened.correlation_id,
            traceparent=telemetry.traceparent_of(taken.span, opened.traceparent),
        )
        taken.incoming = Incoming(
            event=event, cause=cause, topic=message.topic, sequence=opened.sequence
        )

    async def _decide(self, batch: list[_Taken]) -> None:
        """Gives every event of the batch an outcome that is not Retry."""
        waiting = batch
        backoff = FIRST_BACKOFF
        while waiting:
            await self._handle(waiting)
            for taken in waiting:
                taken.attempts += 1
            waiting = [t for t in waiting if not isinstance(t.outcome, Ack | Dead)]
            for taken in waiting:
                if isinstance(taken.outcome, Retry) and taken.attempts > ATTEMPTS:
                    taken.outcome = Dead("retries_exhausted", "kept asking for a retry")
            waiting = [t for t in waiting if not isinstance(t.outcome, Dead)]
            if waiting:
                asked = [
                    t.outcome.after.total_seconds() for t in waiting if isinstance(t.outcome, Retry)
                ]
                await asyncio.sleep(max([backoff, *asked]))
                backoff = min(backoff * 2, LONGEST_BACKOFF)

    async def _handle(self, batch: list[_Taken]) -> None:
        """One try. A dependency that is away leaves no outcome and costs no attempt; a failure
        nobody named is narrowed down to the event that causes it."""
        incoming = [t.incoming for t in batch if t.incoming is not None]
        try:
            with telemetry.working_for([t.span for t in batch if t.span is not None]):
                outcomes = await self._handler(incoming)
            for taken, outcome in zip(batch, outcomes, strict=True):
                taken.outcome = outcome
        except DomainError as error:
            if error.kind is not Kind.UNAVAILABLE:
                await self._narrow(batch, error)
                return
            log.warning("consume.waiting", extra={"slug": error.slug, "events": len(batch)})
            for taken in batch:
                taken.outcome = None
                taken.attempts -= 1
        except Exception as error:
            await self._narrow(batch, error)

    async def _narrow(self, batch: list[_Taken], error: Exception) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._handle(batch[:middle])
            await self._handle(batch[middle:])
            return
        taken = batch[0]
        log.error(
            "consume.failed",
            extra={
                "error": type(error).__name__,
                "cause": taken.incoming and taken.incoming.cause.id,
            },
            exc_info=error,
        )
        if taken.span is not None:
            taken.span.set_status(StatusCode.ERROR, type(error).__name__)
        taken.outcome = (
            Retry()
            if taken.attempts + 1 < ATTEMPTS
            else Dead("retries_exhausted", type(error).__name__)
        )

    async def _bury(self, batch: list[_Taken]) -> None:
        """Puts dead records away; nothing is acked before the broker has them all."""
        if not batch:
            return
        letters = []
        for taken in batch:
            assert isinstance(taken.outcome, Dead)
            message = taken.record
            reason, detail = taken.outcome.reason, taken.outcome.detail
            letters.append(dead.letter(self._service, message, reason, detail))
            telemetry.DEAD.labels(reason).inc()
            log.error(
                "consume.dead",
                extra={
                    "reason": reason,
                    "detail": detail,
                    "topic": message.topic,
                    "partition": message.partition,
                    "offset": message.offset,
                },
            )
        while not all_taken(await asyncio.to_thread(self._bus.send, letters)):  # noqa: ASYNC110
            await asyncio.sleep(LONGEST_BACKOFF)


def outcome_of(error: DomainError | None) -> Outcome:
    """The one table from a refusal to what becomes of the event."""
    if error is None:
        return Ack()
    if error.kind in (Kind.UNAVAILABLE, Kind.NOT_FOUND):
        return Retry()  # what it speaks of may be on its way
    return Dead("rejected", error.slug)
