"""Reads one batch by its bytes, where aiokafka raises for all of it because of a single record.

Source of the format: Kafka's protocol guide ("Record Batch", magic 2). Unlike aiokafka it takes
header names that are no text. A batch whose codec, checksum or form is broken is `Broken`, with the
offsets that it says it holds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.codec import gzip_decode, lz4_decode, snappy_decode, zstd_decode
from aiokafka.protocol.fetch import FetchRequest
from crc32c import crc32c

from services.common.bus.brokers import Brokers

# Base offset, length of what follows; then leader epoch, magic, checksum, attributes, last offset
# delta, two times, producer id and epoch, first sequence, number of records.
_FRAME = struct.Struct(">qi")
_HEAD = struct.Struct(">ibIhiqqqhii")
# The checksum covers everything from the attributes on.
_CHECKED_FROM = 21
CODECS = {1: gzip_decode, 2: snappy_decode, 3: lz4_decode, 4: zstd_decode}
_CODEC_BITS, _TRANSACTIONAL, _CONTROL = 0x07, 0x10, 0x20
_WAIT_MS = 500
_MOST_BYTES = 1 << 20
_READ_COMMITTED = 1


class Broken(Exception):
    """A batch that cannot be opened; the message is the type of the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """One record of such a batch; `spoilt` when the name of a header is no text."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    spoilt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBatch:
    """A batch as it lies on the bus, up to before offset `end`."""

    partition: TopicPartition
    base: int
    end: int
    attributes: int
    checksum: int
    checked: bytes
    count: int
    records: bytes

    def is_whole(self) -> bool:
        """Whether the bytes, and with them the offsets, are what its producer wrote."""
        return bool(crc32c(self.checked) == self.checksum)

    def open(self) -> Sequence[Salvaged]:
        """Its records; none of a control batch. Raises Broken.

        Which transactions were aborted is not known here: their batches are Broken.
        """
        if not self.is_whole():
            raise Broken("Checksum")
        if self.attributes & _CONTROL:
            return []
        if self.attributes & _TRANSACTIONAL:
            raise Broken("Transactional")
        try:
            codec = self.attributes & _CODEC_BITS
            plain = CODECS[codec](self.records) if codec else self.records
            return list(self.unpack(bytes(plain)))
        except Broken:
            raise
        except Exception as error:
            raise Broken(type(error).__name__) from error

    def unpack(self, plain: bytes) -> Iterator[Salvaged]:
        """Its records, from their uncompressed bytes."""
        data = _Bytes(plain)
        for _ in range(self.count):
            data.number()  # its length
            data.piece(1)  # attributes, none defined
            data.number()  # its time
            offset = self.base + data.number()
            key, value = data.block(), data.block()
            headers = [(data.block() or b"", data.block()) for _ in range(data.number())]
            names = [name.decode(errors="backslashreplace") for name, _ in headers]
            yield Salvaged(
                topic=self.partition.topic,
                partition=self.partition.partition,
                offset=offset,
                key=key,
                value=value,
                headers=tuple((n, v) for n, (_, v) in zip(names, headers, strict=True)),
                spoilt=[n.encode() for n in names] != [n for n, _ in headers],
            )


class _Bytes:
    """Reads Kafka's numbers of variable length (zigzag) and blocks with a length before them."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def piece(self, count: int) -> bytes:
        if count < 0 or self._at + count > len(self._data):
            raise Broken("Length")
        self._at += count
        return self._data[self._at - count : self._at]

    def number(self) -> int:
        value = shift = 0
        while True:
            (byte,) = self.piece(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7
            if shift > 63:  # no number of the format is longer; a long one would take minutes
                raise Broken("Number")

    def block(self) -> bytes | None:
        length = self.number()
        return None if length < 0 else self.piece(length)


async def batch_at(brokers: Brokers, partition: TopicPartition, offset: int) -> RawBatch:
    """The batch that holds this offset, or the next one; raises Broken when its frame cannot be
    read, KafkaError when the broker is away."""
    client = AIOKafkaClient(**brokers.login().client(), client_id="dasan-salvage")
    try:
        await client.bootstrap()
        await client.set_topics([partition.topic])
        node = client.cluster.leader_for_partition(partition)
        place = (partition.partition, offset, _MOST_BYTES)
        response = await client.send(
            node,
            FetchRequest(_WAIT_MS, 1, _MOST_BYTES, _READ_COMMITTED, [(partition.topic, [place])]),
        )
        data = bytes(response.topics[0][1][0][-1] or b"")
    finally:
        await client.close()
    return framed(partition, offset, data)


def framed(partition: TopicPartition, offset: int, data: bytes) -> RawBatch:
    """The first batch among these bytes that ends behind the offset; raises Broken."""
    at = 0
    while at + _FRAME.size + _HEAD.size <= len(data):
        base, length = _FRAME.unpack_from(data, at)
        _, magic, checksum, attributes, delta, *_, count = _HEAD.unpack_from(data, at + _FRAME.size)
        if magic != 2 or length < _HEAD.size or delta < 0:
            raise Broken("Frame")
        whole = data[at : at + _FRAME.size + length]
        if base + delta >= offset:
            return RawBatch(
                partition=partition,
                base=base,
                end=base + delta + 1,
                attributes=attributes,
                checksum=checksum,
                checked=whole[_CHECKED_FROM:],
                count=count,
                records=whole[_FRAME.size + _HEAD.size :],
            )
        at += len(whole)
    raise Broken("Frame")
