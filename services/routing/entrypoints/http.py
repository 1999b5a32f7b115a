"""HTTP for the city's own people: why an office was chosen, the queue of what no office was found
for, what lies at the offices, and the board that shows it. Nothing here holds a citizen's words,
place or contact; the desk's pages (`desk`) show the words to whoever decides, and keep nothing.

Sealed matters, such as reports of corruption, stand in no list and answer only to a scope of their
own: to everybody else they are as if they were not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from services.cities import City
from services.common.edge.access import Caller, Callers
from services.common.edge.http_kit import caller_with, create_app
from services.common.edge.openapi import AWAY, NOT_STORED, VIEW_AWAY, Refusal, refusals
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind
from services.common.pages import FONT, api_docs
from services.common.pages.assets import Assets
from services.common.pages.live import Live, serve_scripts
from services.routing.application.figures import Figures
from services.routing.application.handlers import Routing
from services.routing.application.likeness import Alike
from services.routing.application.ports import Desk, StoredExamples, UnroutedQueue
from services.routing.application.rulesets import RuleSets, RulesInForce
from services.routing.domain.assignment.model import WaitingFor
from services.routing.entrypoints.decisions import decision_routes
from services.routing.entrypoints.desk import DeskSite
from services.routing.entrypoints.examples import routes as example_routes
from services.routing.entrypoints.figure_bodies import SurgesBody, WorkloadBody
from services.routing.entrypoints.likeness import likeness_routes
from services.routing.entrypoints.pages import PATH, BoardPages
from services.routing.entrypoints.rulesets import ruleset_routes
from services.routing.entrypoints.schema import (
    UNKNOWN,
    ArbitrationsBody,
    AssignBody,
    AssignmentBody,
    DesignateBody,
    InquiryId,
    QueueBody,
    UnroutedBody,
)
from services.routing.entrypoints.scopes import ASSIGN, ASSIGNMENTS, hidden_from

_ORDER_REFUSALS = (
    UNKNOWN,
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
    present: Callable[[], City],
    routing: Routing,
    rulesets: RuleSets,
    rules: RulesInForce,
    queue: UnroutedQueue,
    desk: Desk,
    alike: Alike,
    figures: Figures,
    callers: Callers,
    clock: Callable[[], datetime],
    readiness: Readiness,
    assets: Assets,
    board: BoardPages,
    live: Live,
    examples: StoredExamples,
    site: DeskSite,
) -> FastAPI:
    """The app of routing; `present` gives the city of now, which names the offices."""
    app = create_app(
        title="Dasan routing",
        description="Which office is competent for an inquiry, and why.",
        readiness=readiness,
    )
    app.include_router(_reader_routes(present, routing, queue, callers, clock))
    app.include_router(_arbitration_routes(present, desk, callers, clock))
    app.include_router(_desk_routes(present, routing, callers))
    app.include_router(likeness_routes(present, alike, callers))
    app.include_router(decision_routes(present, routing, rules, callers))
    app.include_router(ruleset_routes(present, rulesets, callers))
    app.include_router(example_routes(present, examples, callers))
    app.include_router(site.routes())
    app.include_router(_figure_routes(present, figures))
    app.include_router(_board_routes(board, live))
    assets.serve(app, FONT)
    serve_scripts(app, assets)
    api_docs.serve(app, assets)
    return app


def _reader_routes(
    present: Callable[[], City],
    routing: Routing,
    queue: UnroutedQueue,
    callers: Callers,
    clock: Callable[[], datetime],
) -> APIRouter:
    router = APIRouter(prefix="/v1")
    may_read = Depends(caller_with(callers, ASSIGNMENTS))

    @router.get("/unrouted", responses=refusals(*AWAY))
    async def unrouted(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        waiting_for: WaitingFor = WaitingFor.PERSON,
        caller: Caller = may_read,
    ) -> QueueBody:
        """The inquiries for which no office was found. They wait for a person, or those
        `waiting_for=citizen` for the answer to a question; a person may assign these, too."""
        city, now = present(), clock()
        hidden = hidden_from(city, caller)
        state = await queue.state(waiting_for, now, hidden)
        entries = await queue.due_first(waiting_for, limit, hidden)
        items = [UnroutedBody.of(city, entry, now, hidden) for entry in entries]
        return QueueBody.of(state, items, now)

    @router.get("/assignments/{inquiry_id}", responses=refusals(UNKNOWN, *AWAY))
    async def explain(
        inquiry_id: InquiryId,
        language: Annotated[
            str | None, Query(description="Language of the explanation; the city's first if none")
        ] = None,
        caller: Caller = may_read,
    ) -> AssignmentBody:
        """Why the inquiry lies where it lies: rule, inputs, alternatives, and the due time."""
        city = present()
        wanted = language if language in city.languages else city.languages[0]
        hidden = hidden_from(city, caller)
        assignment = await routing.assignment(inquiry_id, hidden=hidden)
        return AssignmentBody.of(city, assignment, wanted, hidden)

    return router


def _arbitration_routes(
    present: Callable[[], City], desk: Desk, callers: Callers, clock: Callable[[], datetime]
) -> APIRouter:
    router = APIRouter(prefix="/v1")
    may_read = Depends(caller_with(callers, ASSIGNMENTS))

    @router.get("/arbitrations", responses=refusals(*AWAY))
    async def arbitrations(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, caller: Caller = may_read
    ) -> ArbitrationsBody:
        """What lies with the arbitration desk: what must be decided first stands first."""
        city, now = present(), clock()
        hidden = hidden_from(city, caller)
        state = await desk.state(now, hidden)
        entries = await desk.decide_first(limit, hidden)
        return ArbitrationsBody.of(city, state, entries, now)

    return router


def _desk_routes(present: Callable[[], City], routing: Routing, callers: Callers) -> APIRouter:
    router = APIRouter(prefix="/v1")
    may_assign = Depends(caller_with(callers, ASSIGN))

    @router.post("/unrouted/{inquiry_id}/assign", responses=refusals(*_ASSIGN_REFUSALS))
    async def assign(
        inquiry_id: InquiryId, body: AssignBody, caller: Caller = may_assign
    ) -> AssignmentBody:
        """Assigns an inquiry of the queue by hand. The same order again changes nothing."""
        city = present()
        hidden = hidden_from(city, caller)
        await routing.assignment(inquiry_id, hidden=hidden)
        assigned = await routing.assign(
            inquiry_id, office_id=body.office, service_code=body.service_code, caller=caller.id
        )
        return AssignmentBody.of(city, assigned, city.languages[0], hidden)

    @router.post("/assignments/{inquiry_id}/designate", responses=refusals(*_DESIGNATE_REFUSALS))
    async def designate(
        inquiry_id: InquiryId, body: DesignateBody, caller: Caller = may_assign
    ) -> AssignmentBody:
        """The arbitration desk names the office: a department of the city, which may not decline,
        or one of a district, to which the matter is transferred."""
        city = present()
        hidden = hidden_from(city, caller)
        await routing.assignment(inquiry_id, hidden=hidden)
        assigned = await routing.designate(inquiry_id, office_id=body.office, caller=caller.id)
        return AssignmentBody.of(city, assigned, city.languages[0], hidden)

    return router


def _figure_routes(present: Callable[[], City], figures: Figures) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/workload", responses=refusals(VIEW_AWAY))
    async def workload() -> WorkloadBody:
        """What is open, due today and overdue, in all, by workload and by office; whether each
        office keeps up; and how the last days' work was shared.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, loads = await figures.loads()
        _, days = await figures.workloads()
        return WorkloadBody.of(present(), as_of, loads, days)

    @router.get("/surges", responses=refusals(VIEW_AWAY))
    async def surges() -> SurgesBody:
        """Categories that come from one dong well above their usual rate within an hour.

        503 `view_away` while this replica has not yet read what was told before it began.
        """
        as_of, found = await figures.surges()
        city = present()
        return SurgesBody.of(city, as_of, found, city.sealed)

    return router


def _board_routes(board: BoardPages, live: Live) -> APIRouter:
    """The figures as a page, which like them asks for no key."""
    router = APIRouter(prefix=PATH, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("")
    async def show(request: Request, lang: str | None = None) -> HTMLResponse:
        return await board.page(_language(board, request, lang))

    @router.get("/districts/{code}")
    async def show_district(code: str, request: Request, lang: str | None = None) -> HTMLResponse:
        language = _language(board, request, lang)
        return await board.page(language, code) if board.knows(code) else board.unknown(language)

    @router.get("/live", response_class=StreamingResponse)
    async def watch(
        request: Request, lang: str | None = None, district: str = ""
    ) -> StreamingResponse:
        if district and not board.knows(district):
            raise DomainError("unknown_district", Kind.NOT_FOUND, "the city has no such district")
        page = board.name_of(_language(board, request, lang), district)
        return live.stream(page, request.headers.get("last-event-id"))

    return router


def _language(board: BoardPages, request: Request, wish: str | None) -> str:
    return board.language(wish, request.headers.get("accept-language"))
