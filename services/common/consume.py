"""The one loop that reads the bus: batches, three outcomes, a commit of what is settled.

It alone catches everything, and it always leaves a record: an event that cannot be handled goes to
the dead-letter topic with its bytes and a reason before its offset is committed. Whatever happens
to the reader below (broker away or frozen, group in trouble, records that cannot be read), a new
one follows, and the rest of the service does not notice. Only a handler that never returns ends the
process.

`lanes` keeps what is held of each partition, `deciding` asks the handler, `reader` and `unreadable`
talk to aiokafka, `dead` makes the letters.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from operator import attrgetter
from typing import Any

from aiokafka import TopicPartition

from services.common import contracts, dead, envelope, telemetry
from services.common.aggregates import Cause
from services.common.deciding import Deciding, Taken, waiting
from services.common.kernel import DomainError, Kind
from services.common.lanes import Gap, Lane
from services.common.outcomes import (
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
from services.common.pace import GATHER, Pace
from services.common.parts import Stage
from services.common.publisher import Bus, Sent
from services.common.reader import Batch, Pauses, Reader, let_go
from services.common.salvage import Saved
from services.common.unreadable import Culprit, Unreadable, is_about_records, read_around
from services.common.watchdog import Stand, Watchdog
from services.common.wire import ContractBroken, Wire

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

# As many inquiries may be asked about in one question to a peer.
MOST = 500
# A partition of which so many are held behind one that waits is not read further. More: memory, and
# more comes twice after a crash. Fewer: one early event holds up its partition sooner.
HELD_MOST = 500
# The reader looks up from an empty bus so often.
_IDLE_SECONDS = 0.5


# Stands for all partitions while none is assigned.
_NOWHERE = TopicPartition("(none assigned)", 0)


class HandlerStuck(Exception):
    """The handler did not come back; only a new process can help."""


class Consumer:
    """Feeds one handler from topics, at most `most` events at a time.

    `group` is the service's own unless a test says otherwise. `gather` is how long a busy service
    lets records gather before it reads on.
    """

    name = "consumer"
    stage = Stage.CONSUMER

    def __init__(
        self,
        *,
        service: str,
        bootstrap: str,
        topics: Sequence[str],
        wire: Wire,
        handler: Handler,
        bus: Bus,
        group: str | None = None,
        gather: timedelta = GATHER,
        patience: Patience = PATIENCE,
        most: int = MOST,
    ) -> None:
        self._service = service
        self._bootstrap = bootstrap
        self._group = group or f"dasan-{service}"
        self._topics = topics
        self._bus = bus
        self._patience = patience
        self._most = most
        self._opener = _Opener(service, wire)
        self._pace = Pace(gather)
        self._deciding = Deciding(handler, most=most, patience=patience)
        self._watchdog = Watchdog(patience.still)
        self._lanes: dict[TopicPartition, Lane[Taken]] = {}
        self._reader: Reader | None = None
        # The broker answered when it was asked last.
        self._reached = False
        self._was_assigned = False
        self._stopping = asyncio.Event()
        self._replacing = asyncio.Event()
        # No batch is in hand; since when one is (monotonic seconds).
        self._idle = asyncio.Event()
        self._idle.set()
        self._hand_since = 0.0
        self._alarmed = False
        self._committed_at = 0.0
        # The last round had something to do.
        self._busy = False
        self._task: asyncio.Task[None] | None = None
        self._guard: asyncio.Task[None] | None = None

    # -- the part ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begins to read, also where the broker is away."""
        self._task = asyncio.create_task(self._run())
        self._guard = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Settles the batch in hand, commits, leaves the group; within `Patience.stop`."""
        self._stopping.set()
        tasks = [task for task in (self._task, self._guard) if task is not None]
        if self._guard is not None:
            self._guard.cancel()
        try:
            if self._task is not None:
                await asyncio.wait([self._task], timeout=self._patience.stop.total_seconds())
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[Any]]:
        """Ends only when a handler does not come back."""
        return [self._guard] if self._guard is not None else []

    async def assigned(self) -> None:
        """Raises UNAVAILABLE before the first assignment, and while the broker is away."""
        if not self._reached:
            raise DomainError("broker_away", Kind.UNAVAILABLE, "the broker cannot be reached")
        if not self._was_assigned:
            raise DomainError("no_partitions_yet", Kind.UNAVAILABLE, "the group is not joined yet")

    # -- one reader after the other ---------------------------------------------------------------

    async def _run(self) -> None:
        pauses = Pauses(self._patience)
        while not self._stopping.is_set():
            try:
                await self._one_life()
            except Exception:
                log.exception("consumer.life_failed")
            if not self._stopping.is_set():
                await _either(self._stopping.wait(), within_seconds=pauses.next_seconds())

    async def _one_life(self) -> None:
        """From joining to leaving, whatever ends it; raises nothing but a cancellation."""
        reader = Reader(
            bootstrap=self._bootstrap,
            group=self._group,
            client_id=f"dasan-{self._service}",
            topics=self._topics,
            lost=self._lost,
        )
        self._replacing.clear()
        life = asyncio.create_task(self._live(reader))
        try:
            await _either(life, self._stopping.wait(), self._replacing.wait())
            if self._stopping.is_set():
                await self._finish(reader)
        finally:
            life.cancel()
            await asyncio.gather(life, return_exceptions=True)
            self._forget()
            self._reader = None
            leaving = let_go(reader.kafka)
        error = None if life.cancelled() else life.exception()
        if error is not None:
            self._reached = False
            telemetry.READERS_FAILED.labels(self._service).inc()
            log.error("consumer.reader_failed", extra={"error": type(error).__name__})
            log.debug("consumer.reader_failed_how", exc_info=error)
        if self._stopping.is_set():
            await asyncio.wait([leaving], timeout=self._patience.stop.total_seconds() / 4)

    async def _finish(self, reader: Reader) -> None:
        """Half of the time of a stop is for the batch in hand, a quarter for the commit."""
        whole = self._patience.stop.total_seconds()
        await _either(self._idle.wait(), within_seconds=whole / 2)
        await self._commit(reader, within_seconds=whole / 4)

    async def _live(self, reader: Reader) -> None:
        """Reads until something is raised, or this is cancelled: never with a batch in hand."""
        await reader.start()
        self._reader = reader
        self._reached = True
        while not self._stopping.is_set():
            await reader.assigned.wait()
            self._was_assigned = True
            await self._gather(reader)
            await self._know_origins(reader)
            gaps = await self._poll(reader)
            worked = await self._round()
            await self._tell_of(reader, gaps)
            self._busy = worked
            if worked:
                self._pace.ended()
            if not self._stopping.is_set():
                await self._commit_in_time(reader, busy=worked)

    async def _lost(self, reader: Reader) -> None:
        """The group changes: the batch in hand first, then all is let go of."""
        if reader is not self._reader:
            return  # a reader that was replaced and is on its way out
        await _either(self._idle.wait(), within_seconds=self._patience.revoked.total_seconds())
        await self._commit(reader, within_seconds=2.0)
        self._forget()

    def _forget(self) -> None:
        for lane in self._lanes.values():
            _remove_lag(lane.partition)
        self._lanes = {}
        self._deciding.forget()
        self._watchdog.forget()

    # -- reading ----------------------------------------------------------------------------------

    async def _gather(self, reader: Reader) -> None:
        """Lets records gather where they lie: a broker that is asked meanwhile answers once for the
        first record of each partition, which costs a third of all the reading."""
        if self._busy:
            reader.only(frozenset())
        await self._pace.turn()
        reader.only({tp for tp in reader.partitions() if not self._is_full(tp)})

    def _is_full(self, partition: TopicPartition) -> bool:
        lane = self._lanes.get(partition)
        return lane is not None and lane.count() >= HELD_MOST

    async def _know_origins(self, reader: Reader) -> None:
        """Where reading begins in what is newly assigned, and what retention took before that."""
        mine = reader.partitions()
        if not mine:
            return
        for gone in self._lanes.keys() - mine:
            _remove_lag(self._lanes.pop(gone).partition)
        for new in mine - self._lanes.keys():
            self._lanes[new] = Lane(new)
        unknown = {tp: lane for tp, lane in self._lanes.items() if not lane.asked}
        if not unknown:
            return
        for tp, origin in (await reader.origins(unknown)).items():
            lane = unknown[tp]
            lane.asked = True
            lane.committed = origin.committed
            begins = max(origin.committed or 0, origin.beginning)
            if lane.next is None:
                lane.next = begins
            if origin.committed is not None and origin.committed < begins:
                _passed_over(tp, Gap(origin.committed, begins, begins - origin.committed), begins)

    async def _poll(self, reader: Reader) -> Mapping[TopicPartition, Gap]:
        """Takes what has come; returns which offsets were left out."""
        try:
            found = await reader.poll(self._most, self._wait_seconds())
        except Exception as error:
            if not is_about_records(error):
                raise
            return await self._read_around(reader, error)
        return self._take(found)

    def _wait_seconds(self) -> float:
        """How long to wait for records: until somebody is to be asked about again."""
        now = time.monotonic()
        due = min((t.due for lane in self._lanes.values() for t in lane.open()), default=None)
        if due is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, due - now, self._deciding.opens_in()))

    def _take(self, found: Batch) -> Mapping[TopicPartition, Gap]:
        gaps = {}
        now = time.monotonic()
        for tp, records in found.items():
            lane = self._lanes.get(tp)
            if lane is None:
                lane = self._lanes[tp] = Lane(tp)
            if gap := lane.read(records):
                gaps[tp] = gap
            for record in records:
                if self._opener.concerns(record):
                    lane.hold(Taken(record, record.offset, due=now))
        return gaps

    async def _read_around(self, reader: Reader, error: Exception) -> Mapping[TopicPartition, Gap]:
        """Something came that is no record, or not for aiokafka. What was taken out with it is read
        again; then reading goes on behind it."""
        log.error("consumer.unreadable", extra={"error": type(error).__name__})
        mine = reader.partitions()
        places = {
            tp: lane.next
            for tp, lane in self._lanes.items()
            if tp in mine and lane.next is not None and not self._is_full(tp)
        }
        if not places or len(self._lanes) != len(mine):
            raise error  # the next reader begins where all is committed
        lanes = self._lanes
        found, culprit = await read_around(reader.kafka, self._bootstrap, places, self._most)
        if self._lanes is not lanes:
            return {}  # lost meanwhile
        gaps = self._take(found)
        if culprit is not None:
            self._take_apart(culprit)
        return gaps

    def _take_apart(self, culprit: Culprit) -> None:
        """Of a batch that aiokafka cannot read each record is taken as it can be."""
        lane = self._lanes[culprit.partition]
        lane.next = culprit.end
        for record in culprit.found:
            taken = Taken(record, record.offset)
            match record:
                case Unreadable(offset=first, end=end, error=error):
                    taken.dead = Dead("unreadable", f"{error} {first}-{end - 1}")
                    telemetry.PASSED_OVER.labels("unreadable").inc(end - first)
                case Saved(spoilt=True):
                    taken.dead = Dead("undecodable", "the name of a header is no text")
                case _ if not self._opener.concerns(record):
                    continue
            lane.hold(taken)

    async def _tell_of(self, reader: Reader, gaps: Mapping[TopicPartition, Gap]) -> None:
        """Every offset that never came is logged and counted."""
        if not gaps:
            return
        try:
            origins = await reader.origins(gaps)
        except Exception as error:
            log.warning("consumer.gaps_unexplained", extra={"error": type(error).__name__})
            origins = {}
        for tp, gap in gaps.items():
            _passed_over(tp, gap, origins[tp].beginning if tp in origins else 0)

    # -- settling ---------------------------------------------------------------------------------

    async def _round(self) -> bool:
        """Settles what is due; whether there was anything."""
        now = time.monotonic()
        due = sorted(self._due(now), key=attrgetter("due"))[: 2 * self._most]
        if not due or self._stopping.is_set():
            return False
        self._idle.clear()
        self._hand_since = now
        self._alarmed = False
        try:
            for taken in due:
                if taken.dead is None and taken.incoming is None:
                    self._opener.open(taken)
            asked = await self._deciding.settle(
                [t for t in due if not t.settled and t.dead is None]
            )
            buried = [t for t in due if t.dead is not None and not t.settled]
            await self._bury(buried)
        finally:
            self._idle.set()
            telemetry.HANDLER_SECONDS.set(0)
        self._count({*asked, *buried})
        return bool(asked or buried)

    def _due(self, now: float) -> Iterable[Taken]:
        return (t for lane in self._lanes.values() for t in lane.open() if t.due <= now)

    def _count(self, asked: AbstractSet[Taken]) -> None:
        telemetry.BATCH_SIZE.observe(len(asked))
        done = Counter("dead" if t.dead else "ack" if t.settled else "retry" for t in asked)
        for outcome, count in done.items():
            telemetry.CONSUMED.labels(outcome).inc(count)
        for taken in asked:
            if taken.settled and taken.span is not None:
                taken.span.end()
        found = waiting(t for lane in self._lanes.values() for t in lane.open())
        telemetry.WAITING.clear()
        for slug, count in found.items():
            telemetry.WAITING.labels(slug).set(count)

    async def _bury(self, due: Sequence[Taken]) -> None:
        """Puts dead records away. A letter the broker does not take now waits like an event."""
        if not due:
            return
        letters = []
        for taken in due:
            assert taken.dead is not None
            if taken.letter is None:
                taken.letter = dead.letter(
                    self._service, taken.record, taken.dead.reason, taken.dead.detail
                )
            letters.append(taken.letter)
        answers: Sequence[Sent]
        try:
            answers = await asyncio.to_thread(self._bus.send, letters)
        except Exception as error:
            log.error("consume.not_buried", extra={"error": type(error).__name__})
            answers = [Sent.NOT_NOW] * len(letters)
        for taken, answer in zip(due, answers, strict=True):
            self._buried(taken, answer)

    def _buried(self, taken: Taken, answer: Sent) -> None:
        assert taken.dead is not None
        assert taken.letter is not None
        if answer is Sent.TAKEN:
            taken.settled = True
            taken.slug = ""
            telemetry.DEAD.labels(taken.dead.reason).inc()
            log.error(
                "consume.dead",
                extra={
                    "reason": taken.dead.reason,
                    "detail": taken.dead.detail,
                    "topic": taken.record.topic,
                    "partition": taken.record.partition,
                    "offset": taken.offset,
                },
            )
            return
        if answer is Sent.REFUSED:
            taken.letter = dead.without_value(taken.letter)
        now = time.monotonic()
        if taken.slug != "letter_not_taken":
            taken.slug, taken.waiting_since = "letter_not_taken", now
        waited = now - (taken.waiting_since or now)
        taken.due = now + self._patience.pause_seconds(waited)

    # -- committing -------------------------------------------------------------------------------

    async def _commit_in_time(self, reader: Reader, *, busy: bool) -> None:
        """At once when idle, otherwise now and then."""
        now = time.monotonic()
        if busy and now - self._committed_at < self._patience.commit.total_seconds():
            return
        if not busy:
            await self._pass_markers(reader)
        await self._commit(reader, within_seconds=5.0)

    async def _pass_markers(self, reader: Reader) -> None:
        """aiokafka passes over the markers of transactions, and what was aborted, in silence: where
        nothing is held, its own position is what is settled."""
        gaps = {}
        for tp, lane in list(self._lanes.items()):
            if lane.count() or lane.next is None or tp not in reader.partitions():
                continue
            position = await reader.position(tp)
            if position is None or position == lane.next or self._lanes.get(tp) is not lane:
                continue
            if position < lane.next:
                log.error(
                    "consumer.went_back",
                    extra={
                        "topic": tp.topic,
                        "partition": tp.partition,
                        "from": lane.next,
                        "to": position,
                    },
                )
            if gap := lane.skip_to(position):
                gaps[tp] = gap
        await self._tell_of(reader, gaps)

    async def _commit(self, reader: Reader, *, within_seconds: float) -> None:
        """Commits what is settled of each partition, where that is news."""
        offsets = {}
        for tp, lane in self._lanes.items():
            settled = lane.settled_to()
            if settled is not None and settled != lane.committed:
                offsets[tp] = settled
        if not offsets:
            return
        lanes = self._lanes
        self._committed_at = time.monotonic()
        if await reader.commit(offsets, within_seconds):
            for tp, offset in offsets.items():
                if tp in lanes:
                    lanes[tp].committed = offset

    # -- watching ---------------------------------------------------------------------------------

    async def _look(self) -> None:
        """Asks the broker how far behind this process is; raises HandlerStuck."""
        while True:
            await asyncio.sleep(self._patience.look.total_seconds())
            self._look_at_hand()
            reader = self._reader
            if reader is None:
                continue
            try:
                ends = await reader.ends()
            except Exception as error:
                self._reached = False
                log.warning("consumer.broker_away", extra={"error": type(error).__name__})
                continue
            self._reached = True
            if reader is self._reader:
                self._judge(reader, ends)

    def _look_at_hand(self) -> None:
        if self._idle.is_set():
            return
        seconds = time.monotonic() - self._hand_since
        telemetry.HANDLER_SECONDS.set(seconds)
        if seconds >= self._patience.hand_limit.total_seconds():
            log.critical("consumer.handler_stuck", extra={"seconds": round(seconds)})
            raise HandlerStuck(f"a batch is in hand for {seconds:.0f} s")
        if seconds >= self._patience.hand_alarm.total_seconds() and not self._alarmed:
            self._alarmed = True
            log.error("consumer.handler_slow", extra={"seconds": round(seconds)})

    def _judge(self, reader: Reader, ends: Mapping[TopicPartition, int]) -> None:
        stands = {tp: self._stand(self._lanes.get(tp), end) for tp, end in ends.items()}
        if self._was_assigned and not reader.assigned.is_set():
            # A rebalance is a matter of seconds; who waits longer has missed its end.
            stands = {_NOWHERE: Stand(settled=None, end=1)}
        for tp, stand in stands.items():
            if stand.settled is not None and tp is not _NOWHERE:
                telemetry.LAG.labels(tp.topic, str(tp.partition)).set(stand.lag)
        stalled = self._watchdog.stalled(stands, time.monotonic())
        if stalled:
            log.error(
                "consumer.stalled",
                extra={
                    "partitions": [f"{tp.topic}[{tp.partition}]" for tp in stalled],
                    "waiting": sum(stands[tp].lag for tp in stalled),
                },
            )
            telemetry.READERS_FAILED.labels(self._service).inc()
            self._replacing.set()

    def _stand(self, lane: Lane[Taken] | None, end: int) -> Stand:
        if lane is None:
            return Stand(settled=None, end=end)
        gated = self._deciding.opens_in() > 0
        named = any(gated or taken.slug for taken in lane.open())
        # The handler has a limit of its own, and nothing moves while it works.
        in_hand = not self._idle.is_set()
        return Stand(settled=lane.settled_to(), end=end, waiting=in_hand or named)


class _Opener:
    """Knows which records concern the service, and what they say."""

    def __init__(self, service: str, wire: Wire) -> None:
        self._wire = wire
        self._service = service.encode()
        heard = frozenset(wire.types())
        self._unheard: AbstractSet[bytes] = {
            name.encode() for name in contracts.events() if name not in heard
        }

    def concerns(self, record: Any) -> bool:
        """Whether it may be for this service. What is no event of a contract is, too: it is to be
        put away."""
        for name, value in record.headers:
            if name == "ce_type" and value in self._unheard:
                return False
            if name == dead.ONLY_FOR and value != self._service:
                return False
        return True

    def open(self, taken: Taken) -> None:
        """Decodes a record, or says at once why it is dead."""
        try:
            self._decode(taken)
        except envelope.Undecodable as error:
            taken.dead = Dead("undecodable", str(error))
        except ContractBroken as error:
            taken.dead = Dead("rejected", f"contract_broken {error.field}")
        except DomainError as error:
            taken.dead = Dead("rejected", error.slug)
        except Exception as error:
            # Whatever decoding can raise; what it says may hold a citizen's words.
            taken.dead = Dead("undecodable", type(error).__name__)

    def _decode(self, taken: Taken) -> None:
        record = taken.record
        # In Kafka a header may stand without a value; ours never do.
        headers = [(name, value or b"") for name, value in record.headers]
        opened = envelope.from_record(record.key, headers, record.value)
        if opened.type not in contracts.events():
            taken.dead = Dead("unknown_type", "no contract of this name")
            return
        event = self._wire.decode(opened.type, opened.key, opened.data)
        if event is None:
            taken.settled = True
            return
        span = telemetry.process_span(opened.type, record.topic, opened.traceparent, opened.key)
        cause = Cause(
            id=opened.id,
            correlation_id=opened.correlation_id,
            traceparent=telemetry.traceparent_of(span, opened.traceparent),
        )
        taken.span = span
        taken.incoming = Incoming(
            event=event, cause=cause, topic=record.topic, sequence=opened.sequence
        )


def _passed_over(tp: TopicPartition, gap: Gap, beginning: int) -> None:
    """Says which offsets of a partition this group has never read, and why."""
    expired = min(max(0, beginning - gap.first), gap.count)
    where = {"topic": tp.topic, "partition": tp.partition, "from": gap.first, "to": gap.end - 1}
    if expired:
        telemetry.PASSED_OVER.labels("retention").inc(expired)
        log.error("consumer.lost_to_retention", extra={**where, "offsets": expired})
    if rest := gap.count - expired:
        telemetry.PASSED_OVER.labels("markers").inc(rest)
        log.info("consumer.passed_markers", extra={**where, "offsets": rest})


def _remove_lag(tp: TopicPartition) -> None:
    with contextlib.suppress(KeyError):  # it was not looked at yet
        telemetry.LAG.remove(tp.topic, str(tp.partition))


async def _either(*awaited: Any, within_seconds: float | None = None) -> None:
    """Returns when one of them is done, or the time is over. Coroutines are cancelled then; a task
    that was handed in goes on."""
    own = {asyncio.ensure_future(a) for a in awaited if not isinstance(a, asyncio.Task)}
    given = {a for a in awaited if isinstance(a, asyncio.Task)}
    try:
        await asyncio.wait(own | given, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in own:
            task.cancel()
        await asyncio.gather(*own, return_exceptions=True)
