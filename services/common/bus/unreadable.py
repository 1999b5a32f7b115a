"""Finds what makes aiokafka fail before a record is a record, and a way past it.

At an unknown codec, a corrupt batch, or a header whose name is no text, aiokafka raises without
naming the place, and drops the records that it had already taken out for the same call. So this
module sets every partition back to the last record handed over and reads record by record, until it
knows the partition and the offset. It then reads the batch there by its bytes (`salvage`), or
passes over all of it.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException, KafkaError, UnsupportedCodecError

from services.common.bus.brokers import Brokers
from services.common.bus.reader import AllPartitions, Batch
from services.common.bus.salvage import Broken, Salvaged, batch_at

log = logging.getLogger(__name__)

# How long the culprit is looked for; if nothing fails within this time, the error had another
# cause.
SEARCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Offsets from `offset` up to before `end` that nobody can read; stands for a record where that
    is buried. `error` is the type of what was raised."""

    topic: str
    partition: int
    offset: int
    end: int
    error: str
    key: bytes = b""
    value: bytes = b""
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """What lies where aiokafka cannot read: its records, or one `Unreadable` for all of them.
    Reading goes on at `end`."""

    partition: TopicPartition
    end: int
    found: Sequence[Salvaged | Unreadable]


def is_about_records(error: Exception) -> bool:
    """Whether reading on elsewhere may help; other errors are about the connection or the group."""
    if isinstance(error, CorruptRecordException | UnsupportedCodecError | gzip.BadGzipFile):
        return True
    return not isinstance(error, KafkaError | OSError | AssertionError | TimeoutError)


async def gulp_around(reader: AllPartitions, *, at_once: bool) -> Iterable[Any]:
    """The records that came to a reader of all partitions, and what stands for those that nobody
    can read: `Unreadable`, `Salvaged`.

    Where aiokafka fails on such a record, those that the failed call had taken out are read again,
    and reading goes on behind the culprit. Raises what is not about records.
    """
    try:
        found = await reader.gulp(at_once=at_once)
    except Exception as error:
        if not is_about_records(error):
            raise
        log.error("reader.unreadable", extra={"error": type(error).__name__})
        if reader.kafka.assignment() - reader.next.keys():
            raise  # a partition came this moment; the next reader begins with it
        places = dict(reader.next)
        found, culprit = await read_around(reader.kafka, reader.brokers, places, reader.most)
        reader.took(found)
        if culprit is None:
            return chain(*found.values())
        reader.next[culprit.partition] = culprit.end
        return chain(*found.values(), culprit.found)
    reader.took(found)
    return chain(*found.values())


async def read_around(
    kafka: AIOKafkaConsumer,
    brokers: Brokers,
    places: Mapping[TopicPartition, int],
    most: int,
) -> tuple[Batch, Culprit | None]:
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
                first: int = await kafka.position(partition)
                culprit = await _culprit(brokers, partition, first, type(error).__name__)
                kafka.seek(partition, culprit.end)
                return found, culprit
            for records in batch.values():
                found.setdefault(partition, []).extend(records)
                count += len(records)
    return found, None


async def _culprit(brokers: Brokers, partition: TopicPartition, first: int, error: str) -> Culprit:
    """Reads the batch at the offset. If not even the frame of a batch can be read, the culprit is
    that one offset; a later search finds the next."""
    end = first + 1
    try:
        async with asyncio.timeout(SEARCH_SECONDS):
            raw = await batch_at(brokers, partition, first)
        if raw.is_whole() or raw.end - raw.base == raw.count:
            end = raw.end
        saved = [record for record in raw.open() if record.offset >= first]
    except Exception as broken:
        if not is_about_records(broken):
            raise
        unreadable = Unreadable(
            topic=partition.topic,
            partition=partition.partition,
            offset=first,
            end=end,
            error=f"{error} {broken if isinstance(broken, Broken) else type(broken).__name__}",
        )
        return Culprit(partition=partition, end=end, found=[unreadable])
    return Culprit(partition=partition, end=end, found=saved)
