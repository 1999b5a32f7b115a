"""Whatever comes, in whatever order and however often: each fact is told once in its round."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel import DomainError
from services.districts.domain.case import dates, decide
from services.districts.domain.case.commands import (
    ReceiveSupplement,
    RequestSupplement,
    WithdrawCase,
)
from services.districts.domain.case.events import (
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseDeclined,
    CaseOpened,
    RepeatClosed,
    SupplementReceived,
    SupplementRequested,
)
from services.districts.domain.case.model import Answered, Case, answers_of
from tests.unit.districts.case import (
    DUE,
    NOW,
    OFFICE,
    OTHER,
    TOWN,
    assigned,
    order,
    refuse,
    reply,
    take,
)

Step = Callable[[Case | None], decide.CaseChange | None]


def _opening(round_: int, attempt: int, office: str) -> Step:
    event = assigned(attempt, office, round_=round_)
    return lambda case: decide.open_case(case, city=TOWN, event=event, now=NOW)


def _by_office(
    command: Callable[[Case | None, str], decide.CaseChange | None], office: str
) -> Step:
    return lambda case: command(case, office)


def ask(case: Case | None, office: str) -> decide.CaseChange | None:
    return order(case, RequestSupplement(text="The plan is missing.", days=5), office)


def receive(case: Case | None, office: str) -> decide.CaseChange | None:
    return order(case, ReceiveSupplement(), office)


def withdraw(case: Case | None, office: str) -> decide.CaseChange | None:
    return order(case, WithdrawCase(), office)


def _closing(round_: int, attempt: int) -> Step:
    event = RepeatClosed(inquiry_id="i1", round=round_, attempt=attempt, closed_at=NOW)
    return lambda case: decide.close(case, event=event, now=NOW)


STEPS: dict[str, Step] = {
    "assigned 1.1": _opening(1, 1, OFFICE),
    "assigned 1.2": _opening(1, 2, OTHER),
    "assigned 1.3": _opening(1, 3, OFFICE),
    "assigned 2.1": _opening(2, 1, OFFICE),
    "assigned 2.2": _opening(2, 2, OTHER),
    "assigned 3.1": _opening(3, 1, OTHER),
    "closed 1.2": _closing(1, 2),
    "closed 2.1": _closing(2, 1),
    "deadline": lambda case: decide.wake(case, city=TOWN, now=DUE + dates.MOMENT),
} | {
    f"{office}: {command.__name__}": _by_office(command, office)
    for office in (OFFICE, OTHER)
    for command in (take, refuse, reply, ask, receive, withdraw)
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

    answered = [event.round for event in told if isinstance(event, CaseAnswered)]
    assert answered == sorted(set(answered))
    given = [answer.round for answer in answers_of(case)] if case is not None else []
    assert given == answered
    assert (case is not None and case.work.round in answered) == isinstance(case, Answered)
    opened = [_turn(event) for event in told if isinstance(event, CaseOpened)]
    assert opened == sorted(set(opened))
    for kind in (CaseAccepted, CaseDeclined, CaseAnswered):
        turns = [_turn(event) for event in told if isinstance(event, kind)]
        assert len(turns) == len(set(turns))
        assert set(turns) <= set(opened)
    ended = sorted(event.round for event in told if isinstance(event, CaseAnswered | CaseClosed))
    assert ended == sorted(set(ended))
    asked = [(e.round, e.number) for e in told if isinstance(e, SupplementRequested)]
    assert asked == sorted(set(asked))
    came = [(e.round, e.number) for e in told if isinstance(e, SupplementReceived)]
    assert len(came) == len(set(came))
    assert set(came) <= set(asked)
    history = case.file.history if case is not None else ()
    assert [step.act for step in history].count("WithdrawCase") == len(ended) - len(answered)
    if isinstance(case, Answered):
        assert isinstance(told[-1], CaseAnswered)


def _turn(event: CaseOpened | CaseAccepted | CaseDeclined | CaseAnswered) -> tuple[int, int]:
    return event.round, event.attempt
