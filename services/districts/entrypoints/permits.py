"""Anybody verifies a permit's document by its number: as a page, or as data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from services.common.edge.limits import Senders, TooMany, WindowLimit, subscriber
from services.common.edge.openapi import AWAY, Refusal, refusals
from services.common.kernel import DomainError
from services.common.pages import label
from services.common.process import metrics
from services.districts.application.permits import PermitDocuments, Verified
from services.districts.domain.permit.model import Standing
from services.districts.entrypoints.pages import PermitPages

_WITHIN = timedelta(minutes=1)
_REFUSALS = (
    Refusal(status=404, slug="unknown_document", meaning="No document has this number"),
    Refusal(
        status=422,
        slug="invalid_document_number",
        meaning="The number does not check: a character is wrong",
    ),
    Refusal(
        status=429,
        slug="too_many_verifications",
        meaning="Too many from this address; `Retry-After` says when there is room again",
    ),
    *AWAY,
)


class VerifiedBody(BaseModel):
    """What a document is. Nothing says whose it is."""

    document_no: str
    service: str = Field(description="What was decided on, in the city's first language")
    office: str = Field(description="Who issued it, in the city's first language")
    conditional: bool = Field(description="Whether it was granted on conditions")
    decided_on: date = Field(description="By the city's calendar")
    valid_until: date | None = Field(description="Its last day; null without an end")
    standing: Standing = Field(description="What it is worth now; only a `valid` one holds")

    @classmethod
    def of(cls, found: Verified, language: str) -> Self:
        """The body of a document."""
        return cls(
            document_no=found.number,
            service=label(found.service, language).text,
            office=label(found.office, language).text,
            conditional=found.conditional,
            decided_on=found.decided_on,
            valid_until=found.valid_until,
            standing=found.standing,
        )


class Verifications:
    """At most so many from one network address in a minute, 0 for any number: a number cannot be
    found by trying, and nobody may keep the database busy with it."""

    def __init__(self, most: int, sender_of: Senders, clock: Callable[[], datetime]) -> None:
        self._limit = WindowLimit(most, _WITHIN)
        self._sender_of = sender_of
        self._clock = clock

    def take(self, request: Request) -> None:
        """Counts one. Raises TooMany."""
        name, now = subscriber(self._sender_of(request)), self._clock()
        if (wait := self._limit.wait(name, now)) is not None:
            metrics.CALLS_REFUSED.labels("too_many_verifications").inc()
            message = "too many documents verified from this address; wait"
            raise TooMany("too_many_verifications", message, retry_after=wait)
        self._limit.take(name, now)


def routes(
    documents: PermitDocuments, pages: PermitPages, limit: Verifications, language: str
) -> APIRouter:
    """The page `/permits` and the data behind it; data is in the `language`."""
    router = APIRouter()

    @router.get("/permits", include_in_schema=False, response_class=HTMLResponse)
    async def page(request: Request, number: str = "", lang: str | None = None) -> HTMLResponse:
        wishes = (lang, request.headers.get("accept-language"))
        if not number.strip():
            return pages.form(*wishes)
        try:
            limit.take(request)
            return pages.verified(await documents.verify(number), *wishes)
        except DomainError as error:
            return pages.refused(error, number[:48], *wishes)

    @router.get(
        "/v1/permits/{document_no}",
        tags=["permits"],
        summary="Whether a permit's document was issued, and whether it holds",
        responses=refusals(*_REFUSALS),
    )
    async def data(
        request: Request,
        document_no: Annotated[str, Path(max_length=48, examples=["2026-FJB5-MEST-GHKT-ZT"])],
    ) -> VerifiedBody:
        limit.take(request)
        return VerifiedBody.of(await documents.verify(document_no), language)

    return router
