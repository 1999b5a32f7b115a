"""Behind a receipt's link a citizen reads pages: a refusal by the framework is one, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException

from services.common.pages.accept import prefers_html
from services.intake.entrypoints.pages import StatusPages

_LINKS = "/i/"
_READS = frozenset({"GET", "HEAD"})
# What of a refusal's answer holds for its page as well.
_KEPT = ("Allow", "Connection", "Retry-After")
_NOT_FOUND, _INVALID = 404, 422

Refuse = Callable[[Request, Any], Awaitable[Response]]


def refuse_by_pages(app: FastAPI, pages: StatusPages) -> None:
    """Answers below a link by a page where the app would by problem details: no such address, a
    form that is too large or breaks off, an unexpected error. Who reads a link as data, as a
    program does, gets data."""
    for kind in (RequestValidationError, StarletteHTTPException, Exception):
        app.add_exception_handler(kind, _by_page(app.exception_handlers[kind], pages))


def _by_page(refuse: Any, pages: StatusPages) -> Refuse:
    async def refused(request: Request, error: Any) -> Response:
        answer: Response = await refuse(request, error)
        if not _is_of_a_page(request):
            return answer
        sent = request.method not in _READS
        # What is read has nothing but its address that could be wrong.
        status = answer.status_code
        status = _NOT_FOUND if status == _INVALID and not sent else status
        return pages.unreadable(
            status,
            request.query_params.get("lang"),
            request.headers.get("accept-language", ""),
            sent=sent,
            headers={name: answer.headers[name] for name in _KEPT if name in answer.headers},
        )

    return refused


def _is_of_a_page(request: Request) -> bool:
    """Whether a person is behind it: forms, documents and whatever else is below a link are for
    browsers alone."""
    path = request.url.path
    if not path.startswith(_LINKS):
        return False
    link_itself = request.method in _READS and "/" not in path.removeprefix(_LINKS)
    return not link_itself or prefers_html(request.headers.get("accept", ""))
