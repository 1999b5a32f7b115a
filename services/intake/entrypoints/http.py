"""HTTP for citizens and systems: hand in an inquiry, follow it by receipt and secret."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Body, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from services.cities import City
from services.common.edge import http_kit
from services.common.edge.access import Caller, Callers
from services.common.edge.limits import Senders
from services.common.edge.openapi import AWAY, NOT_STORED, OR_NOBODY, Refusal, refusals
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError
from services.common.pages import FONT, api_docs
from services.common.pages.accept import prefers_html
from services.common.pages.assets import Assets
from services.common.process import telemetry
from services.intake.application.documents import ReadDocuments
from services.intake.application.links import StatusLinks
from services.intake.application.once import SupplyAnswers, TakeActs
from services.intake.application.receive import ReceiveInquiries
from services.intake.application.status import PublicStatus, ReadStatus
from services.intake.domain.admit import VERIFIES, Refused
from services.intake.domain.model import AskedAbout
from services.intake.entrypoints.acts import take_act_forms, take_acts
from services.intake.entrypoints.documents import give_documents
from services.intake.entrypoints.pages import StatusPages
from services.intake.entrypoints.pages.asking import Written
from services.intake.entrypoints.receipts import RECEIPT_REFUSALS
from services.intake.entrypoints.refusing import refuse_by_pages
from services.intake.entrypoints.schema import (
    EXAMPLES,
    SUPPLEMENTS,
    InquiryBody,
    ReceiptBody,
    ServicesBody,
    StatusBody,
    SupplementBody,
    SuppliedBody,
)

DESCRIPTION = """
Ask {city}: post an inquiry, get a receipt at once, follow it with the receipt's secret link.

A `201` means stored: nothing that was acknowledged is lost. When in doubt (a time-out, a `503`),
post again with the same `Idempotency-Key`: the inquiry is taken once and the answer is the same.
Errors are problem details (RFC 9457); `errors` names each field at fault and the remedy.
"""


# The scope of systems that hand in inquiries.
INQUIRIES = "inquiries"


# Services begin and end with a day. Longer: a new one is seen later. Shorter: more requests.
_SERVICES_KEPT_SECONDS = 600
_CACHED = {name: {"schema": {"type": "string"}} for name in ("ETag", "Cache-Control")}
_PAGE: dict[str, Any] = {"text/html": {"schema": {"type": "string"}}}
_DATA_OR_PAGE = "JSON, or the page for people where `Accept` asks for HTML before JSON."
PageLanguage = Annotated[str | None, Query(description="Language of the page; else the citizen's")]
ReceiptNumber = Annotated[
    str,
    Path(
        description="As on the receipt; dashes and spaces do not matter",
        examples=["261123-00042-0"],
    ),
]
# Many programs cut a link at its question mark, or add to it: who opens such a one reads what to
# do.
Secret = Annotated[str, Query(description="From the receipt's link")]
_TAKEN = {
    "headers": {
        "Location": {"schema": {"type": "string", "format": "uri"}, "description": "status_url"}
    }
}
_TOO_MANY = Refusal(status=429, slug="too_many_requests", meaning="Too many within an hour")
_POST_REFUSALS = (
    Refusal(
        status=409,
        slug="idempotency_key_reused",
        meaning="The Idempotency-Key came with another body before",
    ),
    _TOO_MANY,
    *NOT_STORED,
)
_ANSWER_REFUSALS = (
    *RECEIPT_REFUSALS,
    Refusal(
        status=409,
        slug="question_answered",
        meaning="The question has another answer already, which counts",
    ),
    Refusal(
        status=409,
        slug="question_closed",
        meaning="The inquiry has its office, or a newer question took the place of this one",
    ),
    Refusal(status=409, slug="question_expired", meaning="The time to answer is over"),
    _TOO_MANY,
    *NOT_STORED,
)
_LINK_REFUSALS = (
    Refusal(status=404, slug="unknown_link", meaning="No inquiry has this link"),
    *AWAY,
)


def create(
    *,
    city: City,
    receive: ReceiveInquiries,
    supply: SupplyAnswers,
    acts: TakeActs,
    documents: ReadDocuments,
    links: StatusLinks,
    status: ReadStatus,
    callers: Callers,
    readiness: Readiness,
    assets: Assets,
    proxies: int,
    clock: Callable[[], datetime],
) -> FastAPI:
    """The app of intake. A caller who posts with a key needs the scope INQUIRIES and has
    idempotency keys of its own. `proxies` is how many of our own proxies stand before intake."""
    anybody = Depends(http_kit.caller_or_anybody(callers, INQUIRIES))
    name = city.names.get("en", city.id)
    app = http_kit.create_app(
        title=f"{name}: inquiries", description=DESCRIPTION.format(city=name), readiness=readiness
    )

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        faults = [{"field": fault.field, "message": fault.message} for fault in error.faults]
        return http_kit.problem(422, error.slug, error.message, errors=faults)

    pages = StatusPages(city, assets, links)
    assets.serve(app, FONT)
    api_docs.serve(app, assets)
    sender_of = Senders(proxies)

    @app.post(
        "/v1/inquiries",
        status_code=201,
        response_model=ReceiptBody,
        summary="Hand in an inquiry, or record a call answered on the line",
        responses={201: _TAKEN, **refusals(*_POST_REFUSALS)},
        openapi_extra=dict(OR_NOBODY),
    )
    async def post_inquiry(
        request: Request,
        body: Annotated[InquiryBody, Body(openapi_examples=EXAMPLES)],
        idempotency_key: Annotated[
            str | None,
            Header(
                min_length=1,
                max_length=200,
                description="Any text unique to this inquiry, such as a UUID, so that it may be"
                " posted again safely. Callers without a credential share their keys: use a UUID",
            ),
        ] = None,
        caller: Caller | None = anybody,
    ) -> Response:
        receipt = await receive.receive(
            body.order(),
            key=idempotency_key,
            caller=caller.id if caller is not None else "",
            verifies=caller is not None and VERIFIES in caller.scopes,
            sender=sender_of(request),
            traceparent=telemetry.current_traceparent(),
        )
        telemetry.annotate(receipt.inquiry_id, receipt.receipt_number)
        return Response(
            ReceiptBody.of(receipt, pages.urgent).model_dump_json(),
            status_code=201,
            media_type="application/json",
            headers={"Location": receipt.status_url},
        )

    _answer_services(app, city, clock)

    @app.get(
        "/v1/inquiries/{receipt_number}",
        response_model=StatusBody,
        summary="How far an inquiry has come",
        description=_DATA_OR_PAGE,
        responses={200: {"content": _PAGE}, **refusals(*RECEIPT_REFUSALS, *AWAY, also=_PAGE)},
    )
    async def get_inquiry(
        request: Request,
        receipt_number: ReceiptNumber,
        secret: Secret = "",
        lang: PageLanguage = None,
    ) -> Response:
        return await shown(request, status.read(receipt_number, secret), secret, lang)

    @app.get(
        "/i/{token}",
        response_model=StatusBody,
        summary="The same by the short link of a receipt",
        description=_DATA_OR_PAGE,
        responses={200: {"content": _PAGE}, **refusals(*_LINK_REFUSALS, also=_PAGE)},
    )
    async def get_by_link(
        request: Request,
        token: Annotated[str, Path(description="From the receipt's link")],
        lang: PageLanguage = None,
    ) -> Response:
        return await shown(request, status.follow(token), None, lang)

    async def shown(
        request: Request, reading: Awaitable[PublicStatus], secret: str | None, lang: str | None
    ) -> Response:
        """The status as data or as a page; a page says of a refusal what to do."""
        as_page = prefers_html(request.headers.get("accept", ""))
        try:
            found = await reading
        except DomainError as error:
            if not as_page:
                raise
            return pages.refused(error, lang, request.headers.get("accept-language", ""))
        telemetry.annotate(found.inquiry_id, found.receipt_number)
        if as_page:
            return pages.status(found, secret, lang)
        return Response(
            StatusBody.of(found, pages.urgent, pages.wording, pages.closing).model_dump_json(),
            media_type="application/json",
            headers={"Cache-Control": "no-store", "Vary": "Accept"},
        )

    _take_answers(app, supply, anybody, sender_of)
    _take_forms(app, supply, status, pages, sender_of)
    take_acts(app, acts, anybody, sender_of)
    take_act_forms(app, acts, status, pages, sender_of)
    give_documents(app, documents, pages)
    refuse_by_pages(app, pages)
    return app


def _take_answers(app: FastAPI, supply: SupplyAnswers, anybody: Any, sender_of: Senders) -> None:
    @app.post(
        "/v1/inquiries/{receipt_number}/answers",
        response_model=SuppliedBody,
        summary="Answer what the citizen was asked, once; the same answer again is the same one",
        responses=refusals(*_ANSWER_REFUSALS),
        openapi_extra=dict(OR_NOBODY),
    )
    async def post_answer(
        request: Request,
        receipt_number: ReceiptNumber,
        body: Annotated[SupplementBody, Body(openapi_examples=SUPPLEMENTS)],
        secret: Secret = "",
        caller: Caller | None = anybody,
    ) -> SuppliedBody:
        supplied = await supply.by_receipt(
            receipt_number,
            secret,
            body.order(),
            sender=None if caller is not None else sender_of(request),
            traceparent=telemetry.current_traceparent(),
        )
        telemetry.annotate(supplied.inquiry_id, supplied.receipt_number)
        return SuppliedBody.of(supplied)


def _take_forms(
    app: FastAPI,
    supply: SupplyAnswers,
    status: ReadStatus,
    pages: StatusPages,
    sender_of: Senders,
) -> None:
    @app.post("/i/{token}", include_in_schema=False)
    async def post_form(request: Request, token: str, lang: str | None = None) -> Response:
        """The page again, by GET where the answer was taken, so that nobody sends it twice by
        reloading."""
        written = Written.of(await http_kit.form_of(request, most=10))
        try:
            found = await status.follow(token)
        except DomainError as error:
            accepted = request.headers.get("accept-language", "")
            return pages.refused(error, lang, accepted, written.address)
        telemetry.annotate(found.inquiry_id, found.receipt_number)
        about = AskedAbout.PLACE if found.question is None else found.question.about
        try:
            await supply.by_link(
                token,
                written.order(about),
                sender=sender_of(request),
                traceparent=telemetry.current_traceparent(),
            )
        except DomainError as error:
            return pages.status(found, None, lang, written=written, error=error)
        chosen = f"?{urlencode({'lang': lang})}" if lang else ""
        # Relative, as nothing that a request says makes an address of ours.
        return RedirectResponse(f"{token}{chosen}", status_code=303)


def _answer_services(app: FastAPI, city: City, clock: Callable[[], datetime]) -> None:
    @app.get(
        "/v1/services",
        response_model=ServicesBody,
        summary="What people ask for: the categories that an inquiry may name today",
        responses={200: {"headers": _CACHED}, 304: {"description": "As the ETag says"}},
    )
    async def services(
        lang: Annotated[
            str | None,
            Query(
                max_length=35,
                description="Language of the names, the city's first when it has no such",
                examples=["en"],
            ),
        ] = None,
        if_none_match: Annotated[
            str | None, Header(max_length=1000, description="The ETag of what is there already")
        ] = None,
    ) -> Response:
        language = lang if lang in city.languages else city.languages[0]
        today = clock().astimezone(city.timezone).date()
        body = ServicesBody.of(city, today, language).model_dump_json()
        tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={_SERVICES_KEPT_SECONDS}"}
        if tag in (if_none_match or ""):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)
