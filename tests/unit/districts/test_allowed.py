"""What a refusal names as allowed is what the case takes: in every state, for every command, and
once a number is full or a time is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.common.kernel import DomainError, Kind
from services.districts.domain.case import commands as orders
from services.districts.domain.case import consultation, dates, decide, history, officers, permits
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.commands import (
    Accept,
    Answer,
    Command,
    DecidePermit,
    Decline,
    PermitCommand,
)
from services.districts.domain.case.events import DeclineReason, ExtensionReason, PermitDecision
from services.districts.domain.case.model import Case, Closed, State
from services.districts.domain.case.transitions import Act
from services.districts.domain.permit.model import Terms
from tests.unit.districts import case
from tests.unit.districts import test_transitions as table

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
        (Kind.CONFLICT, allowed(state, case.OFFICE, case.TOWN, case.LATER))
    }
    taken = {name for name, one in outcomes.items() if one and one not in refusals}
    assert taken == set(allowed(state, case.OFFICE, case.TOWN, case.LATER)) & outcomes.keys()


def test_an_office_without_the_case_may_do_nothing() -> None:
    assert allowed(OPENED, case.OTHER, case.TOWN, case.LATER) == ()


DAY = timedelta(days=1)
MORE = orders.ExtendCase(amount=1, reason=ExtensionReason.REVIEW, consent=True)
# The commands, each as the case takes it if it takes any of that name.
TRIED: dict[str, Command | PermitCommand] = {
    **{act.value: command for act, command in table.COMMANDS.items()},
    Act.EXTEND_CASE.value: MORE,
    Act.CONSULT.value: orders.Consult(consulted_office_id="d-11140", text="And you?", days=3),
    Act.ADD_NOTE.value: orders.AddNote(text="Something new."),
    Act.REQUEST_SUPPLEMENT.value: orders.RequestSupplement(text="Something new.", days=5),
    Act.START_WORK.value: orders.StartWork(),
    "CheckApplication": orders.CheckApplication(),
    "RecordFee": orders.RecordFee(amount=1000, reference="T-1"),
    "RecordCollection": orders.RecordCollection(),
    "RevokePermit": orders.RevokePermit(reason="A condition was broken."),
}
Told = tuple[Case, datetime]


def at_work(*, permit: bool = False) -> Told:
    return table.in_state(State.ACCEPTED, permit=permit)


def after(told: Told, *commands: Command) -> Told:
    now, at = told
    for command in commands:
        now = table.does(now, command, at)
    return now, at


def later(told: Told, by: timedelta) -> Told:
    return told[0], told[1] + by


def extended_as_often_as_may_be() -> Told:
    return after(at_work(), replace(MORE, amount=7), replace(MORE, amount=7))


def over() -> Told:
    return later(at_work(), 30 * DAY)


def of_no_period() -> Told:
    now, at = at_work()
    return replace(now, work=replace(now.work, period="")), at


def asked_for_twice() -> Told:
    asked = table.COMMANDS[Act.REQUEST_SUPPLEMENT]
    return after(at_work(), asked, orders.ReceiveSupplement(), asked, orders.ReceiveSupplement())


def prolonged_twice() -> Told:
    longer = orders.ProlongSupplement(days=3)
    return after(at_work(), table.COMMANDS[Act.REQUEST_SUPPLEMENT], longer, longer)


def objection_extended() -> Told:
    objected = table.in_state(State.OBJECTED, permit=True)
    return after(objected, table.COMMANDS[Act.EXTEND_OBJECTION])


def objection_over() -> Told:
    return later(table.in_state(State.OBJECTED, permit=True), 11 * DAY)


def too_late_to_object() -> Told:
    return later(table.in_state(State.ANSWERED, permit=True), 70 * DAY)


def all_are_asked() -> Told:
    now, at = at_work()
    one = now.file.consultations[0]
    many = tuple(
        replace(one, number=number + 1, answered_at=at) for number in range(consultation.MOST)
    )
    return replace(now, file=replace(now.file, consultations=many)), at


def full_of_notes() -> Told:
    return after(
        at_work(), *(orders.AddNote(text=f"{number}") for number in range(officers.MOST_NOTES))
    )


def full_of_steps() -> Told:
    now, at = at_work(permit=True)
    steps = now.file.history[:1] * history.MOST_STEPS
    return replace(now, file=replace(now.file, history=steps)), at


def expired_while_it_is_open_again() -> Told:
    now, at = at_work(permit=True)
    until = at.astimezone(table.SEOUL.timezone).date()
    grant = orders.DecidePermit(
        decision=PermitDecision.GRANTED,
        text="Yes.",
        officer=case.OFFICER,
        terms=Terms(valid_until=until, to_be_collected=True),
    )
    granted = case.state(
        permits.carry_out(
            now,
            command=grant,
            office_id=case.OFFICE,
            entry=decide.Entry(now=at, by=None),
            city=table.SEOUL,
        )
    )
    event = case.assigned(1, round_=2, permit=True, period="7d", due_at=at + 30 * DAY)
    matter = replace(event.matter, service_code="building-report")
    at += 2 * DAY
    again = decide.open_case(granted, city=table.SEOUL, event=replace(event, matter=matter), now=at)
    return case.state(again), at


# What is no longer allowed in each of these, though the table allows it in the state.
GONE: dict[Callable[[], Told], set[str]] = {
    extended_as_often_as_may_be: {"ExtendCase"},
    over: {"ExtendCase"},
    of_no_period: {"ExtendCase"},
    asked_for_twice: {"RequestSupplement"},
    prolonged_twice: {"ProlongSupplement"},
    objection_extended: {"ExtendObjection"},
    objection_over: {"ExtendObjection"},
    too_late_to_object: {"FileObjection"},
    all_are_asked: {"Consult"},
    full_of_notes: {"AddNote"},
    full_of_steps: {"AssignOfficer", "CheckApplication"},
    expired_while_it_is_open_again: {"RecordCollection", "RevokePermit"},
}


def takes(now: Case, command: Command | PermitCommand, at: datetime, office: str) -> bool:
    """Whether the command changes the case."""
    entry = decide.Entry(now=at, by=None)
    try:
        if isinstance(command, PermitCommand | DecidePermit):
            change = permits.carry_out(
                now, command=command, office_id=office, entry=entry, city=table.SEOUL
            )
        else:
            change = decide.carry_out(
                now, city=table.SEOUL, command=command, office_id=office, entry=entry
            )
    except DomainError:
        return False
    return change is not None


@pytest.mark.parametrize("told", GONE, ids=lambda told: told.__name__)
def test_what_is_full_or_over_is_named_no_more(told: Callable[[], Told]) -> None:
    now, at = told()
    named = set(allowed(now, case.OFFICE, table.SEOUL, at))
    taken = {name for name, command in TRIED.items() if takes(now, command, at, case.OFFICE)}
    assert named == taken
    assert not named & GONE[told]


def test_an_application_is_not_checked_without_end() -> None:
    """Each check is a step of the history, and an event; one document holds them all."""
    now, at = full_of_steps()
    command = orders.CheckApplication(missing=("drawings",))
    with pytest.raises(DomainError) as refused:
        permits.carry_out(
            now,
            command=command,
            office_id=case.OFFICE,
            entry=decide.Entry(now=at, by=None),
            city=table.SEOUL,
        )
    assert refused.value.slug == "too_many_steps"


def test_an_office_that_is_asked_has_no_more_time_to_take_once_it_is_late() -> None:
    now, at = at_work()
    [asked] = now.file.consultations
    both = ("AnswerConsultation", "ExtendConsultation")
    assert allowed(now, table.ASKED, table.SEOUL, at) == both
    late = asked.due_at + dates.MOMENT
    assert allowed(now, table.ASKED, table.SEOUL, late) == both[:1]
    assert takes(now, TRIED["AnswerConsultation"], late, table.ASKED)
    assert not takes(now, TRIED["ExtendConsultation"], late, table.ASKED)
