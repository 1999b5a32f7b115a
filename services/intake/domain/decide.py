"""What becomes of an inquiry: received once, then followed forward, never back."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from services.cities import FIRST_ROUND
from services.common.kernel import Change, DomainError, Kind
from services.intake.domain import acts, inspections, model, requests
from services.intake.domain.admit import Admitted
from services.intake.domain.events import (
    CallAnswered,
    CaseAccepted,
    CaseAnswered,
    CaseClosed,
    CaseOverdue,
    CitizenActRefused,
    CitizenActTaken,
    DeadlineRecounted,
    Heard,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    ObjectionDecided,
    ObjectionFiled,
    OverdueLevel,
    PlaceAsked,
    ProgressNoticeDue,
    RepeatClosed,
    ServiceAsked,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
    SurveyAnswered,
    SurveyExpired,
    Told,
)
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    AskedAbout,
    Assigned,
    Assignment,
    Awaiting,
    Closed,
    DateChange,
    DateReason,
    Found,
    Inquiry,
    Mark,
    Question,
    Received,
    Record,
    Recounted,
    Status,
    Step,
    SurveyEnd,
    Unrouted,
    answers_of,
    round_of,
)

Changed: TypeAlias = Change[Inquiry, Told]

KEY_REUSED = "idempotency_key_reused"

# How far an inquiry has come, to be compared: the round, whether it is answered or closed, the
# attempt, the state within the attempt.
_Progress: TypeAlias = tuple[int, bool, int, int]

# From here on a step counts as entered late. Smaller: the clocks of an office's software and ours,
# which may differ by as much, make steps look late. Larger: dating back goes unseen for longer.
NOTICEABLE = timedelta(minutes=1)

_ORDER: dict[Status | Mark, int] = {status: rank for rank, status in enumerate((*Status, *Mark))}


def receive(
    state: Inquiry | None,
    *,
    inquiry_id: str,
    receipt_number: str,
    request_digest: str | None,
    admitted: Admitted,
) -> Changed | None:
    """Stores a request; one that is stored already stays as it is.

    Raises `idempotency_key_reused` when the key belongs to another request.
    """
    if state is not None:
        check_same(state, request_digest)
        return None
    matter, asked, answer = admitted.matter(receipt_number), admitted.asked, admitted.answer
    record = Record(
        matter=matter,
        asked=asked,
        history=(Step(status=Status.RECEIVED, round=FIRST_ROUND, at=matter.received_at),),
        request_digest=request_digest,
    )
    if answer is None:
        received = InquiryReceived(
            inquiry_id=inquiry_id, matter=matter, expected_answer_by=asked.expected_answer_by
        )
        return Change(state=Received(record=record), events=(received,))
    answered = CallAnswered(
        inquiry_id=inquiry_id,
        matter=matter,
        round=answer.round,
        office_id=answer.office_id,
        answered_at=answer.answered_at,
    )
    return Change(state=_answered(record, answer), events=(answered,))


def check_same(state: Inquiry, request_digest: str | None) -> None:
    """Raises `idempotency_key_reused` when what is stored is another request than this."""
    if not hmac.compare_digest(state.record.request_digest or "", request_digest or ""):
        raise DomainError(
            KEY_REUSED,
            Kind.CONFLICT,
            "this Idempotency-Key came with another body before; use a new key",
            field="Idempotency-Key",
        )


def follow(state: Inquiry | None, event: Heard) -> Changed | None:
    """Follows an event. One of a later round, or of a later attempt or state of the same round,
    moves the public status on. A late one only adds its step to the history; a repeated one changes
    nothing. The newest that routing found out moves the date that the citizen may expect. Tells
    nothing but what the citizen did before there was an office for it.

    Raises `unknown_inquiry` (NOT_FOUND) for an inquiry that intake does not hold.
    """
    if state is None:
        raise DomainError("unknown_inquiry", Kind.NOT_FOUND, "intake does not hold this inquiry")
    match event:
        case InquiryAssigned():
            record = _assigned(state.record, event)
            after = _stepped(replace(state, record=record), event)
        case InquiryUnrouted():
            after = _stepped(replace(state, record=_unrouted(state.record, event)), event)
        case PlaceAsked() | ServiceAsked():
            after = _stepped(replace(state, record=_asked(state.record, event)), event)
        case CaseAccepted() | RepeatClosed() | CaseClosed():
            after = _stepped(state, event)
        case CaseAnswered():
            after = _case_answered(state, event)
        case (
            SupplementRequested()
            | SupplementProlonged()
            | SupplementReceived()
            | SupplementUnanswered()
        ):
            known = replace(state, record=requests.heard(state.record, event))
            after = _marked(known, event)
        case InspectionOrdered() | InspectionProlonged() | InspectionDone() | InspectionOverrun():
            known = replace(state, record=inspections.heard(state.record, event))
            after = _marked(known, event)
        case CaseOverdue() | ProgressNoticeDue() | ObjectionFiled() | ObjectionDecided():
            after = _marked(state, event)
        case CitizenActTaken() | CitizenActRefused():
            after = replace(state, record=requests.decided(state.record, event))
        case DeadlineRecounted():
            after = replace(state, record=_recounted(state.record, event))
        case SurveyAnswered(answered_at=ended_at) | SurveyExpired(expired_at=ended_at):
            after = _survey_ended(state, SurveyEnd(round=event.round, at=ended_at))
    after, told = acts.told_at_last(after, event.inquiry_id)
    return None if after == state else Change(state=after, events=told)


def _assigned(record: Record, event: InquiryAssigned) -> Record:
    """The record with this assignment and its date, unless something newer is known."""
    found = Found(
        matter=event.matter, round=event.round, attempt=event.attempt, at=event.assigned_at
    )
    if not _is_news(record, found):
        return record
    given = Assignment(
        matter=event.matter,
        round=event.round,
        attempt=event.attempt,
        office_id=event.office_id,
        rule=event.rule,
        delegated_by=event.delegated_by,
        due_at=event.due_at,
    )
    after = _found_out(record, found, event.due_at)
    return replace(after, assignment=given)


def _unrouted(record: Record, event: InquiryUnrouted) -> Record:
    """The record with what routing found out without finding an office, and with the date that
    follows, unless something newer is known."""
    found = Found(matter=event.matter, round=event.round, attempt=0, at=event.unrouted_at)
    return _found_out(record, found, event.due_at) if _is_news(record, found) else record


def _asked(record: Record, event: PlaceAsked | ServiceAsked) -> Record:
    """The record with this question, unless a newer one is known, and with what routing found out
    by then."""
    found = Found(matter=event.matter, round=event.round, attempt=0, at=event.asked_at)
    if _is_news(record, found):
        record = _found_out(record, found, event.due_at)
    if record.question is not None and record.question.number >= event.number:
        return record
    return replace(record, question=_question(event))


def _question(event: PlaceAsked | ServiceAsked) -> Question:
    common = Question(
        number=event.number,
        round=event.round,
        about=AskedAbout.SERVICE,
        asked_at=event.asked_at,
        answer_by=event.answer_by,
    )
    match event:
        case PlaceAsked(question=place, candidate_office_ids=offices):
            return replace(common, about=AskedAbout.PLACE, place=place, candidates=offices)
        case ServiceAsked(candidate_service_codes=codes):
            return replace(common, candidates=codes)


def _is_news(record: Record, found: Found) -> bool:
    """Whether routing found it out after all that is known: before there is an office it may find
    out something new with each question."""
    known = record.found
    return known is None or _turn(known) < _turn(found)


def _turn(found: Found) -> tuple[int, int, datetime]:
    return found.round, found.attempt, found.at


def _found_out(record: Record, found: Found, due_at: datetime) -> Record:
    """The record with what was found out, and how its date moved if it did.

    A date may have been counted again before the assignment that says it is heard of: who is shown
    the newer one already has seen no other date, and is told of no change.
    """
    known = replace(record, found=found)
    shown = record.expected_answer_by
    if shown in (due_at, _last(_moves(known, due_at), due_at)):
        return _moved_on(known)
    change = DateChange(before=shown, after=due_at, reason=_why_moved(record, found), at=found.at)
    return _moved_on(replace(known, date_changes=(*record.date_changes, change)))


def _recounted(record: Record, event: DeadlineRecounted) -> Record:
    """The record with a later date. One whose old date is not heard of yet waits for it: topics
    have no order among each other."""
    recount = Recounted(
        round=event.round,
        before=event.due_before,
        after=event.due_at,
        at=event.recounted_at,
        cause=event.cause,
    )
    if recount in record.recounts or recount.after <= recount.before:
        return record
    known = sorted((*record.recounts, recount), key=lambda one: (one.round, one.before))
    return _moved_on(replace(record, recounts=tuple(known)))


def _moved_on(record: Record) -> Record:
    """The record with its date moved as far as the recounts of its round lead."""
    moves = _moves(record, record.expected_answer_by)
    changes = [
        DateChange(before=move.before, after=move.after, reason=DateReason(move.cause), at=move.at)
        for move in moves
    ]
    return replace(record, date_changes=(*record.date_changes, *changes))


def _moves(record: Record, due_at: datetime) -> list[Recounted]:
    """The recounts that lead on from a date, in their order; each leads to a later date."""
    round_ = FIRST_ROUND if record.found is None else record.found.round
    moves: list[Recounted] = []
    while True:
        now = _last(moves, due_at)
        next_ = [one for one in record.recounts if (one.round, one.before) == (round_, now)]
        if not next_:
            return moves
        moves.append(next_[0])


def _last(moves: list[Recounted], due_at: datetime) -> datetime:
    return moves[-1].after if moves else due_at


_Marking: TypeAlias = (
    CaseOverdue
    | ProgressNoticeDue
    | SupplementRequested
    | SupplementProlonged
    | SupplementReceived
    | SupplementUnanswered
    | InspectionOrdered
    | InspectionProlonged
    | InspectionDone
    | InspectionOverrun
    | ObjectionFiled
    | ObjectionDecided
)
"""The events that come into the history and leave an inquiry where it stood."""


def _marked(state: Inquiry, event: _Marking) -> Inquiry:
    """The history with what time brought, with what was missing, or with a look at the place. Of an
    overdue case it says once that its office was reminded; who else in the administration is told
    after that is no step on the citizen's way."""
    match event:
        case CaseOverdue(level=OverdueLevel.EXAMINER):
            mark, at = Mark.OVERDUE, event.overdue_at
        case CaseOverdue():
            return state
        case ProgressNoticeDue():
            mark, at = Mark.PROGRESS_NOTICE, event.notice_at
        case SupplementRequested():
            mark, at = Mark.SUPPLEMENT_REQUESTED, event.requested_at
        case SupplementProlonged():
            mark, at = Mark.SUPPLEMENT_PROLONGED, event.prolonged_at
        case SupplementReceived():
            mark, at = Mark.SUPPLEMENT_RECEIVED, event.received_at
        case SupplementUnanswered():
            mark, at = Mark.SUPPLEMENT_UNANSWERED, event.unanswered_at
        case InspectionOrdered():
            mark, at = Mark.INSPECTION_ORDERED, event.ordered_at
        case InspectionProlonged():
            mark, at = Mark.INSPECTION_PROLONGED, event.prolonged_at
        case InspectionDone():
            mark, at = Mark.INSPECTION_DONE, event.done_at
        case InspectionOverrun():
            mark, at = Mark.INSPECTION_OVERRUN, event.overrun_at
        case ObjectionFiled():
            mark, at = Mark.OBJECTION_FILED, event.filed_at
        case ObjectionDecided():
            mark, at = Mark.OBJECTION_DECIDED, event.decided_at
    step = Step(status=mark, round=event.round, at=at, office_id=event.office_id)
    return replace(state, record=with_step(state.record, step))


def _why_moved(before: Record, found: Found) -> DateReason:
    round_before = FIRST_ROUND if before.found is None else before.found.round
    if found.round > round_before:
        return DateReason.OPENED_AGAIN
    if before.provisional and found.matter.service_code:
        return DateReason.FOUND_OUT if found.attempt else DateReason.SERVICE_FOUND
    return DateReason.OTHER_SERVICE


_Leads: TypeAlias = (
    PlaceAsked
    | ServiceAsked
    | InquiryUnrouted
    | InquiryAssigned
    | CaseAccepted
    | RepeatClosed
    | CaseClosed
)
"""The events that lead an inquiry on within a round that is not answered."""


def _stepped(state: Inquiry, event: _Leads) -> Inquiry:
    """The state that the event leads to, if that is further than where the inquiry is."""
    step = _step(event)
    late = replace(state, record=with_step(state.record, step))
    record = with_step(_before_round(state, event.round), step)
    moved: Inquiry
    match event:
        case PlaceAsked() | ServiceAsked():
            moved = Awaiting(record=record, round=event.round)
        case InquiryUnrouted():
            moved = Unrouted(record=record, round=event.round)
        case InquiryAssigned():
            moved = Assigned(
                record=record, round=event.round, attempt=event.attempt, office_id=event.office_id
            )
        case CaseAccepted():
            moved = Accepted(
                record=record, round=event.round, attempt=event.attempt, office_id=event.office_id
            )
        case RepeatClosed():
            moved = model.RepeatClosed(record=record, round=event.round, office_id=event.office_id)
        case CaseClosed():
            moved = model.Withdrawn(
                record=record, round=event.round, office_id=event.office_id, cause=event.cause
            )
    return moved if _progress(moved) > _progress(state) else late


def _step(event: _Leads) -> Step:
    match event:
        case PlaceAsked(round=round_, asked_at=at) | ServiceAsked(round=round_, asked_at=at):
            return Step(status=Status.ASKED, round=round_, at=at)
        case InquiryUnrouted(round=round_, unrouted_at=at):
            return Step(status=Status.UNROUTED, round=round_, at=at)
        case InquiryAssigned(round=round_, assigned_at=at, office_id=office_id):
            return Step(status=Status.ASSIGNED, round=round_, at=at, office_id=office_id)
        case RepeatClosed(round=round_, closed_at=at, office_id=office_id):
            return Step(status=Status.REPEAT_CLOSED, round=round_, at=at, office_id=office_id)
        case CaseClosed(round=round_, closed_at=at, office_id=office_id):
            return Step(
                status=Status.WITHDRAWN,
                round=round_,
                at=at,
                office_id=office_id,
                cause=event.cause,
            )
        case CaseAccepted(round=round_, accepted_at=at, office_id=office_id):
            return Step(
                status=Status.ACCEPTED,
                round=round_,
                at=at,
                office_id=office_id,
                entered_at=_entered_later(at, event.entered_at),
            )


def _entered_later(at: datetime, entered_at: datetime) -> datetime | None:
    """When a step was entered, where that was noticeably after it happened."""
    return entered_at if entered_at - at >= NOTICEABLE else None


def _progress(state: Inquiry) -> _Progress:
    match state:
        case Received():
            return FIRST_ROUND, False, 0, _ORDER[Status.RECEIVED]
        case Awaiting() | Unrouted():
            return state.round, False, 0, _ORDER[Status(state.status)]
        case Assigned() | Accepted():
            return state.round, False, state.attempt, _ORDER[Status(state.status)]
        case model.RepeatClosed() | model.Withdrawn():
            return state.round, True, 0, _ORDER[Status(state.status)]
        case Answered() | Closed():
            return state.answer.round, True, 0, _ORDER[Status(state.status)]


def _before_round(state: Inquiry, round_: int) -> Record:
    """The record for a state of the round; the answer of an earlier round moves into `earlier`."""
    if isinstance(state, Answered | Closed) and state.answer.round < round_:
        return _earlier(state.record, state.answer)
    return state.record


def _case_answered(state: Inquiry, event: CaseAnswered) -> Inquiry:
    if any(answer.round == event.round for answer in answers_of(state)):
        return state
    answer = Answer(
        round=event.round,
        office_id=event.office_id,
        answered_at=event.answered_at,
        outcome=event.outcome,
        entered_at=_entered_later(event.answered_at, event.entered_at),
    )
    if event.round < round_of(state):
        late = _answered(_earlier(state.record, answer), answer)
        return replace(state, record=late.record)
    return _answered(_before_round(state, event.round), answer)


def _survey_ended(state: Inquiry, end: SurveyEnd) -> Inquiry:
    known = any(other.round == end.round for other in state.record.surveys_ended)
    if known or not state.record.matter.has_contact:
        return state
    ends = sorted((*state.record.surveys_ended, end), key=lambda e: e.round)
    record = replace(state.record, surveys_ended=tuple(ends))
    answer = next((a for a in answers_of(state) if a.round == end.round), None)
    if answer is None:
        return replace(state, record=record)
    closed = _closed(record, answer, end.at)
    if isinstance(state, Answered) and state.answer == answer:
        return closed
    return replace(state, record=closed.record)


def _answered(record: Record, answer: Answer) -> Answered | Closed:
    """Answered, and closed at once when nobody will be asked or has answered already."""
    step = Step(
        status=Status.ANSWERED,
        round=answer.round,
        at=answer.answered_at,
        office_id=answer.office_id,
        entered_at=answer.entered_at,
    )
    record = with_step(record, step)
    if not record.matter.has_contact:
        return _closed(record, answer, answer.answered_at)
    for end in record.surveys_ended:
        if end.round == answer.round:
            return _closed(record, answer, end.at)
    return Answered(record=record, answer=answer)


def _closed(record: Record, answer: Answer, survey_ended_at: datetime) -> Closed:
    at = max(survey_ended_at, answer.answered_at)
    step = Step(status=Status.CLOSED, round=answer.round, at=at)
    return Closed(record=with_step(record, step), answer=answer)


def _earlier(record: Record, answer: Answer) -> Record:
    answers = sorted((*record.earlier, answer), key=lambda a: a.round)
    return replace(record, earlier=tuple(answers))


def with_step(record: Record, step: Step) -> Record:
    """The record with a step in its place; one that is there already is not added again.

    A round that was open again before the survey on its answer ended was never closed.
    """
    if step in record.history:
        return record
    history = sorted((*record.history, step), key=lambda s: (s.at, s.round, _ORDER[s.status]))
    return replace(record, history=tuple(s for s in history if not _reopened(s, history)))


def _reopened(step: Step, history: list[Step]) -> bool:
    """Whether a step says that a round was closed although a later round had begun before."""
    return step.status is Status.CLOSED and any(
        other.round > step.round and other.at < step.at for other in history
    )
