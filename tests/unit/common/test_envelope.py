"""An envelope is what the CloudEvents Kafka binding says, and nothing else gets in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.common.bus.salvage import Salvaged
from services.common.consuming.opening import envelope_of
from services.common.events.envelope import Envelope, Undecodable, from_document, from_record

SAMPLE = Envelope(
    id="e-1",
    source="/dasan/intake",
    type="dasan.intake.v1.InquiryReceived",
    time=datetime(2026, 11, 23, 1, 0, 0, 250000, tzinfo=UTC),
    key="i-1",
    aggregate="a-7",
    version=3,
    correlation_id="i-1",
    causation_id="c-1",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data=b"plain ascii, as protobuf may well be",
)


def test_it_travels_and_comes_back() -> None:
    assert from_record(b"i-1", SAMPLE.headers(), SAMPLE.data) == SAMPLE
    assert from_document(SAMPLE.document()) == SAMPLE


def test_the_headers_are_those_of_the_binding() -> None:
    headers = dict(SAMPLE.headers())
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"dasan.intake.v1.InquiryReceived"
    assert headers["ce_time"] == b"2026-11-23T01:00:00.250000+00:00"
    assert (headers["ce_subject"], headers["ce_partitionkey"]) == (b"a-7", b"i-1")
    assert headers["ce_aggregateversion"] == b"3"
    assert headers["content-type"] == b"application/protobuf"


def test_without_a_trace_no_traceparent_travels() -> None:
    headers = replace(SAMPLE, traceparent="").headers()
    assert "traceparent" not in dict(headers)
    assert from_record(b"i-1", headers, b"x").traceparent == ""


def test_a_time_in_another_zone_is_the_same_moment() -> None:
    seoul = SAMPLE.time.astimezone(timezone(timedelta(hours=9)))
    headers = replace(SAMPLE, time=seoul).headers()
    assert from_record(b"i-1", headers, b"x").time == SAMPLE.time


@pytest.mark.parametrize("missing", ["ce_id", "ce_source", "ce_type", "ce_time", "content-type"])
def test_what_lacks_an_attribute_is_refused_by_its_name(missing: str) -> None:
    headers = [(name, value) for name, value in SAMPLE.headers() if name != missing]
    with pytest.raises(Undecodable, match=missing):
        from_record(b"i-1", headers, SAMPLE.data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_time", b"yesterday"),
        ("ce_time", b"9999-12-31T23:00:00-05:00"),
        ("ce_aggregateversion", b"many"),
        ("ce_id", b"\xff\xfe"),
    ],
)
def test_what_is_malformed_is_refused(name: str, value: bytes) -> None:
    headers = [(n, value if n == name else v) for n, v in SAMPLE.headers()]
    with pytest.raises(Undecodable):
        from_record(b"i-1", headers, SAMPLE.data)


def test_a_tombstone_and_a_key_that_is_no_text_are_refused() -> None:
    with pytest.raises(Undecodable):
        from_record(b"i-1", SAMPLE.headers(), None)
    with pytest.raises(Undecodable):
        from_record(b"\xff", SAMPLE.headers(), SAMPLE.data)


def test_a_header_without_a_value_is_an_empty_one() -> None:
    headers = [(n, None if n == "ce_subject" else v) for n, v in SAMPLE.headers()]
    assert from_record(b"i-1", [*headers, ("other", None)], SAMPLE.data).aggregate == ""


def test_what_was_salvaged_with_a_spoilt_header_is_refused() -> None:
    record = Salvaged(
        topic="dasan.inquiries.v1",
        partition=0,
        offset=7,
        key=b"i-1",
        value=SAMPLE.data,
        headers=tuple(SAMPLE.headers()),
        spoilt=False,
    )
    assert envelope_of(record) == SAMPLE
    with pytest.raises(Undecodable, match="name of a header"):
        envelope_of(replace(record, spoilt=True))
