"""HTTP for the documents of a citizen's permit, behind the receipt's secret or link."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request, Response

from services.common.edge.openapi import AWAY, Refusal, refusals
from services.common.kernel import DomainError
from services.intake.application.documents import ReadDocuments
from services.intake.application.ports import DocumentFormat, MadeOut
from services.intake.entrypoints.pages import StatusPages
from services.intake.entrypoints.receipts import RECEIPT_REFUSALS

# As long as any spelling of a number.
_LONGEST_NUMBER = 48
_MEDIA_TYPES = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.HTML: "text/html; charset=utf-8",
}
# It is as secret as the link that opens it, and nothing in it is to be fetched or run.
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}
_CONTENT: dict[str, Any] = {
    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
    "text/html": {"schema": {"type": "string"}},
}
_REFUSALS = (
    Refusal(
        status=404,
        slug="unknown_document",
        meaning="The inquiry has no document of this number",
    ),
    *RECEIPT_REFUSALS,
    Refusal(status=429, slug="too_many_documents", meaning="Too many within a minute"),
    *AWAY,
)
Number = Annotated[str, Path(max_length=_LONGEST_NUMBER, examples=["2026-FJB5-MEST-GHKT-ZT"])]
Format = Annotated[DocumentFormat, Query(alias="format", description="How it is made out")]


def give_documents(app: FastAPI, documents: ReadDocuments, pages: StatusPages) -> None:
    """The documents, as PDF or as a page."""

    @app.get(
        "/v1/inquiries/{receipt_number}/documents/{document_no}",
        response_class=Response,
        summary="A document of the citizen's permit",
        responses={200: {"content": _CONTENT}, **refusals(*_REFUSALS)},
    )
    async def get_document(
        receipt_number: Annotated[str, Path(description="As on the receipt")],
        document_no: Number,
        secret: Annotated[str, Query(description="From the receipt's link")] = "",
        format_: Format = DocumentFormat.PDF,
    ) -> Response:
        return _given(await documents.by_receipt(receipt_number, secret, document_no, format_))

    @app.get("/i/{token}/documents/{document_no}", include_in_schema=False)
    async def get_by_link(
        request: Request,
        token: str,
        document_no: Number,
        format_: Format = DocumentFormat.PDF,
        lang: str | None = None,
    ) -> Response:
        return await _or_refused(
            request, pages, documents.by_link(token, document_no, format_), lang
        )


async def _or_refused(
    request: Request, pages: StatusPages, giving: Awaitable[MadeOut], lang: str | None
) -> Response:
    """A person is told on a page why there is no document."""
    try:
        return _given(await giving)
    except DomainError as error:
        return pages.refused(error, lang, request.headers.get("accept-language", ""))


def _given(made: MadeOut) -> Response:
    # A number that checks is of letters, digits and dashes alone.
    shown = "attachment" if made.format is DocumentFormat.PDF else "inline"
    name = f'{shown}; filename="{made.number}.{made.format}"'
    return Response(
        made.content,
        media_type=_MEDIA_TYPES[made.format],
        headers={**_HEADERS, "Content-Disposition": name},
    )
