"""The contracts keep their word: generated things are current, and no event can carry a person."""

from __future__ import annotations

import filecmp
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dasan.common.v1 import acts_pb2, matter_pb2
from dasan.districts.v1 import events_pb2
from dasan.intake.v1 import contacts_pb2
from dasan.options.v1 import options_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, timestamp_pb2

from services.common.events import contracts

ROOT = Path(__file__).resolve().parents[2]
UNSPECIFIED, PERSONAL = 0, 3


def privacy(field: Any) -> int:
    value: int = field.GetOptions().Extensions[options_pb2.privacy]
    return value


def reachable(descriptor: Any, seen: set[str] | None = None) -> Iterator[Any]:
    """Every field of a message and of the Dasan messages in it."""
    seen = set() if seen is None else seen
    if descriptor.full_name in seen or not descriptor.full_name.startswith("dasan."):
        return
    seen.add(descriptor.full_name)
    for field in descriptor.fields:
        yield field
        if field.message_type is not None:
            yield from reachable(field.message_type, seen)


@pytest.mark.parametrize("name", sorted(contracts.events()))
def test_no_event_can_carry_personal_data(name: str) -> None:
    found = {
        f.full_name: privacy(f) for f in reachable(contracts.events()[name].message.DESCRIPTOR)
    }
    assert found
    assert {n for n, p in found.items() if p == PERSONAL} == set()


def test_every_field_of_every_message_says_what_it_reveals() -> None:
    unmarked = {
        field.full_name
        for descriptor in contracts.messages()
        for field in descriptor.fields
        if privacy(field) == UNSPECIFIED
    }
    assert unmarked == set()


def test_the_walk_would_find_a_person() -> None:
    """The citizen's contact is marked, so the walk above is not blind."""
    marks = {f.name: privacy(f) for f in reachable(contacts_pb2.GetContactsResponse.DESCRIPTOR)}
    assert {"name", "email", "phone"} <= {n for n, p in marks.items() if p == PERSONAL}


# Events that are not of an inquiry's life: they have a key of their own and no matter.
NOT_OF_A_LIFE = frozenset(
    {
        "dasan.routing.v1.RuleSetActivated",
        "dasan.districts.v1.DelegationRecorded",
        "dasan.districts.v1.OfficeRecorded",
    }
)


def event_faults(descriptor: Any) -> Iterator[str]:
    """What an event's contract lacks of what every event must say."""
    options = descriptor.GetOptions().Extensions[options_pb2.event]
    if not options.topic:
        yield "topic"
    if options.retention == UNSPECIFIED:
        yield "retention"
    if options.audience == UNSPECIFIED:
        yield "audience"
    key = descriptor.fields_by_name.get(options.key)
    if key is None or key.type != key.TYPE_STRING or key.is_repeated:
        yield "key"
    if descriptor.full_name not in NOT_OF_A_LIFE:
        yield from life_faults(descriptor, options.key)


def life_faults(descriptor: Any, key: str) -> Iterator[str]:
    """What an event of an inquiry's life must say besides: whose, of which matter, and when."""
    fields = descriptor.fields_by_name
    if key != "inquiry_id" or "inquiry_id" not in fields or fields["inquiry_id"].number != 1:
        yield "inquiry_id"
    matter = fields.get("matter")
    of = matter.message_type.full_name if matter and matter.message_type else ""
    if matter is None or matter.number != 2 or of != "dasan.common.v1.Matter":
        yield "matter"
    # A receipt is as old as its matter; everything else has a time of its own.
    where = matter.message_type if matter and descriptor.name == "InquiryReceived" else descriptor
    if not any(time_of_a_fact(field) for field in (where.fields if where else ())):
        yield "time"
    if "attempt" in fields and "round" not in fields:
        yield "round"


def time_of_a_fact(field: Any) -> bool:
    inner = field.message_type
    return bool(
        field.name.endswith("_at")
        and field.name != "entered_at"  # of the entry, which may come later than the fact
        and inner is not None
        and inner.full_name == "google.protobuf.Timestamp"
    )


def retention_by_topic(descriptors: Iterable[Any]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for descriptor in descriptors:
        options = descriptor.GetOptions().Extensions[options_pb2.event]
        found.setdefault(options.topic, set()).add(options.retention)
    return found


@pytest.mark.parametrize("name", sorted(contracts.events()))
def test_every_event_says_all_that_an_event_must(name: str) -> None:
    contract = contracts.events()[name]
    assert list(event_faults(contract.message.DESCRIPTOR)) == []
    assert contract.topic in {topic.name for topic in contracts.topics()}


def test_all_events_of_a_topic_are_kept_equally_long() -> None:
    """A topic has one way of keeping its records."""
    found = retention_by_topic(c.message.DESCRIPTOR for c in contracts.events().values())
    assert {topic: kept for topic, kept in found.items() if len(kept) > 1} == {}


def test_nothing_is_left_out_that_is_not_of_a_life() -> None:
    assert contracts.events().keys() >= NOT_OF_A_LIFE


def planted(change: Callable[[Any], None], name: str = "CaseAccepted") -> Any:
    """The descriptor of an event of districts after a change to its contract."""
    file = descriptor_pb2.FileDescriptorProto()
    events_pb2.DESCRIPTOR.CopyToProto(file)
    change(next(message for message in file.message_type if message.name == name))
    pool = descriptor_pool.DescriptorPool()
    for dependency in (
        descriptor_pb2.DESCRIPTOR,
        timestamp_pb2.DESCRIPTOR,
        options_pb2.DESCRIPTOR,
        acts_pb2.DESCRIPTOR,
        matter_pb2.DESCRIPTOR,
    ):
        pool.AddSerializedFile(dependency.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindMessageTypeByName(f"dasan.districts.v1.{name}")


def without(*names: str) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        kept = [field for field in message.field if field.name not in names]
        del message.field[:]
        message.field.extend(kept)

    return change


def saying(**options: Any) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        for name, value in options.items():
            setattr(message.options.Extensions[options_pb2.event], name, value)

    return change


def renamed(old: str, new: str) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        next(field for field in message.field if field.name == old).name = new

    return change


def of_another_type(name: str, type_name: str) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        next(field for field in message.field if field.name == name).type_name = type_name

    return change


PLANTED = [
    (saying(topic=""), ["topic"]),
    (saying(retention=UNSPECIFIED), ["retention"]),
    (saying(audience=UNSPECIFIED), ["audience"]),
    (saying(key="case_id"), ["key", "inquiry_id"]),
    (saying(key="round"), ["key", "inquiry_id"]),
    (saying(key="office_id"), ["inquiry_id"]),
    (without("matter"), ["matter"]),
    (of_another_type("matter", ".google.protobuf.Timestamp"), ["matter"]),
    (without("accepted_at"), ["time"]),
    (renamed("accepted_at", "accepted"), ["time"]),
    (without("round"), ["round"]),
    (without(), []),
]


@pytest.mark.parametrize(("change", "found"), PLANTED)
def test_what_an_event_leaves_unsaid_would_be_found(
    change: Callable[[Any], None], found: list[str]
) -> None:
    assert list(event_faults(planted(change))) == found


def test_two_retentions_on_one_topic_would_be_found() -> None:
    changed = planted(saying(retention=options_pb2.RETENTION_LAST_OF_KEY))
    others = [events_pb2.CaseOpened.DESCRIPTOR, events_pb2.PermitDecided.DESCRIPTOR]
    kept = retention_by_topic([changed, *others])
    assert {topic for topic, found in kept.items() if len(found) > 1} == {"dasan.cases.v1"}


def test_generated_files_are_current(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "gen_protos.py"
    subprocess.run([sys.executable, script, "--out", tmp_path], check=True)
    written = {p.relative_to(tmp_path) for p in tmp_path.rglob("*.*") if p.is_file()}
    written = {p for p in written if "__pycache__" not in p.parts}
    committed = {
        p.relative_to(ROOT / "protos")
        for p in (ROOT / "protos" / "gen").rglob("*.*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert {p for p in written if p.parts[0] == "gen"} == committed
    different = [
        p for p in written if not filecmp.cmp(tmp_path / p, ROOT / "protos" / p, shallow=False)
    ]
    assert different == [], "run `make protos` and commit the result"
