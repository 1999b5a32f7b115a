"""gRPC for every service: one server with health and reflection, and refusals as their status
(`grpc_status`).

Clients spread their calls over all replicas of a peer. They turn failures that may pass into
DomainError UNAVAILABLE, so that a consumer waits and a request answers 503. Both sides may speak
TLS, by certificates from files that may change: the server looks at them for each new connection,
a client begins new connections when they are others than before.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection as grpc_reflection
from opentelemetry.instrumentation.grpc import aio_client_interceptors
from pydantic import SecretStr

from services.common.edge import access, grpc_status
from services.common.edge.readiness import Readiness
from services.common.kernel import DomainError, Kind, TimedOut
from services.common.process import metrics, telemetry
from services.common.process.certificates import Pem
from services.common.process.parts import Stage
from services.common.process.watched_file import WatchedFiles

log = logging.getLogger(__name__)

# Statuses by which the question itself is at fault: asking again would change nothing.
DETERMINISTIC = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
    }
)
CALL_SECONDS = 5.0

# The age (give or take a tenth) at which the server ends a connection: a client finds new replicas
# only when it connects anew. Shorter costs connections, longer keeps a new replica idle.
CONNECTION_AGE = timedelta(minutes=5)
# How often either side of a silent connection asks whether the other is still there. Middleboxes
# forget a connection after about a minute of silence, so this must be shorter.
PING_EVERY = timedelta(seconds=30)
_PING_ANSWERED_WITHIN = timedelta(seconds=10)
# Clients may ping this often. An office's software with a keepalive of 10 s, which is the shortest
# that Go's library allows, must not be sent away for it.
PINGS_ALLOWED_EVERY = timedelta(seconds=5)
# The largest request that is read. Services ask each other about hundreds of inquiries at once.
# Larger: a caller makes the service hold more at once. Smaller: they must ask more often.
LARGEST_BYTES = 4 << 20
# The largest request of an office: an answer has 10,000 characters, thirty kilobytes in Korean, so
# that some thirty of the longest fit into one call of many.
OFFICES_LARGEST_BYTES = 1 << 20
# How long a stop waits for the calls in hand.
FINISH_WITHIN_SECONDS = 2.0
_HEALTH_EVERY_SECONDS = 1.0

F = TypeVar("F", bound=Callable[..., Any])


def unary(method: F) -> F:
    """Answers a DomainError as its status with the details of `grpc_status`; any other error as
    UNKNOWN, without what it says."""

    @wraps(method)
    async def guarded(self: Any, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await method(self, request, context)
        except Exception as error:
            await _abort(context, error, method.__name__)

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
        except Exception as error:
            await _abort(context, error, method.__name__)

    return guarded  # type: ignore[return-value]


async def _abort(
    context: grpc.aio.ServicerContext[Any, Any], error: Exception, method: str
) -> None:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    if not isinstance(error, DomainError):
        # The library would send the error's message to the caller; it may hold a citizen's words.
        log.error("rpc.failed", extra={"method": method}, exc_info=error)
        await context.abort(grpc.StatusCode.UNKNOWN, "unexpected error")
    await context.abort(grpc_status.code(error), error.message, grpc_status.trailing(error))


@contextmanager
def reachable(peer: str) -> Iterator[None]:
    """Turns a failure that may pass by itself into a DomainError of kind UNAVAILABLE.

    Raises TimedOut `<peer>_slow` when the call ran out of its time, DomainError `<peer>_away` for
    every other status but the DETERMINISTIC, which stay AioRpcError. Measures the call.
    """
    began = time.perf_counter()
    ended = "CANCELLED"
    try:
        yield
        ended = "OK"
    except grpc.aio.AioRpcError as error:
        code = error.code()
        ended = code.name
        if code in DETERMINISTIC:
            raise
        if code is grpc.StatusCode.DEADLINE_EXCEEDED:
            raise TimedOut(f"{peer}_slow", f"{peer} did not answer in time; try again") from error
        if code is grpc.StatusCode.UNAVAILABLE:
            _tell_of_distrust(peer, error.details() or "")
        else:
            # The caller waits for these as well. They are logged, because somebody must mend a bug
            # there or a wrong address here.
            log.warning("rpc.peer_failed", extra={"peer": peer, "status": code.name})
        raise DomainError(
            f"{peer}_away", Kind.UNAVAILABLE, f"{peer} cannot be reached; try again"
        ) from error
    finally:
        duration = metrics.GRPC_CLIENT_DURATION.labels(peer, ended)
        duration.observe(time.perf_counter() - began)


# What the library says of a peer that shows a certificate and is not trusted: OpenSSL's word, or
# that the certificate is for another host. Of one that does not trust us it only says that the
# connection was closed.
_UNTRUSTED = re.compile(r"OPENSSL_internal:([A-Z0-9_]+)|(Hostname Verification) Check failed")


def _tell_of_distrust(peer: str, said: str) -> None:
    """Logs that a peer is there and not trusted: somebody must mend a certificate, and the caller
    only sees that the peer is away."""
    if found := _UNTRUSTED.search(said):
        reason = (found[1] or found[2]).lower().replace(" ", "_")
        log.error("rpc.peer_untrusted", extra={"peer": peer, "reason": reason})


def key_of(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """The key or token in the caller's metadata, `authorization: Bearer <key>`; "" for none."""
    for name, value in context.invocation_metadata() or ():
        if name == "authorization" and isinstance(value, str):
            return access.bearer(value)
    return ""


class _Keyed(grpc.aio.UnaryUnaryClientInterceptor):
    """Sends the key of this service with each call that has one answer."""

    def __init__(self, key: SecretStr) -> None:
        self._authorization = f"Bearer {key.get_secret_value()}"

    async def intercept_unary_unary(
        self, continuation: Any, client_call_details: Any, request: Any
    ) -> Any:
        """The call, with the key in its metadata."""
        sent = client_call_details.metadata or ()
        metadata = grpc.aio.Metadata(*sent, ("authorization", self._authorization))
        keyed = grpc.aio.ClientCallDetails(
            method=client_call_details.method,
            timeout=client_call_details.timeout,
            metadata=metadata,
            credentials=client_call_details.credentials,
            wait_for_ready=client_call_details.wait_for_ready,
        )
        return await continuation(keyed, request)


def channel(
    address: str, key: SecretStr | None = None, certificates: WatchedFiles[Pem] | None = None
) -> grpc.aio.Channel:
    """A traced channel to all replicas of a peer, `address` being host:port; `key` says who calls.

    Calls go to the addresses that the host's name stands for, in turn. It connects on first use,
    and again whenever it must; the caller closes it. With `certificates` it speaks TLS, shows its
    own, and trusts peers of the same authority whose certificate is for that host.
    """
    settings: dict[str, Any] = {
        "interceptors": [
            *aio_client_interceptors(),  # type: ignore[no-untyped-call]
            *([_Keyed(key)] if key is not None else ()),
        ],
        "options": [
            ("grpc.lb_policy_name", "round_robin"),
            ("grpc.dns_min_time_between_resolutions_ms", 5_000),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 1_000),
            *_pings(PING_EVERY),
        ],
    }
    target = f"dns:///{address}"
    if certificates is None:
        return grpc.aio.insecure_channel(target, **settings)

    def secure(pem: Pem) -> grpc.aio.Channel:
        shown = grpc.ssl_channel_credentials(pem.authority, pem.key, pem.certificate)
        return grpc.aio.secure_channel(target, shown, **settings)

    return _Renewed(certificates, secure)


class _Renewed(grpc.aio.Channel):
    """A channel that is made anew when its certificates have changed: the library's own keeps those
    that it was made with. Calls in hand end on the old one, within CALL_SECONDS.

    It is a whole channel, although the services only ask for single answers: the generated stubs
    look up every kind of call when they are made.
    """

    def __init__(
        self, certificates: WatchedFiles[Pem], make: Callable[[Pem], grpc.aio.Channel]
    ) -> None:
        self._certificates = certificates
        self._make = make
        self._pem = certificates.content()
        self._channel = make(self._pem)
        self._ending: set[asyncio.Task[None]] = set()

    def _now(self) -> grpc.aio.Channel:
        pem = self._certificates.content()
        if pem is not self._pem:
            ending = asyncio.create_task(self._channel.close(grace=CALL_SECONDS))
            self._ending.add(ending)
            ending.add_done_callback(self._ending.discard)
            self._pem, self._channel = pem, self._make(pem)
        return self._channel

    def _calling(self, kind: str, *of: Any, **more: Any) -> Any:
        """A method that is looked up at each call, on the channel that counts by then: a stub keeps
        what it is given here for as long as the service lives."""

        def call(*arguments: Any, **settings: Any) -> Any:
            return getattr(self._now(), kind)(*of, **more)(*arguments, **settings)

        return call

    def unary_unary(self, *of: Any, **more: Any) -> Any:
        """See `grpc.aio.Channel`, as for the rest."""
        return self._calling("unary_unary", *of, **more)

    def unary_stream(self, *of: Any, **more: Any) -> Any:
        return self._calling("unary_stream", *of, **more)

    def stream_unary(self, *of: Any, **more: Any) -> Any:
        return self._calling("stream_unary", *of, **more)

    def stream_stream(self, *of: Any, **more: Any) -> Any:
        return self._calling("stream_stream", *of, **more)

    async def close(self, grace: float | None = None) -> None:
        await self._channel.close(grace)
        for ending in self._ending:
            ending.cancel()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._now().channel_ready()

    async def __aenter__(self) -> _Renewed:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _pings(every: timedelta) -> list[tuple[str, int]]:
    return [
        ("grpc.keepalive_time_ms", _ms(every)),
        ("grpc.keepalive_timeout_ms", _ms(_PING_ANSWERED_WITHIN)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
    ]


def _ms(time: timedelta) -> int:
    return round(time.total_seconds() * 1000)


class _InTime(grpc.aio.ServerInterceptor):
    """Refuses a call with one answer that has no deadline. Its caller would wait for ever where an
    answer is lost, and the server would work for callers that have long left."""

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """The handler of a method; health checks and streams go through as they are."""
        handler = await continuation(details)
        service, _, method = details.method.lstrip("/").partition("/")
        if handler is None or handler.unary_unary is None or service == health.SERVICE_NAME:
            return handler

        async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            if context.time_remaining() is None:
                await _abort(context, _no_deadline(), method)
            return await handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )


def _no_deadline() -> DomainError:
    return DomainError(
        "no_deadline",
        Kind.INVALID,
        "set a deadline on the call, such as 10 seconds; when it is over, send the same again",
    )


class _Observed(grpc.aio.ServerInterceptor):
    """A span and a measurement for each call with one answer. Streams are counted: one lasts as
    long as an office works.

    See docs/adr/0010: the general instrumentation costs as much for a trace that is not kept.
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Any] = {}

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """The handler of a method, wrapped once; None for a method that is not served."""
        known = self._handlers.get(details.method)
        if known is not None:
            return known
        handler = await continuation(details)
        if handler is None:  # the library answers; the caller chose the name
            metrics.GRPC_DURATION.labels("other", "UNIMPLEMENTED").observe(0.0)
            return None
        method = details.method.lstrip("/")
        observed = _observed_stream if handler.response_streaming else _observed_unary
        known = self._handlers[details.method] = observed(handler, method)
        return known


def _observed_unary(handler: Any, method: str) -> Any:
    if handler.unary_unary is None:
        return handler
    service, _, name = method.partition("/")
    attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": name}

    async def answer(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        sent = context.invocation_metadata() or ()
        caller = next((str(value) for name, value in sent if name == "traceparent"), "")
        began = time.perf_counter()

        def tell(code: str) -> None:
            metrics.GRPC_DURATION.labels(method, code).observe(time.perf_counter() - began)

        with _ending(context, tell), telemetry.serving(method, caller, attributes):
            return await handler.unary_unary(request, context)

    return grpc.unary_unary_rpc_method_handler(
        answer, handler.request_deserializer, handler.response_serializer
    )


def _observed_stream(handler: Any, method: str) -> Any:
    """The handler of a stream of answers, counted, in its own form: it yields its answers, or
    writes them to the context."""
    streaming = handler.unary_stream or handler.stream_stream
    made = (
        grpc.unary_stream_rpc_method_handler
        if handler.unary_stream
        else grpc.stream_stream_rpc_method_handler
    )

    async def yields(
        request: Any, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[Any]:
        with _counted(method, context):
            async for answer in streaming(request, context):
                yield answer

    async def writes(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        with _counted(method, context):
            await streaming(request, context)

    answers = yields if inspect.isasyncgenfunction(streaming) else writes
    return made(answers, handler.request_deserializer, handler.response_serializer)


@contextmanager
def _counted(method: str, context: grpc.aio.ServicerContext[Any, Any]) -> Iterator[None]:
    """Counts a stream as open, then by the status with which it ends."""
    opened = metrics.GRPC_STREAMS_OPEN.labels(method)

    def tell(code: str) -> None:
        opened.dec()
        metrics.GRPC_STREAMS.labels(method, code).inc()

    opened.inc()
    with _ending(context, tell):
        yield


@contextmanager
def _ending(
    context: grpc.aio.ServicerContext[Any, Any], tell: Callable[[str], None]
) -> Iterator[None]:
    """Tells the name of the status with which a call ends, however it ends."""
    try:
        yield
    except BaseException as error:
        tell(_end_of(context, error))
        raise
    tell(_code_of(context, "OK"))


# The names of statuses by what a context says of its own: the status, or its number.
_NAMES: Mapping[Any, str] = {
    said: status.name for status in grpc.StatusCode for said in (status, status.value[0])
}


def _code_of(context: grpc.aio.ServicerContext[Any, Any], otherwise: str) -> str:
    """The name of the status that was set on the call; `otherwise` where none was."""
    name = _NAMES.get(context.code(), otherwise)
    return otherwise if name == "OK" else name


def _end_of(context: grpc.aio.ServicerContext[Any, Any], error: BaseException) -> str:
    """The name of the status with which an error ends a call."""
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "CANCELLED"
    return _code_of(context, "UNKNOWN")


def _shown_anew(certificates: WatchedFiles[Pem], *, of_callers: bool) -> grpc.ServerCredentials:
    """What a server shows, asked for again at each new connection; the library asks in a thread of
    its own."""
    shown = certificates.content()

    def newer() -> grpc.ServerCertificateConfiguration | None:
        nonlocal shown
        pem = certificates.content()
        if pem is shown:
            return None
        shown = pem
        return _configured(pem)

    first = _configured(shown)
    # None is documented for "no change"; the types forget it.
    return grpc.dynamic_ssl_server_credentials(first, newer, of_callers)  # type: ignore[arg-type]


def _configured(pem: Pem) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(pem.key, pem.certificate)], root_certificates=pem.authority
    )


class GrpcServer:
    """Serves servicers as a part of a service.

    `add` holds the generated `add_…Servicer_to_server` functions already bound to their servicers,
    `names` the full names of the gRPC services, for health and reflection. Health says of each what
    `readiness` says. `on_stop` ends the streams: they would go on as long as an office works, and
    are cut off when the time to finish is over. A connection older than `connection_age` takes no
    new call; calls and streams on it go on. With `certificates` the server speaks TLS; `of_callers`
    says whether a caller must show one of the same authority. A server `for_offices` takes requests
    of at most OFFICES_LARGEST_BYTES, and refuses a call with one answer that has no deadline
    (`no_deadline`). With `reflection` any caller may ask for the contracts.
    """

    name = "grpc"
    stage = Stage.SERVER

    def __init__(
        self,
        *,
        add: Sequence[Callable[[grpc.aio.Server], None]],
        names: Sequence[str],
        host: str,
        port: int,
        readiness: Readiness,
        on_stop: Callable[[], Awaitable[None]] | None = None,
        connection_age: timedelta = CONNECTION_AGE,
        pings_allowed_every: timedelta = PINGS_ALLOWED_EVERY,
        certificates: WatchedFiles[Pem] | None = None,
        of_callers: bool = True,
        for_offices: bool = False,
        reflection: bool = True,
    ) -> None:
        self._add = add
        self._names = names
        self._address = f"{host}:{port}"
        self._readiness = readiness
        self._on_stop = on_stop
        self._certificates = certificates
        self._of_callers = of_callers
        self._reflection = reflection
        # The first is asked first: what is refused for its deadline is observed, too.
        self._interceptors = [_Observed(), *([_InTime()] if for_offices else ())]
        largest = OFFICES_LARGEST_BYTES if for_offices else LARGEST_BYTES
        self._options = [
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", largest),
            ("grpc.max_connection_age_ms", _ms(connection_age)),
            ("grpc.http2.min_ping_interval_without_data_ms", _ms(pings_allowed_every)),
            *_pings(PING_EVERY),
        ]
        self._server: grpc.aio.Server | None = None
        self._health = health.aio.HealthServicer()
        self._telling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the port is open; RuntimeError when it cannot be had."""
        self._server = grpc.aio.server(interceptors=self._interceptors, options=self._options)
        for add in self._add:
            add(self._server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        if self._reflection:
            grpc_reflection.enable_server_reflection(
                (*self._names, health.SERVICE_NAME, grpc_reflection.SERVICE_NAME), self._server
            )
        if self._certificates is None:
            self._server.add_insecure_port(self._address)
        else:
            shown = _shown_anew(self._certificates, of_callers=self._of_callers)
            self._server.add_secure_port(self._address, shown)
        await self._tell(ready=False)
        await self._server.start()
        self._telling = asyncio.create_task(self._tell_health())

    async def stop(self) -> None:
        """Takes no new call, ends the streams, finishes the calls in hand."""
        if self._telling is not None:
            self._telling.cancel()
        await self._health.enter_graceful_shutdown()
        if self._on_stop is not None:
            await self._on_stop()
        if self._server is not None:
            await self._server.stop(grace=FINISH_WITHIN_SECONDS)

    def vital_tasks(self) -> Iterable[asyncio.Task[None]]:
        """What tells health; the server itself lives in the library's own tasks."""
        return [self._telling] if self._telling else []

    async def _tell_health(self) -> None:
        """Copies the readiness to the health service, once a second and when the drain begins."""
        draining = False
        while not draining:
            await self._tell(ready=(await self._readiness.state()).ready)
            draining = await self._readiness.drained_within(_HEALTH_EVERY_SECONDS)
        await self._health.enter_graceful_shutdown()

    async def _tell(self, *, ready: bool) -> None:
        told = health_pb2.HealthCheckResponse
        for name in ("", *self._names):
            await self._health.set(name, told.SERVING if ready else told.NOT_SERVING)
