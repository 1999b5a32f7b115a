"""One membership of the group, from joining to leaving: what it holds, settles and commits.

Whatever aiokafka raises ends it; `consume` begins the next. Then, and when the partitions change
hands, everything held is forgotten and read again from the committed offsets.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from aiokafka import TopicPartition

from services.common.bus.brokers import Brokers
from services.common.bus.outcomes import Dead, Patience
from services.common.bus.reader import Batch, Reader, let_go
from services.common.bus.salvage import Salvaged
from services.common.bus.unreadable import Culprit, Unreadable, is_about_records, read_around
from services.common.bus.watchdog import Stand
from services.common.consuming.burying import Burying
from services.common.consuming.deciding import Deciding, Taken, name_of, waiting
from services.common.consuming.opening import Opener
from services.common.consuming.progress import Gap, Progress
from services.common.process import metrics
from services.common.process.clock import utc_now
from services.common.process.pace import Pace

log = logging.getLogger(__name__)

# Unsettled events at which a partition is read no further: later ones would probably wait for the
# same. More: memory. Fewer: events that wait for nothing are held up sooner.
HELD_MOST = 500
# Offsets read beyond the one that may be committed, at which a partition is read no further: a
# single waiting event holds the commit. More: more comes twice after a crash. Fewer: one event
# holds up its partition sooner.
AHEAD_MOST = 20_000
# How long a poll waits on an empty bus.
_IDLE_SECONDS = 0.5
# For the commit before partitions go to others. A rebalance waits at most the session's 10 s, and
# the batch in hand (`Patience.revoked`) has most of them.
_REVOKED_COMMIT_SECONDS = 2.0
_COMMIT_SECONDS = 5.0
# Stands for all partitions while none is assigned.
NOWHERE = TopicPartition("(none assigned)", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What every membership of one consumer works with; `most` events are asked about together."""

    brokers: Brokers
    group: str
    client_id: str
    topics: tuple[str, ...]
    opener: Opener
    deciding: Deciding
    burying: Burying
    pace: Pace
    patience: Patience
    most: int
    clock: Callable[[], datetime] = utc_now


class Membership:
    """Reads as one member of the group until something is raised. Calls `joined` whenever it gets
    partitions: the group has changed."""

    def __init__(self, tools: Tools, joined: Callable[[], None] = lambda: None) -> None:
        self._tools = tools
        self._joined = joined
        self._has_joined = False
        self._patience = tools.patience
        self._partitions: dict[TopicPartition, Progress[Taken]] = {}
        self._reader = Reader(
            brokers=tools.brokers,
            group=tools.group,
            client_id=tools.client_id,
            topics=tools.topics,
            lost=self._lost,
        )
        # True: takes up no further batch.
        self._ending = False
        # `_idle` is set while no batch is in hand; `_hand_since` is when the present one was taken
        # (monotonic seconds).
        self._idle = asyncio.Event()
        self._idle.set()
        self._hand_since = 0.0
        # `_busy`: the last round had something to do. `_full`: the last poll brought as many as it
        # may, so more records wait.
        self._busy = False
        self._full = False
        self._committed_at = 0.0
        self.was_assigned = False
        self.reached = False

    async def run(self) -> None:
        """Joins and reads; returns never, raises what aiokafka raises."""
        await self._reader.start()
        self.reached = True
        while not self._ending:
            await self._reader.assigned.wait()
            self.was_assigned = True
            self._tell_joined()
            await self._gather()
            await self._know_origins()
            gaps = await self._poll()
            settled = await self._round()
            self._busy = settled > 0
            await self._tell_of(gaps)
            if self._busy:
                self._tools.pace.round_ended(settled, full=self._full)
            await self._commit_in_time()

    async def finish(self, within_seconds: float) -> None:
        """Takes up nothing new, settles the batch in hand and commits: two thirds of the time are
        for the batch, one for the commit."""
        self._ending = True
        await self._batch_is_settled(within_seconds * 2 / 3)
        await self._commit(within_seconds / 3)

    def leave(self) -> asyncio.Task[None]:
        """Begins to leave the group; the task ends by itself, later where the broker is away."""
        self._ending = True
        self._forget()
        return let_go(self._reader.kafka)

    def is_outdated(self) -> bool:
        """Whether it logged in with what has changed since."""
        return self._tools.brokers.login() is not self._reader.login

    def in_hand_seconds(self) -> float:
        """For how long the handler has had the batch in hand; 0.0 when it has none."""
        return 0.0 if self._idle.is_set() else time.monotonic() - self._hand_since

    async def stands(self) -> Mapping[TopicPartition, Stand]:
        """Where each partition of this process stands; raises when the broker is away."""
        if not self.reached:
            return {}
        ends = await self._reader.ends()
        if not self._reader.assigned.is_set():
            # Joining and a rebalance take seconds. A member without partitions for longer has
            # missed their end, or aiokafka holds an error back for the next poll, which comes only
            # after an assignment.
            return {NOWHERE: Stand(settled=None, end=1)}
        found = {tp: self._stand(self._partitions.get(tp), end) for tp, end in ends.items()}
        now = time.monotonic()
        for tp, stand in found.items():
            if stand.settled is not None:
                _show(self._partitions[tp], stand, now)
        return found

    def _stand(self, progress: Progress[Taken] | None, end: int) -> Stand:
        if progress is None:
            return Stand(settled=None, end=end)
        gated = self._tools.deciding.opens_in() > 0
        named = any(gated or taken.slug for taken in progress.open())
        # No partition moves while the handler works, and the handler has a limit of its own.
        in_hand = not self._idle.is_set()
        return Stand(settled=progress.settled_to(), end=end, waiting=in_hand or named)

    async def _lost(self) -> None:
        """The group takes the partitions away: settles the batch in hand, commits, and forgets
        everything held."""
        await self._batch_is_settled(self._patience.revoked.total_seconds())
        await self._commit(_REVOKED_COMMIT_SECONDS)
        self._forget()
        self._has_joined = False

    def _tell_joined(self) -> None:
        if not self._has_joined:
            self._has_joined = True
            self._joined()

    async def _batch_is_settled(self, within_seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._idle.wait()

    def _forget(self) -> None:
        for progress in self._partitions.values():
            _hide(progress.partition)
        self._partitions = {}
        self._tools.deciding.forget()

    # -- reading ----------------------------------------------------------------------------------

    async def _gather(self) -> None:
        """Returns when the next round may begin; asks the broker for every partition that is not
        full."""
        await self._tools.pace.turn()
        self._mark_who_holds_up()
        self._reader.only({tp for tp in self._reader.partitions() if not self._is_full(tp)})

    def _mark_who_holds_up(self) -> None:
        """Marks the first waiting event of each partition that is read no further because of it."""
        for progress in self._partitions.values():
            if progress.ahead() >= AHEAD_MOST:
                next(progress.open()).holds_up = True

    def _is_full(self, partition: TopicPartition) -> bool:
        progress = self._partitions.get(partition)
        if progress is None:
            return False
        return progress.count() >= HELD_MOST or progress.ahead() >= AHEAD_MOST

    async def _know_origins(self) -> None:
        """Finds where reading begins in newly assigned partitions, and which records retention
        removed before that place."""
        mine = self._reader.partitions()
        if not mine:
            return
        for gone in self._partitions.keys() - mine:
            _hide(self._partitions.pop(gone).partition)
        for new in mine - self._partitions.keys():
            self._partitions[new] = Progress(new)
        unknown = {tp: progress for tp, progress in self._partitions.items() if not progress.asked}
        if not unknown:
            return
        for tp, origin in (await self._reader.origins(unknown)).items():
            progress = unknown[tp]
            progress.asked = True
            progress.committed = origin.committed
            begins = max(origin.committed or 0, origin.beginning)
            if progress.next is None:
                progress.next = begins
            if origin.committed is not None and origin.committed < begins:
                _passed_over(tp, Gap(origin.committed, begins, begins - origin.committed), begins)

    async def _poll(self) -> Mapping[TopicPartition, Gap]:
        """Takes the records that have come; returns, for each partition, the offsets that were
        missing among them."""
        try:
            found = await self._reader.poll(self._tools.most, self._wait_seconds())
        except Exception as error:
            if not is_about_records(error):
                raise
            return await self._read_around(error)
        gaps = self._take(found)
        if found and not self._full and self._tools.pace.gathers:
            # Until the next round records gather at the broker. If aiokafka asked meanwhile, the
            # broker would answer with the first new record of each partition: the next poll would
            # bring that one alone, and all later ones would come a round later.
            self._reader.only(frozenset())
        return gaps

    def _wait_seconds(self) -> float:
        """How long a poll may wait for records: until the handler is to be asked again about a held
        event."""
        now = time.monotonic()
        due = min(
            (t.due for progress in self._partitions.values() for t in progress.open()), default=None
        )
        if due is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, due - now, self._tools.deciding.opens_in()))

    def _take(self, found: Batch) -> Mapping[TopicPartition, Gap]:
        gaps = {}
        now = time.monotonic()
        self._full = sum(map(len, found.values())) >= self._tools.most
        for tp, records in found.items():
            progress = self._partitions.get(tp)
            if progress is None:
                progress = self._partitions[tp] = Progress(tp)
            if gap := progress.read(records):
                gaps[tp] = gap
            for record in records:
                if self._tools.opener.concerns(record):
                    progress.hold(Taken(record, record.offset, due=now))
        return gaps

    async def _read_around(self, error: Exception) -> Mapping[TopicPartition, Gap]:
        """aiokafka failed on something that it cannot read. The records that the failed call had
        taken out are read again; then reading goes on behind the culprit."""
        log.error("consumer.unreadable", extra={"error": type(error).__name__})
        mine = self._reader.partitions()
        places = {
            tp: progress.next
            for tp, progress in self._partitions.items()
            if tp in mine and progress.next is not None and not self._is_full(tp)
        }
        if not places or len(self._partitions) != len(mine):
            raise error  # the next reader begins at the committed offsets
        partitions = self._partitions
        found, culprit = await read_around(
            self._reader.kafka, self._tools.brokers, places, self._tools.most
        )
        if self._partitions is not partitions:
            # The partitions changed hands meanwhile, and their positions are those that were set
            # for the old ones.
            raise error
        gaps = self._take(found)
        if culprit is not None:
            self._take_apart(culprit)
        return gaps

    def _take_apart(self, culprit: Culprit) -> None:
        """Holds each record of a batch that aiokafka cannot read: readable ones as usual, the
        others as dead."""
        progress = self._partitions[culprit.partition]
        progress.next = culprit.end
        for record in culprit.found:
            taken = Taken(record, record.offset)
            match record:
                case Unreadable(offset=first, end=end, error=error):
                    taken.dead = Dead("unreadable", f"{error} {first}-{end - 1}")
                    metrics.PASSED_OVER.labels("unreadable").inc(end - first)
                case Salvaged(spoilt=True):
                    taken.dead = Dead("undecodable", "the name of a header is no text")
                case _ if not self._tools.opener.concerns(record):
                    continue
            progress.hold(taken)

    async def _tell_of(self, gaps: Mapping[TopicPartition, Gap]) -> None:
        """Logs and counts the offsets that never came."""
        if not gaps:
            return
        try:
            origins = await self._reader.origins(gaps)
        except Exception as error:
            log.warning("consumer.gaps_unexplained", extra={"error": type(error).__name__})
            origins = {}
        for tp, gap in gaps.items():
            _passed_over(tp, gap, origins[tp].beginning if tp in origins else 0)

    # -- settling ---------------------------------------------------------------------------------

    async def _round(self) -> int:
        """Settles the events that are due; returns how many there were."""
        now = time.monotonic()
        due = sorted(self._due(now), key=attrgetter("due"))[: 2 * self._tools.most]
        if not due or self._ending:
            return 0
        self._idle.clear()
        self._hand_since = now
        try:
            for taken in due:
                if taken.dead is None and taken.incoming is None:
                    self._tools.opener.open(taken)
            asked = await self._tools.deciding.settle(
                [t for t in due if not t.settled and t.dead is None]
            )
            buried = [t for t in due if t.dead is not None and not t.settled]
            await self._tools.burying.bury(buried)
        finally:
            self._idle.set()
            metrics.HANDLER_SECONDS.set(0)
        settled = {*asked, *buried}
        self._count(settled)
        return len(settled)

    def _due(self, now: float) -> Iterable[Taken]:
        return (
            t for progress in self._partitions.values() for t in progress.open() if t.due <= now
        )

    def _count(self, asked: AbstractSet[Taken]) -> None:
        metrics.BATCH_SIZE.observe(len(asked))
        done = Counter(
            (name_of(t), "dead" if t.dead else "ack" if t.settled else "retry") for t in asked
        )
        for (event, outcome), count in done.items():
            metrics.CONSUMED.labels(event, outcome).inc(count)
        settled = [taken for taken in asked if taken.settled]
        for taken in settled:
            if taken.span is not None:
                taken.span.end()
        _measure_delays(settled, self._tools.clock())
        found = waiting(t for progress in self._partitions.values() for t in progress.open())
        metrics.WAITING.clear()
        for slug, count in found.items():
            metrics.WAITING.labels(slug).set(count)

    # -- committing -------------------------------------------------------------------------------

    async def _commit_in_time(self) -> None:
        """Commits at once when idle, otherwise at most once in `Patience.commit`."""
        now = time.monotonic()
        if self._busy and now - self._committed_at < self._patience.commit.total_seconds():
            return
        if not self._busy:
            await self._pass_markers()
        await self._commit(_COMMIT_SECONDS)

    async def _pass_markers(self) -> None:
        """Takes over aiokafka's position in partitions of which nothing is held. aiokafka skips
        markers of transactions and aborted records without a word, so its position may be further
        than the last record."""
        gaps = {}
        for tp, progress in list(self._partitions.items()):
            if progress.count() or progress.next is None or tp not in self._reader.partitions():
                continue
            position = await self._reader.position(tp)
            if (
                position is None
                or position == progress.next
                or self._partitions.get(tp) is not progress
            ):
                continue
            if position < progress.next:
                log.error(
                    "consumer.went_back",
                    extra={
                        "topic": tp.topic,
                        "partition": tp.partition,
                        "from": progress.next,
                        "to": position,
                    },
                )
            if gap := progress.skip_to(position):
                gaps[tp] = gap
        await self._tell_of(gaps)

    async def _commit(self, within_seconds: float) -> None:
        """Commits, for each partition, the offset up to which all is settled, if that has
        changed."""
        offsets = {}
        for tp, progress in self._partitions.items():
            settled = progress.settled_to()
            if settled is not None and settled != progress.committed:
                offsets[tp] = settled
        if not offsets:
            return
        partitions = self._partitions
        self._committed_at = time.monotonic()
        if await self._reader.commit(offsets, within_seconds):
            for tp, offset in offsets.items():
                if tp in partitions:
                    partitions[tp].committed = offset


def _passed_over(tp: TopicPartition, gap: Gap, beginning: int) -> None:
    """Logs and counts the offsets of a partition that this group has never read, by the reason."""
    expired = min(max(0, beginning - gap.first), gap.count)
    where = {"topic": tp.topic, "partition": tp.partition, "from": gap.first, "to": gap.end - 1}
    if expired:
        metrics.PASSED_OVER.labels("retention").inc(expired)
        log.error("consumer.lost_to_retention", extra={**where, "offsets": expired})
    if rest := gap.count - expired:
        metrics.PASSED_OVER.labels("markers").inc(rest)
        log.info("consumer.passed_markers", extra={**where, "offsets": rest})


def _measure_delays(settled: Iterable[Taken], now: datetime) -> None:
    """Shows for each event how long after its making it had its effect here."""
    delays: defaultdict[str, list[float]] = defaultdict(list)
    for taken in settled:
        if taken.made_at is not None:
            delays[name_of(taken)].append(max(0.0, (now - taken.made_at).total_seconds()))
    for event, seconds in delays.items():
        delay = metrics.EVENT_DELAY.labels(event)  # looked up once: that costs as much as counting
        for one in seconds:
            delay.observe(one)


def _show(progress: Progress[Taken], stand: Stand, now: float) -> None:
    """Sets the figures of a partition: how far behind it is, and how long it has stood still."""
    tp = progress.partition
    metrics.LAG.labels(tp.topic, str(tp.partition)).set(stand.lag)
    still = progress.still_seconds(stand.end, now)
    metrics.LAST_ACK_AGE.labels(tp.topic, str(tp.partition)).set(still)


def _hide(tp: TopicPartition) -> None:
    """Removes the figures of a partition that somebody else reads from now on."""
    for figure in (metrics.LAG, metrics.LAST_ACK_AGE):
        with contextlib.suppress(KeyError):  # it was not looked at yet
            figure.remove(tp.topic, str(tp.partition))
