"""The one loop that reads the bus: batches, three outcomes, a commit of what is settled.

It alone catches everything, and it always leaves a record: an event that cannot be handled goes to
the dead-letter topic with its bytes and a reason before its offset is committed. A reader that
fails, for whatever reason (broker away or frozen, group in trouble, unreadable records), is
replaced by a new one, and the rest of the service does not notice. Only a handler that never
returns ends the process.

This module is the part that a service starts; it begins one `membership` after the other. Within
one, `progress` keeps what is held of each partition, `opening` decodes, `deciding` asks the
handler, `burying` and `dead_letters` make the letters; `reader`, `unreadable` and `salvage` talk to
aiokafka.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from services.common.bus import parked
from services.common.bus.brokers import AWAY, Brokers
from services.common.bus.outcomes import (
    PATIENCE,
    Ack,
    Dead,
    Handler,
    Incoming,
    Outcome,
    Patience,
    Retry,
    outcome_of,
)
from services.common.bus.watchdog import Stand, Watchdog
from services.common.consuming.burying import Burying
from services.common.consuming.deciding import Deciding
from services.common.consuming.membership import Membership, Tools
from services.common.consuming.opening import Opener
from services.common.events.wire import Wire
from services.common.kernel import DomainError, Kind
from services.common.process import metrics, telemetry
from services.common.process.clock import utc_now
from services.common.process.pace import Pace
from services.common.process.parts import Stage
from services.common.publishing.outbox import Bus

__all__ = [
    "Ack",
    "Consumer",
    "Dead",
    "Handler",
    "Incoming",
    "Outcome",
    "Patience",
    "Retry",
    "outcome_of",
]

log = logging.getLogger(__name__)

# Events of a batch: a handler may ask a peer about so many inquiries in one question.
MOST = 500


class HandlerStuck(Exception):
    """The handler has not returned within `Patience.hand_limit`; only a new process can help."""


class Consumer:
    """Feeds one handler from topics, at most `most` events at a time.

    `group` is the service's own unless a test says otherwise. Records gather by `pace`. The default
    suits a topic that brings one event for each inquiry, for whose effect somebody waits.
    """

    name = "consumer"
    stage = Stage.CONSUMER

    def __init__(
        self,
        *,
        service: str,
        brokers: Brokers,
        topics: Sequence[str],
        wire: Wire,
        handler: Handler,
        bus: Bus,
        group: str | None = None,
        pace: Pace | None = None,
        patience: Patience = PATIENCE,
        most: int = MOST,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._service = service
        self._patience = patience
        self._bus = bus
        self._tools = Tools(
            brokers=brokers,
            group=group or f"dasan-{service}",
            client_id=f"dasan-{service}",
            topics=tuple(topics),
            opener=Opener(service, wire),
            deciding=Deciding(handler, most=most, patience=patience),
            burying=Burying(service=service, bus=bus, patience=patience),
            pace=pace or Pace(),
            patience=patience,
            most=most,
            clock=clock,
        )
        self._watchdog = Watchdog(patience.still)
        self._membership: Membership | None = None
        # Whether the broker answered the last question.
        self._reached = False
        self._was_assigned = False
        self._alarmed = False
        # Why the broker did not answer when it did not.
        self._refusal = AWAY
        self._stopping = asyncio.Event()
        self._replacing = asyncio.Event()
        # Set with `_replacing` where the reader is sound, and may finish what it has in hand.
        self._renewing = False
        # Set when the group has changed: parked events have to be looked for again.
        self._joined = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._guard: asyncio.Task[None] | None = None
        self._unparking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to read, also where the broker is away."""
        self._task = asyncio.create_task(self._run())
        self._guard = asyncio.create_task(self._look())
        self._unparking = asyncio.create_task(self._unpark())

    async def stop(self) -> None:
        """Settles the batch in hand, commits, leaves the group; within `Patience.stop`."""
        self._stopping.set()
        beside = [task for task in (self._guard, self._unparking) if task is not None]
        tasks = [*beside, *([self._task] if self._task is not None else ())]
        for task in beside:
            task.cancel()
        try:
            if self._task is not None:
                await asyncio.wait([self._task], timeout=self._patience.stop.total_seconds())
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """Ends only when a handler does not come back."""
        return [self._guard] if self._guard is not None else []

    async def assigned(self) -> None:
        """Raises UNAVAILABLE before the first assignment, and while the broker is away or takes no
        connection of ours (`Brokers.refusal` names why)."""
        membership = self._membership
        if membership is None or not membership.reached or not self._reached:
            raise DomainError(self._refusal.slug, Kind.UNAVAILABLE, self._refusal.message)
        if not self._was_assigned and not membership.was_assigned:
            raise DomainError("no_partitions_yet", Kind.UNAVAILABLE, "the group is not joined yet")

    async def _run(self) -> None:
        pauses = self._patience.between_readers()
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._one_membership()
            except Exception as error:
                metrics.READERS_FAILED.labels(self._service).inc()
                self._refusal = await self._tools.brokers.refusal()
                why = {"slug": self._refusal.slug}
                log.error("consumer.reader_failed", extra=telemetry.failure(error) | why)
            if not self._stopping.is_set():
                pause_seconds = pauses.after_seconds(time.monotonic() - began)
                await _first(self._stopping.wait(), within_seconds=pause_seconds)

    async def _one_membership(self) -> None:
        """From joining to leaving; raises what ended it."""
        self._replacing.clear()
        self._renewing = False
        self._reached = True
        self._watchdog.forget()
        self._membership = membership = Membership(self._tools, self._joined.set)
        reading = asyncio.create_task(membership.run())
        stop_seconds = self._patience.stop.total_seconds()
        try:
            await _first(reading, self._stopping.wait(), self._replacing.wait())
            if self._stopping.is_set() or self._renewing:
                await membership.finish(within_seconds=stop_seconds * 3 / 4)
        finally:
            self._was_assigned = self._was_assigned or membership.was_assigned
            self._membership = None
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            leaving = membership.leave()
        if self._stopping.is_set():
            await asyncio.wait([leaving], timeout=stop_seconds / 4)
        elif not reading.cancelled():
            reading.result()

    async def _unpark(self) -> None:
        """Brings parked events back whenever the group has changed: a member that left may have
        been the last of an older version, which parked events after this process had started."""
        while True:
            await self._joined.wait()
            self._joined.clear()
            await parked.bring_back(
                service=self._service,
                brokers=self._tools.brokers,
                bus=self._bus,
                understands=self._tools.opener.understands,
            )

    async def _look(self) -> None:
        """Asks the broker how far behind this process is; raises HandlerStuck."""
        while True:
            await asyncio.sleep(self._patience.look.total_seconds())
            membership = self._membership
            if membership is None:
                continue
            self._look_at_hand(membership.in_hand_seconds())
            if membership.is_outdated():
                log.info("consumer.logs_in_anew")
                self._renewing = True
                self._replacing.set()
                continue
            try:
                stands = await membership.stands()
            except Exception as error:
                self._reached = False
                self._refusal = await self._tools.brokers.refusal()
                log.warning(
                    "consumer.broker_away",
                    extra={"error": type(error).__name__, "slug": self._refusal.slug},
                )
                continue
            self._reached = True
            if membership is self._membership:
                self._judge(stands)

    def _look_at_hand(self, seconds: float) -> None:
        metrics.HANDLER_SECONDS.set(seconds)
        if seconds >= self._patience.hand_limit.total_seconds():
            log.critical("consumer.handler_stuck", extra={"seconds": round(seconds)})
            raise HandlerStuck(f"a batch is in hand for {seconds:.0f} s")
        slow = seconds >= self._patience.hand_alarm.total_seconds()
        if slow and not self._alarmed:
            log.error("consumer.handler_slow", extra={"seconds": round(seconds)})
        self._alarmed = slow

    def _judge(self, stands: Mapping[TopicPartition, Stand]) -> None:
        stalled = self._watchdog.stalled(stands, time.monotonic())
        if not stalled:
            return
        log.error(
            "consumer.stalled",
            extra={
                "partitions": [f"{tp.topic}[{tp.partition}]" for tp in stalled],
                "waiting": sum(stands[tp].lag for tp in stalled),
            },
        )
        metrics.READERS_FAILED.labels(self._service).inc()
        self._replacing.set()


async def _first(*awaited: Any, within_seconds: float | None = None) -> None:
    """Returns when one of these is done, or the time is over. The coroutines among them are then
    cancelled; a task goes on."""
    own = {asyncio.ensure_future(a) for a in awaited if not isinstance(a, asyncio.Task)}
    given = {a for a in awaited if isinstance(a, asyncio.Task)}
    try:
        await asyncio.wait(own | given, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in own:
            task.cancel()
        await asyncio.gather(*own, return_exceptions=True)
