"""What docs/subscribing.md says of the topics is what the contracts say; its consumer drops what
comes twice, passes over what it does not know, and goes on where it ended."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from dasan.districts.v1 import events_pb2

from services.common.events import contracts

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "subscribing.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "subscribe.py"
NOW = 1_000_000.0


def example() -> ModuleType:
    """The consumer as a module; it lies outside every package, as its reader's copy will."""
    spec = importlib.util.spec_from_file_location("subscribe_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SUBSCRIBE = example()


def rows() -> Iterator[tuple[str, ...]]:
    """What the page's table of topics should say: topic, teller, key, kept, partitions, events."""
    topics = {spec.name: spec for spec in contracts.topics()}
    told: dict[str, list[contracts.EventContract]] = {}
    for contract in contracts.events().values():
        told.setdefault(contract.topic, []).append(contract)
    for topic, events in sorted(told.items()):
        spec = topics[topic]
        kept = (
            "last of each key"
            if spec.cleanup == "compact"
            else f"{spec.retention_hours // 24} days"
        )
        names = sorted(
            f"`{e.name.rpartition('.')[2]}`" + ("" if e.public else " (internal)") for e in events
        )
        (package,) = {e.name.rpartition(".")[0] for e in events}
        keys = sorted({e.key for e in events})
        yield (
            f"`{topic}`",
            f"`{package}`",
            ", ".join(f"`{key}`" for key in keys),
            kept,
            str(spec.partitions),
            ", ".join(names),
        )


def test_the_table_of_topics_is_what_the_contracts_say() -> None:
    table = re.findall(r"^\| (`dasan\..*) \|$", PAGE, re.MULTILINE)
    expected = [" | ".join(row) for row in rows()]
    assert table == expected, "it should be:\n" + "\n".join(f"| {row} |" for row in expected)


def test_the_consumer_reads_every_topic_and_knows_every_event_of_a_life() -> None:
    of_lives = [c for c in contracts.events().values() if c.key == "inquiry_id"]
    assert sorted(SUBSCRIBE.TOPICS) == sorted({contract.topic for contract in of_lives})
    for contract in of_lives:
        event = contract.message(inquiry_id="i-1").SerializeToString()
        assert SUBSCRIBE.opened(contract.name, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A record as kafka-python gives it."""

    headers: list[tuple[str, bytes]]
    value: bytes | None
    offset: int
    topic: str = "dasan.cases.v1"
    partition: int = 0


def told(
    event: Any, *, event_id: str = "e-1", offset: int = 0, kind: str = "", **more: str
) -> Told:
    name = kind or event.DESCRIPTOR.full_name
    headers = {"ce_id": event_id, "ce_type": name, **more}
    return Told(
        headers=[(name, value.encode()) for name, value in headers.items()],
        value=event.SerializeToString(),
        offset=offset,
    )


DECLINED = events_pb2.CaseDeclined(
    inquiry_id="i-1", round=2, office_id="d-1", reason=events_pb2.DECLINE_REASON_WRONG_PLACE
)


@pytest.fixture
def state() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SUBSCRIBE.TABLES)
        yield database


def next_offset(state: sqlite3.Connection) -> Any:
    return state.execute("SELECT topic, number, next FROM offsets").fetchall()


def test_what_comes_twice_is_told_once(
    state: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SUBSCRIBE.handle(state, told(DECLINED), NOW)
    assert not SUBSCRIBE.handle(state, told(DECLINED, offset=1), NOW)
    assert SUBSCRIBE.handle(state, told(DECLINED, event_id="e-2", offset=2), NOW)
    line = "dasan.districts.v1.CaseDeclined i-1 round 2 - d-1"
    assert capsys.readouterr().out.splitlines() == [line, line]
    assert next_offset(state) == [("dasan.cases.v1", 0, 3)]


def test_what_a_service_has_back_is_passed_over(state: sqlite3.Connection) -> None:
    """Long after it was told, when its id may be forgotten."""
    assert not SUBSCRIBE.handle(state, told(DECLINED, dasan_for="routing"), NOW)
    assert next_offset(state) == [("dasan.cases.v1", 0, 1)]


def test_an_unknown_type_is_named_and_passed_over(
    state: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = "dasan.districts.v1.CaseFramed"
    assert not SUBSCRIBE.handle(state, told(DECLINED, kind=kind), NOW)
    assert capsys.readouterr().out == f"skipped: {kind} e-1\n"
    assert next_offset(state) == [("dasan.cases.v1", 0, 1)]


@pytest.mark.parametrize(
    "junk",
    [
        Told(headers=[], value=b"\xff\xff", offset=0),
        Told(headers=[("ce_type", b"\xff")], value=None, offset=0),
        Told(
            headers=[("ce_id", b"e"), ("ce_type", b"dasan.districts.v1.CaseOpened")],
            value=b"\xff\xff",
            offset=0,
        ),
    ],
)
def test_what_is_no_event_is_passed_over(state: sqlite3.Connection, junk: Told) -> None:
    assert not SUBSCRIBE.handle(state, junk, NOW)
    assert next_offset(state) == [("dasan.cases.v1", 0, 1)]


@pytest.mark.parametrize(
    "poison",
    [
        told(events_pb2.CaseDeclined()),  # of no inquiry
        told(DECLINED, kind="google.protobuf.Timestamp"),
        told(DECLINED, kind="dasan.common.v1.Matter"),
        told(DECLINED, event_id=""),  # the second one without an id would pass for the first
    ],
    ids=["no inquiry", "a type of the library", "a part of an event", "no id"],
)
def test_a_record_that_could_never_be_handled_stops_nobody(
    state: sqlite3.Connection, capsys: pytest.CaptureFixture[str], poison: Told
) -> None:
    assert not SUBSCRIBE.handle(state, poison, NOW)
    assert capsys.readouterr().out.startswith("skipped: ")
    assert next_offset(state) == [("dasan.cases.v1", 0, 1)]


def test_a_time_that_no_calendar_has_stops_nobody(state: sqlite3.Connection) -> None:
    late = events_pb2.CaseDeclined()
    late.CopyFrom(DECLINED)
    late.declined_at.seconds = 10**15
    assert SUBSCRIBE.handle(state, told(late), NOW)


def test_an_enum_value_of_a_newer_version_is_borne(state: sqlite3.Connection) -> None:
    newer = events_pb2.CaseDeclined()
    newer.CopyFrom(DECLINED)
    newer.MergeFromString(bytes([6 << 3, 99]))  # field 6, `reason`, with a number nobody knows
    assert newer.reason == 99
    assert SUBSCRIBE.handle(state, told(newer), NOW)


def test_what_fails_leaves_neither_id_nor_offset(
    state: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(kind: str, event: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(SUBSCRIBE, "effect", fail)
        with pytest.raises(OSError, match="disk"):
            SUBSCRIBE.handle(state, told(DECLINED), NOW)
    assert next_offset(state) == []
    assert SUBSCRIBE.handle(state, told(DECLINED), NOW)
