"""Live views: figures that a service makes of the events of all services and can show at any
moment, as a Faust table.

Owns everything Faust: the settings of the app, its life beside the service, and the table with its
log. Faust does not read the events; `reader` does, in gulps (as many records as one read brings),
and around records that cannot be read. What an entry is and how an event changes it belongs to the
service's `Projection`.

Every replica reads all partitions and needs no other, so each answers with the whole figure, and no
replica's end disturbs another's. A life begins with the table's changelog, which all replicas write
alike, and reads the event topics again from their beginning; nothing is ever committed. So a
projection must take events repeated, late and in any order. See docs/adr/0007.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Generic, NoReturn, Protocol, TypeVar
from zlib import crc32

import faust
from faust import SASLCredentials, SSLCredentials
from faust.contrib.asgi import bind_to_running_loop
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.types.auth import CredentialsT
from mode.threads import WorkerThread

from services.common.bus.brokers import MECHANISM, Brokers, Login
from services.common.bus.reader import AllPartitions
from services.common.bus.unreadable import Unreadable, gulp_around
from services.common.consuming.opening import Opener, envelope_of
from services.common.events import contracts
from services.common.events.wire import Wire
from services.common.kernel import DomainError, Kind
from services.common.process import clock, metrics
from services.common.process.backoff import Growing
from services.common.process.parts import Stage

log = logging.getLogger(__name__)

E = TypeVar("E")

# How often the view looks at its own progress. Before it has caught up somebody waits, so it looks
# often. Later a look only notices a standstill, and costs the broker a question.
LOOK_EARLY_SECONDS = 0.2
LOOK_SECONDS = 5.0
# How long connecting may take: a frozen broker accepts the connection and never answers.
START_SECONDS = 60.0
# How long a question to the broker may take. Longer: a frozen broker is noticed later.
ANSWER_SECONDS = 10.0
# How long leaving the group may take. It takes a moment with a living broker, and the stage WORK of
# a stop has two seconds in all.
STOP_SECONDS = 1.5
# How long events gather before a view that has caught up reads them. Longer: its figures lag
# behind. Shorter: a busy bus costs more rounds.
GATHERS = timedelta(milliseconds=500)
# Records entered before the loop yields to other tasks: a few milliseconds.
ENTER_AT_ONCE = 50
# Changes that may wait to be written to the changelog; beyond that the view enters no more. More:
# memory. Fewer: catching up waits for the broker more often.
UNWRITTEN_MOST = 2_000
# How often the table is searched for entries that may be forgotten. More seldom costs memory, more
# often costs time.
FORGET_SECONDS = 60.0
# Entries searched before the loop yields to other tasks: about a millisecond.
FORGET_AT_ONCE = 5_000


class Projection(Protocol[E]):
    """How events become entries. Pure; the same entry must come out of the same events whatever
    their order and however often each comes."""

    name: str
    """The name of the table; its changelog is named after it."""
    heard: Sequence[str]
    """Full names of the events it reads."""

    def key(self, event: Any) -> str:
        """Which entry the event is about."""
        ...

    def apply(self, event: Any, entry: E | None) -> E | None:
        """The entry after the event; None when the event makes none."""
        ...

    def forget_at(self, entry: E) -> datetime | None:
        """When the entry may go, aware; None as long as it must stay."""
        ...

    def dump(self, entry: E) -> Any:
        """The entry as JSON."""
        ...

    def load(self, dumped: Any) -> E:
        """The entry of its JSON."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """How long a view that ended waits before it begins again: twice as long each time."""

    first: timedelta = timedelta(seconds=0.5)
    most: timedelta = timedelta(seconds=60)
    """Longer, and a view is away needlessly after a short outage; shorter, and one that cannot
    live costs the broker a group every few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """How long a view may read nothing although records wait, or get no answer from the broker,
    before it begins again. Until then it shows what it knows."""

    after: timedelta = timedelta(seconds=60)
    """Longer, and old figures pass for new ones; shorter, and a broker's restart costs them."""
    every: timedelta = timedelta(seconds=LOOK_SECONDS)


class ViewEnded(Exception):
    """Faust ended by itself; the cause says why."""


class PartitionsWrong(Exception):
    """The changelog hasn't the partitions that keys are spread over; says which and how many."""


class ViewStalled(Exception):
    """Records wait and nothing is read, or the broker does not answer; says which."""


def changelog(service: str, name: str) -> str:
    """The topic that a service's table is rebuilt from; it must be declared."""
    return f"dasan-{service}-{name}-changelog"


class _LeftBehind(WorkerThread):
    """A client's thread that a process may end without: with a frozen broker it waits for half a
    minute and more, and there is nothing it could lose."""

    def __init__(self, service: Any, **options: Any) -> None:
        super().__init__(service, **options)
        self.daemon = True


AIOKafkaConsumerThread.Worker = _LeftBehind


class _Table(faust.Table[str, Any]):
    def partition_for_key(self, key: Any) -> int:
        """Where an entry lies in the changelog: by its key alone. Faust takes the partition of the
        event in hand, so that changelog and topics must have as many partitions for ever, and
        nothing can be forgotten between two events."""
        return crc32(key.encode()) % contracts.TABLE_PARTITIONS


def credentials(login: Login) -> CredentialsT | None:
    """How Faust is told to connect; None without TLS."""
    if login.tls is None:
        return None
    if not login.user:
        return SSLCredentials(login.tls)
    return SASLCredentials(
        username=login.user, password=login.password, ssl_context=login.tls, mechanism=MECHANISM
    )


def faust_app(service: str, login: Login) -> faust.App:
    """A Faust app for views, set as it was measured neither to lose nor to stall."""
    return faust.App(
        # A group for each life: all partitions are this process's, and nothing is inherited.
        f"dasan-{service}-views-{clock.new_id()}",
        broker=[f"kafka://{address}" for address in login.bootstrap.split(",")],
        broker_credentials=credentials(login),
        # Tables lie in memory and in their changelog. Faust makes a folder nevertheless, and the
        # working directory of a container may be read-only.
        store="memory://",
        datadir=Path(tempfile.gettempdir()) / "dasan-views",
        value_serializer="raw",
        # Topics are declared by deployment; neither leader topics nor changelogs are made here.
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        Table=_Table,
        # Nobody takes over from us, so that a short session wins nothing but rejoins.
        broker_session_timeout=30.0,
        broker_heartbeat_interval=3.0,
        # Nothing is ever acked, so there is nothing to commit, nor to wait for at a stop.
        broker_commit_interval=60.0,
        broker_commit_livelock_soft_timeout=timedelta(days=36_500).total_seconds(),
        stream_wait_empty=False,
        # Nothing is consumed once the table has its log, and that is not to end the membership.
        broker_max_poll_interval=timedelta(days=365).total_seconds(),
        # No other member to wait for.
        stream_recovery_delay=0.0,
        producer_acks=-1,
        producer_linger=0.1,
        producer_max_batch_size=131_072,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
    )


class ViewApp(Generic[E]):
    """One view, kept alive beside its service.

    Faust may crash, the broker may be away or frozen, a topic may be missing: the view begins
    again after a pause, says meanwhile why it is away, and never ends the service.
    """

    name = "views"
    stage = Stage.WORK

    def __init__(
        self,
        *,
        service: str,
        brokers: Brokers,
        wire: Wire,
        projection: Projection[E],
        clock: Callable[[], datetime],
        pauses: Pauses | None = None,
        stall: Stall | None = None,
    ) -> None:
        self._service = service
        self._brokers = brokers
        self._wire = wire
        self._projection = projection
        self._clock = clock
        self._pauses = pauses or Pauses()
        self._stall = stall or Stall()
        self._task: asyncio.Task[None] | None = None
        self._life: _Life[E] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._why = "it has not read its log yet"

    async def start(self) -> None:
        """Returns at once; the view reads on in the background."""
        self._task = asyncio.create_task(self._live())

    async def stop(self) -> None:
        """Leaves the group, or gives that up after STOP_SECONDS."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """None: a view that ends begins again and takes nothing with it."""
        return ()

    async def check(self) -> None:
        """Raises DomainError UNAVAILABLE `view_away` until the view has read what was told before
        this process began."""
        self._whole()

    def entries(self) -> Sequence[Any]:
        """Every entry as JSON, for `Projection.load`; raises as `check` does."""
        return self._whole().entries()

    def _whole(self) -> _Life[E]:
        if self._life is not None and self._life.caught_up:
            return self._life
        why = (self._life.why if self._life is not None else "") or self._why
        raise DomainError("view_away", Kind.UNAVAILABLE, f"the live view is away: {why}")

    async def _live(self) -> None:
        growing = Growing(self._pauses.first.total_seconds(), self._pauses.most.total_seconds())
        while True:
            self._life = life = _Life(
                brokers=self._brokers,
                service=self._service,
                wire=self._wire,
                projection=self._projection,
                clock=self._clock,
                stall=self._stall,
                leaving=self._leaving,
            )
            try:
                await life.run()
            except Exception as error:
                if life.caught_up:
                    growing.succeeded()
                pause = growing.next_seconds()
                # Whatever ended Faust: the service does not depend on this view, and the next life
                # begins from the log.
                cause = type(error.__cause__ or error).__name__
                said = str(error) if isinstance(error, PartitionsWrong | ViewStalled) else cause
                self._why = f"{said}; it begins again"
                metrics.VIEW_ENDS.labels(cause).inc()
                log.warning(
                    "views.ended",
                    extra={"view": self._projection.name, "pause_seconds": pause},
                    exc_info=error,
                )
            self._life = None
            await asyncio.sleep(pause)


class _Life(Generic[E]):
    """One life of a view, from start to end: an app with its table, and a reader of the events;
    both log in alike."""

    def __init__(
        self,
        *,
        brokers: Brokers,
        service: str,
        wire: Wire,
        projection: Projection[E],
        clock: Callable[[], datetime],
        stall: Stall,
        leaving: set[asyncio.Task[None]],
    ) -> None:
        self.caught_up = False
        self.why = ""
        self._wire = wire
        self._projection = projection
        self._clock = clock
        self._stall = stall
        self._leaving = leaving
        self._opener = Opener(service, wire)
        # Set while the table is ours to change; Faust reads its log while it is not.
        self._recovered = asyncio.Event()
        # Where each thing that ought to move stands, and since when.
        self._stood: dict[str, tuple[Any, float]] = {}
        self._reader = AllPartitions(
            brokers=brokers,
            topics=wire.topics(*projection.heard),
            client_id=f"dasan-{service}-{projection.name}",
            reset="earliest",
            gathers=GATHERS,
        )
        self._app = app = faust_app(service, self._reader.login)
        name = changelog(service, projection.name)
        self._table: Any = app.Table(
            projection.name,
            changelog_topic=app.topic(
                name,
                key_serializer="json",
                value_serializer="json",
                partitions=contracts.TABLE_PARTITIONS,
                acks=False,
                internal=True,
                allow_empty=True,
            ),
            partitions=contracts.TABLE_PARTITIONS,
            on_recover=self._on_recover,
        )
        # Faust keeps what is connected for as long as the process lives, otherwise.
        app.on_partitions_revoked.connect(self._on_revoked, weak=True)

    def entries(self) -> Sequence[Any]:
        """The entries that count now, as JSON."""
        now = self._clock().timestamp()
        return [entry for until, entry in self._table.values() if until is None or until > now]

    async def run(self) -> NoReturn:
        """Raises what ended this life."""
        bind_to_running_loop(self._app)
        self._app.finalize()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._app.maybe_start()
            await self._watch()
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        stopping = asyncio.create_task(self._leave())
        await asyncio.wait([stopping, self._reader.leave()], timeout=STOP_SECONDS)
        if not stopping.done():
            # A client that is cut off here would keep its thread and its place in the group for
            # ever. It goes on leaving beside the next life, until the broker answers.
            self._leaving.add(stopping)
            stopping.add_done_callback(self._leaving.discard)
            log.warning("views.leaves_later", extra={"view": self._projection.name})

    async def _leave(self) -> None:
        try:
            await self._app.stop()
        except Exception as error:
            log.warning("views.left_badly", exc_info=error)

    async def _watch(self) -> NoReturn:
        """Raises when Faust or the reading ends, or when one of them stalls."""
        over = asyncio.create_task(self._app.wait_until_stopped())
        forgetting = asyncio.create_task(self._forget())
        reading = asyncio.create_task(self._read())
        ends = (over, forgetting, reading)
        try:
            while not any(end.done() for end in ends):
                wait = self._stall.every.total_seconds() if self.caught_up else LOOK_EARLY_SECONDS
                await asyncio.wait(ends, timeout=wait, return_when="FIRST_COMPLETED")
                if not over.done():
                    await self._look()
        finally:
            for end in ends:
                end.cancel()
        failed = [end.exception() for end in (reading, forgetting) if _has_ended(end)]
        raise ViewEnded(self._projection.name) from next(
            (error for error in failed if error is not None), self._app.crash_reason
        )

    async def _on_recover(self) -> None:
        self._recovered.set()

    async def _on_revoked(self, *_: Any, **__: Any) -> None:
        """Faust lost its membership and will read the log again: over what is entered meanwhile it
        would write what is older."""
        self._recovered.clear()

    async def _look(self) -> None:
        """Has it caught up? Does it still read? Raises what is to end this life."""
        self._reader.must_be_current()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                places: Mapping[str, Any] = await self._standing()
        except PartitionsWrong:
            raise
        except Exception as error:
            # Not connected yet, or the broker is away or frozen. Both halves try again by
            # themselves, and what the table holds stays true of what was told before; but not for
            # long.
            log.debug("views.no_answer", extra={"error": type(error).__name__})
            places = {"the broker": 0}
        now = monotonic()
        self._stood = {
            what: self._stood[what] if self._stood.get(what, (None,))[0] == place else (place, now)
            for what, place in places.items()
        }
        for what, (_, since) in self._stood.items():
            if now - since > self._stall.after.total_seconds():
                raise ViewStalled(f"{what} stands still")

    async def _standing(self) -> Mapping[str, Any]:
        """Each thing that ought to move, with the place where it stands now."""
        consumer = self._app.consumer
        log_name = self._table.changelog_topic_name
        logged = [tp for tp in consumer.assignment() if tp.topic == log_name]
        missing = {*self._reader.missing(), *([] if logged else [log_name])}
        if missing:
            self.why = f"waits for {', '.join(sorted(missing))}"
            return dict.fromkeys(missing, 0)
        if len(logged) != contracts.TABLE_PARTITIONS:
            raise PartitionsWrong(
                f"{log_name} has {len(logged)} partitions, not {contracts.TABLE_PARTITIONS}"
            )
        self.why = "reads what was told before"
        if not self._recovered.is_set():
            return {log_name: [await consumer.position(tp) for tp in logged]}
        stands = await self._reader.stands()
        return {f"{tp.topic}/{tp.partition}": at.settled for tp, at in stands.items() if at.lag}

    async def _read(self) -> None:
        """Reads and enters what is told, once the table has its log; returns never."""
        await self._reader.start()
        await self._recovered.wait()
        goal = {tp: stand.end for tp, stand in (await self._reader.stands()).items()}
        while True:
            found = await gulp_around(self._reader, at_once=not self.caught_up)
            await self._enter_all(found)
            # Nothing is in hand now, so what is read is entered.
            self.caught_up = self.caught_up or await self._reader.has_passed(goal)

    async def _enter_all(self, records: Iterable[Any]) -> None:
        for number, record in enumerate(records):
            if number % ENTER_AT_ONCE == 0:
                await asyncio.sleep(0)
                await self._may_change()
            if self._opener.concerns(record):
                self._enter(record)

    async def _may_change(self) -> None:
        """Returns when the table may be changed, and its log keeps up with that."""
        buffer = self._app.producer.buffer
        while buffer.size > UNWRITTEN_MOST:
            await buffer.flush()  # returns also when a tenth of a second wrote nothing
        await self._recovered.wait()

    def _enter(self, record: Any) -> None:
        """One record that cannot be read, or that the projection does not bear, is passed over."""
        if isinstance(record, Unreadable):
            self._pass_over(record, record.error, record.end - record.offset)
            return
        try:
            opened = envelope_of(record)
            if opened.type not in self._projection.heard:
                return
            event: Any = self._wire.decode(opened.type, opened.key, opened.data)
            key = self._projection.key(event)
            held = self._table.get(key)
            before = None if held is None else self._projection.load(held[1])
            after = self._projection.apply(event, before)
        except Exception as error:
            self._pass_over(record, type(error).__name__)
            return
        if after is not None and after != before:
            self._keep(key, after)

    def _pass_over(self, record: Any, error: str, count: int = 1) -> None:
        metrics.VIEW_PASSED_OVER.labels(self._projection.name).inc(count)
        log.warning(
            "views.passed_over",
            extra={
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "count": count,
                "error": error,
            },
        )

    def _keep(self, key: str, entry: E) -> None:
        """Stores an entry, unless it could be forgotten at once: the topics hold older events than
        a view shows."""
        until = self._projection.forget_at(entry)
        if key not in self._table and until is not None and until <= self._clock():
            return
        stamp = None if until is None else until.timestamp()
        self._table[key] = [stamp, self._projection.dump(entry)]

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(FORGET_SECONDS)
            if self.caught_up:
                await self.forget()

    async def forget(self) -> None:
        """Drops the entries that may be forgotten, from the table and its changelog."""
        now = self._clock().timestamp()
        for number, (key, (until, _)) in enumerate(list(self._table.items()), 1):
            if until is not None and until <= now:
                self._table.pop(key, None)
            if number % FORGET_AT_ONCE == 0:
                await asyncio.sleep(0)


def _has_ended(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled()


def moment(stamp: float) -> datetime:
    """The time of a stored stamp (seconds since 1970), aware UTC."""
    return datetime.fromtimestamp(stamp, UTC)
