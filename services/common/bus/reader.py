"""Reading of the bus on aiokafka's public API: membership in a group, records, commits.

A `Reader` is one member of a group, from joining to leaving; whatever aiokafka raises goes to the
caller, who makes a new one. What becomes of the records is left to `membership`, and to
`unreadable` where aiokafka cannot read them. `AllPartitions` reads without a group; `Tail` does so
from the end of the topics.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from services.common.bus.brokers import Brokers
from services.common.bus.outcomes import PATIENCE, Patience
from services.common.bus.watchdog import Stand, Watchdog
from services.common.process import metrics
from services.common.process.background import cut_off
from services.common.process.pace import Pace
from services.common.process.parts import Stage

log = logging.getLogger(__name__)

Batch: TypeAlias = dict[TopicPartition, list[Any]]

# Topics of the same number of partitions: partition p of all of them goes to one member, so that
# what is told of one inquiry on several topics comes to one process. Round robin tears them apart.
ASSIGNOR = RangePartitionAssignor
# A member that is not heard of for so long is dead to the group. Longer: its partitions lie idle
# after a kill. Shorter: a long garbage collection or a frozen broker costs a rebalance.
SESSION_MS = 10_000
# Between two heartbeats: a session has time for three tries.
HEARTBEAT_MS = 3_000
# How long a request may take: the broker answers a join only when all members have joined, at the
# latest after a session.
REQUEST_MS = 15_000
# aiokafka leaves the group when nobody has polled for so long. A handler has a limit of ours
# (`Patience.hand_limit`), and this one must lie above it.
LONGEST_POLL_MS = 15 * 60_000
# New partitions, and topics that were missing, are noticed after so long at most.
METADATA_MS = 30_000
# The broker answers a fetch that finds nothing after so long. Longer costs nothing but a slow stop.
FETCH_WAIT_MS = 500
# A fetch that failed rests for so long. Longer: reading goes on later after a short outage.
# Shorter: a broker that is away is asked more often.
_BACKOFF_MS = 100
# How long a side question to the broker (offsets, ends) may take.
_ASK_SECONDS = 5.0
# Records that one gulp holds at most. More: memory, and the loop stands still longer while aiokafka
# hands them over. Fewer: more rounds to catch up.
_MOST_IN_GULP = 1_000
# How long a gulp waits for the first record.
_GULP_WAITS_MS = 1_000
# Partitions are looked for so often while a topic has none.
_LOOK_FOR_TOPICS_SECONDS = 0.1
# How long a `Tail` gathers. Longer: it hears of other replicas' saves later. Shorter: a busy bus
# costs more rounds.
_TAIL_GATHERS = timedelta(milliseconds=250)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a group stands in a partition (None: nowhere yet), and what the broker still has."""

    committed: int | None
    beginning: int


class _Changes(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._reader.assigned.clear()
        await self._reader.lost()

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._reader.assigned.set()


class Reader:
    """One member of the group; `lost` is awaited, for some seconds at most, before its partitions
    may go to others."""

    def __init__(
        self,
        *,
        brokers: Brokers,
        group: str,
        client_id: str,
        topics: Sequence[str],
        lost: Callable[[], Awaitable[None]],
    ) -> None:
        self.lost = lost
        self.assigned = asyncio.Event()
        self._topics = topics
        self.login = brokers.login()
        self.kafka = AIOKafkaConsumer(
            **self.login.client(),
            group_id=group,
            client_id=client_id,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            partition_assignment_strategy=(ASSIGNOR,),
            session_timeout_ms=SESSION_MS,
            rebalance_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            request_timeout_ms=REQUEST_MS,
            max_poll_interval_ms=LONGEST_POLL_MS,
            metadata_max_age_ms=METADATA_MS,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            retry_backoff_ms=_BACKOFF_MS,
        )

    async def start(self) -> None:
        """Connects and begins to join; partitions come later. Raises when the broker is away."""
        await self.kafka.start()
        self.kafka.subscribe(self._topics, listener=_Changes(self))

    def partitions(self) -> AbstractSet[TopicPartition]:
        """What is assigned to this member; empty before the first assignment and between two."""
        found: AbstractSet[TopicPartition] = self.kafka.assignment()
        return found if self.assigned.is_set() else frozenset()

    async def poll(self, most: int, wait_seconds: float) -> Batch:
        """The records that have come, at most `most`; none after `wait_seconds`.

        From the moment the records leave aiokafka until this returns nothing else runs: they belong
        to the assignment that holds then. Must be awaited directly, not in a task of its own.
        """
        found: Batch = await self.kafka.getmany(
            timeout_ms=round(wait_seconds * 1000), max_records=most
        )
        return found

    def only(self, wanted: AbstractSet[TopicPartition]) -> None:
        """Asks the broker for these partitions alone."""
        mine, paused = self.partitions(), self.kafka.paused()
        self.kafka.pause(*(mine - wanted - paused))
        self.kafka.resume(*(paused & wanted & mine))

    async def position(self, partition: TopicPartition) -> int | None:
        """The offset to be read next; None while aiokafka does not know it."""
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                found: int = await self.kafka.position(partition)
        except (KafkaError, TimeoutError):
            return None
        return found

    async def origins(
        self, partitions: Iterable[TopicPartition]
    ) -> Mapping[TopicPartition, Origin]:
        """Where the group stands in each of these."""
        wanted = list(partitions)
        async with asyncio.timeout(_ASK_SECONDS):
            beginnings = await self.kafka.beginning_offsets(wanted)
            committed = {tp: await self.kafka.committed(tp) for tp in wanted}
        return {tp: Origin(committed=committed[tp], beginning=beginnings[tp]) for tp in wanted}

    async def ends(self) -> Mapping[TopicPartition, int]:
        """Up to where each assigned partition can be read; raises when the broker is away."""
        mine = list(self.partitions())
        async with asyncio.timeout(_ASK_SECONDS):
            if not mine:
                await self.kafka.topics()
            found: Mapping[TopicPartition, int] = await self.kafka.end_offsets(mine)
        return found

    async def commit(self, offsets: Mapping[TopicPartition, int], within_seconds: float) -> bool:
        """Whether the broker has these as the group's place now."""
        # Allowed also between two assignments: partitions that are being taken away are still ours
        # to commit.
        mine = self.kafka.assignment()
        wanted = {tp: offset for tp, offset in offsets.items() if tp in mine}
        if not wanted:
            return True
        try:
            async with asyncio.timeout(within_seconds):
                await self.kafka.commit(wanted)
        except (KafkaError, TimeoutError) as error:
            # Whoever gets the partition reads again what is not committed.
            log.warning("consumer.not_committed", extra={"error": type(error).__name__})
            return False
        return True


class Deaf(Exception):
    """Records wait and nothing is read."""


class LoginChanged(Exception):
    """A reader logged in with what has changed since; the next one logs in anew."""


class AllPartitions:
    """Reads every partition of some topics in gulps, for something that every process must know; it
    belongs to no group and commits nothing.

    It begins at the `reset` end of each partition, also of partitions that come later: aiokafka
    then begins all of them anew, so that from the beginning records come again, and from the end
    some may be left out. Whatever aiokafka raises goes to the caller, who makes a new one.
    """

    def __init__(
        self,
        *,
        brokers: Brokers,
        topics: Sequence[str],
        client_id: str,
        reset: Literal["earliest", "latest"],
        gathers: timedelta,
    ) -> None:
        self._topics = frozenset(topics)
        self.brokers = brokers
        self.login = brokers.login()
        self._pace = Pace(gathers, steady=True)
        self._count = 0
        self.most = _MOST_IN_GULP
        # Of each partition the next offset to be handed over.
        self.next: dict[TopicPartition, int] = {}
        self.kafka = AIOKafkaConsumer(
            **self.login.client(),
            client_id=client_id,
            auto_offset_reset=reset,
            isolation_level="read_committed",
            request_timeout_ms=REQUEST_MS,
            metadata_max_age_ms=METADATA_MS,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            retry_backoff_ms=_BACKOFF_MS,
        )

    async def start(self) -> None:
        """Connects, and returns when every topic has partitions; raises when the broker is away."""
        await self.kafka.start()
        self.kafka.subscribe(list(self._topics))
        while self.missing():  # noqa: ASYNC110 - aiokafka tells nobody of partitions without a group
            await asyncio.sleep(_LOOK_FOR_TOPICS_SECONDS)
        await self._know_places()

    def must_be_current(self) -> None:
        """Raises LoginChanged when it logged in with what has changed since."""
        if self.brokers.login() is not self.login:
            raise LoginChanged

    def missing(self) -> AbstractSet[str]:
        """The topics that have no partition yet."""
        return self._topics - {tp.topic for tp in self.kafka.assignment()}

    async def go_to(self, moments: Mapping[str, datetime]) -> None:
        """Goes to the first record that is not older than its topic's moment (aware), by the times
        that the records carry; to the end where all are older. A topic without a moment stays where
        it is. Raises when the broker does not answer."""
        mine = [tp for tp in self.kafka.assignment() if tp.topic in moments]
        stamps = {tp: round(moments[tp.topic].timestamp() * 1000) for tp in mine}
        async with asyncio.timeout(_ASK_SECONDS):
            # The ends first: what comes between the two questions then lies behind them.
            ends = await self.kafka.end_offsets(mine)
            firsts = await self.kafka.offsets_for_times(stamps)
        for tp, first in firsts.items():
            self.next[tp] = ends[tp] if first is None else first.offset
            self.kafka.seek(tp, self.next[tp])

    async def gulp(self, *, at_once: bool = False) -> Batch:
        """The records that have come since the last gulp; none after a second. The last gulp counts
        as worked through now.

        First waits for records to gather, unless `at_once`, or the last gulp was full.
        """
        if self._count:
            self._pace.round_ended(self._count, full=self._count >= self.most or at_once)
        await self._pace.turn()
        self.kafka.resume(*self.kafka.paused())
        await self._know_places()
        found: Batch = await self.kafka.getmany(timeout_ms=_GULP_WAITS_MS, max_records=self.most)
        self._count = sum(map(len, found.values()))
        if 0 < self._count < self.most:
            # Until the next gulp records gather at the broker; otherwise it would answer with the
            # first new record of each partition alone.
            self.kafka.pause(*self.kafka.assignment())
        return found

    def took(self, found: Batch) -> None:
        """Notes what was handed over."""
        self.next.update({tp: records[-1].offset + 1 for tp, records in found.items()})

    async def _know_places(self) -> None:
        """Notes where reading begins in newly assigned partitions. It must do so at once: later
        aiokafka's position may lie behind records that it took out and never handed over."""
        for tp in self.kafka.assignment() - self.next.keys():
            self.next[tp] = await self.kafka.position(tp)

    async def stands(self) -> Mapping[TopicPartition, Stand]:
        """Up to where each partition was read, and where it ends. Markers of transactions, and what
        retention took, count as read. Raises when the broker does not answer."""
        mine = list(self.kafka.assignment())
        async with asyncio.timeout(_ASK_SECONDS):
            ends = await self.kafka.end_offsets(mine)
            return {tp: Stand(settled=await self.kafka.position(tp), end=ends[tp]) for tp in mine}

    async def has_passed(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Whether all before these offsets was read, or is not there to be read."""
        async with asyncio.timeout(_ASK_SECONDS):
            return all([await self.kafka.position(tp) >= end for tp, end in offsets.items()])

    def leave(self) -> asyncio.Task[None]:
        """Begins to close; the task ends by itself, later where the broker is away."""
        return let_go(self.kafka)


class Tail:
    """Hears what is told from now on, in all partitions of some topics.

    `heard` gets the ids of the aggregates that told something, each with the highest version at
    which it did. Events gather for a quarter of a second first. `gap` is called at the beginning
    and whenever something may have been missed: the owner must then look up elsewhere what was told
    before.
    """

    name = "tail"
    stage = Stage.WORK

    def __init__(
        self,
        *,
        brokers: Brokers,
        topics: Sequence[str],
        client_id: str,
        heard: Callable[[Mapping[str, int]], Awaitable[None]],
        gap: Callable[[], Awaitable[None]],
        patience: Patience = PATIENCE,
    ) -> None:
        self._brokers = brokers
        self._topics = topics
        self._client_id = client_id
        self._heard = heard
        self._gap = gap
        self._patience = patience
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to listen, also where the broker is away."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stops listening."""
        await cut_off(self._task)

    def vital_tasks(self) -> Iterable[asyncio.Task[Any]]:
        """Nothing that ends the service."""
        return []

    async def _run(self) -> None:
        pauses = self._patience.between_readers()
        while True:
            began = time.monotonic()
            reader = AllPartitions(
                brokers=self._brokers,
                topics=self._topics,
                client_id=self._client_id,
                reset="latest",
                gathers=_TAIL_GATHERS,
            )
            try:
                async with asyncio.timeout(REQUEST_MS / 1000):
                    await reader.start()
                await self._listen(reader)
            except Exception as error:
                metrics.READERS_FAILED.labels("tail").inc()
                log.warning("tail.failed", extra={"error": type(error).__name__})
            finally:
                reader.leave()
            await asyncio.sleep(pauses.after_seconds(time.monotonic() - began))

    async def _listen(self, reader: AllPartitions) -> None:
        """Returns never; raises what aiokafka, `heard` and `gap` raise."""
        await self._gap()
        watchdog = Watchdog(self._patience.still)
        look_at = 0.0
        while True:
            known = frozenset(reader.next)
            found = await reader.gulp()
            now = time.monotonic()
            reader.must_be_current()
            if now >= look_at:
                look_at = now + self._patience.look.total_seconds()
                if watchdog.stalled(await reader.stands(), time.monotonic()):
                    raise Deaf
            # Something may have come between what was heard before and this. Markers of
            # transactions look like that, too: one look too many, no harm.
            left_out = reader.next.keys() != known or any(
                reader.next.get(tp) != records[0].offset for tp, records in found.items()
            )
            reader.took(found)
            if left_out:
                await self._gap()
            if told := _told(found):
                await self._heard(told)


def _told(found: Batch) -> dict[str, int]:
    """The highest version told by each aggregate. An event without a version counts as newer than
    all."""
    told: dict[str, int] = {}
    for record in (record for records in found.values() for record in records):
        headers = dict(record.headers)
        if not (subject := headers.get("ce_subject")):
            continue
        aggregate = subject.decode(errors="replace")
        text = headers.get("ce_aggregateversion") or b""
        version = int(text) if text.isdigit() and len(text) < 19 else sys.maxsize
        told[aggregate] = max(version, told.get(aggregate, 0))
    return told


_leaving: set[asyncio.Task[None]] = set()


def let_go(kafka: AIOKafkaConsumer) -> asyncio.Task[None]:
    """Closes a consumer without waiting for it: where the broker is away, that may take as long as
    a request. The task may be waited for, and ends by itself."""

    async def close() -> None:
        try:
            # If a fetch of aiokafka rests after a failure while we stop it, its cancellation
            # interrupts our stop, and aiokafka's client runs for ever. So we pause all partitions
            # and wait until no fetch rests.
            kafka.pause(*kafka.assignment())
            await asyncio.sleep(2 * _BACKOFF_MS / 1000)
            await kafka.stop()
        except (Exception, asyncio.CancelledError) as error:
            log.warning("consumer.not_closed", extra={"error": type(error).__name__})

    task = asyncio.create_task(close())
    _leaving.add(task)
    task.add_done_callback(_leaving.discard)
    return task
