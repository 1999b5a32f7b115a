"""HTTP for every service: problem details, health, metrics, and a server inside our own loop.

Errors are RFC 9457 problem details; the `slug` of a refusal is its type.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from opentelemetry.trace import StatusCode
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.common import telemetry
from services.common.kernel import DomainError, Kind

STATUS: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.FORBIDDEN: 403,
    Kind.UNAVAILABLE: 503,
}
RETRY_AFTER_SECONDS = 2
PROBLEM = "application/problem+json"
LARGEST_BODY = 256 * 1024
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})

Check = Callable[[], Awaitable[None]]


def problem(
    status: int, slug: str, detail: str, *, errors: list[dict[str, str]] | None = None
) -> JSONResponse:
    """A problem details answer; `errors` names each field at fault and what is wrong with it."""
    body: dict[str, object] = {
        "type": f"urn:dasan:{slug}",
        "title": slug.replace("_", " "),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return JSONResponse(body, status_code=status, media_type=PROBLEM, headers=headers)


def create_app(*, title: str, description: str, ready: Mapping[str, Check]) -> FastAPI:
    """An app with problem details, `/healthz`, `/readyz` and `/metrics`.

    `ready` holds checks by name; each raises when its dependency does not answer.
    """
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        docs_url="/docs",
        # HttpServer makes the spans; a second set would cost and say the same.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )

    app.add_middleware(_BodyLimit)

    @app.exception_handler(DomainError)
    async def refused(_: Request, error: DomainError) -> JSONResponse:
        field = [{"field": error.field, "message": error.message}] if error.field else None
        return problem(STATUS[error.kind], error.slug, error.message, errors=field)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [_fault(fault) for fault in error.errors()]
        named = ", ".join(fault["field"] for fault in faults)
        return problem(422, "invalid_request", f"not valid: {named}", errors=faults)

    @app.exception_handler(StarletteHTTPException)
    async def http_error(_: Request, error: StarletteHTTPException) -> JSONResponse:
        return problem(error.status_code, "http_error", str(error.detail))

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        state = {name: await _state(check) for name, check in ready.items()}
        status = 200 if all(value == "ok" for value in state.values()) else 503
        return JSONResponse(state, status_code=status)

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def _fault(fault: Mapping[str, Any]) -> dict[str, str]:
    """Where and what; the input itself is left out, as it may hold a citizen's data."""
    if fault["type"] == "json_invalid":
        return {"field": "body", "message": f"is not JSON; see character {fault['loc'][-1]}"}
    if fault["type"] == "model_attributes_type" and len(fault["loc"]) == 1:
        return {"field": "body", "message": "send a JSON object with Content-Type application/json"}
    field = ".".join(str(part) for part in fault["loc"][1:])
    return {"field": field or "body", "message": fault["msg"].removeprefix("Value error, ")}


class _BodyLimit:
    """Refuses bodies over LARGEST_BODY while they come in, whatever their headers say.

    The framework's own limit answers in plain text; ours are problem details throughout.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:
                raise StarletteHTTPException(413, f"at most {LARGEST_BODY} bytes")
            return message

        await self._app(scope, limited, send)


async def _state(check: Check) -> str:
    try:
        async with asyncio.timeout(2):
            await check()
    except DomainError as error:
        return error.slug
    except TimeoutError:
        return "timeout"
    return "ok"


class _Traced:
    """One span for each request, named by its route: paths hold secrets, headers name devices.

    See docs/adr/0010: the general instrumentation costs as much for a trace that is not kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _UNTRACED:
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        caller = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"traceparent"), "")
        with telemetry.serving(method, caller, {"http.request.method": method}) as span:
            if not span.is_recording():
                await self._app(scope, receive, send)
                return

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self._app(scope, receive, noting)
            if (route := scope.get("route")) is not None:
                span.set_attribute("http.route", route.path)
                span.update_name(f"{method} {route.path}")


class _Server(uvicorn.Server):
    """Signals belong to the service, not to one of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """Serves an app as a part of a service."""

    name = "http"

    def __init__(self, app: FastAPI, *, host: str, port: int) -> None:
        config = uvicorn.Config(
            _Traced(app),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            # Our own addresses are settings; no header of a proxy tells us anything.
            proxy_headers=False,
            # Longer than clients keep an idle connection, so that they close it and not we.
            timeout_keep_alive=75,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._address = f"{host}:{port}"

    async def start(self) -> None:
        """Returns when the port is open."""
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise OSError(f"cannot listen on {self._address}")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Answers what is in hand, then closes."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []
