"""HTTP for the city's own people: why an office was chosen, the queue of what no office was found
for, and what lies at the offices. Nothing here holds a citizen's words, place or contact.

Sealed matters, such as reports of corruption, stand in no list and answer only to a scope of their
own: to everybody else they are as if they were not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Query

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.http_kit import caller_with, create_app
from services.common.edge.openapi import AWAY, NOT_STORED, VIEW_AWAY, Refusal, refusals
from services.common.edge.readiness import Readiness
from services.common.pages import api_docs
from services.common.pages.assets import Assets
from services.routing.application.figures import Figures
from services.routing.application.handlers import Routing
from services.routing.application.ports import UnroutedQueue
from services.routing.entrypoints.schema import (
    AssignBody,
    AssignmentBody,
    DesignateBody,
    QueueBody,
    SurgesBody,
    UnroutedBody,
    WorkloadBody,
)

# The scope of the desks that give an inquiry to an office by hand.
ASSIGN = "assign"
# The scope of who may read where an inquiry lies, and why. Figures are for everybody inside.
ASSIGNMENTS = "assignments"
# The scope, beside these, of those few who may see sealed matters (Anti-Corruption Act 64).
SEALED = "assignments:sealed"

InquiryId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=64,
        description="As on the inquiry's events",
        examples=["0198d5f0-5b7a-7c3e-9d53-2f6a3c1e8b40"],
    ),
]
_UNKNOWN = Refusal(
    status=404, slug="unknown_assignment", meaning="Routing has no such inquiry, or not for you"
)
_ORDER_REFUSALS = (
    _UNKNOWN,
    Refusal(status=422, slug="unknown_office", meaning="It is no office of this city"),
    Refusal(
        status=422,
        slug="office_not_competent",
        meaning="The office is closed, or may not decide this permit",
    ),
    *NOT_STORED,
)
_ASSIGN_REFUSALS = (
    *_ORDER_REFUSALS,
    Refusal(status=409, slug="already_assigned", meaning="It has left the queue"),
    Refusal(status=422, slug="unknown_service", meaning="It is not in the city's catalogue"),
)
_DESIGNATE_REFUSALS = (
    *_ORDER_REFUSALS,
    Refusal(
        status=409, slug="not_in_arbitration", meaning="It does not lie with the arbitration desk"
    ),
)


def create(
    *,
    city: City,
    routing: Routing,
    queue: UnroutedQueue,
    figures: Figures,
    callers: Callers,
    clock: Callable[[], datetime],
    readiness: Readiness,
    assets: Assets,
) -> FastAPI:
    """The app of routing."""
    app = create_app(
        title="Dasan routing",
        description="Which office is competent for an inquiry, and why.",
        readiness=readiness,
    )
    app.include_router(_reader_routes(city, routing, queue, callers, clock))
    app.include_router(_desk_routes(city, routing, callers))
    app.include_router(_figure_routes(city, figures))
    api_docs.serve(app, assets)
    return app


def _reader_routes(
    city: City,
    routing: Routing,
    queue: UnroutedQueue,
    callers: Callers,
    clock: Callable[[], datetime],
) -> APIRouter:
    router = APIRouter(prefix="/v1")
    may_read = Depends(caller_with(callers, ASSIGNMENTS))

    @router.get("/unrouted", responses=refusals(*AWAY))
    async def unrouted(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, caller: Caller = may_read
    ) -> QueueBody:
        """The inquiries for which no office was found; they wait for a person."""
        now, hidden = clock(), _hidden(city, caller)
        state = await queue.state(now, hidden)
        entries = await queue.due_first(limit, hidden)
        items = [UnroutedBody.of(city, entry, now) for entry in entries]
        return QueueBody.of(state, items, now)

    @router.get("/assignments/{inquiry_id}", responses=refusals(_UNKNOWN, *AWAY))
    async def explain(
        inquiry_id: InquiryId,
        language: Annotated[
            str | None, Query(description="Language of the explanation; the city's first if none")
        ] = None,
        caller: Caller = may_read,
    ) -> AssignmentBody:
        """Why the inquiry lies where it lies: rule, inputs, alternatives, and the due time."""
        wanted = language if language in city.languages else city.languages[0]
        assignment = await routing.assignment(inquiry_id, hidden=_hidden(city, caller))
        return AssignmentBody.of(city, assignment, wanted)

    return router


def _desk_routes(city: City, routing: Routing, callers: Callers) -> APIRouter:
    router = APIRouter(prefix="/v1")
    may_assign = Depends(caller_with(callers, ASSIGN))

    @router.post("/unrouted/{inquiry_id}/assign", responses=refusals(*_ASSIGN_REFUSALS))
    async def assign(
        inquiry_id: InquiryId, body: AssignBody, caller: Caller = may_assign
    ) -> AssignmentBody:
        """Assigns an inquiry of the queue by hand. The same order again changes nothing."""
        await routing.assignment(inquiry_id, hidden=_hidden(city, caller))
        assigned = await routing.assign(
            inquiry_id, office_id=body.office, service_code=body.service_code, caller=caller.id
        )
        return AssignmentBody.of(city, assigned, city.languages[0])

    @router.post("/assignments/{inquiry_id}/designate", responses=refusals(*_DESIGNATE_REFUSALS))
    async def designate(
        inquiry_id: InquiryId, body: DesignateBody, caller: Caller = may_assign
    ) -> AssignmentBody:
        """The arbitration desk names the office: a department of the city, which may not decline,
        or one of a district, to which the matter is transferred."""
        await routing.assignment(inquiry_id, hidden=_hidden(city, caller))
        assigned = await routing.designate(inquiry_id, office_id=body.office, caller=caller.id)
        return AssignmentBody.of(city, assigned, city.languages[0])

    return router


def _figure_routes(city: City, figures: Figures) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/workload", responses=refusals(VIEW_AWAY))
    async def workload() -> WorkloadBody:
        """What is open, due today and overdue, in all, by workload and by office.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, loads = await figures.loads()
        return WorkloadBody.of(city, as_of, loads)

    @router.get("/surges", responses=refusals(VIEW_AWAY))
    async def surges() -> SurgesBody:
        """Categories that come from one dong well above their usual rate within an hour.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, found = await figures.surges()
        return SurgesBody.of(city, as_of, found, city.sealed)

    return router


def _hidden(city: City, caller: Caller) -> frozenset[str]:
    """The services whose matters this caller must not see."""
    return frozenset() if SEALED in caller.scopes else city.sealed
