"""What a refusal names as allowed is what the case takes, in every state and for every command."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.common.kernel import DomainError, Kind
from services.districts.domain.case import decide
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.commands import Accept, Answer, Command, DecidePermit, Decline
from services.districts.domain.case.events import DeclineReason, PermitDecision
from services.districts.domain.case.model import Case, Closed
from tests.unit.districts import case

COMMANDS: tuple[Command, ...] = (
    Accept(),
    Decline(reason=DeclineReason.WRONG_PLACE),
    Answer(text="Another answer.", officer=case.OFFICER),
    DecidePermit(decision=PermitDecision.GRANTED, text="Another decision.", officer=case.OFFICER),
)


def with_work(state: Case, **work: Any) -> Case:
    return replace(state, work=replace(state.work, **work))


OPENED = case.opened()
STATES: dict[str, Case] = {
    "open": OPENED,
    "accepted": case.accepted(),
    "declined": case.declined(),
    "answered": case.answered(),
    "granted": case.granted(),
    "handed on": case.handed_on(),
    "reopened": case.reopened(),
    "binding": with_work(OPENED, binding=True),
    "at the desk": with_work(OPENED, to_designate=True),
    "permit": case.accepted(permit=True),
    "permit by word of mouth": with_work(case.accepted(permit=True), needs_document=True),
    "closed": Closed(
        work=OPENED.work,
        overdue=False,
        changed_at=case.NOW,
        offices=OPENED.offices,
        closed_at=case.NOW,
    ),
}


def outcome(state: Case, command: Command) -> decide.CaseChange | DomainError | None:
    entry = decide.Entry(now=case.LATER, by=None)
    try:
        return decide.carry_out(
            state, city=case.TOWN, command=command, office_id=case.OFFICE, entry=entry
        )
    except DomainError as refused:
        return refused


@pytest.mark.parametrize("name", STATES)
def test_a_case_takes_what_it_is_said_to_allow_and_nothing_else(name: str) -> None:
    state = STATES[name]
    outcomes = {type(command).__name__: outcome(state, command) for command in COMMANDS}
    refusals = [one for one in outcomes.values() if isinstance(one, DomainError)]
    assert {(one.kind, one.allowed) for one in refusals} <= {
        (Kind.CONFLICT, allowed(state, case.OFFICE, case.TOWN))
    }
    taken = {name for name, one in outcomes.items() if one and one not in refusals}
    assert taken == set(allowed(state, case.OFFICE, case.TOWN)) & outcomes.keys()


def test_an_office_without_the_case_may_do_nothing() -> None:
    assert allowed(OPENED, case.OTHER, case.TOWN) == ()
