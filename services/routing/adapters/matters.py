"""The matters at the offices as a live view over what routing and districts told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from services.cities import Workload
from services.common.bus.brokers import Brokers
from services.common.consuming.views import Pauses, ViewApp, moment
from services.common.events.wire import Wire
from services.routing.domain import matters
from services.routing.domain.assignment.events import (
    CaseAnswered,
    CaseClosed,
    DeadlineRecounted,
    InquiryAssigned,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    PermitDecided,
    RepeatClosed,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)
from services.routing.domain.matters import (
    Ended,
    Lies,
    Recounted,
    Resumed,
    Stopped,
    Whereabouts,
)
from services.routing.domain.matters import MatterEvent as Event

HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.RepeatClosed": RepeatClosed,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.CaseClosed": CaseClosed,
    "dasan.districts.v1.PermitDecided": PermitDecided,
    "dasan.districts.v1.SupplementRequested": SupplementRequested,
    "dasan.districts.v1.SupplementProlonged": SupplementProlonged,
    "dasan.districts.v1.SupplementReceived": SupplementReceived,
    "dasan.districts.v1.SupplementUnanswered": SupplementUnanswered,
    "dasan.districts.v1.InspectionOrdered": InspectionOrdered,
    "dasan.districts.v1.InspectionProlonged": InspectionProlonged,
    "dasan.districts.v1.InspectionDone": InspectionDone,
    "dasan.districts.v1.InspectionOverrun": InspectionOverrun,
}


class MattersProjection:
    """One entry for each inquiry."""

    name = "matters"
    heard: Sequence[str] = tuple(HEARD)

    def key(self, event: Event) -> str:
        """The inquiry."""
        return event.inquiry_id

    def apply(self, event: Event, entry: Whereabouts | None) -> Whereabouts:
        """See `matters.apply`."""
        return matters.apply(event, entry)

    def forget_at(self, entry: Whereabouts) -> datetime | None:
        """See `matters.forget_at`."""
        return matters.forget_at(entry)

    def dump(self, entry: Whereabouts) -> list[Any]:
        """The whereabouts as JSON: the end if there was one, the date to which it was moved if it
        was, then where the matter lies if that is known; last, of a matter whose clock was stopped,
        when it was stopped and ran on."""
        ended = [entry.ended.round, entry.ended.at.timestamp()] if entry.ended is not None else None
        moved = entry.recounted
        recounted = [moved.round, moved.due_at.timestamp()] if moved is not None else None
        lies, stops = entry.lies, _stops(entry)
        if lies is None:
            return [ended, recounted, *stops]
        return [
            ended,
            recounted,
            lies.round,
            lies.attempt,
            lies.office_id,
            lies.workload.value,
            lies.service_code,
            lies.dong_code,
            lies.received_at.timestamp(),
            lies.due_at.timestamp(),
            lies.assigned_at.timestamp(),
            *stops,
        ]

    def load(self, dumped: list[Any]) -> Whereabouts:
        """The whereabouts of their JSON."""
        # A release before this one wrote no stops.
        stops = dumped[-1] if isinstance(dumped[-1], dict) else {}
        ended, recounted, *lies = dumped[:-1] if stops else dumped
        stopped, resumed = stops.get("stopped"), stops.get("resumed")
        return Whereabouts(
            ended=_ended(*ended) if ended is not None else None,
            recounted=_recounted(*recounted) if recounted is not None else None,
            lies=_lies(*lies) if lies else None,
            stopped=_stopped(*stopped) if stopped is not None else None,
            resumed=_resumed(*resumed) if resumed is not None else None,
        )


def _stops(entry: Whereabouts) -> list[dict[str, Any]]:
    """When the clock was stopped and ran on, as the last element of a dump; none where it never
    was."""
    stopped, resumed = entry.stopped, entry.resumed
    if stopped is None and resumed is None:
        return []
    at = None if stopped is None else [stopped.round, stopped.at, stopped.until]
    ran = None if resumed is None else [resumed.round, resumed.at]
    return [{"stopped": _seconds(at), "resumed": _seconds(ran)}]


def _seconds(values: list[Any] | None) -> list[Any] | None:
    if values is None:
        return None
    return [one.timestamp() if isinstance(one, datetime) else one for one in values]


def _stopped(round_: int, at: float, until: float) -> Stopped:
    return Stopped(round=round_, at=moment(at), until=moment(until))


def _resumed(round_: int, at: float) -> Resumed:
    return Resumed(round=round_, at=moment(at))


def _ended(round_: int, at: float) -> Ended:
    return Ended(round=round_, at=moment(at))


def _recounted(round_: int, due: float) -> Recounted:
    return Recounted(round=round_, due_at=moment(due))


def _lies(
    round_: int,
    attempt: int,
    office_id: str,
    workload: str,
    service_code: str,
    dong_code: str,
    received: float,
    due: float,
    assigned: float | None = None,
) -> Lies:
    # A release before this one wrote no time of the assignment, which followed the receipt closely.
    return Lies(
        round=round_,
        attempt=attempt,
        office_id=office_id,
        workload=Workload(workload),
        service_code=service_code,
        dong_code=dong_code,
        received_at=moment(received),
        due_at=moment(due),
        assigned_at=moment(received if assigned is None else assigned),
    )


class LiveMatters:
    """The matters of the view; whole at every replica."""

    def __init__(self, view: ViewApp[Whereabouts]) -> None:
        self._view = view
        self._load = MattersProjection().load

    def known(self) -> Iterator[Whereabouts]:
        """Where every matter lies now, made from the view while it is iterated over, in any thread.

        Raises DomainError UNAVAILABLE `view_away`.
        """
        entries: Sequence[Any] = self._view.entries()
        return map(self._load, entries)


def matters_view(
    brokers: Brokers, clock: Callable[[], datetime], pauses: Pauses | None = None
) -> ViewApp[Whereabouts]:
    """The view as a part of routing."""
    return ViewApp(
        service="routing",
        brokers=brokers,
        wire=Wire(HEARD),
        projection=MattersProjection(),
        clock=clock,
        pauses=pauses,
    )
