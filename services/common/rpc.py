"""gRPC for every service: one server with health and reflection, one table from errors to status.

Clients turn an unreachable peer into DomainError UNAVAILABLE, so that a consumer waits and a
request answers 503.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.instrumentation.grpc import aio_client_interceptors

from services.common import telemetry
from services.common.kernel import DomainError, Kind

STATUS: Mapping[Kind, grpc.StatusCode] = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}
_AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
CALL_SECONDS = 5.0

F = TypeVar("F", bound=Callable[..., Any])


def unary(method: F) -> F:
    """Answers a DomainError as its status, with the slug (and field) in the trailing metadata."""

    @wraps(method)
    async def guarded(self: Any, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await method(self, request, context)
        except DomainError as error:
            await _abort(context, error)

    return guarded  # type: ignore[return-value]


def stream(method: F) -> F:
    """The same for a method that streams its answers."""

    @wraps(method)
    async def guarded(
        self: Any, request: Any, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[Any]:
        try:
            async for answer in method(self, request, context):
                yield answer
        except DomainError as error:
            await _abort(context, error)

    return guarded  # type: ignore[return-value]


async def _abort(context: grpc.aio.ServicerContext[Any, Any], error: DomainError) -> None:
    trailing = [("dasan-slug", error.slug)]
    if error.field:
        trailing.append(("dasan-field", error.field))
    await context.abort(STATUS[error.kind], error.message, tuple(trailing))


@contextmanager
def reachable(peer: str) -> Any:
    """Turns a peer that is away or slow into DomainError UNAVAILABLE."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        if error.code() in _AWAY:
            raise DomainError(
                f"{peer}_away", Kind.UNAVAILABLE, f"{peer} cannot be reached; try again"
            ) from error
        raise


def channel(address: str) -> grpc.aio.Channel:
    """A traced channel to a peer; connects on first use and again whenever it must."""
    return grpc.aio.insecure_channel(
        address,
        interceptors=aio_client_interceptors(),  # type: ignore[no-untyped-call]
        options=[
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 1_000),
        ],
    )


class _Traced(grpc.aio.ServerInterceptor):
    """A span for each call with one answer; a stream lasts as long as an office works.

    See docs/adr/0010: the general instrumentation costs as much for a trace that is not kept.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Any] = {}

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """The handler of a method, wrapped once."""
        known = self._handlers.get(details.method)
        if known is None and (handler := await continuation(details)) is not None:
            known = self._handlers[details.method] = _traced(handler, details.method)
        return known


def _traced(handler: Any, path: str) -> Any:
    if handler.unary_unary is None:
        return handler
    service, _, method = path.lstrip("/").partition("/")
    attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": method}

    async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        sent = context.invocation_metadata() or ()
        caller = next((str(value) for name, value in sent if name == "traceparent"), "")
        with telemetry.serving(path.lstrip("/"), caller, attributes):
            return await handler.unary_unary(request, context)

    return grpc.unary_unary_rpc_method_handler(
        answer, handler.request_deserializer, handler.response_serializer
    )


class GrpcServer:
    """Serves servicers as a part of a service.

    `add` holds the generated `add_…Servicer_to_server` functions already bound to their servicers,
    `names` the full names of the gRPC services, for health and reflection.
    """

    name = "grpc"

    def __init__(
        self,
        *,
        add: Sequence[Callable[[grpc.aio.Server], None]],
        names: Sequence[str],
        host: str,
        port: int,
        on_stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._add = add
        self._names = names
        self._address = f"{host}:{port}"
        self._on_stop = on_stop
        self._server: grpc.aio.Server | None = None
        self._health = health.aio.HealthServicer()

    async def start(self) -> None:
        """Returns when the port is open and the services say SERVING."""
        self._server = grpc.aio.server(
            interceptors=[_Traced()],
            options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 4 << 20)],
        )
        for add in self._add:
            add(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (*self._names, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        self._server.add_insecure_port(self._address)
        await self._server.start()
        for name in ("", *self._names):
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)

    async def stop(self) -> None:
        """Says NOT_SERVING first, ends the streams, finishes the calls in hand."""
        await self._health.enter_graceful_shutdown()
        if self._on_stop is not None:
            await self._on_stop()
        if self._server is not None:
            await self._server.stop(grace=3)

    def failed(self) -> Iterable[asyncio.Task[None]]:
        """The server lives in the library's own tasks."""
        return []
