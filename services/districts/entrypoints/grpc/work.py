"""The work of an office by gRPC."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeVar

import grpc
from dasan.districts.v1 import work_pb2
from dasan.districts.v1.events_pb2 import (
    DECLINE_REASON_NOT_COMPETENT,
    DECLINE_REASON_WRONG_PLACE,
    PERMIT_DECISION_GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY,
    PERMIT_DECISION_REFUSED,
)
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceServicer

from services.common.edge import grpc_kit
from services.common.edge.limits import TooMany
from services.common.kernel import DomainError, Kind
from services.common.process import metrics, telemetry
from services.districts.application import resuming
from services.districts.application.feed import News, WorkFeed
from services.districts.application.listing import WorkLists
from services.districts.application.office_work import OfficeWork
from services.districts.domain.case import commands
from services.districts.domain.case.events import DeclineReason, PermitDecision
from services.districts.entrypoints.grpc.messages import (
    by_office,
    by_officer,
    item_message,
    officer_of,
    refusal_message,
    terms_of,
    unexpected,
    words_of,
    work_filter,
)
from services.districts.entrypoints.office_callers import OfficeCallers, for_office, while_known

log = logging.getLogger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]
R = TypeVar("R")

OFFICE_WORK = "dasan.districts.v1.OfficeWorkService"
# Commands in one call. More: one office's call fills the batches in which those of all are stored.
# Fewer: an office that answers a heap at once calls more often.
MOST_TOGETHER = 100

_REASONS = {
    DECLINE_REASON_NOT_COMPETENT: DeclineReason.NOT_COMPETENT,
    DECLINE_REASON_WRONG_PLACE: DeclineReason.WRONG_PLACE,
}
_DECISIONS = {
    PERMIT_DECISION_GRANTED: PermitDecision.GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY: PermitDecision.GRANTED_CONDITIONALLY,
    PERMIT_DECISION_REFUSED: PermitDecision.REFUSED,
}


class OfficeWorkServicer(OfficeWorkServiceServicer):
    """Serves the one office that the caller speaks for."""

    def __init__(
        self,
        *,
        work: OfficeWork,
        lists: WorkLists,
        feed: WorkFeed,
        offices: OfficeCallers,
        most: int,
    ) -> None:
        """At most `most` watches of one office at a time."""
        self._most = most
        self._work = work
        self._lists = lists
        self._feed = feed
        self.offices = offices

    @grpc_kit.stream
    @while_known
    async def WatchWork(
        self, request: work_pb2.WatchWorkRequest, context: Context
    ) -> AsyncIterator[work_pb2.WatchWorkResponse]:
        """The office's open work first, or what changed since the resume token; then every change.

        The first message is sent only after the list was read, so that an office's software does
        not take a database that is away for an empty list.
        """
        office_id = self.offices.of(grpc_kit.key_of(context))
        self._check_room(office_id)
        point = resuming.read(request.resume_token)
        watch = self._feed.watch(office_id, accepted=request.include_accepted)
        # A caller that leaves while a message is on its way ends the call, not this coroutine.
        # The stub names a class where the library takes any callable.
        context.add_done_callback(lambda _: watch.close())  # type: ignore[arg-type]
        beginning = await self._feed.begin(watch, point)
        if beginning.whole:
            yield work_pb2.WatchWorkResponse(snapshot_begins=work_pb2.SnapshotBegins())
        for item in beginning.items:
            yield work_pb2.WatchWorkResponse(item=item_message(item))
        yield work_pb2.WatchWorkResponse(
            caught_up=work_pb2.CaughtUp(), resume_token=beginning.token
        )
        async for news in watch.news():
            yield _told(news)
        if not context.done():
            # Not OK: an office's software could take that for "there is no more".
            raise DomainError("stopping", Kind.UNAVAILABLE, "this server stops; watch again")

    @grpc_kit.unary
    @for_office
    async def GetCase(
        self, request: work_pb2.GetCaseRequest, office_id: str
    ) -> work_pb2.GetCaseResponse:
        """One case with the citizen's words."""
        telemetry.annotate(request.inquiry_id)
        case = await self._work.case(office_id, request.inquiry_id)
        return work_pb2.GetCaseResponse(
            item=item_message(case.item),
            text=case.words.text,
            address=case.words.address,
            lat=case.words.lat,
            lon=case.words.lon,
            dong_code=case.words.dong_code,
            dong_name=case.dong_name,
            service_name=case.service_name,
            form=[
                work_pb2.FormAnswer(
                    code=one.code, name=one.name, value=one.value, choice_name=one.choice_name
                )
                for one in case.form
            ],
            office_id=case.office_id,
            read_only=case.read_only,
        )

    @grpc_kit.unary
    @for_office
    async def Accept(
        self, request: work_pb2.AcceptRequest, office_id: str
    ) -> work_pb2.AcceptResponse:
        """Takes responsibility."""
        telemetry.annotate(request.inquiry_id)
        command = _accept(request)
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.AcceptResponse(item=item_message(item))

    @grpc_kit.unary
    @for_office
    async def Decline(
        self, request: work_pb2.DeclineRequest, office_id: str
    ) -> work_pb2.DeclineResponse:
        """Refuses responsibility with a reason, also after it was accepted."""
        telemetry.annotate(request.inquiry_id)
        command = commands.Decline(
            reason=_reason(request),
            suggested_office_id=request.suggested_office_id,
            **by_office(request),
        )
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.DeclineResponse(item=item_message(item))

    @grpc_kit.unary
    @for_office
    async def Answer(
        self, request: work_pb2.AnswerRequest, office_id: str
    ) -> work_pb2.AnswerResponse:
        """Answers the citizen and ends the case."""
        telemetry.annotate(request.inquiry_id)
        command = _answer(request)
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.AnswerResponse(item=item_message(item))

    @grpc_kit.unary
    @for_office
    async def DecidePermit(
        self, request: work_pb2.DecidePermitRequest, office_id: str
    ) -> work_pb2.DecidePermitResponse:
        """Grants or refuses a permit and ends the case."""
        telemetry.annotate(request.inquiry_id)
        command = commands.DecidePermit(
            decision=_decision(request),
            text=words_of(request),
            officer=officer_of(request),
            terms=terms_of(request),
            **by_officer(request),
        )
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.DecidePermitResponse(item=item_message(item))

    @grpc_kit.unary
    @for_office
    async def ListWork(
        self, request: work_pb2.ListWorkRequest, office_id: str
    ) -> work_pb2.ListWorkResponse:
        """One page of the work that lies at the office, what is due first first."""
        page = await self._lists.page(
            office_id, work_filter(request), size=request.page_size, token=request.page_token
        )
        return work_pb2.ListWorkResponse(
            items=map(item_message, page.items), next_page_token=page.next_token
        )

    @grpc_kit.unary
    @for_office
    async def AcceptMany(
        self, request: work_pb2.AcceptManyRequest, office_id: str
    ) -> work_pb2.AcceptManyResponse:
        """Takes responsibility for many cases, each by a command of its own."""
        results = await self._each(office_id, request.items, _accept)
        return work_pb2.AcceptManyResponse(results=results)

    @grpc_kit.unary
    @for_office
    async def AnswerMany(
        self, request: work_pb2.AnswerManyRequest, office_id: str
    ) -> work_pb2.AnswerManyResponse:
        """Answers many citizens, each by a command of its own."""
        results = await self._each(office_id, request.items, _answer)
        return work_pb2.AnswerManyResponse(results=results)

    async def _each(
        self, office_id: str, requests: Sequence[R], command_of: Callable[[R], commands.Command]
    ) -> Sequence[work_pb2.CommandResult]:
        """What becomes of each, in their order. They are submitted together, in this order, and
        stored in few batches. Raises `too_many` (INVALID) for more than MOST_TOGETHER."""
        if len(requests) > MOST_TOGETHER:
            raise DomainError(
                "too_many", Kind.INVALID, f"at most {MOST_TOGETHER} at once", field="items"
            )
        return await asyncio.gather(*(self._one(office_id, one, command_of) for one in requests))

    async def _one(
        self, office_id: str, request: Any, command_of: Callable[[Any], commands.Command]
    ) -> work_pb2.CommandResult:
        try:
            command = command_of(request)
            item = await self._work.carry_out(office_id, request.inquiry_id, command)
        except DomainError as error:
            refusal = refusal_message(error)
        except Exception as error:
            # The others are stored, and their caller must hear of it.
            log.error("rpc.item_failed", extra={"office": office_id}, exc_info=error)
            refusal = unexpected()
        else:
            return work_pb2.CommandResult(inquiry_id=request.inquiry_id, item=item_message(item))
        return work_pb2.CommandResult(inquiry_id=request.inquiry_id, refusal=refusal)

    def _check_room(self, office_id: str) -> None:
        """Raises TooMany when the office has as many watches as it may."""
        if self._feed.watched_by(office_id) >= self._most:
            metrics.CALLS_REFUSED.labels("too_many_watches").inc()
            raise TooMany(
                "too_many_watches", f"at most {self._most} watches of an office; end another first"
            )


def _accept(request: work_pb2.AcceptRequest) -> commands.Command:
    return commands.Accept(**by_office(request))


def _answer(request: work_pb2.AnswerRequest) -> commands.Command:
    return commands.Answer(
        text=words_of(request), officer=officer_of(request), **by_officer(request)
    )


def _reason(request: work_pb2.DeclineRequest) -> DeclineReason:
    reason = _REASONS.get(request.reason)
    if reason is None:
        raise DomainError("invalid_reason", Kind.INVALID, "must be stated", field="reason")
    return reason


def _decision(request: work_pb2.DecidePermitRequest) -> PermitDecision:
    decision = _DECISIONS.get(request.decision)
    if decision is None:
        raise DomainError("invalid_decision", Kind.INVALID, "must be stated", field="decision")
    return decision


def _told(news: News) -> work_pb2.WatchWorkResponse:
    if news.item is None:
        return work_pb2.WatchWorkResponse(heartbeat=work_pb2.Heartbeat(), resume_token=news.token)
    return work_pb2.WatchWorkResponse(item=item_message(news.item), resume_token=news.token)
