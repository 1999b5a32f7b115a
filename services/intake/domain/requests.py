"""What is heard of an office's request for what is missing, and of what became of a citizen's act.

Owns what the record keeps of them, in whatever order they are heard. What a citizen may do is in
`acts`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.intake.domain.events import (
    CitizenActRefused,
    CitizenActTaken,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.intake.domain.model import CitizenAct, OfficeRequest, Record

OfRequest = SupplementRequested | SupplementProlonged | SupplementReceived | SupplementUnanswered


def heard(record: Record, event: OfRequest) -> Record:
    """The record with what the event says of its request; said again, it changes nothing."""
    place = (event.round, event.number)
    known = next((one for one in record.requests if _place(one) == place), None)
    if known is None:
        known = OfficeRequest(round=event.round, number=event.number, office_id=event.office_id)
    after = _with(known, event)
    others = (one for one in record.requests if _place(one) != place)
    return replace(record, requests=tuple(sorted((*others, after), key=_place)))


def decided(record: Record, event: CitizenActTaken | CitizenActRefused) -> Record:
    """The record with what became of an act. Said again, or of an act that is not known here after
    the database was set back, it changes nothing."""
    return replace(record, acts=tuple(_settled(act, event) for act in record.acts))


def _settled(act: CitizenAct, event: CitizenActTaken | CitizenActRefused) -> CitizenAct:
    if act.number != event.act or act.taken_at is not None or act.refused_at is not None:
        return act
    match event:
        case CitizenActTaken():
            return replace(act, taken_at=event.taken_at)
        case CitizenActRefused():
            return replace(act, refused_at=event.refused_at, refusal=event.reason)


def _with(request: OfficeRequest, event: OfRequest) -> OfficeRequest:
    match event:
        case SupplementRequested():
            return replace(
                request,
                office_id=event.office_id,
                requested_at=event.requested_at,
                answer_by=_later(request.answer_by, event.answer_by),
            )
        case SupplementProlonged():
            times = {*request.prolonged_at, event.prolonged_at}
            return replace(
                request,
                prolonged_at=tuple(sorted(times)),
                answer_by=_later(request.answer_by, event.answer_by),
            )
        case SupplementReceived():
            return replace(request, received_at=event.received_at)
        case SupplementUnanswered():
            return replace(request, unanswered_at=event.unanswered_at)


def _later(known: datetime | None, said: datetime) -> datetime:
    """Time is only ever added, so that of two ends the later one is the newer."""
    return said if known is None else max(known, said)


def _place(request: OfficeRequest) -> tuple[int, int]:
    return request.round, request.number
