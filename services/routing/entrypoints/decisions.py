"""HTTP and gRPC for who asks why an inquiry lies where it lies: the decision as it was taken, in
codes and in sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self

import grpc
from dasan.routing.v1 import decisions_pb2 as pb
from dasan.routing.v1.decisions_pb2_grpc import DecisionsServiceServicer
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.grpc_kit import key_of, unary
from services.common.edge.http_kit import caller_with
from services.common.edge.openapi import AWAY, refusals
from services.common.process import telemetry
from services.routing.application.handlers import Routing
from services.routing.application.rulesets import RulesInForce
from services.routing.domain.assignment.model import Assignment, Attempt, Unrouted
from services.routing.entrypoints.explanation import LANGUAGES, Section, explained
from services.routing.entrypoints.schema import UNKNOWN, InquiryId, OfficeBody
from services.routing.entrypoints.scopes import ASSIGNMENTS, hidden_from

DECISIONS = "dasan.routing.v1.DecisionsService"

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """An assignment with the account of its decision in one language."""

    assignment: Assignment
    sections: Sequence[Section]

    @property
    def attempts(self) -> Sequence[Attempt]:
        """The offices that had it in this round, in their order; none while it has no office."""
        return () if isinstance(self.assignment, Unrouted) else self.assignment.attempts

    @property
    def office_id(self) -> str:
        """Where it lies now, or lay when it was answered; empty while it has no office."""
        return self.attempts[-1].office_id if self.attempts else ""


def _explain(
    city: City,
    rules: RulesInForce,
    assignment: Assignment,
    language: str | None,
    hidden: Collection[str],
) -> Explanation:
    """The account in that language, or in the city's first where it is none of LANGUAGES; it names
    no service `hidden`."""
    decision = assignment.decision
    wanted = language if language in LANGUAGES else city.languages[0]
    decided_by = rules.of_version(decision.verdict.version)
    return Explanation(
        assignment=assignment,
        sections=explained(city, assignment.matter, decision, decided_by, wanted, hidden),
    )


class SectionBody(BaseModel):
    """One part of the account."""

    key: str = Field(
        description="`service`, `place`, `rule`, `office`, `rejected` or `due`; more may come"
    )
    heading: str
    lines: list[str]

    @classmethod
    def of(cls, section: Section) -> Self:
        """The body of a section."""
        return cls(key=section.key, heading=section.heading, lines=list(section.lines))


class RejectedBody(BaseModel):
    """A rule that was passed over, or an office that it named and that was dropped."""

    rule: str
    against: str = Field(description="The condition that did not hold, or what barred the office")
    value: str = Field(description="What the matter has instead; a code")
    office: OfficeBody | None


class DecisionBody(BaseModel):
    """What the rules of competence decided on one inquiry, and why."""

    inquiry_id: str
    receipt_number: str
    service_code: str | None
    rule: str = Field(description="The rule that decided, or that asks what must be known first")
    ruleset_version: str
    confidence: float = Field(description="How probable it is that the service is meant, 0 to 1")
    facts: Mapping[str, str | list[str]] = Field(
        description="What the rules were asked, in codes; what was not known is left out"
    )
    offices: list[OfficeBody] = Field(description="The competent one, then the alternatives")
    rejected: list[RejectedBody]
    office: OfficeBody | None = Field(
        description="Where it lies now, or lay when it was answered; null while it has no office"
    )
    due_at: datetime
    sections: list[SectionBody] = Field(description="In sentences, with the account of the date")

    @classmethod
    def of(cls, city: City, explanation: Explanation) -> Self:
        """The body of a decision."""
        assignment = explanation.assignment
        decision, matter = assignment.decision, assignment.matter
        verdict = decision.verdict
        return cls(
            inquiry_id=assignment.inquiry_id,
            receipt_number=matter.receipt_number,
            service_code=matter.service_code or None,
            rule=verdict.rule,
            ruleset_version=verdict.version,
            confidence=decision.confidence,
            facts=_facts(assignment),
            offices=[OfficeBody.of(city, id_) for id_ in verdict.offices],
            rejected=[
                RejectedBody(
                    rule=one.rule,
                    against=one.against,
                    value=one.value,
                    office=OfficeBody.of(city, one.office) if one.office else None,
                )
                for one in verdict.rejected
            ],
            office=OfficeBody.of(city, explanation.office_id) if explanation.office_id else None,
            due_at=decision.due_at,
            sections=[SectionBody.of(section) for section in explanation.sections],
        )


def decision_routes(
    present: Callable[[], City], routing: Routing, rules: RulesInForce, callers: Callers
) -> APIRouter:
    """The routes under /v1/decisions; `present` gives the city of now, which names the offices."""
    router = APIRouter(prefix="/v1/decisions")

    @router.get("/{inquiry_id}", responses=refusals(UNKNOWN, *AWAY))
    async def decision(
        inquiry_id: InquiryId,
        language: Annotated[
            str | None, Query(description="`ko` or `en`; the city's first if none or another")
        ] = None,
        caller: Caller = Depends(caller_with(callers, ASSIGNMENTS)),  # noqa: B008
    ) -> DecisionBody:
        """Why the inquiry lies where it lies: what was found, the rule, every rule and office that
        was passed over, and how the date was counted, all as it was when it was decided."""
        city = present()
        hidden = hidden_from(city, caller)
        assignment = await routing.assignment(inquiry_id, hidden=hidden)
        return DecisionBody.of(city, _explain(city, rules, assignment, language, hidden))

    return router


class DecisionsServicer(DecisionsServiceServicer):
    """Serves `dasan.routing.v1.DecisionsService`."""

    def __init__(
        self,
        *,
        present: Callable[[], City],
        routing: Routing,
        rules: RulesInForce,
        callers: Callers,
    ) -> None:
        """`present` gives the city of now, which names the offices."""
        self._present = present
        self._routing = routing
        self._rules = rules
        self._callers = callers

    @unary
    async def GetDecision(
        self, request: pb.GetDecisionRequest, context: Context
    ) -> pb.GetDecisionResponse:
        """The decision on one inquiry."""
        caller = self._callers.of(key_of(context))
        caller.must(ASSIGNMENTS)
        telemetry.annotate(request.inquiry_id)
        city = self._present()
        hidden = hidden_from(city, caller)
        assignment = await self._routing.assignment(request.inquiry_id, hidden=hidden)
        explanation = _explain(city, self._rules, assignment, request.language, hidden)
        decision, matter = assignment.decision, assignment.matter
        answer = pb.GetDecisionResponse(
            inquiry_id=assignment.inquiry_id,
            receipt_number=matter.receipt_number,
            service_code=matter.service_code,
            round=assignment.round,
            office_id=explanation.office_id,
            rule=decision.verdict.rule,
            ruleset_version=decision.verdict.version,
            confidence=decision.confidence,
            sections=[
                pb.Section(key=one.key, heading=one.heading, lines=one.lines)
                for one in explanation.sections
            ],
            turns=[_turn(attempt) for attempt in explanation.attempts],
        )
        answer.due_at.FromDatetime(decision.due_at)
        return answer


def _turn(attempt: Attempt) -> pb.Turn:
    turn = pb.Turn(
        attempt=attempt.number,
        office_id=attempt.office_id,
        rule=attempt.rule,
        refused=attempt.refused or "",
    )
    turn.assigned_at.FromDatetime(attempt.assigned_at)
    return turn


def _facts(assignment: Assignment) -> dict[str, str | list[str]]:
    """What the rules were asked, without what was not known."""
    facts = assignment.decision.facts
    found: dict[str, str | list[str]] = {
        "service": facts.service,
        "channel": facts.channel,
        "language": facts.language,
        "received_at": facts.received_at.isoformat(),
        "on": facts.on.isoformat(),
        "today": facts.today.isoformat(),
        "place": facts.place,
        "district": facts.district,
        "dong": facts.dong,
        "candidates": list(facts.candidates),
    }
    return {name: value for name, value in found.items() if value}
