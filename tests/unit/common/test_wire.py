"""Domain events and contracts agree, or construction says where they do not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import pytest
from dasan.intake.v1 import events_pb2

from services.common.envelope import Undecodable
from services.common.wire import ContractBroken, Wire

NAME = "dasan.intake.v1.InquiryReceived"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Channel(StrEnum):
    PHONE = "phone"
    WEB = "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    inquiry_id: str
    channel: Channel
    received_at: datetime
    expected_answer_by: datetime | None
    service_code: str | None
    has_contact: bool


WIRE = Wire({NAME: Received})
SAMPLE = Received(
    inquiry_id="i-1",
    channel=Channel.WEB,
    received_at=NOW,
    expected_answer_by=None,
    service_code=None,
    has_contact=True,
)


def test_an_event_travels_and_comes_back() -> None:
    for event in (SAMPLE, replace(SAMPLE, expected_answer_by=NOW, service_code="parking")):
        name, key, data = WIRE.encode(event)
        assert (name, key) == (NAME, "i-1")
        assert WIRE.decode(name, key, data) == event


def test_bytes_that_are_no_message_are_undecodable() -> None:
    with pytest.raises(Undecodable):
        WIRE.decode(NAME, "i-1", b"\xff\xff\xff")


def test_a_key_that_is_not_the_events_breaks_the_contract() -> None:
    _, _, data = WIRE.encode(SAMPLE)
    for key in ("i-2", ""):
        with pytest.raises(ContractBroken) as caught:
            WIRE.decode(NAME, key, data)
        assert caught.value.field == "inquiry_id"


def test_a_missing_time_and_an_unknown_enum_value_break_the_contract() -> None:
    message = events_pb2.InquiryReceived(inquiry_id="i-1", channel="CHANNEL_PHONE")
    with pytest.raises(ContractBroken) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "received_at"
    message.received_at.FromDatetime(NOW)
    message.ClearField("channel")
    with pytest.raises(ContractBroken) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "channel"


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(10**14, 0), (-(10**14), 0), (0, -1), (0, 2**31 - 1)]
)
def test_a_time_outside_the_calendar_breaks_the_contract(seconds: int, nanos: int) -> None:
    message = events_pb2.InquiryReceived()
    message.ParseFromString(WIRE.encode(SAMPLE)[2])
    message.received_at.seconds, message.received_at.nanos = seconds, nanos
    with pytest.raises(ContractBroken) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "received_at"


def test_a_known_contract_nobody_listens_to_is_passed_over() -> None:
    assert WIRE.decode("dasan.intake.v1.CallAnswered", "i-1", b"") is None


def test_a_type_without_a_contract_is_unknown() -> None:
    with pytest.raises(KeyError):
        WIRE.decode("dasan.intake.v9.Unheard", "i-1", b"")


def test_a_dataclass_that_does_not_fit_its_contract_is_refused_at_construction() -> None:
    @dataclass(frozen=True)
    class Misnamed:
        inquiry: str

    with pytest.raises(ValueError, match="has no field inquiry"):
        Wire({NAME: Misnamed})


def test_topics_come_from_the_contracts() -> None:
    assert WIRE.topics(NAME) == ("dasan.inquiries.v1",)
