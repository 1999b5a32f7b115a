"""What gRPC says alike of all an office does: a case, an officer, a time, a command's frame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import grpc
from dasan.common.v1 import matter_pb2
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import (
    OVERDUE_LEVEL_CITY,
    OVERDUE_LEVEL_EXAMINER,
    OVERDUE_LEVEL_HEAD,
    OVERDUE_LEVEL_UNSPECIFIED,
)

from services.cities import PetitionKind, is_blank
from services.common.edge import grpc_status
from services.common.edge.plain_words import plain_words
from services.common.kernel import DomainError, Kind, StaleVersion, to_milliseconds
from services.districts.application.ports import WorkFilter
from services.districts.domain.case.events import OverdueLevel
from services.districts.domain.case.model import Item, Officer, Stage, State
from services.districts.domain.permit.model import Terms
from services.districts.entrypoints.days import day_or_none

T = TypeVar("T")

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
_STAGES: Mapping[int, Stage] = {state: stage for stage, state in _STATES.items()}
_PETITION_KINDS: Mapping[int, PetitionKind] = {
    message: kind for kind, message in _KINDS.items() if kind is not None
}
LEVELS = {
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
    State.INSPECTION_ORDERED: work_pb2.CASE_STATE_INSPECTION_ORDERED,
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
        overdue_level=LEVELS[item.reminded],
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
        inspection_by=item.inspection_by,
        objection_overdue_level=LEVELS[item.objection_reminded],
        document_no=item.document_no,
    )


def officer_of(request: Any) -> Officer:
    return Officer(
        unit=request.officer_unit, name=request.officer_name, phone=request.officer_phone
    )


def words_of(request: Any) -> str:
    """The text that the citizen is to read; empty where none of its characters can be seen."""
    return "" if is_blank(request.text) else plain_words(request.text)


def terms_of(request: Any) -> Terms:
    """What the office sets in a grant. Raises DomainError `invalid_date` (INVALID)."""
    return Terms(
        holder=request.holder,
        conditions=tuple(plain_words(one) for one in request.conditions),
        valid_until=day_or_none(request.valid_until, "valid_until"),
        to_be_collected=request.to_be_collected,
    )


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
    return time_of(request, "occurred_at")


def time_of(request: Any, field: str) -> datetime | None:
    """The time in a field, None where it is not set; raises `invalid_time` (INVALID)."""
    if not request.HasField(field):
        return None
    try:
        at: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise DomainError("invalid_time", Kind.INVALID, "is not a time", field=field) from error
    return to_milliseconds(at)


def work_filter(request: work_pb2.ListWorkRequest) -> WorkFilter:
    """What a list is to hold; raises `invalid_kind`, `invalid_state` and `invalid_time` (INVALID)
    for values that this version does not know."""
    given: dict[str, Any] = {}
    if request.states:
        given["stages"] = frozenset(_named(_STAGES, one, "states") for one in request.states)
    if request.kind:
        given["kind"] = _named(_PETITION_KINDS, request.kind, "kind")
    return WorkFilter(
        due_before=time_of(request, "due_before"),
        service_code=request.service_code,
        permit_only=request.permit_only,
        assignee=request.assignee,
        **given,
    )


def refusal_message(error: DomainError) -> work_pb2.CommandRefusal:
    """A refusal as one result among many."""
    number, _ = grpc_status.code(error).value
    return work_pb2.CommandRefusal(
        code=number,
        slug=error.slug,
        message=error.message,
        field=error.field or "",
        version=error.version if isinstance(error, StaleVersion) else 0,
        allowed=error.allowed,
    )


def unexpected() -> work_pb2.CommandRefusal:
    """The refusal of a command that failed by an error of ours, which says nothing of it."""
    number, _ = grpc.StatusCode.UNKNOWN.value
    return work_pb2.CommandRefusal(code=number, slug="unexpected", message="unexpected error")


def _named(known: Mapping[int, T], value: int, field: str) -> T:
    if value not in known:
        slug = f"invalid_{field.removesuffix('s')}"
        raise DomainError(slug, Kind.INVALID, "is none of those in the contract", field=field)
    return known[value]
