"""Whatever comes, in whatever order and however often: each fact is told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel import DomainError
from services.districts.domain import decide
from services.districts.domain.events import (
    CaseAccepted,
    CaseAnswered,
    CaseDeclined,
    CaseOpened,
)
from services.districts.domain.model import Answered, Case
from tests.unit.districts.case import DUE, NOW, OFFICE, OTHER, assigned, refuse, reply, take

Step = Callable[[Case | None], decide.CaseChange | None]


def _opening(attempt: int, office: str) -> Step:
    return lambda case: decide.open_case(case, event=assigned(attempt, office), now=NOW)


def _by_office(
    command: Callable[[Case | None, str], decide.CaseChange | None], office: str
) -> Step:
    return lambda case: command(case, office)


STEPS: dict[str, Step] = {
    "assigned 1": _opening(1, OFFICE),
    "assigned 2": _opening(2, OTHER),
    "assigned 3": _opening(3, OFFICE),
    "deadline": lambda case: decide.wake(case, now=DUE),
} | {
    f"{office}: {command.__name__}": _by_office(command, office)
    for office in (OFFICE, OTHER)
    for command in (take, refuse, reply)
}


@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=30))
def test_each_fact_is_told_once(steps: list[str]) -> None:
    case: Case | None = None
    told: list[decide.Told] = []
    for name in steps:
        try:
            change = STEPS[name](case)
        except DomainError:
            continue
        if change is not None:
            case, told = change.state, told + list(change.events)
            assert STEPS[name](case) is None

    kinds = Counter(type(event) for event in told)
    assert kinds[CaseAnswered] <= 1
    assert kinds[CaseAnswered] == isinstance(case, Answered)
    opened = [event.attempt for event in told if isinstance(event, CaseOpened)]
    assert opened == sorted(set(opened))
    declined = [event.attempt for event in told if isinstance(event, CaseDeclined)]
    assert len(declined) == len(set(declined))
    assert kinds[CaseAccepted] <= kinds[CaseOpened]
    if isinstance(case, Answered):
        assert isinstance(told[-1], CaseAnswered)
