"""The transition table of a case: in which state which act is allowed, by whom, to which states.

Owns the table and where a case stands in it. What an act changes is decided in the module of the
act; each asks `must_allow` first. docs/cases.md is made from this table (`scripts/case_table.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.common.kernel import DomainError, Kind
from services.districts.domain.case.model import Case, State, state_of


class Actor(StrEnum):
    """Who may do an act."""

    OFFICE = "office"
    """The office that has the case."""
    CITIZEN = "citizen"
    """The citizen; the office that has the case enters it."""
    CONSULTED = "consulted office"
    ROUTING = "routing"
    TIME = "time"


class Act(StrEnum):
    """What is done on a case: for the offices the names of their commands."""

    ASSIGN = "Assign"
    CLOSE_REPEAT = "CloseRepeat"
    ACCEPT = "Accept"
    DECLINE = "Decline"
    START_WORK = "StartWork"
    ASSIGN_OFFICER = "AssignOfficer"
    ADD_NOTE = "AddNote"
    REQUEST_SUPPLEMENT = "RequestSupplement"
    PROLONG_SUPPLEMENT = "ProlongSupplement"
    RECEIVE_SUPPLEMENT = "ReceiveSupplement"
    LAPSE_SUPPLEMENT = "LapseSupplement"
    ORDER_INSPECTION = "OrderInspection"
    PROLONG_INSPECTION = "ProlongInspection"
    END_INSPECTION = "EndInspection"
    OVERRUN_INSPECTION = "OverrunInspection"
    EXTEND_CASE = "ExtendCase"
    CONSULT = "Consult"
    ANSWER_CONSULTATION = "AnswerConsultation"
    EXTEND_CONSULTATION = "ExtendConsultation"
    ANSWER = "Answer"
    DECIDE_PERMIT = "DecidePermit"
    RETURN_DOCUMENTS = "ReturnDocuments"
    WITHDRAW_CASE = "WithdrawCase"
    FILE_OBJECTION = "FileObjection"
    EXTEND_OBJECTION = "ExtendObjection"
    DECIDE_OBJECTION = "DecideObjection"
    REMIND = "Remind"
    REMIND_CONSULTED = "RemindConsulted"
    REMIND_OBJECTION = "RemindObjection"
    NOTIFY_PROGRESS = "NotifyProgress"
    RECOUNT = "Recount"


_IN_HAND = (
    State.ACCEPTED,
    State.IN_PROGRESS,
    State.SUPPLEMENT_REQUESTED,
    State.SUPPLEMENT_UNANSWERED,
    State.INSPECTION_ORDERED,
)
# The period runs, and the office is at work.
_AT_WORK = (State.ACCEPTED, State.IN_PROGRESS, State.SUPPLEMENT_UNANSWERED)
_UNFINISHED = (State.OPENED, *_IN_HAND)
_RUNNING = (State.OPENED, *_AT_WORK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One act: who may do it, and from each state in which it is allowed the states that it may
    lead to."""

    by: Actor
    leads: Mapping[State, tuple[State, ...]]


def _all(states: tuple[State, ...], *to: State) -> dict[State, tuple[State, ...]]:
    return dict.fromkeys(states, to)


def _same(*states: State) -> dict[State, tuple[State, ...]]:
    return {state: (state,) for state in states}


TABLE: Mapping[Act, Row] = {
    Act.ASSIGN: Row(
        by=Actor.ROUTING,
        leads={
            **_all(tuple(State), State.OPENED),
            State.SUPPLEMENT_REQUESTED: (State.SUPPLEMENT_REQUESTED, State.OPENED),
            State.INSPECTION_ORDERED: (State.INSPECTION_ORDERED, State.OPENED),
        },
    ),
    Act.CLOSE_REPEAT: Row(
        by=Actor.ROUTING, leads=_all((*_UNFINISHED, State.DECLINED), State.CLOSED)
    ),
    Act.ACCEPT: Row(
        by=Actor.OFFICE,
        leads={
            State.OPENED: (State.ACCEPTED, State.SUPPLEMENT_UNANSWERED),
            # Another office had asked for it, or begun to look, and handed the case on meanwhile.
            **_same(State.SUPPLEMENT_REQUESTED, State.INSPECTION_ORDERED),
        },
    ),
    Act.DECLINE: Row(by=Actor.OFFICE, leads=_all(_UNFINISHED, State.DECLINED)),
    Act.START_WORK: Row(by=Actor.OFFICE, leads={State.ACCEPTED: (State.IN_PROGRESS,)}),
    Act.ASSIGN_OFFICER: Row(by=Actor.OFFICE, leads=_same(*_IN_HAND, State.OBJECTED)),
    Act.ADD_NOTE: Row(
        by=Actor.OFFICE,
        leads=_same(*(state for state in State if state is not State.DECLINED)),
    ),
    Act.REQUEST_SUPPLEMENT: Row(by=Actor.OFFICE, leads=_all(_AT_WORK, State.SUPPLEMENT_REQUESTED)),
    Act.PROLONG_SUPPLEMENT: Row(by=Actor.CITIZEN, leads=_same(State.SUPPLEMENT_REQUESTED)),
    Act.RECEIVE_SUPPLEMENT: Row(
        by=Actor.CITIZEN,
        leads={
            State.SUPPLEMENT_REQUESTED: (State.ACCEPTED, State.IN_PROGRESS, State.OPENED),
            State.SUPPLEMENT_UNANSWERED: (State.ACCEPTED, State.IN_PROGRESS),
        },
    ),
    Act.LAPSE_SUPPLEMENT: Row(
        by=Actor.TIME,
        leads={
            State.SUPPLEMENT_REQUESTED: (
                State.SUPPLEMENT_UNANSWERED,
                State.OPENED,
                State.WITHDRAWN,
            )
        },
    ),
    Act.ORDER_INSPECTION: Row(by=Actor.OFFICE, leads=_all(_AT_WORK, State.INSPECTION_ORDERED)),
    Act.PROLONG_INSPECTION: Row(by=Actor.OFFICE, leads=_same(State.INSPECTION_ORDERED)),
    Act.END_INSPECTION: Row(
        by=Actor.OFFICE, leads={State.INSPECTION_ORDERED: (*_AT_WORK, State.OPENED)}
    ),
    Act.OVERRUN_INSPECTION: Row(
        by=Actor.TIME, leads={State.INSPECTION_ORDERED: (*_AT_WORK, State.OPENED)}
    ),
    Act.EXTEND_CASE: Row(by=Actor.OFFICE, leads=_same(*_AT_WORK)),
    Act.CONSULT: Row(by=Actor.OFFICE, leads=_same(*_IN_HAND)),
    Act.ANSWER_CONSULTATION: Row(by=Actor.CONSULTED, leads=_same(*_UNFINISHED, State.DECLINED)),
    Act.EXTEND_CONSULTATION: Row(by=Actor.CONSULTED, leads=_same(*_UNFINISHED, State.DECLINED)),
    Act.ANSWER: Row(by=Actor.OFFICE, leads=_all(_RUNNING, State.ANSWERED)),
    Act.DECIDE_PERMIT: Row(by=Actor.OFFICE, leads=_all(_RUNNING, State.ANSWERED)),
    Act.RETURN_DOCUMENTS: Row(
        by=Actor.OFFICE, leads={State.SUPPLEMENT_UNANSWERED: (State.ANSWERED,)}
    ),
    Act.WITHDRAW_CASE: Row(by=Actor.CITIZEN, leads=_all(_UNFINISHED, State.WITHDRAWN)),
    Act.FILE_OBJECTION: Row(by=Actor.CITIZEN, leads={State.ANSWERED: (State.OBJECTED,)}),
    Act.EXTEND_OBJECTION: Row(by=Actor.OFFICE, leads=_same(State.OBJECTED)),
    Act.DECIDE_OBJECTION: Row(by=Actor.OFFICE, leads={State.OBJECTED: (State.ANSWERED,)}),
    Act.REMIND: Row(by=Actor.TIME, leads=_same(*_RUNNING)),
    Act.REMIND_CONSULTED: Row(by=Actor.TIME, leads=_same(*_UNFINISHED)),
    Act.REMIND_OBJECTION: Row(by=Actor.TIME, leads=_same(State.OBJECTED)),
    Act.NOTIFY_PROGRESS: Row(by=Actor.TIME, leads=_same(*_UNFINISHED)),
    Act.RECOUNT: Row(by=Actor.TIME, leads=_same(*_RUNNING)),
}


def allowed_in(state: State, *actors: Actor) -> tuple[Act, ...]:
    """The acts of these actors that the table allows in a state."""
    return tuple(act for act, row in TABLE.items() if row.by in actors and state in row.leads)


def must_allow(case: Case, act: Act) -> None:
    """Raises DomainError (CONFLICT) where the table does not allow the act: `handed_on` for a
    declined case, `already_answered`, `closed_as_repeat`, `withdrawn`, and `wrong_state` for
    another state."""
    state = state_of(case)
    if state not in TABLE[act].leads:
        raise _not_allowed(state, act)


def _not_allowed(state: State, act: Act) -> DomainError:
    match state:
        case State.DECLINED:
            slug, message = "handed_on", "the case is no longer this office's work"
        case State.ANSWERED | State.OBJECTED if act in (Act.ANSWER, Act.DECIDE_PERMIT):
            slug, message = "already_answered", "the case has another answer already"
        case State.ANSWERED:
            slug, message = "already_answered", "the case is answered"
        case State.CLOSED:
            slug = "closed_as_repeat"
            message = (
                "the case was closed without an answer: the citizen repeats what was answered twice"
            )
        case State.WITHDRAWN:
            slug, message = "withdrawn", "the matter was withdrawn: nothing is left to do"
        case _:
            slug, message = "wrong_state", f"{act} is not allowed while the case is {state}"
    return DomainError(slug, Kind.CONFLICT, message)
