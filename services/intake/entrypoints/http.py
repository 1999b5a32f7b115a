"""HTTP for citizens and systems: hand in an inquiry, follow it by receipt and secret."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from services.cities import City
from services.common.edge import http_kit
from services.common.edge.access import Caller, Callers
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError
from services.common.pages.accept import prefers_html
from services.common.pages.assets import Assets
from services.common.process import telemetry
from services.intake.application.limits import TooMany
from services.intake.application.receive import ReceiveInquiries
from services.intake.application.status import PublicStatus, ReadStatus
from services.intake.domain.admit import Refused
from services.intake.entrypoints.pages import StatusPages
from services.intake.entrypoints.schema import (
    EXAMPLES,
    InquiryBody,
    ProblemBody,
    ReceiptBody,
    StatusBody,
)

log = logging.getLogger(__name__)

DESCRIPTION = """
Ask {city}: post an inquiry, get a receipt at once, follow it with the receipt's secret link.

A `201` means stored: nothing that was acknowledged is lost. When in doubt (a time-out, a `503`),
post again with the same `Idempotency-Key`: the inquiry is taken once and the answer is the same.
Errors are problem details (RFC 9457); `errors` names each field at fault and the remedy.
"""


# The scope of systems that hand in inquiries.
INQUIRIES = "inquiries"


def _problem(description: str) -> dict[str, Any]:
    return {"model": ProblemBody, "description": description}


def create(
    *,
    city: City,
    receive: ReceiveInquiries,
    status: ReadStatus,
    callers: Callers,
    readiness: Readiness,
    assets: Assets,
    proxies: int,
) -> FastAPI:
    """The app of intake. A caller who posts with a key needs the scope INQUIRIES and has
    idempotency keys of its own. `proxies` is how many of our own proxies stand before intake."""
    asking = Depends(http_kit.caller_or_anybody(callers, INQUIRIES))
    name = city.names.get("en", city.id)
    app = http_kit.create_app(
        title=f"{name}: inquiries", description=DESCRIPTION.format(city=name), readiness=readiness
    )

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> JSONResponse:
        faults = [{"field": fault.field, "message": fault.message} for fault in error.faults]
        return http_kit.problem(422, error.slug, error.message, errors=faults)

    @app.exception_handler(TooMany)
    async def too_many(_: Request, error: TooMany) -> JSONResponse:
        field = [{"field": error.field, "message": error.message}] if error.field else None
        seconds = max(1, math.ceil(error.retry_after.total_seconds()))
        headers = {"Retry-After": str(seconds)}
        return http_kit.problem(429, error.slug, error.message, errors=field, headers=headers)

    pages = StatusPages(city, assets)
    assets.serve(app)
    sender_of = Senders(proxies)

    @app.post(
        "/v1/inquiries",
        status_code=201,
        response_model=ReceiptBody,
        summary="Hand in an inquiry, or record a call answered on the line",
        responses={
            401: _problem("The key sent with Authorization is not known"),
            409: _problem("The Idempotency-Key came with another body before"),
            413: _problem("The body is too large"),
            422: _problem("Something in the body is not valid; each field is named"),
            429: _problem("Too many within an hour; post again after Retry-After"),
            503: _problem("Not stored; post again after Retry-After with the same key"),
        },
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
        caller: Caller | None = asking,
    ) -> Response:
        receipt = await receive.receive(
            body.order(),
            key=idempotency_key,
            caller=caller.id if caller is not None else "",
            sender=sender_of(request),
            traceparent=telemetry.current_traceparent(),
        )
        telemetry.annotate(receipt.inquiry_id, receipt.receipt_number)
        return Response(
            ReceiptBody.of(receipt).model_dump_json(),
            status_code=201,
            media_type="application/json",
            headers={"Location": receipt.status_url},
        )

    @app.get(
        "/v1/inquiries/{receipt_number}",
        response_model=StatusBody,
        summary="How far an inquiry has come",
        description="JSON, or the page for people where `Accept` asks for HTML before JSON.",
        responses={
            200: {"content": {"text/html": {"schema": {"type": "string"}}}},
            404: _problem("No inquiry has this receipt number and secret"),
            422: _problem("The number does not check: a digit is wrong"),
            503: _problem("Cannot be read at the moment"),
        },
    )
    async def get_inquiry(
        request: Request,
        receipt_number: Annotated[
            str,
            Path(
                description="As on the receipt; dashes and spaces do not matter",
                examples=["261123-00042-0"],
            ),
        ],
        # Many programs cut a link at its question mark, or add to it: who opens such a one reads
        # what to do.
        secret: Annotated[str, Query(description="From the receipt's link")] = "",
        lang: Annotated[
            str | None, Query(description="Language of the page; else the citizen's")
        ] = None,
    ) -> Response:
        return await shown(request, status.read(receipt_number, secret), secret, lang)

    @app.get(
        "/i/{token}",
        response_model=StatusBody,
        summary="The same by the short link of a receipt",
        description="JSON, or the page for people where `Accept` asks for HTML before JSON.",
        responses={
            200: {"content": {"text/html": {"schema": {"type": "string"}}}},
            404: _problem("No inquiry has this link"),
            503: _problem("Cannot be read at the moment"),
        },
    )
    async def get_by_link(
        request: Request,
        token: Annotated[str, Path(description="From the receipt's link")],
        lang: Annotated[
            str | None, Query(description="Language of the page; else the citizen's")
        ] = None,
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
            StatusBody.of(found).model_dump_json(),
            media_type="application/json",
            headers={"Cache-Control": "no-store", "Vary": "Accept"},
        )

    return app


class Senders:
    """Who sends a request, by network address, behind `proxies` of ours.

    Our own proxies append to X-Forwarded-For; everything before that may be forged by the sender,
    and is ignored.
    """

    def __init__(self, proxies: int) -> None:
        self._proxies = proxies
        self._warned = False

    def __call__(self, request: Request) -> str:
        """The address; that of the connection where the header does not reach as far."""
        connected = request.client.host if request.client is not None else ""
        header = ",".join(request.headers.getlist("x-forwarded-for"))
        if not self._proxies:
            if header and not self._warned:
                # Behind a proxy that `proxies` does not count, all citizens would be one sender to
                # the limits.
                self._warned = True
                log.warning("limits.proxy_not_set", extra={"setting": "PROXIES"})
            return connected
        hops = [hop.strip() for hop in header.split(",") if hop.strip()]
        return hops[-self._proxies] if len(hops) >= self._proxies else connected
