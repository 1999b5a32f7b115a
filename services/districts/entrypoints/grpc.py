"""The gRPC API of offices, and the answers for Dasan's other services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import grpc
from dasan.common.v1 import matter_pb2
from dasan.districts.v1 import answers_pb2, work_pb2
from dasan.districts.v1.answers_pb2_grpc import AnswersServiceServicer
from dasan.districts.v1.events_pb2 import (
    DECLINE_REASON_NOT_COMPETENT,
    DECLINE_REASON_WRONG_PLACE,
    OUTCOME_ANSWERED,
    OUTCOME_PERMIT_GRANTED,
    OUTCOME_PERMIT_GRANTED_CONDITIONALLY,
    OUTCOME_PERMIT_REFUSED,
    OVERDUE_LEVEL_CITY,
    OVERDUE_LEVEL_EXAMINER,
    OVERDUE_LEVEL_HEAD,
    OVERDUE_LEVEL_UNSPECIFIED,
    PERMIT_DECISION_GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY,
    PERMIT_DECISION_REFUSED,
)
from dasan.districts.v1.work_pb2_grpc import OfficeWorkServiceServicer

from services.cities import PetitionKind, is_blank
from services.common.aggregates.update import Store
from services.common.edge import grpc_kit
from services.common.edge.access import Callers
from services.common.edge.limits import TooMany
from services.common.edge.plain_words import plain_words
from services.common.kernel import DomainError, Kind, to_milliseconds
from services.common.process import metrics, telemetry
from services.districts.application import resuming
from services.districts.application.feed import News, WorkFeed
from services.districts.application.handlers import OfficeWork, answers
from services.districts.domain import commands
from services.districts.domain.events import DeclineReason, Outcome, OverdueLevel, PermitDecision
from services.districts.domain.model import Case, Item, Officer, RoundAnswer, Stage
from services.districts.entrypoints.office_callers import OfficeCallers, while_known

Context = grpc.aio.ServicerContext[Any, Any]

OFFICE_WORK = "dasan.districts.v1.OfficeWorkService"
ANSWERS = "dasan.districts.v1.AnswersService"
MOST_ANSWERS = 500

_STATES = {
    Stage.OPEN: work_pb2.WORK_STATE_OPEN,
    Stage.ACCEPTED: work_pb2.WORK_STATE_ACCEPTED,
    Stage.ANSWERED: work_pb2.WORK_STATE_ANSWERED,
    Stage.DECLINED: work_pb2.WORK_STATE_DECLINED,
    Stage.CLOSED: work_pb2.WORK_STATE_CLOSED,
}
_PURPOSES = {
    answers_pb2.ANSWER_PURPOSE_STATUS: "status",
    answers_pb2.ANSWER_PURPOSE_NOTIFY: "notify",
}
_REASONS = {
    DECLINE_REASON_NOT_COMPETENT: DeclineReason.NOT_COMPETENT,
    DECLINE_REASON_WRONG_PLACE: DeclineReason.WRONG_PLACE,
}
_DECISIONS = {
    PERMIT_DECISION_GRANTED: PermitDecision.GRANTED,
    PERMIT_DECISION_GRANTED_CONDITIONALLY: PermitDecision.GRANTED_CONDITIONALLY,
    PERMIT_DECISION_REFUSED: PermitDecision.REFUSED,
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
_OUTCOMES = {
    Outcome.ANSWERED: OUTCOME_ANSWERED,
    Outcome.PERMIT_GRANTED: OUTCOME_PERMIT_GRANTED,
    Outcome.PERMIT_GRANTED_CONDITIONALLY: OUTCOME_PERMIT_GRANTED_CONDITIONALLY,
    Outcome.PERMIT_REFUSED: OUTCOME_PERMIT_REFUSED,
}


class OfficeWorkServicer(OfficeWorkServiceServicer):
    """Serves the one office that the caller speaks for."""

    def __init__(
        self, *, work: OfficeWork, feed: WorkFeed, offices: OfficeCallers, most: int
    ) -> None:
        """At most `most` watches of one office at a time."""
        self._most = most
        self._work = work
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
        office_id = self._office(context)
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
            yield work_pb2.WatchWorkResponse(item=_item(item))
        yield work_pb2.WatchWorkResponse(
            caught_up=work_pb2.CaughtUp(), resume_token=beginning.token
        )
        async for news in watch.news():
            yield _told(news)
        if not context.done():
            # Not OK: an office's software could take that for "there is no more".
            raise DomainError("stopping", Kind.UNAVAILABLE, "this server stops; watch again")

    @grpc_kit.unary
    async def GetCase(
        self, request: work_pb2.GetCaseRequest, context: Context
    ) -> work_pb2.GetCaseResponse:
        """One case with the citizen's words."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        case = await self._work.case(office_id, request.inquiry_id)
        return work_pb2.GetCaseResponse(
            item=_item(case.item),
            text=case.words.text,
            address=case.words.address,
            lat=case.words.lat,
            lon=case.words.lon,
            dong_code=case.words.dong_code,
            dong_name=case.dong_name,
            service_name=case.service_name,
        )

    @grpc_kit.unary
    async def Accept(
        self, request: work_pb2.AcceptRequest, context: Context
    ) -> work_pb2.AcceptResponse:
        """Takes responsibility."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        command = commands.Accept(**_by_office(request))
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.AcceptResponse(item=_item(item))

    @grpc_kit.unary
    async def Decline(
        self, request: work_pb2.DeclineRequest, context: Context
    ) -> work_pb2.DeclineResponse:
        """Refuses responsibility with a reason, also after it was accepted."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        command = commands.Decline(
            reason=_reason(request),
            suggested_office_id=request.suggested_office_id,
            **_by_office(request),
        )
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.DeclineResponse(item=_item(item))

    @grpc_kit.unary
    async def Answer(
        self, request: work_pb2.AnswerRequest, context: Context
    ) -> work_pb2.AnswerResponse:
        """Answers the citizen and ends the case."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        command = commands.Answer(
            text=_words(request), officer=_officer(request), **_by_office(request)
        )
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.AnswerResponse(item=_item(item))

    @grpc_kit.unary
    async def DecidePermit(
        self, request: work_pb2.DecidePermitRequest, context: Context
    ) -> work_pb2.DecidePermitResponse:
        """Grants or refuses a permit and ends the case."""
        office_id = self._office(context)
        telemetry.annotate(request.inquiry_id)
        command = commands.DecidePermit(
            decision=_decision(request),
            text=_words(request),
            officer=_officer(request),
            **_by_office(request),
        )
        item = await self._work.carry_out(office_id, request.inquiry_id, command)
        return work_pb2.DecidePermitResponse(item=_item(item))

    def _check_room(self, office_id: str) -> None:
        """Raises TooMany when the office has as many watches as it may."""
        if self._feed.watched_by(office_id) >= self._most:
            metrics.CALLS_REFUSED.labels("too_many_watches").inc()
            raise TooMany(
                "too_many_watches", f"at most {self._most} watches of an office; end another first"
            )

    def _office(self, context: Context) -> str:
        """The office that calls; raises as `OfficeCallers.of`."""
        return self.offices.of(grpc_kit.key_of(context))


class AnswersServicer(AnswersServiceServicer):
    """Answers' words for the services that show or send them to the citizen."""

    def __init__(self, *, store: Store[Case], callers: Callers) -> None:
        self._store = store
        self._callers = callers

    @grpc_kit.unary
    async def GetAnswers(
        self, request: answers_pb2.GetAnswersRequest, context: Context
    ) -> answers_pb2.GetAnswersResponse:
        """The answers to many inquiries at once."""
        caller = self._callers.of(grpc_kit.key_of(context))
        purpose = _PURPOSES.get(request.purpose)
        if purpose is None:
            raise DomainError("invalid_purpose", Kind.INVALID, "must be stated", field="purpose")
        caller.must(f"answers:{purpose}")
        if len(request.inquiry_ids) > MOST_ANSWERS:
            raise DomainError(
                "too_many", Kind.INVALID, f"at most {MOST_ANSWERS} at once", field="inquiry_ids"
            )
        wanted = list(dict.fromkeys(request.inquiry_ids))
        found = await answers(self._store, wanted)
        return answers_pb2.GetAnswersResponse(
            answers=[
                _answer(inquiry_id, answer)
                for inquiry_id, rounds in found.items()
                for answer in rounds
            ],
            missing=[inquiry_id for inquiry_id in wanted if inquiry_id not in found],
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


def _officer(request: Any) -> Officer:
    return Officer(
        unit=request.officer_unit, name=request.officer_name, phone=request.officer_phone
    )


def _words(request: Any) -> str:
    """The text that the citizen is to read; empty where none of its characters can be seen."""
    return "" if is_blank(request.text) else plain_words(request.text)


def _by_office(request: Any) -> dict[str, Any]:
    """What every command says alike."""
    return {
        "occurred_at": _occurred_at(request),
        "command_id": request.command_id,
        "expected_version": request.expected_version or None,
    }


def _occurred_at(request: Any) -> datetime | None:
    if not request.HasField("occurred_at"):
        return None
    try:
        at: datetime = request.occurred_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise DomainError(
            "invalid_time", Kind.INVALID, "is not a time", field="occurred_at"
        ) from error
    return to_milliseconds(at)


def _told(news: News) -> work_pb2.WatchWorkResponse:
    if news.item is None:
        return work_pb2.WatchWorkResponse(heartbeat=work_pb2.Heartbeat(), resume_token=news.token)
    return work_pb2.WatchWorkResponse(item=_item(news.item), resume_token=news.token)


def _answer(inquiry_id: str, answer: RoundAnswer) -> answers_pb2.Answer:
    return answers_pb2.Answer(
        inquiry_id=inquiry_id,
        round=answer.round,
        office_id=answer.office_id,
        outcome=_OUTCOMES[answer.reply.outcome],
        text=answer.reply.answer,
        answered_at=answer.reply.answered_at,
        officer_unit=answer.reply.officer.unit,
        officer_name=answer.reply.officer.name,
        officer_phone=answer.reply.officer.phone,
        entered_at=answer.reply.entered_at,
    )


def _item(item: Item) -> work_pb2.WorkItem:
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
    )
