"""A batch read by its bytes says what aiokafka wrote into it, or says that it is broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pytest
from aiokafka import TopicPartition
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from services.common.bus.salvage import Broken, _Bytes, framed

PLACE = TopicPartition("dasan.inquiries.v1", 3)
Wanted: TypeAlias = tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]
_TEXT = st.text(max_size=20)
_BYTES = st.none() | st.binary(max_size=300)
_HEADERS = st.lists(st.tuples(_TEXT, _BYTES), max_size=4)
RECORDS = st.lists(st.tuples(_BYTES, _BYTES, _HEADERS), min_size=1, max_size=8)


def batch(records: Sequence[Wanted], codec: int = 0) -> bytes:
    """The bytes of a batch of these; codec 0 is none, 1 gzip."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, 0, 1 << 20)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 1_700_000_000_000 + offset, key, value, headers)
    return bytes(builder.build())


@given(RECORDS, st.sampled_from([0, 1]))
def test_what_was_written_is_read(records: list[Wanted], codec: int) -> None:
    raw = framed(PLACE, 0, batch(records, codec))
    assert raw.end == len(records)
    found = raw.open()
    assert [(s.key, s.value, list(s.headers)) for s in found] == records
    assert [s.offset for s in found] == list(range(len(records)))
    assert not any(s.spoilt for s in found)


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_flipped_byte_is_noticed(at: int, by: int) -> None:
    data = bytearray(batch([(b"key", b"v" * 300, [("name", b"value")])]))
    place = 21 + at % (len(data) - 21)
    data[place] ^= by
    with pytest.raises(Broken):
        framed(PLACE, 0, bytes(data)).open()


def test_a_batch_that_is_cut_off_is_broken() -> None:
    data = batch([(b"key", b"value", [])])
    for length in range(len(data)):
        with pytest.raises(Broken):
            framed(PLACE, 0, data[:length]).open()


def test_a_name_that_is_no_text_spoils_its_record_alone() -> None:
    good: Wanted = (b"k", b"v", [("name", b"x")])
    data = batch([good, (b"k", b"v", [("name", b"x"), ("bad!", b"y")]), good])
    spoilt = data.replace(b"bad!", b"\xff\xfe\xfd\xfc")
    raw = framed(PLACE, 0, spoilt)
    with pytest.raises(Broken, match="Checksum"):
        raw.open()
    found = list(raw.unpack(raw.records))
    assert [s.spoilt for s in found] == [False, True, False]
    assert found[1].headers[1] == ("\\xff\\xfe\\xfd\\xfc", b"y")


def test_a_number_that_does_not_end_is_given_up_at_once() -> None:
    with pytest.raises(Broken, match="Number"):
        _Bytes(b"\xff" * 1_000_000).number()
