"""What gRPC says alike of all an office does: a case, an officer, a time, a command's frame."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dasan.common.v1 import matter_pb2
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import (
    OVERDUE_LEVEL_CITY,
    OVERDUE_LEVEL_EXAMINER,
    OVERDUE_LEVEL_HEAD,
    OVERDUE_LEVEL_UNSPECIFIED,
)

from services.cities import PetitionKind, is_blank
from services.common.edge.plain_words import plain_words
from services.common.kernel import DomainError, Kind, to_milliseconds
from services.districts.domain.case.events import OverdueLevel
from services.districts.domain.case.model import Item, Officer, Stage, State

_STATES = {
    Stage.OPEN: work_pb2.WORK_STATE_OPEN,
    Stage.ACCEPTED: work_pb2.WORK_STATE_ACCEPTED,
    Stage.ANSWERED: work_pb2.WORK_STATE_ANSWERED,
    Stage.DECLINED: work_pb2.WORK_STATE_DECLINED,
    Stage.CLOSED: work_pb2.WORK_STATE_CLOSED,
}
_KINDS = {
    None: matter_pb2.PETITION_KIND_UNSPECIFIED,
    PetitionKind.STATUTORY: matter_pb2.PETITION_KIND_STATUTORY,
    PetitionKind.INQUIRY_LAW: matter_pb2.PETITION_KIND_INQUIRY_LAW,
    PetitionKind.INQUIRY_PROC: matter_pb2.PETITION_KIND_INQUIRY_PROC,
    PetitionKind.SUGGESTION: matter_pb2.PETITION_KIND_SUGGESTION,
    PetitionKind.OTHER: matter_pb2.PETITION_KIND_OTHER,
    PetitionKind.GRIEVANCE: matter_pb2.PETITION_KIND_GRIEVANCE,
}
_LEVELS = {
    None: OVERDUE_LEVEL_UNSPECIFIED,
    OverdueLevel.EXAMINER: OVERDUE_LEVEL_EXAMINER,
    OverdueLevel.HEAD: OVERDUE_LEVEL_HEAD,
    OverdueLevel.CITY: OVERDUE_LEVEL_CITY,
}
_CASE_STATES = {
    None: work_pb2.CASE_STATE_UNSPECIFIED,
    State.OPENED: work_pb2.CASE_STATE_OPENED,
    State.ACCEPTED: work_pb2.CASE_STATE_ACCEPTED,
    State.IN_PROGRESS: work_pb2.CASE_STATE_IN_PROGRESS,
    State.SUPPLEMENT_REQUESTED: work_pb2.CASE_STATE_SUPPLEMENT_REQUESTED,
    State.SUPPLEMENT_UNANSWERED: work_pb2.CASE_STATE_SUPPLEMENT_UNANSWERED,
    State.ANSWERED: work_pb2.CASE_STATE_ANSWERED,
    State.OBJECTED: work_pb2.CASE_STATE_OBJECTED,
    State.DECLINED: work_pb2.CASE_STATE_DECLINED,
    State.WITHDRAWN: work_pb2.CASE_STATE_WITHDRAWN,
    State.CLOSED: work_pb2.CASE_STATE_CLOSED,
}


def item_message(item: Item) -> work_pb2.WorkItem:
    return work_pb2.WorkItem(
        inquiry_id=item.inquiry_id,
        receipt_number=item.receipt_number,
        service_code=item.service_code,
        permit=item.permit,
        binding=item.binding,
        to_designate=item.to_designate,
        needs_document=item.needs_document,
        round=item.round,
        attempt=item.attempt,
        state=_STATES[item.stage],
        due_at=item.due_at,
        opened_at=item.opened_at,
        version=item.version,
        language=item.language,
        kind=_KINDS[item.kind],
        overdue_level=_LEVELS[item.reminded],
        progress_notices=item.notices,
        take_by=item.take_by,
        consulted_office_ids=item.consulted,
        joined_inquiry_ids=item.joined,
        linked_inquiry_ids=item.linked,
        case_state=_CASE_STATES[item.state],
        supplement_by=item.supplement_by,
        extensions=item.extensions,
        assignee=item.assignee,
        objection_decide_by=item.objection_by,
        awaited_office_ids=item.awaited,
    )


def officer_of(request: Any) -> Officer:
    return Officer(
        unit=request.officer_unit, name=request.officer_name, phone=request.officer_phone
    )


def words_of(request: Any) -> str:
    """The text that the citizen is to read; empty where none of its characters can be seen."""
    return "" if is_blank(request.text) else plain_words(request.text)


def by_office(request: Any) -> dict[str, Any]:
    """What every command says alike."""
    return {
        "occurred_at": occurred_at(request),
        "command_id": request.command_id,
        "expected_version": request.expected_version or None,
    }


def by_officer(request: Any) -> dict[str, Any]:
    """What every command of `CaseService` says alike."""
    return {**by_office(request), "officer_code": request.officer_code}


def occurred_at(request: Any) -> datetime | None:
    if not request.HasField("occurred_at"):
        return None
    try:
        at: datetime = request.occurred_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise DomainError(
            "invalid_time", Kind.INVALID, "is not a time", field="occurred_at"
        ) from error
    return to_milliseconds(at)
