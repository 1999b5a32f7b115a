"""The newest state of everything that a compacted topic tells, kept in memory at every replica.

Owns the reading: from the beginning of the topic, and around records that cannot be read. What a
state means belongs to the service.

The topic keeps the last record of each key for ever, and each record carries a whole state. So it
is its own log: unlike a live view (`views`) this has no table, and unlike `recent` it forgets
nothing. States of a key have an order: what comes twice, late or out of order changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any, Generic, NoReturn, TypeVar

from services.common.bus.brokers import Brokers
from services.common.bus.outcomes import PATIENCE
from services.common.bus.reader import AllPartitions, Deaf
from services.common.bus.unreadable import Unreadable, gulp_around
from services.common.bus.watchdog import Watchdog
from services.common.consuming.opening import Opener, envelope_of
from services.common.events import contracts
from services.common.events.wire import Wire
from services.common.kernel import DomainError, Kind
from services.common.process import metrics
from services.common.process.background import cut_off
from services.common.process.parts import Stage

log = logging.getLogger(__name__)

E = TypeVar("E")

# How long connecting may take: a frozen broker accepts the connection and never answers.
START_SECONDS = 60.0
# How long changes gather before they are read. Longer: a change counts later. Shorter: a busy topic
# costs more rounds.
GATHERS = timedelta(milliseconds=250)
# How often the broker is asked how much waits. Longer: a standstill is noticed later. Shorter: more
# questions.
LOOK_SECONDS = 5.0
# States taken before the loop yields to other tasks: a few milliseconds.
TAKEN_AT_ONCE = 50


class LastOfKey(Generic[E]):
    """The newest state of each key of one event.

    The broker may be away or frozen, or the topic missing: it begins again after a pause, shows
    meanwhile what it knows, and never ends the service.
    """

    stage = Stage.WORK

    def __init__(
        self,
        name: str,
        *,
        service: str,
        brokers: Brokers,
        wire: Wire,
        heard: str,
        key: Callable[[E], str],
        order: Callable[[E], Any],
    ) -> None:
        """`heard` is the full name of the event. Of two states of a `key` the one with the higher
        `order` is newer."""
        self.name = name
        self._service = service
        self._brokers = brokers
        self._wire = wire
        self._heard = heard
        self._key = key
        self._order = order
        self._opener = Opener(service, wire)
        self._task: asyncio.Task[None] | None = None
        self._newest: Mapping[str, E] = {}
        self._whole = False

    async def start(self) -> None:
        """Returns at once; the topic is read in the background."""
        self._task = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Stops reading."""
        await cut_off(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """None: what ends begins again and takes nothing with it."""
        return ()

    async def check(self) -> None:
        """Raises DomainError UNAVAILABLE `view_away` as `newest` does."""
        self.newest()

    def newest(self) -> Mapping[str, E]:
        """The newest states by key: another object after each change, and none is changed in place.
        Raises DomainError UNAVAILABLE `view_away` until it holds what was told before this process
        began."""
        if not self._whole:
            raise DomainError("view_away", Kind.UNAVAILABLE, f"{self.name} are not read yet")
        return self._newest

    def take(self, events: Iterable[E]) -> None:
        """Keeps those that are newer than what is known."""
        changed = dict(self._newest)
        for event in events:
            known = changed.get(self._key(event))
            if known is None or self._order(known) < self._order(event):
                changed[self._key(event)] = event
        if changed != self._newest:
            self._newest = changed

    async def _live(self) -> NoReturn:
        pauses = PATIENCE.between_readers()
        while True:
            began = monotonic()
            reader = self._reader()
            try:
                await self._follow(reader)
            except Exception as error:
                metrics.READERS_FAILED.labels(self.name).inc()
                log.warning("last_of_key.failed", extra={"view": self.name}, exc_info=error)
            finally:
                reader.leave()
            await asyncio.sleep(pauses.after_seconds(monotonic() - began))

    def _reader(self) -> AllPartitions:
        return AllPartitions(
            brokers=self._brokers,
            topics=[contracts.events()[self._heard].topic],
            client_id=f"dasan-{self._service}-{self.name}",
            reset="earliest",
            gathers=GATHERS,
        )

    async def _follow(self, reader: AllPartitions) -> NoReturn:
        async with asyncio.timeout(START_SECONDS):
            await reader.start()
            goal = {tp: stand.end for tp, stand in (await reader.stands()).items()}
        watchdog = Watchdog(PATIENCE.still)
        caught_up, look_at = False, monotonic() + LOOK_SECONDS
        while True:
            await self._read_on(reader, at_once=not caught_up)
            caught_up = caught_up or await reader.has_passed(goal)
            self._whole = self._whole or caught_up
            if monotonic() >= look_at:
                reader.must_be_current()
                if watchdog.stalled(await reader.stands(), monotonic()):
                    raise Deaf
                look_at = monotonic() + LOOK_SECONDS

    async def _read_on(self, reader: AllPartitions, *, at_once: bool) -> None:
        told: list[E] = []
        for number, record in enumerate(await gulp_around(reader, at_once=at_once)):
            if number % TAKEN_AT_ONCE == 0:
                await asyncio.sleep(0)
            if isinstance(record, Unreadable) or self._opener.concerns(record):
                told += self._told(record)
        self.take(told)

    def _told(self, record: Any) -> Iterable[E]:
        """The state in a record. One that cannot be read is passed over and counted: what was known
        of its key stands."""
        if isinstance(record, Unreadable):
            metrics.VIEW_PASSED_OVER.labels(self.name).inc(record.end - record.offset)
            return ()
        try:
            opened = envelope_of(record)
            if opened.type != self._heard:
                return ()
            event: Any = self._wire.decode(opened.type, opened.key, opened.data)
            return (event,)
        except Exception as error:
            # Only the type: the message may hold what a record says.
            metrics.VIEW_PASSED_OVER.labels(self.name).inc()
            log.warning(
                "last_of_key.passed_over",
                extra={
                    "topic": record.topic,
                    "partition": record.partition,
                    "offset": record.offset,
                    "error": type(error).__name__,
                },
            )
            return ()
