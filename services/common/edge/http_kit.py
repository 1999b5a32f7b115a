"""HTTP for every service: problem details, and a server inside our own loop that makes a span and a
measurement of each request.

Errors are RFC 9457 problem details; the `slug` of a refusal is its type. Bounds what a request may
cost: the bytes of its body, and the seconds until all of it has arrived. The probes and the figures
are in `management`, on another port.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from opentelemetry.trace import Span, StatusCode
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.common.edge.access import Caller, Callers, bearer
from services.common.edge.limits import RETRY_AFTER, TooMany, subscriber
from services.common.edge.openapi import KEY, PROBLEM, App
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind, StaleVersion
from services.common.process import metrics, telemetry
from services.common.process.parts import Stage

STATUS: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.UNAVAILABLE: 503,
}
TOO_MANY = 429
# What the framework and the limits below refuse by a status alone.
_SLUGS: Mapping[int, str] = {
    400: "body_unreadable",
    404: "no_such_address",
    405: "method_not_allowed",
    408: "body_too_slow",
    413: "body_too_large",
}
RETRY_AFTER_SECONDS = round(RETRY_AFTER.total_seconds())
FORM = "application/x-www-form-urlencoded"
LARGEST_BODY_BYTES = 256 * 1024
# A phone on a bad line needs some seconds for the largest body. Longer holds a connection and a
# task for somebody who will never finish, shorter turns slow citizens away.
BODY_WITHIN = timedelta(seconds=30)
# An honest client sends its headers in one piece.
HEADERS_WITHIN = timedelta(seconds=10)
# Open connections of one peer, who in IPv6 has a whole network of addresses. More: one machine can
# take all that the process may open. Fewer: a proxy in front has no room for those who come through
# it.
CONNECTIONS_PER_PEER = 512
# How long a stop waits for requests in hand. A request that has not ended by then is answered 503.
FINISH_WITHIN_SECONDS = 2
# Connections that the system holds while the loop is busy.
_BACKLOG = 2048
_KEY = Security(KEY)
_EVENT_STREAM = (b"content-type", b"text/event-stream; charset=utf-8")
# Methods by their own names in the figures; anybody can invent others.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def media_type(request: Request) -> str:
    """What the request says that its body is, without parameters; "" where it does not say."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def form_of(request: Request, *, most: int) -> Mapping[str, str]:
    """The text fields of a page's form, at most `most`; nothing of a body in another form, which is
    not even read. One in parts would be read with whatever codec of Python's it names."""
    if media_type(request) != FORM:
        return {}
    sent = await request.form(max_fields=most)
    return {name: value for name, value in sent.items() if isinstance(value, str)}


def status_of(error: DomainError) -> int:
    """The status by which a refusal is answered."""
    return TOO_MANY if isinstance(error, TooMany) else STATUS[error.kind]


def when_again(error: DomainError) -> Mapping[str, str]:
    """The header that says when there is room again, of a refusal that is about too many."""
    if not isinstance(error, TooMany):
        return {}
    wait = error.retry_after or RETRY_AFTER
    return {"Retry-After": str(max(1, math.ceil(wait.total_seconds())))}


def problem(
    status: int,
    slug: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """A problem details answer; `errors` names each field at fault and what is wrong with it,
    `more` are further members."""
    body: dict[str, object] = {
        "type": f"urn:dasan:{slug}",
        "title": slug.replace("_", " "),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    body.update(more or {})
    # A cache may keep a 404 unless told not to (RFC 9110, 15.1), and what is not there now may come
    # in a moment; nor does it know that the same address may answer with a page.
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if status == 503:
        sent.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    if status == 401:
        sent.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(body, status_code=status, media_type=PROBLEM, headers=sent)


def caller_with(callers: Callers, scope: str) -> Callable[..., Awaitable[Caller]]:
    """The dependency of a route that only callers with this scope may use; gives the caller.

    It answers 401 without a known key or token (`Authorization: Bearer <key>`), 403 without the
    scope.
    """

    # A coroutine: FastAPI would call a plain function in a thread, and requests would overtake each
    # other.
    async def caller(request: Request, _: None = _KEY) -> Caller:
        found = callers.of(bearer(request.headers.get("authorization", "")))
        found.must(scope)
        return found

    return caller


def caller_or_anybody(callers: Callers, scope: str) -> Callable[..., Awaitable[Caller | None]]:
    """The dependency of a route that everybody may use; gives the caller, or None for a request
    without a key. A key that is sent must be known and have the scope. The route says
    `openapi_extra=OR_NOBODY`."""
    known = caller_with(callers, scope)

    async def caller(request: Request, _: None = _KEY) -> Caller | None:
        return await known(request) if "authorization" in request.headers else None

    return caller


def create_app(*, title: str, description: str, readiness: Readiness) -> FastAPI:
    """An app with problem details. `readiness` says when its answers close their connections.

    `body_within` in the app's state is the time from a request's first byte to the last of its
    body; later is 408. It is BODY_WITHIN unless whoever serves the app sets another one.
    """
    app = App(
        title=title,
        description=description,
        version="1",
        # Theirs come from another host; `pages.api_docs` serves one of our own.
        docs_url=None,
        redoc_url=None,
        # The address of a redirect would be made of the Host header, which anybody may choose, and
        # would repeat the query.
        redirect_slashes=False,
        # HttpServer makes the spans; a second set would cost time and say the same.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.body_within = BODY_WITHIN
    app.add_middleware(_BodyLimit)
    app.add_middleware(_Head)
    app.add_middleware(_Leaving, readiness=readiness)
    _answer_errors(app)
    return app


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(DomainError)
    async def refused(_: Request, error: DomainError) -> JSONResponse:
        return _refusal(STATUS[error.kind], error)

    @app.exception_handler(TooMany)
    async def too_many(_: Request, error: TooMany) -> JSONResponse:
        return _refusal(TOO_MANY, error, when_again(error))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        if _is_no_json(request, error):
            return problem(
                415,
                "body_not_json",
                "send a JSON object with Content-Type application/json",
                headers={"Accept": "application/json"},
            )
        faults = [_fault(fault) for fault in error.errors()]
        named = ", ".join(fault["field"] for fault in faults)
        return problem(422, "invalid_request", f"not valid: {named}", errors=faults)

    @app.exception_handler(StarletteHTTPException)
    async def http_error(request: Request, error: StarletteHTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if "Allow" in headers:
            headers["Allow"] = ", ".join(_allowed(request))
        if isinstance(error.__cause__, UnicodeDecodeError):
            at = error.__cause__.start
            return problem(400, "body_not_utf8", f"the body is not text in UTF-8; see byte {at}")
        slug = _SLUGS.get(error.status_code, "http_error")
        return problem(error.status_code, slug, str(error.detail), headers=headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        """The server logs the error by its places; the caller is told nothing of it."""
        return problem(500, "internal_error", "an unexpected error; it has been logged")


def _allowed(request: Request) -> Sequence[str]:
    """The methods that the path has: several routes may share it, and the framework names those of
    the first. Whatever can be got has its head, too."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _refusal(
    status: int, error: DomainError, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The problem details of an error, with the field that it is about, what is possible instead,
    and the version that there is."""
    field = [{"field": error.field, "message": error.message}] if error.field else None
    more: dict[str, object] = {"allowed": error.allowed} if error.allowed else {}
    if isinstance(error, StaleVersion):
        more["version"] = error.version
    return problem(status, error.slug, error.message, errors=field, headers=headers, more=more)


def _is_no_json(request: Request, error: RequestValidationError) -> bool:
    """Whether a body came that the framework did not read, because it is not said to be JSON."""
    if not isinstance(error.body, bytes):
        return False
    kind, _, subtype = media_type(request).partition("/")
    return kind != "application" or not (subtype == "json" or subtype.endswith("+json"))


def _fault(fault: Mapping[str, Any]) -> dict[str, str]:
    """Names the field and the fault; leaves out the input, which may hold a citizen's data."""
    if fault["type"] == "json_invalid":
        return {"field": "body", "message": f"is not JSON; see character {fault['loc'][-1]}"}
    if fault["type"] == "model_attributes_type" and len(fault["loc"]) == 1:
        return {"field": "body", "message": "send a JSON object"}
    field = ".".join(str(part) for part in fault["loc"][1:])
    return {"field": field or "body", "message": fault["msg"].removeprefix("Value error, ")}


class _BodyLimit:
    """Refuses bodies over LARGEST_BODY_BYTES while they arrive, whatever their headers say, and
    bodies that have not arrived in time.

    The framework's own limit would answer in plain text; every refusal of ours is problem details.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0
        complete = False
        deadline = asyncio.get_running_loop().time()
        deadline += scope["app"].state.body_within.total_seconds()

        async def limited() -> Message:
            nonlocal taken, complete
            if complete:  # what comes now is that the caller left, whenever that may be
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise StarletteHTTPException(
                    408, "the body did not come in time", headers={"Connection": "close"}
                ) from None
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY_BYTES:
                raise StarletteHTTPException(413, f"at most {LARGEST_BODY_BYTES} bytes")
            complete = not message.get("more_body", False)
            return message

        await self._app(scope, limited, send)


class _Head:
    """Answers HEAD wherever GET is answered: the same without the body (RFC 9110, 9.3.2). It ends
    with the headers, so that a stream which never ends by itself holds nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        ended = False

        async def bodiless(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:
                # The server now tells a stream that nobody reads it any more.
                ended = True
                await send({"type": "http.response.body", "body": b""})

        as_get = {**scope, "method": "GET"}
        await self._app(as_get, receive, bodiless)
        scope["route"] = as_get.get("route")  # names the span


class _Leaving:
    """While a service drains, each answer closes its connection, so that the client's next request
    goes to another replica. A request that the stop cuts off is answered 503."""

    def __init__(self, app: ASGIApp, readiness: Readiness) -> None:
        self._app = app
        self._readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answered = False

        async def closing(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                if self._readiness.is_draining:
                    headers = [(n, v) for n, v in message["headers"] if n != b"connection"]
                    message = {**message, "headers": [*headers, (b"connection", b"close")]}
            await send(message)

        try:
            await self._app(scope, receive, closing)
        except asyncio.CancelledError:
            # The server's time is over. Nobody knows whether the request has had its effect.
            if answered or not self._readiness.is_draining:
                raise
            away = problem(503, "stopping", "this server stops; try again")
            await away(scope, receive, closing)


class _Observed:
    """One span and one measurement for each request, named by its route: paths hold secrets,
    headers name devices.

    Of a stream of events only the time until it begins is measured: how long somebody watches says
    nothing of the service. See docs/adr/0010: the general instrumentation costs as much for a trace
    that is not kept.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"]
        caller = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"traceparent"), "")
        status = 0
        streams_since: float | None = None

        async def noting(message: Message) -> None:
            nonlocal status, streams_since
            if message["type"] == "http.response.start":
                status = message["status"]
                if _EVENT_STREAM in message["headers"]:
                    streams_since = time.perf_counter()
            await send(message)

        began = time.perf_counter()
        metrics.HTTP_ACTIVE.inc()
        try:
            with telemetry.serving(method, caller, {"http.request.method": method}) as span:
                try:
                    await self._app(scope, receive, noting)
                finally:
                    if span.is_recording():
                        _describe(span, method, _route_of(scope), status)
        finally:
            metrics.HTTP_ACTIVE.dec()
            metrics.HTTP_DURATION.labels(
                method if method in _METHODS else "other",
                _route_of(scope) or "other",
                f"{status // 100}xx" if status else "none",
            ).observe((streams_since or time.perf_counter()) - began)


def _route_of(scope: Scope) -> str:
    """The template of the request's route, such as `/i/{token}`; "" for an address that is none."""
    route = scope.get("route")
    return "" if route is None else str(route.path)


def _describe(span: Span, method: str, route: str, status: int) -> None:
    """Says on the span what came of the request; `status` is 0 where nothing was answered."""
    if status:
        span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
    if route:
        span.set_attribute("http.route", route)
        span.update_name(f"{method} {route}")


class _Bounded(HttpToolsProtocol):
    """Closes a connection whose headers have not arrived in time, and one too many of its peer. The
    library would wait for ever and take any number, and no task of ours exists before the headers
    are complete."""

    headers_within: timedelta
    per_peer: int
    peers: Counter[str]
    _peer = ""
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = subscriber(self.client[0]) if self.client else ""
        self.peers[self._peer] += 1
        if self.per_peer and self.peers[self._peer] > self.per_peer:
            metrics.CONNECTIONS_REFUSED.inc()
            transport.close()
            return
        self._wait()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._waited()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waited()
        self.peers[self._peer] -= 1
        if not self.peers[self._peer]:
            del self.peers[self._peer]
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waited()
        loop = asyncio.get_running_loop()
        self._waiting = loop.call_later(self.headers_within.total_seconds(), self.transport.close)

    def _waited(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def bounded(headers_within: timedelta, per_peer: int) -> type[_Bounded]:
    """The protocol of one server, which counts its own connections."""
    bounds = {"headers_within": headers_within, "per_peer": per_peer, "peers": Counter()}
    return type("_BoundedHere", (_Bounded,), bounds)


class _Server(uvicorn.Server):
    """Signals belong to the service, not to one of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class PortServer:
    """Serves an app on a port, as a part of a service whose name and stage a subclass says.

    A connection whose headers do not come within `headers_within` is closed, as is one more than
    `per_peer` of a subscriber (0: any number).
    """

    name: str
    stage: Stage

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        port: int,
        headers_within: timedelta = HEADERS_WITHIN,
        per_peer: int = CONNECTIONS_PER_PEER,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=bounded(headers_within, per_peer),
            log_config=None,
            access_log=False,
            # Our own addresses are settings: the server ignores the headers of proxies.
            proxy_headers=False,
            # Longer than clients keep an idle connection, so that they close it and not we.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=FINISH_WITHIN_SECONDS,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._host = host
        self._port = port

    async def start(self) -> None:
        """Returns when the port is open; OSError when it cannot be had."""
        # Our own socket: for a port that is taken the library would exit the whole process.
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listening = socket.create_server((self._host, self._port), family=family, backlog=_BACKLOG)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise OSError(f"cannot serve on {self._host}:{self._port}")
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Takes no new connection, answers what is in hand, tells the rest to come again."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        if answering := list(self._server.server_state.tasks):
            await asyncio.wait(answering)

    def vital_tasks(self) -> Iterable[asyncio.Task[None]]:
        """The tasks whose end is the end of the service."""
        return [self._task] if self._task else []


class HttpServer(PortServer):
    """Serves what a service offers by HTTP; each request leaves a span and a measurement."""

    name = "http"
    stage = Stage.SERVER

    def __init__(
        self,
        app: FastAPI,
        *,
        host: str,
        port: int,
        headers_within: timedelta = HEADERS_WITHIN,
        per_peer: int = CONNECTIONS_PER_PEER,
    ) -> None:
        super().__init__(
            _Observed(app), host=host, port=port, headers_within=headers_within, per_peer=per_peer
        )
