"""By what a command is known when it is sent again, and what of it travels on the bus."""

from __future__ import annotations

import pytest

from services.common.aggregates.command_id import LONGEST_COMMAND_ID, cause_id
from services.common.kernel import DomainError, Kind

UUID = "0b7b1f6e-5a47-4d39-9a0c-2f1d8c3f5a11"


def known_as(command_id: str, *, caller: str = "d-1", kind: str = "Answer", said: str = "x") -> str:
    return cause_id(caller, kind, command_id, said)


@pytest.mark.parametrize("command_id", [UUID, "row 17 of Monday", "가"])
def test_the_same_command_sent_again_is_known(command_id: str) -> None:
    assert known_as(command_id) == known_as(command_id)


@pytest.mark.parametrize("command_id", [UUID, "row 17 of Monday"])
def test_another_command_under_a_used_id_is_another(command_id: str) -> None:
    first = known_as(command_id)
    others = (
        known_as(command_id, caller="d-2"),
        known_as(command_id, kind="Decline"),
        known_as(command_id, said="y"),
        known_as(f"{command_id}0"),
    )
    assert first not in others
    assert len({first, *others}) == 1 + len(others)


@pytest.mark.parametrize("command_id", ["홍길동", "hong-gildong", "010-1234-5678", "0" * 32])
def test_nothing_travels_that_a_caller_may_have_written_of_somebody(command_id: str) -> None:
    assert command_id not in known_as(command_id)


def test_a_uuid_is_found_again_by_whoever_looks_for_it() -> None:
    assert UUID in known_as(UUID)


@pytest.mark.parametrize("command_id", ["", "x" * (LONGEST_COMMAND_ID + 1), "a\nb", "a\x00"])
def test_what_is_no_id_is_refused(command_id: str) -> None:
    with pytest.raises(DomainError) as refused:
        known_as(command_id)
    assert (refused.value.slug, refused.value.kind) == ("invalid_command_id", Kind.INVALID)
