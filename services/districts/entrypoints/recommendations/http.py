"""`GET /v1/recommendations`: a district's report for itself, every district's for the city."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, Security

from services.cities import City, OfficeKind
from services.common.edge.access import Caller, Callers, bearer
from services.common.edge.openapi import AWAY, INVALID, KEY, Refusal, refusals
from services.common.pages.accept import prefers_html
from services.districts.application.recommending import Recommending, unknown_district
from services.districts.entrypoints.office_callers import WORK
from services.districts.entrypoints.recommendations.body import ReportBody
from services.districts.entrypoints.recommendations.page import ReportPages
from services.districts.entrypoints.recommendations.wording import REPORT_LANGUAGES

# The scope with which the city's own people see the report of every district.
RECOMMENDATIONS = "recommendations"
_DISTRICT_LONGEST = 64
_PAGE: Mapping[str, Any] = {"text/html": {"schema": {"type": "string"}}}
_KEY = Security(KEY)
_REFUSALS = (
    Refusal(status=401, slug="key_missing", meaning="Send a key: Authorization: Bearer <key>"),
    Refusal(status=403, slug="not_allowed", meaning="The caller speaks for no district"),
    Refusal(status=404, slug="district_unknown", meaning="No such district, or another's"),
    Refusal(status=404, slug="thresholds_missing", meaning="The city's pack has no thresholds"),
    Refusal(status=409, slug="thresholds_unusable", meaning="The pack's thresholds have a fault"),
    Refusal(status=422, slug="invalid_span", meaning="Not a span of days with a working day"),
    INVALID,
    *AWAY,
)


def routes(*, recommending: Recommending, pages: ReportPages, callers: Callers) -> APIRouter:
    """The routes of the report. A district's own software (scope WORK) sees its own report; any
    other district answers like one that is not there. Callers with RECOMMENDATIONS see all."""
    router = APIRouter(prefix="/v1")

    # A coroutine: FastAPI would call a plain function in a thread.
    async def anybody(request: Request, _: None = _KEY) -> Caller:
        return callers.of(bearer(request.headers.get("authorization", "")))

    known = Depends(anybody)

    @router.get(
        "/recommendations",
        response_model=ReportBody,
        summary="Which permits a district should delegate, keep or take back",
        description="Data, or a page of A4 for who asks for HTML. Without a span the last year.",
        responses={200: {"content": _PAGE}, **refusals(*_REFUSALS)},
    )
    async def recommendations(
        request: Request,
        district: Annotated[
            str, Query(min_length=1, max_length=_DISTRICT_LONGEST, description="Its code")
        ],
        since: Annotated[date | None, Query(description="First day of receipt")] = None,
        until: Annotated[date | None, Query(description="Last day of receipt, included")] = None,
        lang: Annotated[
            str | None, Query(description=f"Language of the page: {', '.join(REPORT_LANGUAGES)}")
        ] = None,
        caller: Caller = known,
    ) -> Response:
        city = recommending.present()
        must_see(city, caller, district)
        report = await recommending.report(district, since=since, until=until)
        if prefers_html(request.headers.get("accept", "")):
            language = pages.language(lang, request.headers.get("accept-language", ""))
            return pages.page(city, report, language)
        return Response(
            ReportBody.of(report).model_dump_json(),
            media_type="application/json",
            headers={"Cache-Control": "no-store", "Vary": "Accept"},
        )

    return router


def must_see(city: City, caller: Caller, district: str) -> None:
    """Raises DomainError `not_allowed` (FORBIDDEN) for who speaks for no district and not for the
    city, `district_unknown` (NOT_FOUND) for another district than the caller's."""
    if RECOMMENDATIONS in caller.scopes:
        return
    caller.must(WORK)
    office = city.offices.get(caller.office)
    if office is None or office.kind is not OfficeKind.DISTRICT:
        raise caller.forbidden("not_allowed", "the report is the district's", office=caller.office)
    if office.district != district:
        raise unknown_district()
