"""The history of a case: one step for each fact that is told of it, in its order.

What no event tells (an officer, a repetition closed by routing) is added where it is decided.
Nothing changes a step or takes it back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from services.common.kernel import DomainError, Kind
from services.districts.domain.case import events as facts
from services.districts.domain.case.changes import CaseChange, Told
from services.districts.domain.case.file import Step
from services.districts.domain.case.model import Case
from services.districts.domain.case.transitions import TABLE, Act, Actor

C = TypeVar("C", bound=Case)

# Steps after which a case takes no more of what could otherwise come without end: another officer,
# another check of the application. Larger: a bigger document. Smaller: an office that passes a case
# around must stop sooner.
MOST_STEPS = 1_000

_BY_OFFICE = (Actor.OFFICE, Actor.CITIZEN, Actor.CONSULTED)
# What is done about a permit beside deciding it. The rules of permits say when that is allowed, not
# the table.
_PERMIT_ACTS = {
    facts.PermitChecked: "CheckApplication",
    facts.PermitFeePaid: "RecordFee",
    facts.PermitCollected: "RecordCollection",
    facts.PermitRevoked: "RevokePermit",
}
_EXPIRE_PERMIT, _LAPSE_COLLECTION = "ExpirePermit", "LapseCollection"
_OUTCOME_ACTS = {
    facts.Outcome.ANSWERED: Act.ANSWER,
    facts.Outcome.RETURNED: Act.RETURN_DOCUMENTS,
}


def recorded(
    change: CaseChange | None, now: datetime, office_id: str = "", officer_code: str = ""
) -> CaseChange | None:
    """The change with a step for each fact that it tells; what an office did names the office and
    its officer."""
    if change is None or not change.events:
        return change
    steps = [_step(event, now, office_id, officer_code) for event in change.events]
    case = change.state
    history = (*case.file.history, *(step for step in steps if step is not None))
    return replace(change, state=replace(case, file=replace(case.file, history=history)))


def is_full(case: Case) -> bool:
    """Whether the case has had all of the steps that can come without end."""
    return len(case.file.history) >= MOST_STEPS


def must_have_room(case: Case) -> None:
    """Raises `too_many_steps` (CONFLICT)."""
    if is_full(case):
        raise DomainError(
            "too_many_steps", Kind.CONFLICT, f"after {MOST_STEPS} steps this is not changed again"
        )


def with_step(case: C, step: Step) -> C:
    """The case with one step more."""
    return replace(case, file=replace(case.file, history=(*case.file.history, step)))


def _step(event: Told, now: datetime, office_id: str, officer_code: str) -> Step | None:
    found = _read(event)
    if found is None:
        return None
    act, at, reason = found
    if isinstance(act, Act):
        by_office = TABLE[act].by in _BY_OFFICE and reason != facts.CaseClosedCause.DEEMED_WITHDRAWN
    else:
        by_office = act in _PERMIT_ACTS.values()
    return Step(
        act=act,
        round=event.round,
        at=at,
        entered_at=now,
        office_id=office_id if by_office else "",
        officer_code=officer_code if by_office else "",
        reason=reason,
    )


def _read(event: Told) -> tuple[str, datetime, str] | None:
    """What was done, when, and the code of why; None for what another event of the change tells,
    and for what changed nothing."""
    match event:
        case facts.CaseOpened():
            return Act.ASSIGN, event.opened_at, ""
        case facts.CaseAccepted():
            return Act.ACCEPT, event.accepted_at, ""
        case facts.CaseDeclined():
            return Act.DECLINE, event.declined_at, event.reason
        case facts.PermitDecided():
            return Act.DECIDE_PERMIT, event.decided_at, event.decision
        case facts.CaseAnswered():
            act = _OUTCOME_ACTS.get(event.outcome)
            return None if act is None else (act, event.answered_at, "")
        case facts.CaseOverdue():
            return Act.REMIND, event.overdue_at, event.level
        case facts.ProgressNoticeDue():
            return Act.NOTIFY_PROGRESS, event.notice_at, ""
        case facts.DeadlineRecounted():
            holiday = event.cause is facts.RecountCause.HOLIDAY
            return (Act.RECOUNT, event.recounted_at, event.cause) if holiday else None
        case facts.SupplementRequested():
            return Act.REQUEST_SUPPLEMENT, event.requested_at, ""
        case facts.SupplementProlonged():
            return Act.PROLONG_SUPPLEMENT, event.prolonged_at, ""
        case facts.SupplementReceived():
            return Act.RECEIVE_SUPPLEMENT, event.received_at, ""
        case facts.SupplementUnanswered():
            return Act.LAPSE_SUPPLEMENT, event.unanswered_at, ""
        case facts.CaseExtended():
            return Act.EXTEND_CASE, event.extended_at, event.reason
        case facts.ConsultationRequested():
            return Act.CONSULT, event.requested_at, ""
        case facts.ConsultationAnswered():
            return Act.ANSWER_CONSULTATION, event.answered_at, ""
        case facts.ConsultationExtended():
            return Act.EXTEND_CONSULTATION, event.extended_at, event.reason
        case facts.ConsultationOverdue():
            return Act.REMIND_CONSULTED, event.overdue_at, event.level
        case facts.ObjectionOverdue():
            return Act.REMIND_OBJECTION, event.overdue_at, event.level
        case facts.CaseWithdrawn() | facts.CitizenActTaken() | facts.CitizenActRefused():
            return None
        case facts.CaseClosed():
            return Act.WITHDRAW_CASE, event.closed_at, event.cause
        case facts.PermitIssued():
            return None
        case facts.PermitChecked():
            missing = "" if event.complete else "incomplete"
            return _PERMIT_ACTS[facts.PermitChecked], event.checked_at, missing
        case facts.PermitFeePaid():
            exempted = "exempted" if event.exempted else ""
            return _PERMIT_ACTS[facts.PermitFeePaid], event.paid_at, exempted
        case facts.PermitCollected():
            return _PERMIT_ACTS[facts.PermitCollected], event.collected_at, ""
        case facts.PermitRevoked():
            return _PERMIT_ACTS[facts.PermitRevoked], event.revoked_at, ""
        case facts.PermitExpired():
            return _EXPIRE_PERMIT, event.expired_at, ""
        case facts.PermitUncollected():
            return _LAPSE_COLLECTION, event.uncollected_at, ""
        case facts.InspectionOrdered():
            return Act.ORDER_INSPECTION, event.ordered_at, ""
        case facts.InspectionProlonged():
            return Act.PROLONG_INSPECTION, event.prolonged_at, ""
        case facts.InspectionDone():
            return Act.END_INSPECTION, event.done_at, ""
        case facts.InspectionOverrun():
            return Act.OVERRUN_INSPECTION, event.overrun_at, ""
        case facts.ObjectionFiled():
            return Act.FILE_OBJECTION, event.filed_at, ""
        case facts.ObjectionExtended():
            return Act.EXTEND_OBJECTION, event.extended_at, event.reason
        case facts.ObjectionDecided():
            return Act.DECIDE_OBJECTION, event.decided_at, "upheld" if event.upheld else "rejected"
