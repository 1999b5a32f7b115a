"""The contracts keep their word: generated things are current, and no event can carry a person."""

from __future__ import annotations

import filecmp
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.common import contracts

ROOT = Path(__file__).resolve().parents[2]
UNSPECIFIED, PERSONAL = 0, 3


def privacy(field: Any) -> int:
    from dasan.options.v1 import options_pb2

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
    from dasan.intake.v1 import contacts_pb2

    marks = {f.name: privacy(f) for f in reachable(contacts_pb2.GetContactsResponse.DESCRIPTOR)}
    assert {"name", "email", "phone"} <= {n for n, p in marks.items() if p == PERSONAL}


@pytest.mark.parametrize("contract", contracts.events().values(), ids=lambda c: c.name)
def test_every_event_names_a_topic_and_a_key_it_has(contract: contracts.EventContract) -> None:
    assert contract.topic in {topic.name for topic in contracts.topics()}
    assert contract.key in contract.message.DESCRIPTOR.fields_by_name


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
