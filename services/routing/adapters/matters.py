"""The matters at the offices as a live view over what routing and districts told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from services.cities import Workload
from services.common.views import Pauses, ViewApp, moment
from services.common.wire import Wire
from services.routing.domain import matters
from services.routing.domain.events import CaseAnswered, InquiryAssigned, PermitDecided
from services.routing.domain.matters import Lies, Matter

Event = InquiryAssigned | CaseAnswered | PermitDecided
HEARD = {
    "dasan.routing.v1.InquiryAssigned": InquiryAssigned,
    "dasan.districts.v1.CaseAnswered": CaseAnswered,
    "dasan.districts.v1.PermitDecided": PermitDecided,
}


class MattersProjection:
    """One entry for each inquiry."""

    name = "matters"
    heard: Sequence[str] = tuple(HEARD)

    def key(self, event: Event) -> str:
        """The inquiry."""
        return event.inquiry_id

    def apply(self, event: Event, entry: Matter | None) -> Matter:
        """See `matters.apply`."""
        return matters.apply(event, entry)

    def forget_at(self, entry: Matter) -> datetime | None:
        """See `matters.forget_at`."""
        return matters.forget_at(entry)

    def dump(self, entry: Matter) -> list[Any]:
        """The matter as JSON: the end, then where it lies, if anywhere."""
        ended = entry.ended_at.timestamp() if entry.ended_at is not None else None
        lies = entry.lies
        if lies is None:
            return [ended]
        return [
            ended,
            lies.attempt,
            lies.office_id,
            lies.workload.value,
            lies.service_code,
            lies.dong_code,
            lies.received_at.timestamp(),
            lies.due_at.timestamp(),
        ]

    def load(self, dumped: list[Any]) -> Matter:
        """The matter of its JSON."""
        ended, *lies = dumped
        return Matter(
            ended_at=moment(ended) if ended is not None else None,
            lies=_lies(*lies) if lies else None,
        )


def _lies(
    attempt: int,
    office_id: str,
    workload: str,
    service_code: str,
    dong_code: str,
    received: float,
    due: float,
) -> Lies:
    return Lies(
        attempt=attempt,
        office_id=office_id,
        workload=Workload(workload),
        service_code=service_code,
        dong_code=dong_code,
        received_at=moment(received),
        due_at=moment(due),
    )


class LiveMatters:
    """The matters of the view; whole at every replica."""

    def __init__(self, view: ViewApp[Matter]) -> None:
        self._view = view
        self._load = MattersProjection().load

    def known(self) -> Iterator[Matter]:
        """Every matter as it is now, made from the view while it is iterated over, in any thread.

        Raises DomainError UNAVAILABLE `view_away`.
        """
        entries: Sequence[Any] = self._view.entries()
        return map(self._load, entries)


def matters_view(
    bootstrap: str, clock: Callable[[], datetime], pauses: Pauses | None = None
) -> ViewApp[Matter]:
    """The view as a part of routing."""
    return ViewApp(
        service="routing",
        bootstrap=bootstrap,
        wire=Wire(HEARD),
        projection=MattersProjection(),
        clock=clock,
        pauses=pauses,
    )
