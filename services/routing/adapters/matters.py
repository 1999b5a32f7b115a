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
    PermitDecided,
    RepeatClosed,
)
from services.routing.domain.matters import Ended, Lies, Recounted, Whereabouts

Event = (
    InquiryAssigned | CaseAnswered | CaseClosed | PermitDecided | RepeatClosed | DeadlineRecounted
)
HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.routing.v1.RepeatClosed": RepeatClosed,
    "dasan.districts.v1.DeadlineRecounted": DeadlineRecounted,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.CaseClosed": CaseClosed,
    "dasan.districts.v1.PermitDecided": PermitDecided,
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
        was, then where the matter lies if that is known."""
        ended = [entry.ended.round, entry.ended.at.timestamp()] if entry.ended is not None else None
        moved = entry.recounted
        recounted = [moved.round, moved.due_at.timestamp()] if moved is not None else None
        lies = entry.lies
        if lies is None:
            return [ended, recounted]
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
        ]

    def load(self, dumped: list[Any]) -> Whereabouts:
        """The whereabouts of their JSON."""
        ended, recounted, *lies = dumped
        return Whereabouts(
            ended=_ended(*ended) if ended is not None else None,
            recounted=_recounted(*recounted) if recounted is not None else None,
            lies=_lies(*lies) if lies else None,
        )


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
