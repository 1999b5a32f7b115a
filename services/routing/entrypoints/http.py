"""Routing's HTTP API: why an office was chosen, and the queue of what no office was found for.

For the city's own people; nothing here holds a citizen's words, place or contact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from services.cities import City, Workload
from services.common.access import Caller, Callers
from services.common.http import caller_with, create_app
from services.common.readiness import Readiness
from services.routing.application.figures import Figures
from services.routing.application.handlers import Routing
from services.routing.application.ports import UnroutedQueue
from services.routing.domain.matters import Load
from services.routing.domain.model import Assigned, Assignment, Attempt, Inputs, Unrouted
from services.routing.domain.surges import Surge

# The scope of the desks that give an inquiry to an office by hand.
ASSIGN = "assign"
# The scope of who may read where an inquiry lies, and why. Figures are for everybody inside.
ASSIGNMENTS = "assignments"


class OfficeOut(BaseModel):
    """An office with its names by language."""

    id: str
    names: Mapping[str, str]


class UnroutedOut(BaseModel):
    """One inquiry that waits for a person."""

    inquiry_id: str
    receipt_number: str
    reason: str
    service_code: str = Field(description="Category found so far; empty when none was")
    received_at: datetime
    unrouted_at: datetime


class QueueOut(BaseModel):
    """The unrouted queue, longest wait first."""

    waiting: int
    oldest_seconds: float | None = Field(description="How long the oldest waits; null when none")
    items: list[UnroutedOut]


class AssignIn(BaseModel):
    """A person's decision on an unrouted inquiry."""

    model_config = ConfigDict(extra="forbid")
    office: str = Field(description="Id of the office that gets it", examples=["d-11680"])
    service_code: str = Field(description="Code of the catalogue; it decides the due time")


class DesignateIn(BaseModel):
    """The arbitration desk's decision."""

    model_config = ConfigDict(extra="forbid")
    office: str = Field(description="Id of the office, which may not decline")


class AttemptOut(BaseModel):
    """One office that the inquiry was given to."""

    attempt: int
    office: OfficeOut
    workload: str
    rule: str
    binding: bool
    delegated_by: str | None
    assigned_at: datetime
    refused: str | None = Field(description="Why the office refused; null when it did not")


class InputsOut(BaseModel):
    """What the decision stood on."""

    category: str
    terms: list[str] = Field(description="The catalogue's terms that the words matched")
    place_form: str
    place: str
    place_evidence: list[str]
    district_code: str | None
    dong_code: str | None


class DueOut(BaseModel):
    """The statutory end of the period, with the account of how it was counted."""

    at: datetime
    period: str
    legal_basis: str
    explanation: list[str]


class AssignmentOut(BaseModel):
    """The decision on one inquiry, explained."""

    inquiry_id: str
    receipt_number: str
    status: Literal["assigned", "unrouted"]
    rule: str | None
    reason: str | None = Field(description="Why no office was found; null when one was")
    service_code: str | None
    kind: str | None
    permit: bool
    inputs: InputsOut
    attempts: list[AttemptOut]
    alternatives: list[OfficeOut] = Field(description="Offices not tried yet, in order")
    received_at: datetime
    due: DueOut | None


class LoadOut(BaseModel):
    """Open matters; `due_today` and `overdue` are among them and have none in common."""

    open: int
    due_today: int = Field(description="Due later on this day of the city")
    overdue: int = Field(description="Due before `as_of`")


class OfficeLoadOut(LoadOut):
    """The load of one office."""

    office: OfficeOut


class WorkloadOut(BaseModel):
    """What lies at the offices. Whole, whichever replica answers."""

    as_of: datetime
    city: LoadOut
    workloads: Mapping[Workload, LoadOut] = Field(description="By whose load it is")
    offices: list[OfficeLoadOut] = Field(description="Those with open matters, by id")


class SurgeOut(BaseModel):
    """One category in one dong, well above its usual rate."""

    service_code: str
    service_names: Mapping[str, str]
    dong_code: str = Field(description="Administrative dong, 10 digits")
    dong_names: Mapping[str, str]
    count: int = Field(description="Received in the hour before `as_of`")
    usual_per_hour: float = Field(description="At this time of day, an hour either side")
    times_usual: float
    chance: float = Field(description="How likely so many are without a cause")


class SurgesOut(BaseModel):
    """The surges of the last hour, rarest first. Whole, whichever replica answers."""

    as_of: datetime
    days_compared: int = Field(
        description="Days before that the hour is compared with, at most 7. 0: the city has too"
        " short a record, and no surge is shown"
    )
    surges: list[SurgeOut]


def create(
    *,
    city: City,
    routing: Routing,
    queue: UnroutedQueue,
    figures: Figures,
    callers: Callers,
    clock: Callable[[], datetime],
    readiness: Readiness,
) -> FastAPI:
    """The app of routing."""
    app = create_app(
        title="Dasan routing",
        description="Which office is competent for an inquiry, and why.",
        readiness=readiness,
    )

    may_assign = Depends(caller_with(callers, ASSIGN))
    may_read = Depends(caller_with(callers, ASSIGNMENTS))

    @app.get("/v1/unrouted", dependencies=[may_read])
    async def unrouted(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> QueueOut:
        """The inquiries for which no office was found; they wait for a person."""
        state = await queue.state()
        oldest = None if state.oldest is None else (clock() - state.oldest).total_seconds()
        items = [_unrouted(entry) for entry in await queue.oldest(limit)]
        return QueueOut(waiting=state.waiting, oldest_seconds=oldest, items=items)

    @app.post("/v1/unrouted/{inquiry_id}/assign")
    async def assign(
        inquiry_id: str, order: AssignIn, caller: Caller = may_assign
    ) -> AssignmentOut:
        """Assigns one of them by hand. The same order again has the effect of one."""
        assigned = await routing.assign(
            inquiry_id, office_id=order.office, service_code=order.service_code, caller=caller.id
        )
        return _explained(city, assigned, city.languages[0])

    @app.post("/v1/assignments/{inquiry_id}/designate")
    async def designate(
        inquiry_id: str, order: DesignateIn, caller: Caller = may_assign
    ) -> AssignmentOut:
        """The arbitration desk names the office; it may not decline."""
        assigned = await routing.designate(inquiry_id, office_id=order.office, caller=caller.id)
        return _explained(city, assigned, city.languages[0])

    @app.get("/v1/workload")
    async def workload() -> WorkloadOut:
        """What is open, due today and overdue, in all, by workload and by office.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, loads = await figures.loads()
        return WorkloadOut(
            as_of=as_of,
            city=_load(loads.city),
            workloads={kind: _load(loads.by_workload.get(kind, Load())) for kind in Workload},
            offices=[
                OfficeLoadOut(office=_office(city, id_), **_load(load).model_dump())
                for id_, load in sorted(loads.by_office.items())
            ],
        )

    @app.get("/v1/surges")
    async def surges() -> SurgesOut:
        """Categories that come from one dong well above their usual rate within an hour.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, found = await figures.surges()
        return SurgesOut(
            as_of=as_of,
            days_compared=found.days,
            surges=[_surge(city, surge) for surge in found.surges],
        )

    @app.get("/v1/assignments/{inquiry_id}", dependencies=[may_read])
    async def explain(
        inquiry_id: str,
        language: Annotated[
            str | None, Query(description="Language of the explanation; the city's first if none")
        ] = None,
    ) -> AssignmentOut:
        """Why the inquiry lies where it lies: rule, inputs, alternatives, and the due time."""
        wanted = language if language in city.languages else city.languages[0]
        return _explained(city, await routing.assignment(inquiry_id), wanted)

    return app


def _unrouted(entry: Unrouted) -> UnroutedOut:
    return UnroutedOut(
        inquiry_id=entry.inquiry.inquiry_id,
        receipt_number=entry.inquiry.receipt_number,
        reason=entry.decision.reason,
        service_code=entry.decision.service_code,
        received_at=entry.inquiry.received_at,
        unrouted_at=entry.unrouted_at,
    )


def _load(load: Load) -> LoadOut:
    return LoadOut(open=load.open, due_today=load.due_today, overdue=load.overdue)


def _surge(city: City, surge: Surge) -> SurgeOut:
    service = city.catalogue.get(surge.service_code)
    dong = city.offices.get(f"o-{surge.dong_code}")
    return SurgeOut(
        service_code=surge.service_code,
        service_names=service.names if service is not None else {},
        dong_code=surge.dong_code,
        dong_names=dong.names if dong is not None else {},
        count=surge.count,
        usual_per_hour=round(surge.usual, 3),
        times_usual=round(surge.count / surge.usual, 1),
        chance=surge.chance,
    )


def _explained(city: City, assignment: Assignment, language: str) -> AssignmentOut:
    inquiry, decision = assignment.inquiry, assignment.decision
    common = AssignmentOut(
        inquiry_id=inquiry.inquiry_id,
        receipt_number=inquiry.receipt_number,
        status=assignment.status,
        rule=None,
        reason=None,
        service_code=decision.service_code or None,
        kind=None,
        permit=False,
        inputs=_inputs(decision.inputs),
        attempts=[],
        alternatives=[],
        received_at=inquiry.received_at,
        due=None,
    )
    match assignment:
        case Unrouted():
            return common.model_copy(update={"reason": assignment.decision.reason.value})
        case Assigned():
            tried = {attempt.office_id for attempt in assignment.attempts}
            left = [id_ for id_ in assignment.decision.offices if id_ not in tried]
            return common.model_copy(
                update={
                    "rule": assignment.current.rule.value,
                    "kind": assignment.decision.kind.value,
                    "permit": assignment.decision.permit,
                    "attempts": [_attempt(city, attempt) for attempt in assignment.attempts],
                    "alternatives": [_office(city, id_) for id_ in left],
                    "due": _due(city, assignment, language),
                }
            )


def _inputs(inputs: Inputs) -> InputsOut:
    return InputsOut(
        category=inputs.category,
        terms=list(inputs.terms),
        place_form=inputs.place_form,
        place=inputs.place,
        place_evidence=list(inputs.place_evidence),
        district_code=inputs.district_code or None,
        dong_code=inputs.dong_code or None,
    )


def _attempt(city: City, attempt: Attempt) -> AttemptOut:
    return AttemptOut(
        attempt=attempt.number,
        office=_office(city, attempt.office_id),
        workload=attempt.workload,
        rule=attempt.rule,
        binding=attempt.binding,
        delegated_by=attempt.delegated_by or None,
        assigned_at=attempt.assigned_at,
        refused=attempt.refused,
    )


def _office(city: City, office_id: str) -> OfficeOut:
    known = city.offices.get(office_id)
    return OfficeOut(id=office_id, names=known.names if known is not None else {})


def _due(city: City, assigned: Assigned, language: str) -> DueOut:
    """The stored due time; the account is made anew, by the catalogue and calendar of today."""
    service = city.service(assigned.decision.service_code)
    due = city.due(assigned.inquiry.received_at, service.period)
    return DueOut(
        at=assigned.decision.due_at,
        period=str(service.period),
        legal_basis=service.legal_basis,
        explanation=list(due.explain(language)),
    )
