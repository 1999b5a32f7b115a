"""What becomes of an inquiry: received once, then followed forward, never back."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from services.common.kernel import Change, DomainError, Kind
from services.intake.domain.admit import Admitted
from services.intake.domain.events import (
    CallAnswered,
    CaseAccepted,
    CaseAnswered,
    Heard,
    InquiryAssigned,
    InquiryReceived,
    InquiryUnrouted,
    SurveyAnswered,
    SurveyExpired,
    Told,
)
from services.intake.domain.model import (
    Accepted,
    Answer,
    Answered,
    Assigned,
    Closed,
    Inquiry,
    Received,
    Record,
    Status,
    Step,
    Unrouted,
)

Changed: TypeAlias = Change[Inquiry, Told]

_ORDER = {status: rank for rank, status in enumerate(Status)}


def receive(
    state: Inquiry | None,
    *,
    inquiry_id: str,
    receipt_number: str,
    fingerprint: str | None,
    admitted: Admitted,
) -> Changed | None:
    """Stores a request; one that is stored already stays as it is.

    Raises `idempotency_key_reused` when the key belongs to another request.
    """
    if state is not None:
        if not hmac.compare_digest(state.record.fingerprint or "", fingerprint or ""):
            raise DomainError(
                "idempotency_key_reused",
                Kind.CONFLICT,
                "this Idempotency-Key came with another body before; use a new key",
                field="Idempotency-Key",
            )
        return None
    asked, answer = admitted.asked, admitted.answer
    record = Record(
        receipt_number=receipt_number,
        asked=asked,
        history=(Step(status=Status.RECEIVED, at=asked.received_at),),
        fingerprint=fingerprint,
    )
    if answer is None:
        return Change(
            state=Received(record=record),
            events=(
                InquiryReceived(
                    inquiry_id=inquiry_id,
                    receipt_number=receipt_number,
                    channel=asked.channel,
                    language=asked.language,
                    service_code=asked.category or "",
                    received_at=asked.received_at,
                    expected_answer_by=asked.expected_answer_by,
                    has_contact=asked.has_contact,
                ),
            ),
        )
    return Change(
        state=_answered(record, answer),
        events=(
            CallAnswered(
                inquiry_id=inquiry_id,
                receipt_number=receipt_number,
                channel=asked.channel,
                language=asked.language,
                service_code=asked.category or "",
                office_id=answer.office_id,
                received_at=asked.received_at,
                answered_at=answer.answered_at,
                has_contact=asked.has_contact,
            ),
        ),
    )


def follow(state: Inquiry | None, event: Heard) -> Changed | None:
    """Moves the public status on. What is late adds its step to the history and moves nothing;
    what is repeated does nothing. Tells no event.

    Raises `unknown_inquiry` (NOT_FOUND) for an inquiry that intake does not hold.
    """
    if state is None:
        raise DomainError("unknown_inquiry", Kind.NOT_FOUND, "intake does not hold this inquiry")
    match event:
        case InquiryUnrouted():
            after = _unrouted(state, event)
        case InquiryAssigned():
            after = _assigned(state, event)
        case CaseAccepted():
            after = _accepted(state, event)
        case CaseAnswered():
            after = _case_answered(state, event)
        case SurveyAnswered(answered_at=ended_at) | SurveyExpired(expired_at=ended_at):
            after = _survey_ended(state, ended_at)
    return None if after == state else Change(state=after)


def _unrouted(state: Inquiry, event: InquiryUnrouted) -> Inquiry:
    record = _with(state.record, Step(status=Status.UNROUTED, at=event.unrouted_at))
    if isinstance(state, Received):
        return Unrouted(record=record)
    return replace(state, record=record)


def _assigned(state: Inquiry, event: InquiryAssigned) -> Inquiry:
    step = Step(status=Status.ASSIGNED, at=event.assigned_at, office_id=event.office_id)
    record = _with(state.record, step)
    match state:
        case Received() | Unrouted():
            moved = True
        case Assigned(attempt=attempt):
            moved = event.attempt > attempt
        case Accepted(office_id=event.office_id, attempt=attempt):
            return replace(state, record=record, attempt=max(attempt, event.attempt))
        case Accepted(attempt=attempt):
            # Attempt 0: the acceptance overtook its own assignment, so this is an older one.
            moved = 0 < attempt < event.attempt
        case Answered() | Closed():
            moved = False
    if moved:
        return Assigned(record=record, office_id=event.office_id, attempt=event.attempt)
    return replace(state, record=record)


def _accepted(state: Inquiry, event: CaseAccepted) -> Inquiry:
    step = Step(status=Status.ACCEPTED, at=event.accepted_at, office_id=event.office_id)
    record = _with(state.record, step)
    match state:
        case Received() | Unrouted():
            attempt = 0
        case Assigned(office_id=event.office_id, attempt=attempt):
            pass
        case Assigned() | Accepted() if not _was_at(state, event.office_id):
            attempt = 0
        case _:
            return replace(state, record=record)
    return Accepted(record=record, office_id=event.office_id, attempt=attempt)


def _was_at(state: Inquiry, office_id: str) -> bool:
    return any(step.office_id == office_id for step in state.record.history)


def _case_answered(state: Inquiry, event: CaseAnswered) -> Inquiry:
    if isinstance(state, Answered | Closed):
        return state
    return _answered(state.record, Answer(office_id=event.office_id, answered_at=event.answered_at))


def _survey_ended(state: Inquiry, ended_at: datetime) -> Inquiry:
    if state.record.survey_ended_at is not None or isinstance(state, Closed):
        return state
    record = replace(state.record, survey_ended_at=ended_at)
    if isinstance(state, Answered):
        return _closed(record, state.answer)
    return replace(state, record=record)


def _answered(record: Record, answer: Answer) -> Answered | Closed:
    """Answered, and closed at once when nobody will be asked or has answered already."""
    step = Step(status=Status.ANSWERED, at=answer.answered_at, office_id=answer.office_id)
    record = _with(record, step)
    if record.survey_ended_at is None and record.asked.has_contact:
        return Answered(record=record, answer=answer)
    return _closed(record, answer)


def _closed(record: Record, answer: Answer) -> Closed:
    at = max(record.survey_ended_at or answer.answered_at, answer.answered_at)
    return Closed(record=_with(record, Step(status=Status.CLOSED, at=at)), answer=answer)


def _with(record: Record, step: Step) -> Record:
    """The record with a step in its place; one that is there already is not added again."""
    if step in record.history:
        return record
    history = sorted((*record.history, step), key=lambda s: (s.at, _ORDER[s.status]))
    return replace(record, history=tuple(history))
