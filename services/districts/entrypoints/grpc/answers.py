"""The answers' words, and what else a citizen may read of a case, for Dasan's other services, by
gRPC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import grpc
from dasan.districts.v1 import answers_pb2
from dasan.districts.v1.answers_pb2_grpc import AnswersServiceServicer
from dasan.districts.v1.events_pb2 import (
    OUTCOME_ANSWERED,
    OUTCOME_PERMIT_GRANTED,
    OUTCOME_PERMIT_GRANTED_CONDITIONALLY,
    OUTCOME_PERMIT_REFUSED,
    OUTCOME_RETURNED,
)

from services.common.aggregates.update import Store
from services.common.edge import grpc_kit
from services.common.edge.access import Callers
from services.common.kernel import DomainError, Kind
from services.common.process import telemetry
from services.districts.application.answers import answers
from services.districts.application.proceedings import proceedings
from services.districts.domain.case.events import Outcome
from services.districts.domain.case.file import Objection
from services.districts.domain.case.model import Case, RoundAnswer
from services.districts.entrypoints.grpc.messages import document_message, supplement_message

Context = grpc.aio.ServicerContext[Any, Any]

ANSWERS = "dasan.districts.v1.AnswersService"
MOST_ANSWERS = 500

_PURPOSES = {
    answers_pb2.ANSWER_PURPOSE_STATUS: "status",
    answers_pb2.ANSWER_PURPOSE_NOTIFY: "notify",
}
_OUTCOMES = {
    Outcome.ANSWERED: OUTCOME_ANSWERED,
    Outcome.PERMIT_GRANTED: OUTCOME_PERMIT_GRANTED,
    Outcome.PERMIT_GRANTED_CONDITIONALLY: OUTCOME_PERMIT_GRANTED_CONDITIONALLY,
    Outcome.PERMIT_REFUSED: OUTCOME_PERMIT_REFUSED,
    Outcome.RETURNED: OUTCOME_RETURNED,
}


class AnswersServicer(AnswersServiceServicer):
    """Answers' words for the services that show or send them to the citizen."""

    def __init__(
        self,
        *,
        store: Store[Case],
        callers: Callers,
        verify_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._callers = callers
        self._verify_url = verify_url
        self._clock = clock

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

    @grpc_kit.unary
    async def GetProceedings(
        self, request: answers_pb2.GetProceedingsRequest, context: Context
    ) -> answers_pb2.GetProceedingsResponse:
        """What is asked for, what became of an objection, and the documents of a permit."""
        caller = self._callers.of(grpc_kit.key_of(context))
        caller.must(f"answers:{_PURPOSES[answers_pb2.ANSWER_PURPOSE_STATUS]}")
        telemetry.annotate(request.inquiry_id)
        found = await proceedings(self._store, request.inquiry_id)
        now = self._clock()
        return answers_pb2.GetProceedingsResponse(
            supplements=[supplement_message(one) for one in found.supplements],
            objections=[_decision(one) for one in found.objections],
            documents=[document_message(one, now) for one in found.documents],
            verify_url=self._verify_url if found.documents else "",
        )


def _decision(objection: Objection) -> answers_pb2.ObjectionDecision:
    return answers_pb2.ObjectionDecision(
        round=objection.round,
        upheld=bool(objection.upheld),
        text=objection.decision,
        decided_at=objection.decided_at,
    )


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
