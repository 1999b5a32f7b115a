"""Faust's Kafka transport, reading in gulps.

Faust asks for records as soon as one is there, and takes each through four tasks, two queues and a
sensor of its own: some 0.1 ms a record, 23 times a lifecycle. Here a busy reader lets records
gather first, and what a poll brought of one partition goes through Faust as one message, a `Gulp`:
the agent takes the records out of it. Faust keeps what it is for: membership of the group,
partitions, offsets, tables.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Any, cast

import faust
import uvloop
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka
from faust.types import TP
from faust.types.tuples import ConsumerMessage, Message

from services.common import contracts
from services.common.pace import Pace

log = logging.getLogger(__name__)

# A poll that brought so many for each millisecond of gathering is worth its cost; the reader is
# behind, and what waits is read at once.
ENOUGH = 1
# A fetch of so many bytes is answered at once, whatever else may come.
_PLENTY = 1 << 20
_LONG_POLL_MS = 1_500
# So many records at most are acked as one.
LARGEST = 50
# So many messages are handed over before others get a turn.
_IN_ONE_GO = 100


class Gulp(ConsumerMessage):
    """Records of one partition, acked together; the message itself is the last of them.

    `records` are those that concern the service, in order, perhaps none.
    """

    records: Sequence[Any]
    first: int


class _Thread(aiokafka.AIOKafkaConsumerThread):
    async def seek_to_committed(self) -> Mapping[TP, int]:
        found: Mapping[TP, int] = await self.call_thread(self._seek_to_committed)
        return found

    async def _seek_to_committed(self) -> Mapping[TP, int]:
        """aiokafka leaves a partition of which nothing was ever committed where it is."""
        consumer = self._ensure_consumer()
        offsets: dict[TP, int] = await consumer.seek_to_committed()
        acked = self.app.topics.acks_enabled_for
        if never := [tp for tp, offset in offsets.items() if not offset and acked(tp.topic)]:
            await consumer.seek_to_beginning(*never)
            offsets.update({tp: await consumer.position(tp) for tp in never})
        return offsets


class _Consumer(aiokafka.Consumer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Records came that can't be handed over, and the reader stands behind them.
        self._to_read_again = False
        # Since when acked offsets wait for one before them, by partition.
        self._held: Mapping[TP, float] = {}

    def held_seconds(self) -> float:
        """For how long acked offsets have waited for one before them; 0.0 if none does.

        Records are settled in order, so it is a moment at most, or one got lost on the way here.
        """
        now = time.monotonic()
        return now - min(self._held.values(), default=now)

    def _new_consumer_thread(self) -> aiokafka.AIOKafkaConsumerThread:
        loop = uvloop.new_event_loop()
        thread = _Thread(self, loop=self.loop, thread_loop=loop, beacon=self.beacon)
        thread._close_thread_loop_on_stop = True
        return thread

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        if self._to_read_again and not self.app.rebalancing:
            await self._go_back()
        records = await self._gather(active_partitions, timeout)
        # What isn't acked isn't an agent's: the changelog of a table, which Faust reads itself.
        acked = self.app.topics.acks_enabled_for
        events = {tp: list(parts(found)) for tp, found in records.items() if acked(tp.topic)}
        changes = {tp: found for tp, found in records.items() if not acked(tp.topic)}
        if events and (self.app.rebalancing or self._to_read_again):
            # At the end of a rebalance Faust empties the queues of its agents, also of what it has
            # put there since its last look at the committed offsets.
            self._to_read_again = True
            return changes
        return {**changes, **events}

    async def _go_back(self) -> None:
        try:
            await self.perform_seek()
        except (KafkaError, AssertionError) as error:
            # The next rebalance has begun (aiokafka asserts that there are partitions at all), or
            # the broker is away.
            log.warning("transport.not_gone_back", extra={"error": type(error).__name__})
        else:
            self._to_read_again = False
            log.info("transport.went_back")

    async def _gather(self, active_partitions: set[TP] | None, timeout: float) -> Any:
        pace = cast(GulpTransport, self.transport).pace
        fetcher = self._thread._ensure_consumer()._fetcher
        await pace.turn()
        records = await super()._getmany(active_partitions, timeout)
        gathers = round(pace.gathers.total_seconds() * 1000)
        if 0 < sum(map(len, records.values())) < ENOUGH * gathers:
            pace.ended()
            # The broker gathers too: it answers the next fetch when the time is up, instead of once
            # for the first record of each partition.
            fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = _PLENTY, gathers
        else:
            fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = 1, _LONG_POLL_MS
        return records

    def _to_message(self, tp: TP, record: Any) -> ConsumerMessage:
        if not isinstance(record, list):
            return super()._to_message(tp, record)
        last = record[-1]
        gulp = Gulp(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            None,
            None,
            None,
            None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )
        gulp.first = record[0].offset
        gulp.records = concerning(record, cast(GulpTransport, self.transport).passed_over)
        return gulp

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:
        """Hands over a whole poll by itself and so leaves Faust nothing to hand over singly."""
        poll = [one async for one in super().getmany(timeout)]
        if poll:
            await self.wait_first(self._hand_over(poll), self.suspend_flow.wait())
        return
        yield  # an iterator, as Faust expects

    async def _hand_over(self, poll: Sequence[tuple[TP, Message]]) -> None:
        """What `Consumer._drain_messages` does with each message."""
        for number, (tp, message) in enumerate(poll, 1):
            following = self._read_offset[tp] or 0
            if message.offset < following:
                continue
            if isinstance(message, Gulp) and message.first > following:
                self._left_out(message, following)
            await self.callback(message)
            self._read_offset[tp] = message.offset + 1
            if number % _IN_ONE_GO == 0:
                await asyncio.sleep(0)

    def _left_out(self, gulp: Gulp, following: int) -> None:
        """Offsets that the broker left out belong to what comes after them; there may be millions
        where its retention has passed us, and nothing of ours is in hand then."""
        if (self._committed_offset[gulp.tp] or 0) == following:
            self._committed_offset[gulp.tp] = gulp.first
        else:
            gulp.first = following

    def ack(self, message: Message) -> bool:
        """Acks all of a gulp.

        After a rebalance gulps may overlap; an offset that stood twice among the acked ones would
        hold up those behind it.
        """
        done = super().ack(message)
        if isinstance(message, Gulp):
            known, committed = self._acked_index[message.tp], self._committed_offset[message.tp]
            first = max(message.first, committed or 0)
            new = [offset for offset in range(first, message.offset) if offset not in known]
            known.update(new)
            self._acked[message.tp].extend(new)
        return done

    def _new_offset(self, tp: TP) -> int | None:
        """Never one behind a gap; Faust overlooks one of a single record, and any before the first
        commit."""
        following = self._committed_offset[tp] or 0
        if min(self._acked[tp], default=following) > following:
            return None
        return super()._new_offset(tp)

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        found = super()._filter_committable_offsets(tps)
        mine, now = self.assignment(), time.monotonic()
        self._held = {
            tp: self._held.get(tp, now) for tp, acked in self._acked.items() if acked and tp in mine
        }
        return found


def held_seconds(app: faust.App) -> float:
    """For how long commits of this app have been held up by a gap; 0.0 if they aren't."""
    return cast(_Consumer, app.consumer).held_seconds()


def parts(records: Sequence[Any]) -> Iterator[list[Any]]:
    """The records of one partition in lists of at most LARGEST."""
    for start in range(0, len(records), LARGEST):
        yield list(records[start : start + LARGEST])


def concerning(records: Sequence[Any], passed_over: AbstractSet[bytes]) -> Sequence[Any]:
    """The records whose type is none to pass over."""
    return [record for record in records if _type(record) not in passed_over]


def _type(record: Any) -> bytes | None:
    return next((value for name, value in record.headers if name == "ce_type"), None)


class GulpTransport(aiokafka.Transport):
    """For `app.transport`, before the app starts: polls at most once in `gather` when busy.

    `listens_to` holds the event types (full proto names) that the agents of the app want; others
    that a contract names are passed over. What is no event of a contract is for the agents to put
    away.
    """

    Consumer = _Consumer

    def __init__(self, app: faust.App, gather: timedelta, listens_to: AbstractSet[str]) -> None:
        super().__init__(app.conf.broker_consumer, app)
        self.pace = Pace(gather)
        self.passed_over = {name.encode() for name in contracts.events() if name not in listens_to}
