"""What all services told lately, counted in memory: figures of the last hour or day, or the newest
state of each key.

Owns the reading: from as far back as the figures reach, once for each event, and around records
that cannot be read. What is counted belongs to the service's `Tally`.

It may also begin with the first record that a topic has. A compacted topic keeps the last record of
each key for ever, and each record carries a whole state: it is its own log, which needs no table
beside it. `LastOfKey` is the tally of such states, `Newest` its reader.

Unlike a live view (`views`) it has no table and no log. What it counts is forgotten after a day at
most, while the topics keep a week: a process that starts reads that day again from the topics, by
the times that their records carry. Every replica reads all partitions, so each answers with the
whole figure. It does not read the topic of sealed matters: what is shown here says what happened
to single matters, and nobody may see that of a sealed one.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from operator import attrgetter
from time import monotonic
from typing import Any, ClassVar, Generic, NoReturn, Protocol, TypeVar

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

# How long connecting may take: a frozen broker accepts the connection and never answers.
START_SECONDS = 60.0
# How long events gather before they are read. Longer: the figures lag behind. Shorter: a busy bus
# costs more rounds.
GATHERS = timedelta(milliseconds=500)
# How often the broker is asked how much waits. Longer: a standstill is noticed later. Shorter: more
# questions.
LOOK_SECONDS = 5.0
# Events counted before the loop yields to other tasks: a few milliseconds.
COUNT_AT_ONCE = 50
# Events whose ids are remembered, so that one that comes twice counts once: some 10 MB. Fewer: a
# repetition that comes late counts again. After a kill those of some seconds come again.
REMEMBERED = 100_000


class Tally(Protocol):
    """What is counted of the events. It hears each of them once, in any order."""

    @property
    def heard(self) -> Mapping[str, timedelta | None]:
        """Full names of the events it counts, each with how far back it reaches; None: to the first
        record that its topic has."""
        ...

    def add(self, event: Any) -> None:
        """Counts an event; it may be older than the tally reaches back."""
        ...


E = TypeVar("E")
T = TypeVar("T", bound=Tally)


class LastOfKey(Generic[E]):
    """A tally: the newest state of each key of one event of a compacted topic, for some hundreds of
    keys. States of a key have an order, so that what comes twice, late or out of order changes
    nothing."""

    def __init__(self, heard: str, *, key: Callable[[E], str], order: Callable[[E], Any]) -> None:
        """`heard` is the full name of the event. Of two states of a `key` the one with the higher
        `order` is newer."""
        self.heard: Mapping[str, timedelta | None] = {heard: None}
        self._key = key
        self._order = order
        self._newest: Mapping[str, E] = {}

    def newest(self) -> Mapping[str, E]:
        """The newest states by key: another object after each change, none changed in place."""
        return self._newest

    def add(self, event: E) -> None:
        """Keeps the state if it is newer than what is known."""
        key = self._key(event)
        known = self._newest.get(key)
        if known is None or self._order(known) < self._order(event):
            self._newest = {**self._newest, key: event}


class Recent(Generic[T]):
    """One tally, kept true beside its service.

    The broker may be away or frozen, a topic may be missing: it begins again after a pause with a
    new tally, shows the last whole one meanwhile, and never ends the service.
    """

    stage = Stage.WORK

    def __init__(
        self,
        name: str,
        *,
        service: str,
        brokers: Brokers,
        wire: Wire,
        tally: Callable[[], T],
        clock: Callable[[], datetime],
    ) -> None:
        """`tally` makes an empty one."""
        self.name = name
        self._service = service
        self._brokers = brokers
        self._wire = wire
        self._make = tally
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._whole: T | None = None
        self._lag: int | None = None

    async def start(self) -> None:
        """Returns at once; the tally is read in the background."""
        self._task = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Stops reading."""
        await cut_off(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """None: what ends begins again and takes nothing with it."""
        return ()

    async def check(self) -> None:
        """Raises DomainError UNAVAILABLE `view_away` as `tally` does."""
        self.tally()

    def tally(self) -> T:
        """The tally, once it holds what was told before this process began; raises DomainError
        UNAVAILABLE `view_away` until then."""
        if self._whole is None:
            raise DomainError("view_away", Kind.UNAVAILABLE, "what was told lately is not read yet")
        return self._whole

    @property
    def lag(self) -> int | None:
        """How many records waited to be read when the broker was last asked; None while it does
        not answer."""
        return self._lag

    async def _live(self) -> NoReturn:
        pauses = PATIENCE.between_readers()
        while True:
            began = monotonic()
            life = _Life(self.name, self._make(), self._service, self._brokers, self._wire)
            try:
                async with asyncio.timeout(START_SECONDS):
                    await life.begin(self._clock())
                await self._follow(life)
            except Exception as error:
                metrics.READERS_FAILED.labels(self.name).inc()
                log.warning("recent.failed", extra={"view": self.name}, exc_info=error)
            finally:
                self._lag = None
                life.leave()
            await asyncio.sleep(pauses.after_seconds(monotonic() - began))

    async def _follow(self, life: _Life[T]) -> NoReturn:
        look_at = 0.0
        while True:
            await life.read_on()
            if life.caught_up:
                self._whole = life.tally
            if monotonic() >= look_at:
                self._lag = await life.look()
                look_at = monotonic() + LOOK_SECONDS


class Newest(Recent[LastOfKey[E]], Generic[E]):
    """The newest state of each key of one event of a compacted topic, kept true beside its service;
    whole at every replica.

    A service says what it follows in a class of its own: its `name` among the parts, its `service`,
    the full name of the one event as `heard`, the `form` that it is decoded to, and the field of
    the form by whose `order` one state is newer than another of its key. The key is the one of the
    event's contract.
    """

    name: str
    service: ClassVar[str]
    heard: ClassVar[tuple[str, ...]]
    form: ClassVar[type[Any]]
    order: ClassVar[str]

    def __init__(self, brokers: Brokers, clock: Callable[[], datetime]) -> None:
        [event] = self.heard
        super().__init__(
            self.name,
            service=self.service,
            brokers=brokers,
            wire=Wire({event: self.form}),
            tally=self.empty,
            clock=clock,
        )

    @classmethod
    def empty(cls) -> LastOfKey[E]:
        """The tally, empty."""
        [event] = cls.heard
        key = contracts.events()[event].key
        return LastOfKey(event, key=attrgetter(key), order=attrgetter(cls.order))

    def newest(self) -> Mapping[str, E]:
        """The newest states by key, once what was told before this process began is read; another
        object after each change. Raises DomainError UNAVAILABLE `view_away` until then. While the
        broker is away it is what was known before."""
        return self.tally().newest()


class UnreadStates:
    """The keys of a compacted topic whose last record could not be used, as the figure of a view.

    What such a key stands for is known as it was before, or not at all, until it is told again.
    """

    def __init__(self, view: str) -> None:
        """`view` is what the figure is called by; it begins with none."""
        self._keys: set[object] = set()
        self._figure = metrics.STATES_UNREAD.labels(view)
        self._figure.set(0)

    def add(self, key: object) -> None:
        """The last record of this key could not be used."""
        self._keys.add(key)
        self._figure.set(len(self._keys))

    def discard(self, key: object) -> None:
        """A later record of this key was used."""
        self._keys.discard(key)
        self._figure.set(len(self._keys))


class _Life(Generic[T]):
    """One reader with one tally, from its start to its failure."""

    def __init__(self, name: str, tally: T, service: str, brokers: Brokers, wire: Wire) -> None:
        self.tally = tally
        self._name = name
        self.caught_up = False
        self._wire = wire
        self._opener = Opener(service, wire)
        self._watchdog = Watchdog(PATIENCE.still)
        # Remembered in the order of their coming; the digests of the ids take less room.
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._goal: Mapping[Any, int] = {}
        self._back = _back_by_topic(tally.heard)
        self._unread = UnreadStates(name)
        self._reader = AllPartitions(
            brokers=brokers,
            topics=sorted(self._back),
            client_id=f"dasan-{service}-recent",
            reset="earliest",
            gathers=GATHERS,
        )

    async def begin(self, now: datetime) -> None:
        """Connects and goes back as far as each topic is counted."""
        await self._reader.start()
        bounded = {topic: back for topic, back in self._back.items() if back is not None}
        if bounded:
            await self._reader.go_to({topic: now - back for topic, back in bounded.items()})
        self._goal = {tp: stand.end for tp, stand in (await self._reader.stands()).items()}

    def leave(self) -> None:
        """Begins to close, which ends by itself."""
        self._reader.leave()

    async def read_on(self) -> None:
        """Counts what has come since the last call."""
        found = await gulp_around(self._reader, at_once=not self.caught_up)
        for number, record in enumerate(found):
            if number % COUNT_AT_ONCE == 0:
                await asyncio.sleep(0)
            if self._opener.concerns(record):
                self._count(record)
            elif self._back[record.topic] is None:
                # A later record of the key, and whoever it concerns judges it.
                self._unread.discard(record.key)
        self.caught_up = self.caught_up or await self._reader.has_passed(self._goal)

    async def look(self) -> int:
        """How many records wait; raises Deaf when they have waited too long, and LoginChanged."""
        self._reader.must_be_current()
        stands = await self._reader.stands()
        if self._watchdog.stalled(stands, monotonic()):
            raise Deaf
        return sum(stand.lag for stand in stands.values())

    def _count(self, record: Any) -> None:
        """One record that cannot be read is passed over: who consumes the topic has it in its dead
        letters. Nobody consumes a topic of states: there the figure says that one is not known."""
        states = self._back[record.topic] is None
        if isinstance(record, Unreadable):
            metrics.VIEW_PASSED_OVER.labels(self._name).inc(record.end - record.offset)
            if states:
                self._unread.add((record.partition, record.offset))
            return
        if states and record.value is None:
            # Who deletes a key has read it, and compaction takes its last record away.
            self._unread.discard(record.key)
            return
        try:
            opened = envelope_of(record)
            if opened.type in self.tally.heard and self._is_new(opened.id):
                self.tally.add(self._wire.decode(opened.type, opened.key, opened.data))
                if states:
                    self._unread.discard(record.key)
        except Exception as error:
            # Only the type: the message may hold what a record says.
            metrics.VIEW_PASSED_OVER.labels(self._name).inc()
            if states:
                self._unread.add(record.key)
            log.warning(
                "recent.passed_over",
                extra={
                    "view": self._name,
                    "topic": record.topic,
                    "partition": record.partition,
                    "offset": record.offset,
                    "error": type(error).__name__,
                },
            )

    def _is_new(self, event_id: str) -> bool:
        digest = hash(event_id)
        if digest in self._seen:
            return False
        self._seen[digest] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True


def _back_by_topic(heard: Mapping[str, timedelta | None]) -> Mapping[str, timedelta | None]:
    """How far back each topic is read: as far as any of its events is counted."""
    back: dict[str, timedelta | None] = {}
    for name, reaches in heard.items():
        topic = contracts.events()[name].topic
        known = back.get(topic, reaches)
        back[topic] = None if reaches is None or known is None else max(reaches, known)
    return back
