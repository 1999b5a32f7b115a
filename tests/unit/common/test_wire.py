"""Domain events and contracts agree, or construction says where they do not."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

import pytest
from dasan.common.v1 import matter_pb2
from dasan.routing.v1 import events_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2
from google.protobuf.message_factory import GetMessageClass

from services.cities import Channel, Matter, PetitionKind, Workload
from services.common.events.contracts import EventContract
from services.common.events.envelope import Envelope, Undecodable, from_document
from services.common.events.wire import ContractBroken, Newer, Wire
from services.common.publishing.outbox import record_of

NAME = "dasan.routing.v1.InquiryAssigned"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    inquiry_id: str
    workload: Workload
    assigned_at: datetime
    due_at: datetime | None
    delegated_by: str | None
    binding: bool


WIRE = Wire({NAME: Assigned})
SAMPLE = Assigned(
    inquiry_id="i-1",
    workload=Workload.DONG,
    assigned_at=NOW,
    due_at=None,
    delegated_by=None,
    binding=True,
)


def test_an_event_travels_and_comes_back() -> None:
    for event in (SAMPLE, replace(SAMPLE, due_at=NOW, delegated_by="d-1")):
        name, key, data = WIRE.encode(event)
        assert (name, key) == (NAME, "i-1")
        assert WIRE.decode(name, key, data) == event


@dataclass(frozen=True, slots=True, kw_only=True)
class OfDays:
    """Two texts of a contract, read as days."""

    inquiry_id: str
    delegated_by: date | None
    office_id: date


@pytest.mark.parametrize("day", [None, date(2026, 12, 1)])
def test_a_day_travels_as_text_and_one_that_is_none_as_the_empty_text(day: date | None) -> None:
    wire = Wire({NAME: OfDays})
    event = OfDays(inquiry_id="i-1", delegated_by=day, office_id=date(2026, 11, 23))
    name, key, data = wire.encode(event)
    assert wire.decode(name, key, data) == event
    message: Any = events_pb2.InquiryAssigned.FromString(data)
    assert message.delegated_by == ("" if day is None else "2026-12-01")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_what_is_no_day_that_can_be_counted_from_breaks_the_contract(text: str) -> None:
    message: Any = events_pb2.InquiryAssigned(inquiry_id="i-1", office_id=text)
    with pytest.raises(ContractBroken, match="office_id"):
        Wire({NAME: OfDays}).decode(NAME, "i-1", message.SerializeToString())


def test_a_day_is_told_in_a_text_alone() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Wrong:
        inquiry_id: str
        due_at: date

    with pytest.raises(ValueError, match="is no text, as a day needs"):
        Wire({NAME: Wrong})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    inquiry_id: str
    matter: Matter


def test_the_matter_of_a_life_travels_whole() -> None:
    """Whatever one service knows of it reaches the next; what is not known yet stays unknown."""
    wire = Wire({NAME: Told})
    known = Matter(
        receipt_number="261126-00001-5",
        channel=Channel.COUNTER,
        language="ko",
        received_at=NOW,
        has_contact=True,
        service_code="noise",
        kind=PetitionKind.GRIEVANCE,
        permit=True,
        district_code="11110",
        dong_code="1111053000",
    )
    assert {field.name for field in fields(Matter)} == set(
        matter_pb2.Matter.DESCRIPTOR.fields_by_name
    )
    early = replace(known, service_code="", kind=None, permit=False, district_code="", dong_code="")
    for matter in (known, early):
        told = Told(inquiry_id="i-1", matter=matter)
        name, key, data = wire.encode(told)
        assert wire.decode(name, key, data) == told


def test_what_is_of_a_sealed_matter_travels_apart() -> None:
    """On the topic of its type a subscriber would see the code of the service, or its absence."""
    wire = Wire({NAME: Told}, sealed=["corruption"])
    matter = Matter(
        receipt_number="261126-00001-5",
        channel=Channel.WEB,
        language="ko",
        received_at=NOW,
        has_contact=True,
    )
    for code, sealed in (("corruption", True), ("noise", False), ("", False)):
        told = Told(inquiry_id="i-1", matter=replace(matter, service_code=code))
        assert wire.seals(told) is sealed
        name, key, data = wire.encode(told)
        envelope = Envelope(
            id="e-1",
            source="/dasan/routing",
            type=name,
            time=NOW,
            key=key,
            aggregate="i-1",
            version=1,
            correlation_id="i-1",
            causation_id="c-1",
            traceparent="",
            data=data,
            sealed=wire.seals(told),
        )
        # Also after a restart, when the outbox is read from the database.
        kept = from_document(envelope.document())
        topic = "dasan.sealed.v1" if sealed else "dasan.assignments.v1"
        assert record_of(kept).topic == topic
    assert not WIRE.seals(SAMPLE)


def test_on_a_topic_of_several_services_only_what_is_heard_is_listened_to() -> None:
    """Each service finds its own events on the topic of sealed matters, too."""
    told = "dasan.routing.v1.InquiryUnrouted"
    wire = Wire({NAME: Assigned, told: Told}).hearing([NAME])
    assert wire.decode(told, "i-1", b"") is None
    assert wire.decode(*WIRE.encode(SAMPLE)) == SAMPLE


@pytest.mark.parametrize("kind", [Channel, PetitionKind, Workload])
def test_the_words_of_a_matter_are_those_of_the_contract(kind: type[StrEnum]) -> None:
    contract = matter_pb2.DESCRIPTOR.enum_types_by_name[kind.__name__]
    prefix = contract.values_by_number[0].name.removesuffix("UNSPECIFIED")
    said = {value.name.removeprefix(prefix) for value in contract.values if value.number}
    assert said == set(kind.__members__)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_time_at_an_end_of_the_calendar_is_none(year: int) -> None:
    """Seoul has no 10000, and Boston no year 0: the board of all would stop at one such record."""
    told = WIRE.encode(replace(SAMPLE, due_at=NOW.replace(year=year)))
    with pytest.raises(ContractBroken):
        WIRE.decode(*told)


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
    message = events_pb2.InquiryAssigned(inquiry_id="i-1", workload="WORKLOAD_CITY")
    with pytest.raises(ContractBroken) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "assigned_at"
    message.assigned_at.FromDatetime(NOW)
    message.ClearField("workload")
    with pytest.raises(ContractBroken) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "workload"


def test_an_enum_value_that_the_contract_does_not_have_yet_is_newer() -> None:
    message = events_pb2.InquiryAssigned()
    message.ParseFromString(WIRE.encode(SAMPLE)[2])
    setattr(message, "workload", 99)  # noqa: B010 - the stubs know only what there is today
    with pytest.raises(Newer) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "workload"


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(10**14, 0), (-(10**14), 0), (0, -1), (0, 2**31 - 1)]
)
def test_a_time_outside_the_calendar_breaks_the_contract(seconds: int, nanos: int) -> None:
    message = events_pb2.InquiryAssigned()
    message.ParseFromString(WIRE.encode(SAMPLE)[2])
    message.assigned_at.seconds, message.assigned_at.nanos = seconds, nanos
    with pytest.raises(ContractBroken) as caught:
        WIRE.decode(NAME, "i-1", message.SerializeToString())
    assert caught.value.field == "assigned_at"


def test_a_known_contract_nobody_listens_to_is_passed_over() -> None:
    assert WIRE.decode("dasan.routing.v1.InquiryUnrouted", "i-1", b"") is None


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
    assert WIRE.topics(NAME) == ("dasan.assignments.v1", "dasan.sealed.v1")


class Code(StrEnum):
    ROAD = "road"
    WATER = "water"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    code: str | None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    matter_id: str
    names: tuple[str, ...]
    codes: tuple[Code, ...]
    times: tuple[datetime, ...]
    place: Place
    former: Place | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strict:
    code: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    matter_id: str
    place: Strict


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract with lists and messages within the message."""
    field = descriptor_pb2.FieldDescriptorProto
    one, many = field.LABEL_OPTIONAL, field.LABEL_REPEATED
    kinds = {"s": field.TYPE_STRING, "e": field.TYPE_ENUM, "m": field.TYPE_MESSAGE}

    def fields(*wanted: tuple[str, str, str, Any]) -> list[Any]:
        return [
            field(
                name=name,
                number=n,
                label=label,
                type=kinds[kind],
                type_name=type_name or None,
            )
            for n, (name, kind, type_name, label) in enumerate(wanted, 1)
        ]

    time = ".google.protobuf.Timestamp"
    file = descriptor_pb2.FileDescriptorProto(
        name=f"kit_{uuid4().hex}.proto",
        package="kit",
        syntax="proto3",
        dependency=["google/protobuf/timestamp.proto"],
        enum_type=[
            descriptor_pb2.EnumDescriptorProto(
                name="Code",
                value=[
                    descriptor_pb2.EnumValueDescriptorProto(name=name, number=n)
                    for n, name in enumerate(("CODE_UNSPECIFIED", "CODE_ROAD", "CODE_WATER"))
                ],
            )
        ],
        message_type=[
            descriptor_pb2.DescriptorProto(
                name="Place", field=fields(("code", "s", "", one), ("seen_at", "m", time, one))
            ),
            descriptor_pb2.DescriptorProto(
                name="Listed",
                field=fields(
                    ("matter_id", "s", "", one),
                    ("names", "s", "", many),
                    ("codes", "e", ".kit.Code", many),
                    ("times", "m", time, many),
                    ("place", "m", ".kit.Place", one),
                    ("former", "m", ".kit.Place", one),
                    ("places", "m", ".kit.Place", many),
                ),
            ),
        ],
    )
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    message = GetMessageClass(pool.FindMessageTypeByName("kit.Listed"))
    contract = EventContract(
        name="kit.Listed",
        topic="t",
        key="matter_id",
        kept_for_ever=False,
        public=False,
        message=message,
    )
    monkeypatch.setattr("services.common.events.contracts.events", lambda: {"kit.Listed": contract})


@pytest.mark.usefixtures("lists")
def test_lists_and_messages_within_travel_as_tuples_and_dataclasses() -> None:
    wire = Wire({"kit.Listed": Listed})
    full = Listed(
        matter_id="m-1",
        names=("a", "", "b"),
        codes=(Code.WATER, Code.ROAD),
        times=(NOW, NOW.replace(year=2027)),
        place=Place(code="1", seen_at=NOW),
        former=Place(code=None),
        places=(Place(code="2"), Place(code=None, seen_at=NOW)),
    )
    empty = replace(full, names=(), codes=(), times=(), former=None, places=())
    for event in (full, empty):
        name, key, data = wire.encode(event)
        assert wire.decode(name, key, data) == event


@pytest.mark.usefixtures("lists")
def test_what_a_message_within_lacks_is_named_with_its_path() -> None:
    sent = Wire({"kit.Listed": Listed})
    event = Listed(
        matter_id="m-1",
        names=(),
        codes=(),
        times=(),
        place=Place(code="1"),
        former=None,
        places=(),
    )
    _, key, data = sent.encode(event)
    with pytest.raises(ContractBroken) as caught:
        Wire({"kit.Listed": Wanted}).decode("kit.Listed", key, data)
    assert caught.value.field == "place.seen_at"


@pytest.mark.usefixtures("lists")
def test_a_repeated_field_that_is_no_tuple_is_refused_at_construction() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Wrong:
        matter_id: str
        names: str

    with pytest.raises(ValueError, match="repeated"):
        Wire({"kit.Listed": Wrong})


def test_times_travel_to_the_millisecond_the_database_keeps() -> None:
    exact = NOW.replace(microsecond=123_456)
    name, key, data = WIRE.encode(replace(SAMPLE, assigned_at=exact))
    event = WIRE.decode(name, key, data)
    assert isinstance(event, Assigned)
    assert event.assigned_at == NOW.replace(microsecond=123_000)
    message = events_pb2.InquiryAssigned()
    message.ParseFromString(data)
    assert message.assigned_at.nanos == 123_000_000
    message.assigned_at.nanos = 987_654_321
    event = WIRE.decode(name, key, message.SerializeToString())
    assert isinstance(event, Assigned)
    assert event.assigned_at == NOW.replace(microsecond=987_000)
