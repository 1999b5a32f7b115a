"""HTTP for who asks which office was, is or will be competent for a permit, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from services.common.edge.access import Callers
from services.common.edge.http_kit import caller_with
from services.common.edge.openapi import AWAY, Refusal, refusals
from services.common.kernel import DomainError
from services.districts.application.delegations import Answer, Delegations
from services.districts.domain.delegation.competence import Happened, Reason, Step
from services.districts.domain.delegation.events import day_text
from services.districts.domain.delegation.model import Period
from services.districts.entrypoints.days import day_or_none
from services.districts.entrypoints.office_callers import WORK

# The query names what the contract calls otherwise.
_QUERY = {"service_code": "service", "place_code": "dong"}
_REFUSALS = (
    Refusal(status=422, slug="unknown_service", meaning="The catalogue has no such service"),
    Refusal(status=422, slug="not_a_permit", meaning="Routing's rules say who does it"),
    Refusal(status=422, slug="unknown_dong", meaning="No dong or district of the city"),
    Refusal(status=422, slug="invalid_date", meaning="No day like 2026-12-01"),
    *AWAY,
)


class PeriodBody(BaseModel):
    """Days, both ends included, on which a community office decides."""

    office_id: str
    grant_id: int
    valid_from: str = Field(description="Empty: since before the registry")
    valid_until: str = Field(description="Empty: until further notice")
    returned_on: str = Field(
        description="From this day on the district decides what was received and is not decided"
    )
    legal_basis: str

    @classmethod
    def of(cls, period: Period) -> Self:
        """The body of a period."""
        return cls(
            office_id=period.office_id,
            grant_id=period.grant_id,
            valid_from=day_text(period.days.start),
            valid_until=day_text(period.days.end),
            returned_on=day_text(period.returned_on),
            legal_basis=period.legal_basis,
        )


class StepBody(BaseModel):
    """One step of the history."""

    step: Step
    grant_id: int = Field(description="0 for readiness")
    office_id: str
    entered_at: datetime
    valid_from: str
    valid_until: str
    detail: str = Field(
        description="Legal basis, reason, or permits that can be decided in a month"
    )

    @classmethod
    def of(cls, step: Happened) -> Self:
        """The body of a step; the officer is not shown."""
        return cls(
            step=step.step,
            grant_id=step.grant_id,
            office_id=step.office_id,
            entered_at=step.entered.at,
            valid_from=day_text(step.since),
            valid_until=day_text(step.until),
            detail=step.detail,
        )


class CompetenceBody(BaseModel):
    """Who is competent on a day, and why."""

    service_code: str
    on: str = Field(description="The day, in the city's zone")
    office_id: str
    reason: Reason
    legal_basis: str = Field(description="Of the delegation in force; empty where none is")
    grant_id: int = Field(description="The grant that decides it; 0 for none")
    pending_office_id: str = Field(
        description="Who decides today what was received on that day and is not decided yet"
    )
    pending_reason: Reason
    periods: list[PeriodBody]
    history: list[StepBody]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The body of an answer."""
        found, pending = answer.competent, answer.pending
        return cls(
            service_code=answer.service_code,
            on=day_text(answer.on),
            office_id=found.office_id,
            reason=found.reason,
            legal_basis=found.legal_basis,
            grant_id=found.grant_id,
            pending_office_id=pending.office_id,
            pending_reason=pending.reason,
            periods=[PeriodBody.of(period) for period in answer.periods],
            history=[StepBody.of(step) for step in answer.history],
        )


def competence_routes(callers: Callers, delegations: Delegations) -> APIRouter:
    """The route /v1/competence."""
    router = APIRouter(prefix="/v1/competence")

    @router.get(
        "", responses=refusals(*_REFUSALS), dependencies=[Depends(caller_with(callers, WORK))]
    )
    async def competence(
        service: Annotated[str, Query(description="Code of a permit's kind")],
        dong: Annotated[str, Query(description="Code of an administrative dong, or of a district")],
        on: Annotated[str, Query(description="Day of receipt, like 2026-12-01; empty: today")] = "",
    ) -> CompetenceBody:
        """Who was, is or will be competent for a permit at a place on a day, why, and what was done
        to the delegation."""
        try:
            return CompetenceBody.of(
                await delegations.competent(service, dong, day_or_none(on, "on"))
            )
        except DomainError as error:
            error.field = _QUERY.get(error.field or "", error.field)
            raise

    return router
