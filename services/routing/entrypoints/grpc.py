"""The gRPC API of routing, for the software of the city's coordinator."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from dasan.routing.v1 import arbitration_pb2 as pb
from dasan.routing.v1 import events_pb2
from dasan.routing.v1.arbitration_pb2_grpc import ArbitrationServiceServicer

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.grpc_kit import key_of, unary
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.routing.application.handlers import Routing
from services.routing.application.ports import Desk, DeskPlace
from services.routing.domain.assignment.events import ArbitrationCause
from services.routing.domain.assignment.model import Arbitration, Assigned
from services.routing.entrypoints.scopes import ASSIGN, ASSIGNMENTS, hidden_from

ARBITRATION = "dasan.routing.v1.ArbitrationService"

# Entries of a page, and what a caller may ask for at most.
PAGE, LARGEST_PAGE = 100, 1000

_CAUSES = {
    ArbitrationCause.REFUSED_TWICE: events_pb2.ARBITRATION_CAUSE_REFUSED_TWICE,
    ArbitrationCause.SENT_BACK: events_pb2.ARBITRATION_CAUSE_SENT_BACK,
    ArbitrationCause.NOBODY_LEFT: events_pb2.ARBITRATION_CAUSE_NOBODY_LEFT,
    ArbitrationCause.NOT_TAKEN: events_pb2.ARBITRATION_CAUSE_NOT_TAKEN,
    ArbitrationCause.OFFICE_CLOSED: events_pb2.ARBITRATION_CAUSE_OFFICE_CLOSED,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

Context = grpc.aio.ServicerContext[Any, Any]


class ArbitrationServicer(ArbitrationServiceServicer):
    """Serves `dasan.routing.v1.ArbitrationService`."""

    def __init__(
        self,
        *,
        city: City,
        routing: Routing,
        desk: Desk,
        callers: Callers,
        clock: Callable[[], datetime],
    ) -> None:
        self._city = city
        self._routing = routing
        self._desk = desk
        self._callers = callers
        self._clock = clock

    @unary
    async def ListArbitrations(
        self, request: pb.ListArbitrationsRequest, context: Context
    ) -> pb.ListArbitrationsResponse:
        """One page of what lies with the arbitration desk."""
        hidden = hidden_from(self._city, self._caller(context, ASSIGNMENTS))
        size, after = _page_size(request), _place(request.page_token)
        now = self._clock()
        state = await self._desk.state(now, hidden)
        # One more than the page holds, to know whether another one follows.
        found = await self._desk.decide_first(size + 1, hidden, after)
        page = [_arbitration(one, open_, now) for one, open_ in _opened(found[:size])]
        return pb.ListArbitrationsResponse(
            arbitrations=page,
            next_page_token=_token(found[size - 1]) if len(found) > size else "",
            open=state.open,
            overdue=state.overdue,
        )

    @unary
    async def Designate(
        self, request: pb.DesignateRequest, context: Context
    ) -> pb.DesignateResponse:
        """Names the office of what lies with the arbitration desk."""
        caller = self._caller(context, ASSIGN)
        telemetry.annotate(request.inquiry_id)
        # Whoever may not see a sealed matter learns nothing of it by an order, either.
        await self._routing.assignment(request.inquiry_id, hidden=hidden_from(self._city, caller))
        assigned = await self._routing.designate(
            request.inquiry_id,
            office_id=request.office_id,
            caller=caller.id,
            command_id=request.command_id,
        )
        current = assigned.current
        return pb.DesignateResponse(
            office_id=current.office_id,
            round=assigned.round,
            attempt=current.number,
            binding=current.binding,
            take_by=current.take_by,
        )

    def _caller(self, context: Context, scope: str) -> Caller:
        """Who calls; raises UNAUTHENTICATED, or FORBIDDEN without the scope."""
        caller = self._callers.of(key_of(context))
        caller.must(scope)
        return caller


def _page_size(request: pb.ListArbitrationsRequest) -> int:
    size = request.page_size or PAGE
    if size > LARGEST_PAGE:
        raise DomainError(
            "invalid_page_size", Kind.INVALID, f"at most {LARGEST_PAGE}", field="page_size"
        )
    return size


def _token(last: Assigned) -> str:
    """The place behind this entry, as a caller sends it back: the time to decide in milliseconds,
    and the inquiry."""
    assert last.arbitration is not None, "only what lies with the desk is listed"
    millis = (last.arbitration.decide_by - _EPOCH) // _MILLISECOND
    return base64.urlsafe_b64encode(f"{millis} {last.inquiry_id}".encode()).decode()


def _place(token: str) -> DeskPlace | None:
    """The place that a token names; raises `invalid_page_token` (INVALID)."""
    if not token:
        return None
    try:
        millis, inquiry_id = base64.urlsafe_b64decode(token.encode()).decode().split(" ", 1)
        decide_by = _EPOCH + int(millis) * _MILLISECOND
    except (binascii.Error, ValueError, OverflowError) as error:
        raise DomainError(
            "invalid_page_token",
            Kind.INVALID,
            "must be the next_page_token of an earlier page, or empty",
            field="page_token",
        ) from error
    return DeskPlace(decide_by=decide_by, inquiry_id=inquiry_id)


def _opened(found: Sequence[Assigned]) -> Iterator[tuple[Assigned, Arbitration]]:
    for one in found:
        if one.arbitration is not None:
            yield one, one.arbitration


def _arbitration(one: Assigned, open_: Arbitration, now: datetime) -> pb.Arbitration:
    before = one.attempts[-2].office_id if len(one.attempts) > 1 else ""
    return pb.Arbitration(
        inquiry_id=one.inquiry_id,
        receipt_number=one.matter.receipt_number,
        service_code=one.matter.service_code,
        round=one.round,
        attempt=one.current.number,
        cause=_CAUSES[open_.cause],
        refused_office_ids=open_.refused,
        previous_office_id=before,
        hops=one.hops,
        opened_at=open_.opened_at,
        decide_by=open_.decide_by,
        overdue=now > open_.decide_by,
        due_at=one.decision.due_at,
    )
