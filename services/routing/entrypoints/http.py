"""HTTP for the city's own people: why an office was chosen, the queue of what no office was found
for, and what lies at the offices. Nothing here holds a citizen's words, place or contact.

Sealed matters, such as reports of corruption, stand in no list and answer only to a scope of their
own: to everybody else they are as if they were not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.http_kit import caller_with, create_app
from services.common.edge.readiness import Readiness
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
    app.include_router(_reader_routes(city, routing, queue, callers, clock))
    app.include_router(_desk_routes(city, routing, callers))
    app.include_router(_figure_routes(city, figures))
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

    @router.get("/unrouted")
    async def unrouted(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, caller: Caller = may_read
    ) -> QueueBody:
        """The inquiries for which no office was found; they wait for a person."""
        now, hidden = clock(), _hidden(city, caller)
        state = await queue.state(now, hidden)
        entries = await queue.due_first(limit, hidden)
        items = [UnroutedBody.of(city, entry, now) for entry in entries]
        return QueueBody.of(state, items, now)

    @router.get("/assignments/{inquiry_id}")
    async def explain(
        inquiry_id: str,
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

    @router.post("/unrouted/{inquiry_id}/assign")
    async def assign(
        inquiry_id: str, body: AssignBody, caller: Caller = may_assign
    ) -> AssignmentBody:
        """Assigns an inquiry of the queue by hand. The same order again changes nothing."""
        await routing.assignment(inquiry_id, hidden=_hidden(city, caller))
        assigned = await routing.assign(
            inquiry_id, office_id=body.office, service_code=body.service_code, caller=caller.id
        )
        return AssignmentBody.of(city, assigned, city.languages[0])

    @router.post("/assignments/{inquiry_id}/designate")
    async def designate(
        inquiry_id: str, body: DesignateBody, caller: Caller = may_assign
    ) -> AssignmentBody:
        """The arbitration desk names the office: a department of the city, which may not decline,
        or one of a district, to which the matter is transferred."""
        await routing.assignment(inquiry_id, hidden=_hidden(city, caller))
        assigned = await routing.designate(inquiry_id, office_id=body.office, caller=caller.id)
        return AssignmentBody.of(city, assigned, city.languages[0])

    return router


def _figure_routes(city: City, figures: Figures) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/workload")
    async def workload() -> WorkloadBody:
        """What is open, due today and overdue, in all, by workload and by office.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, loads = await figures.loads()
        return WorkloadBody.of(city, as_of, loads)

    @router.get("/surges")
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
