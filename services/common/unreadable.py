"""Finds what makes aiokafka fail before a record is a record, and a way past it.

An unknown codec, a corrupt batch, a header whose name is no text: aiokafka raises, names no place,
and drops what it had already taken out for the same call. So everything is set back to where it was
handed over last and read singly: the partition at fault, the first offset, and the first offset
behind it that can be read again.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError

from services.common.reader import Batch

# The culprit shows itself within this time, or it was something else.
SEARCH_SECONDS = 5.0
# So many offsets are tried one by one; behind them the step doubles, and what is passed over is
# narrowed down from there.
_SINGLY = 64
_PROBE_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Offsets from `offset` up to before `end` that cannot be read; stands for a record where that
    is buried. `error` is the type of what was raised."""

    topic: str
    partition: int
    offset: int
    end: int
    error: str
    key: bytes = b""
    value: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()


def is_about_records(error: Exception) -> bool:
    """Whether reading on elsewhere may help; other errors are about the connection or the group."""
    if isinstance(error, CorruptRecordException | UnsupportedCodecError | gzip.BadGzipFile):
        return True
    return not isinstance(error, KafkaError | OSError | AssertionError | TimeoutError)


async def read_around(
    kafka: AIOKafkaConsumer, places: Mapping[TopicPartition, int], most: int
) -> tuple[Batch, Sequence[Unreadable]]:
    """Reads on from `places`, the next offset of each assigned partition that is read.

    Returns what could be read before the culprit, and the culprit; the consumer then stands behind
    it. Raises what is not about records.
    """
    for partition, offset in places.items():
        kafka.seek(partition, offset)
    found: Batch = {}
    count = 0
    until = time.monotonic() + SEARCH_SECONDS
    while count < most and time.monotonic() < until:
        for partition in places:
            try:
                batch = await kafka.getmany(partition, timeout_ms=1, max_records=1)
            except Exception as error:
                if not is_about_records(error):
                    raise
                culprit = await _pass(kafka, partition, places, type(error).__name__)
                return found, [culprit] if culprit else []
            for records in batch.values():
                found.setdefault(partition, []).extend(records)
                count += len(records)
    return found, []


async def _pass(
    kafka: AIOKafkaConsumer,
    partition: TopicPartition,
    places: Mapping[TopicPartition, int],
    error: str,
) -> Unreadable | None:
    """Goes past what cannot be read; None when it can be read after all."""
    # A fetch for others would keep each try waiting for half a second.
    others = [other for other in places if other != partition]
    kafka.pause(*others)
    try:
        first: int = await kafka.position(partition)
        last: int = (await kafka.end_offsets([partition]))[partition]
        behind = await _first_readable(kafka, partition, first, last)
        kafka.seek(partition, behind)
    finally:
        kafka.resume(*others)
    if behind == first:
        return None
    return Unreadable(
        topic=partition.topic,
        partition=partition.partition,
        offset=first,
        end=behind,
        error=error,
    )


async def _first_readable(
    kafka: AIOKafkaConsumer, partition: TopicPartition, first: int, last: int
) -> int:
    """The first offset from `first` on that can be read; `last` when none can."""

    async def reads(offset: int) -> bool:
        if offset >= last:
            return True
        kafka.seek(partition, offset)
        try:
            await kafka.getmany(partition, timeout_ms=_PROBE_MS, max_records=1)
        except Exception as error:
            if not is_about_records(error):
                raise
            return False
        return True

    fails = first - 1
    step = 1
    while not await reads(fails + step):
        fails += step
        step = 1 if fails - first < _SINGLY else 2 * step
    works = min(fails + step, last)
    while works - fails > 1:
        middle = (works + fails) // 2
        if await reads(middle):
            works = middle
        else:
            fails = middle
    return works
