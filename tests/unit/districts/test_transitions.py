"""The transition table of a case, walked cell by cell: each act in each state does what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scripts import case_table
from services import cities
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import commands as orders
from services.districts.domain.case import dates, decide, permits, timing
from services.districts.domain.case.allowed import allowed
from services.districts.domain.case.events import (
    DeclineReason,
    ExtensionReason,
    InquiryAssigned,
    PermitDecision,
    RepeatClosed,
)
from services.districts.domain.case.model import Accepted, Case, Open, State, state_of
from services.districts.domain.case.transitions import TABLE, Act, Actor
from tests.unit.districts.case import NOW, OFFICE, OFFICER, OTHER, RECEIVED, assigned, state

SEOUL = cities.load("seoul")
ASKED = "d-11680"
TEXT = "인감증명서를 보완하여 주시기 바랍니다."
DUE = datetime.fromisoformat("2026-12-01T09:00:00+00:00")

Step = Callable[[Case, datetime], Case]


def fresh(*, permit: bool) -> Case:
    event = assigned(permit=permit, period="7d", clock_from=RECEIVED, due_at=DUE)
    if permit:
        event = replace(event, matter=replace(event.matter, service_code="building-report"))
    return state(decide.open_case(None, city=SEOUL, event=event, now=NOW))


def does(case: Case, command: orders.Command, at: datetime, office: str = OFFICE) -> Case:
    entry = decide.Entry(now=at, by=None)
    change = decide.carry_out(case, city=SEOUL, command=command, office_id=office, entry=entry)
    return case if change is None else change.state


COMMANDS: dict[Act, orders.Command] = {
    Act.ACCEPT: orders.Accept(),
    Act.DECLINE: orders.Decline(reason=DeclineReason.WRONG_PLACE),
    Act.START_WORK: orders.StartWork(assignee="kim-1"),
    Act.ASSIGN_OFFICER: orders.AssignOfficer(assignee="lee-2"),
    Act.ADD_NOTE: orders.AddNote(text="Called back."),
    Act.REQUEST_SUPPLEMENT: orders.RequestSupplement(text=TEXT, days=5),
    Act.PROLONG_SUPPLEMENT: orders.ProlongSupplement(days=3),
    Act.RECEIVE_SUPPLEMENT: orders.ReceiveSupplement(),
    Act.ORDER_INSPECTION: orders.OrderInspection(),
    Act.PROLONG_INSPECTION: orders.ProlongInspection(),
    Act.END_INSPECTION: orders.EndInspection(finding="The wall leans."),
    Act.EXTEND_CASE: orders.ExtendCase(amount=3, reason=ExtensionReason.INVESTIGATION),
    Act.CONSULT: orders.Consult(consulted_office_id="d-11110", text="Is it yours?", days=3),
    Act.ANSWER_CONSULTATION: orders.AnswerConsultation(number=1, text="It is not."),
    Act.EXTEND_CONSULTATION: orders.ExtendConsultation(
        number=1, days=2, reason=ExtensionReason.REVIEW
    ),
    Act.ANSWER: orders.Answer(text="Done.", officer=OFFICER),
    Act.DECIDE_PERMIT: orders.DecidePermit(
        decision=PermitDecision.REFUSED, text="No.", officer=OFFICER
    ),
    Act.RETURN_DOCUMENTS: orders.ReturnDocuments(text="Nothing came.", officer=OFFICER),
    Act.WITHDRAW_CASE: orders.WithdrawCase(),
    Act.FILE_OBJECTION: orders.FileObjection(text="I disagree."),
    Act.EXTEND_OBJECTION: orders.ExtendObjection(reason=ExtensionReason.REVIEW),
    Act.DECIDE_OBJECTION: orders.DecideObjection(upheld=True, text="You are right."),
}


def _again(office: str = OFFICE, *, permit: bool) -> InquiryAssigned:
    """The next turn of the round."""
    event = assigned(2, office, permit=permit, period="7d", due_at=DUE)
    if permit:
        event = replace(event, matter=replace(event.matter, service_code="building-report"))
    return event


def _asked_by(case: Case, at: datetime) -> Case:
    """The case after another office was asked, where that is possible in its state."""
    return does(case, orders.Consult(consulted_office_id=ASKED, text="And you?", days=9), at)


def _lapsed(case: Case) -> tuple[Case, datetime]:
    """Once the time of its supplement is over."""
    waited = case.file.waited_for(case.work.round)
    assert waited is not None
    at = waited.answer_by + dates.MOMENT
    return state(decide.wake(case, city=SEOUL, now=at)), at


def in_state(wanted: State, *, permit: bool) -> tuple[Case, datetime]:
    """A case in the state, about which ASKED was asked, and the time by then."""
    at = NOW
    case = fresh(permit=permit)
    if wanted is State.OPENED:
        asked = _asked_by(does(case, orders.Accept(), at), at)
        case = does(asked, COMMANDS[Act.DECLINE], at)
        again = _again(permit=permit)
        return state(decide.open_case(case, city=SEOUL, event=again, now=at)), at
    case = _asked_by(does(case, orders.Accept(), at), at)
    match wanted:
        case State.ACCEPTED:
            pass
        case State.IN_PROGRESS:
            case = does(case, COMMANDS[Act.START_WORK], at)
        case State.SUPPLEMENT_REQUESTED:
            case = does(case, COMMANDS[Act.REQUEST_SUPPLEMENT], at)
        case State.SUPPLEMENT_UNANSWERED:
            case, at = _lapsed(does(case, COMMANDS[Act.REQUEST_SUPPLEMENT], at))
        case State.INSPECTION_ORDERED:
            case = does(case, COMMANDS[Act.ORDER_INSPECTION], at)
        case State.ANSWERED:
            case = does(case, COMMANDS[Act.DECIDE_PERMIT if permit else Act.ANSWER], at)
        case State.OBJECTED:
            case = does(case, COMMANDS[Act.DECIDE_PERMIT], at)
            case = does(case, COMMANDS[Act.FILE_OBJECTION], at)
        case State.DECLINED:
            case = does(case, COMMANDS[Act.DECLINE], at)
        case State.WITHDRAWN:
            case = does(case, COMMANDS[Act.WITHDRAW_CASE], at)
        case State.CLOSED:
            closing = RepeatClosed(inquiry_id="i1", round=1, attempt=1, closed_at=at)
            case = state(decide.close(case, event=closing, now=at))
    return case, at


# Of these only one kind of case is ever in the state, or takes the act.
_PERMITS = {
    State.OBJECTED,
    State.INSPECTION_ORDERED,
    Act.DECIDE_PERMIT,
    Act.FILE_OBJECTION,
    Act.ORDER_INSPECTION,
}
# What a repetition of the very command finds done already, so that it is no change.
_REPEATED = {
    (Act.ACCEPT, State.ACCEPTED),
    (Act.ACCEPT, State.IN_PROGRESS),
    (Act.ACCEPT, State.SUPPLEMENT_UNANSWERED),
    (Act.ORDER_INSPECTION, State.INSPECTION_ORDERED),
    (Act.ACCEPT, State.ANSWERED),
    (Act.ACCEPT, State.OBJECTED),
    (Act.DECLINE, State.DECLINED),
    (Act.START_WORK, State.IN_PROGRESS),
    (Act.REQUEST_SUPPLEMENT, State.SUPPLEMENT_REQUESTED),
    (Act.ANSWER, State.ANSWERED),
    (Act.DECIDE_PERMIT, State.ANSWERED),
    (Act.DECIDE_PERMIT, State.OBJECTED),
    (Act.WITHDRAW_CASE, State.WITHDRAWN),
    (Act.FILE_OBJECTION, State.OBJECTED),
}
CELLS = [(act, where) for act in COMMANDS for where in State]


def _cell(act: Act, where: State) -> tuple[Case, datetime]:
    permit = where in _PERMITS or act in _PERMITS
    case, at = in_state(where, permit=permit)
    if act is Act.ACCEPT and where in (State.SUPPLEMENT_REQUESTED, State.INSPECTION_ORDERED):
        # Only the next office can accept what is waited for.
        again = _again(permit=permit)
        case = does(case, COMMANDS[Act.DECLINE], at)
        case = state(decide.open_case(case, city=SEOUL, event=again, now=at))
    return case, at


@pytest.mark.parametrize(("act", "where"), CELLS)
def test_a_command_does_what_the_table_says(act: Act, where: State) -> None:
    case, at = _cell(act, where)
    assert state_of(case) is where
    office = ASKED if TABLE[act].by is Actor.CONSULTED else OFFICE
    entry = decide.Entry(now=at, by=None)

    def carry_out() -> decide.CaseChange | None:
        return decide.carry_out(
            case, city=SEOUL, command=COMMANDS[act], office_id=office, entry=entry
        )

    if where in TABLE[act].leads:
        change = carry_out()
        assert change is not None
        assert state_of(change.state) in TABLE[act].leads[where]
        assert change.state.changed_at == at
        assert act in allowed(case, office, SEOUL, at)
    elif (act, where) in _REPEATED:
        assert carry_out() is None
    else:
        with pytest.raises(DomainError) as refused:
            carry_out()
        assert refused.value.kind is Kind.CONFLICT
        assert refused.value.allowed == allowed(case, office, SEOUL, at)
        assert act not in refused.value.allowed


@pytest.mark.parametrize("where", State)
def test_routing_opens_and_closes_as_the_table_says(where: State) -> None:
    case, at = in_state(where, permit=where in _PERMITS)
    again = assigned(1, OTHER, round_=2, period="7d", due_at=DUE)
    opened = state(decide.open_case(case, city=SEOUL, event=again, now=at))
    assert state_of(opened) in TABLE[Act.ASSIGN].leads[where]
    work = case.work
    closing = RepeatClosed(inquiry_id="i1", round=1, attempt=work.attempt, closed_at=at)
    change = decide.close(case, event=closing, now=at)
    if where in TABLE[Act.CLOSE_REPEAT].leads:
        assert state_of(state(change)) in TABLE[Act.CLOSE_REPEAT].leads[where]
    else:
        assert change is None


@pytest.mark.parametrize("where", State)
def test_time_does_as_the_table_says(where: State) -> None:
    case, at = in_state(where, permit=where in _PERMITS)
    much_later = at + timedelta(days=120)
    case = state(permits.watched(decide.note(case, office_id=OFFICE, now=at), SEOUL))
    change = permits.wake(case, city=SEOUL, now=much_later)
    reminded = any(where in TABLE[act].leads for act in (Act.REMIND, Act.REMIND_OBJECTION))
    ends = [a for a in (Act.LAPSE_SUPPLEMENT, Act.OVERRUN_INSPECTION) if where in TABLE[a].leads]
    assert (change is not None) == (reminded or bool(ends))
    if change is not None:
        objected = where is State.OBJECTED
        leads = TABLE[ends[0] if ends else Act.REMIND_OBJECTION if objected else Act.REMIND].leads
        assert state_of(change.state) in leads[where]


def test_every_act_is_walked() -> None:
    by_callers = {act for act, row in TABLE.items() if row.by not in (Actor.ROUTING, Actor.TIME)}
    assert by_callers == set(COMMANDS)


def test_the_second_request_without_an_answer_withdraws_the_matter() -> None:
    case, at = in_state(State.SUPPLEMENT_UNANSWERED, permit=False)
    case = does(case, orders.RequestSupplement(text="Again, please.", days=10), at)
    case, _ = _lapsed(case)
    assert state_of(case) is State.WITHDRAWN
    assert timing.UNANSWERED_TO_WITHDRAW == 2


def test_a_case_that_is_handed_on_while_a_supplement_is_waited_for_is_waited_for_still() -> None:
    case, at = in_state(State.SUPPLEMENT_REQUESTED, permit=False)
    case = does(case, COMMANDS[Act.DECLINE], at)
    again = assigned(2, OTHER, period="7d", due_at=DUE)
    case = state(decide.open_case(case, city=SEOUL, event=again, now=at))
    assert isinstance(case, Open)
    assert state_of(case) is State.SUPPLEMENT_REQUESTED
    case = does(case, orders.Accept(), at, OTHER)
    assert isinstance(case, Accepted)
    assert state_of(does(case, orders.ReceiveSupplement(), at, OTHER)) is State.ACCEPTED


def test_another_office_learns_nothing_of_a_case_by_any_command() -> None:
    case, at = in_state(State.ACCEPTED, permit=False)
    for command in COMMANDS.values():
        with pytest.raises(DomainError) as refused:
            does(replace(case), command, at, "d-11290")
        assert (refused.value.slug, refused.value.allowed) == ("unknown_case", ())


def test_the_page_shows_the_table() -> None:
    assert case_table.PAGE.read_text(encoding="utf-8") == case_table.page()
