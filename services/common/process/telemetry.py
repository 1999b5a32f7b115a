"""Traces and logs: every name of ours, in one place. The figures are in `metrics`.

A trace runs from the citizen's POST to the message. An event carries the context it was created
in; the consumer's `process` span has it as parent, however late it comes. Batch work has a span of
its own, linked with the `process` spans it serves.

Nothing here may hold a citizen's data. The message of an error may: an error of validation quotes
the input. So log lines and spans tell an error by its type and place only, whoever logs it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.common.process import metrics
from services.common.process.span_export import ToldOnce

if TYPE_CHECKING:
    from services.common.process.metric_export import MetricPush

INQUIRY_ID = "dasan.inquiry_id"
RECEIPT_NUMBER = "dasan.receipt_number"
TOPIC = "messaging.destination.name"

# How long a stop may wait for the collector of traces: one that is away held it up for 34 s without
# this.
SHUTDOWN_SECONDS = 2.0

_propagator = TraceContextTextMapPropagator()
_SAMPLED = frozenset(f"{flags:02x}" for flags in range(256) if flags & 1)
_tracer = trace.get_tracer("dasan")


def configure_logs(service: str, level: str) -> None:
    """One JSON line per log record on standard error: the ids given as `extra`, the service, the
    logger, the trace and span that are current, and an error as types and places alone.

    A line that cannot be written is counted; `log.line_lost` in its stead says where it was logged.
    """

    def ours(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        current = trace.get_current_span().get_span_context()
        if current.is_valid:
            event["trace_id"] = trace.format_trace_id(current.trace_id)
            event["span_id"] = trace.format_span_id(current.span_id)
        return event

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        ours,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_errors,
    ]
    handler = _Lines(sys.stderr)
    handler.addFilter(_Sparing(time.monotonic))
    handler.addFilter(_name_errors)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Handlers of libraries keep silent about a line they cannot write; they would quote it.
    logging.raiseExceptions = False
    # Below a warning these libraries log every request or fetch; some log whole commands and
    # headers, and with them a citizen's words and our tokens.
    for noisy in (*_REPEATING, *_TALKATIVE):
        logging.getLogger(noisy).setLevel(logging.WARNING)


# Libraries that log the same line at every try while their peer is away, several times a second.
_REPEATING = ("aiokafka", "kafka", "opentelemetry")
_TALKATIVE = ("faust", "mode", "uvicorn.access", "pymongo", "httpx", "httpcore", "grpc")
_SAME_LINE_EVERY_SECONDS = 30.0
_LINES_REMEMBERED = 1_000


class _Lines(logging.StreamHandler[TextIO]):
    """A handler that prints nothing of a line that it cannot write: logging itself would print the
    error and the line's arguments, which may hold a citizen's words."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Tells the place of the line and the type of the error, past formatter and filters."""
        metrics.LINES_LOST.inc()
        error = sys.exception()
        line = {
            "event": "log.line_lost",
            "level": "error",
            "logger": record.name,
            "logged_at": f"{record.filename}:{record.lineno}",
            **(failure(error) if error else {}),
        }
        # The stream itself may have failed; then only the counter shows it.
        with contextlib.suppress(Exception):
            self.stream.write(json.dumps(line) + self.terminator)
            self.flush()


class _Sparing(logging.Filter):
    """Lets the same line of a repeating library through once in a while, so that an outage is
    still seen and does not fill the log."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._told_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Lines are the same when they differ in their arguments alone."""
        if record.name.partition(".")[0] not in _REPEATING:
            return True
        line = (record.name, str(record.msg))
        now = self._clock()
        if now - self._told_at.get(line, float("-inf")) < _SAME_LINE_EVERY_SECONDS:
            return False
        if len(self._told_at) >= _LINES_REMEMBERED:
            self._told_at.clear()  # a library that writes values into its lines
        self._told_at[line] = now
        return True


def _name_errors(record: logging.LogRecord) -> bool:
    """Replaces errors among the arguments of a library's line by their types."""
    if isinstance(record.msg, BaseException):
        record.msg = type(record.msg).__name__
    if isinstance(record.args, tuple):
        record.args = tuple(
            type(arg).__name__ if isinstance(arg, BaseException) else arg for arg in record.args
        )
    return True


def _place_errors(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Sets `places` where a library's formatter would print the error's message."""
    raised = event.pop("exc_info", None)
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["exception"] = places(error)
    return event


def places(error: BaseException) -> str:
    """The trace of an error and of those that led to it: types, files, lines and functions, the
    first error first. Never what they say."""
    lines: list[str] = []
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        hidden = following.__suppress_context__
        following = following.__cause__ or (None if hidden else following.__context__)
    for one in reversed(chain):
        lines.append(type(one).__name__)
        frames = traceback.extract_tb(one.__traceback__)
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        if isinstance(one, BaseExceptionGroup):
            lines += [places(part) for part in one.exceptions]
    return "\n".join(lines)


def configure_traces(service: str, *, endpoint: str, insecure: bool | None = None) -> None:
    """Sets the tracer provider; spans, those of the database among them, go to the collector at
    `endpoint`, or nowhere when it is empty. `insecure`: without TLS; None: as the endpoint says
    (`http://` without, `https://` with).

    Why a collector takes nothing is said by the library's own lines, at DEBUG.
    """
    resource = _resource(service)
    # Spans that go nowhere would cost as much as others.
    provider = TracerProvider(resource=resource, sampler=None if endpoint else ALWAYS_OFF)
    if endpoint:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.pymongo import PymongoInstrumentor

        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=insecure, timeout=2)
        provider.add_span_processor(
            BatchSpanProcessor(
                ToldOnce(exporter, metrics.SPANS_LOST.inc), schedule_delay_millis=500
            )
        )
        PymongoInstrumentor().instrument(failed_hook=name_refusal)
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    trace.set_tracer_provider(provider)


def metric_push(
    service: str, *, endpoint: str, every: timedelta, insecure: bool | None = None
) -> MetricPush:
    """What hands the figures to the collector at `endpoint`; the caller starts and ends it. Loaded
    where it is wanted: the library takes a moment of every start."""
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter

    from services.common.process.metric_export import MetricPush

    exporter = OTLPMetricExporter(endpoint=endpoint, insecure=insecure, timeout=2)
    return MetricPush(exporter, _resource(service), every=every)


def _resource(service: str) -> Resource:
    return Resource.create({"service.name": service, "service.namespace": "dasan"})


def name_refusal(span: Span, event: Any) -> None:
    """Describes a failed command of the database by the name of its code: the database's message
    quotes the values that it refused."""
    span.set_status(StatusCode.ERROR, event.failure.get("codeName", ""))


def shutdown_traces() -> None:
    """Hands over what is left, in at most SHUTDOWN_SECONDS."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        thread = threading.Thread(target=provider.shutdown, daemon=True)
        thread.start()
        thread.join(SHUTDOWN_SECONDS)


def current_traceparent() -> str:
    """The context to store with what is created now; empty outside any trace."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def context_of(traceparent: str) -> Context:
    """The context a stored traceparent names."""
    return _propagator.extract({"traceparent": traceparent} if traceparent else {}, Context())


def links_to(traceparents: Sequence[str]) -> list[Link]:
    """Links to the sampled ones among the stored contexts, each once."""
    found = []
    for traceparent in dict.fromkeys(filter(is_sampled, traceparents)):
        span_context = trace.get_current_span(context_of(traceparent)).get_span_context()
        if span_context.is_valid:
            found.append(Link(span_context))
    return found


def is_sampled(traceparent: str) -> bool:
    """Whether the stored context is one that is recorded (W3C Trace Context, trace-flags).

    Reads the flag without building the context, because most are not sampled.
    """
    return traceparent[53:55] in _SAMPLED


def annotate(inquiry_id: str, receipt_number: str | None = None) -> None:
    """Says on the current span which inquiry it is about, so that its trace can be found."""
    span = trace.get_current_span()
    span.set_attribute(INQUIRY_ID, inquiry_id)
    if receipt_number:
        span.set_attribute(RECEIPT_NUMBER, receipt_number)


@contextmanager
def serving(name: str, traceparent: str, attributes: Mapping[str, str]) -> Iterator[Span]:
    """The span of answering one request, child of the caller's (W3C traceparent, "" for none)."""
    span = _tracer.start_span(
        name, context=context_of(traceparent), kind=SpanKind.SERVER, attributes=attributes
    )
    with _during(span):
        yield span


@contextmanager
def publishing(traceparents: Sequence[str]) -> Iterator[None]:
    """The span of sending one batch, linked with the creation of each sampled event in it."""
    links = links_to(traceparents)
    if not links:
        yield
        return
    span = _tracer.start_span("publish", context=Context(), kind=SpanKind.PRODUCER, links=links)
    with _during(span):
        yield


def process_span(type_name: str, topic: str, traceparent: str, key: str) -> Span | None:
    """The span of handling one event, child of its creation; None when that is not sampled."""
    if not is_sampled(traceparent):
        return None
    parent = context_of(traceparent)
    if not trace.get_current_span(parent).get_span_context().is_valid:
        return None
    name = type_name.rpartition(".")[2]
    attributes = {TOPIC: topic, INQUIRY_ID: key, "messaging.system": "kafka"}
    return _tracer.start_span(
        f"process {name}", context=parent, kind=SpanKind.CONSUMER, attributes=attributes
    )


def traceparent_of(span: Span | None, otherwise: str) -> str:
    """The stored form of a span's context, or what came in when there is no span."""
    if span is None:
        return otherwise
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get("traceparent", otherwise)


def joined(life: str, cause: str) -> str:
    """The context for the events that a cause brings about in a life; both arguments are stored
    contexts.

    If the cause belongs to the life's own trace, its context. If it belongs to another trace (an
    office's command, a citizen's second visit), a new span in the life's trace that is linked with
    the cause. Without a cause (a time has come), the context of the life's beginning.
    """
    if not life or _trace_of(life) == _trace_of(cause):
        return cause
    if not cause or not is_sampled(life):
        return life
    span = _tracer.start_span("join", context=context_of(life), links=links_to([cause]))
    span.end()
    return traceparent_of(span, life)


def _trace_of(traceparent: str) -> str:
    return traceparent[3:35]


@contextmanager
def working_for(spans: Sequence[Span]) -> Iterator[None]:
    """Makes calls of a batch part of the trace they serve.

    One traced event: its own span is current. Several: a batch span linked with all of them, and
    each of them linked back, so that a reader of one trace finds the shared work.
    """
    if not spans:
        with _attached(Context()):
            yield
        return
    if len(spans) == 1:
        with _attached(trace.set_span_in_context(spans[0], Context())):
            yield
        return
    links = [Link(span.get_span_context()) for span in spans]
    batch = _tracer.start_span("batch", context=Context(), links=links)
    for span in spans:
        span.add_link(batch.get_span_context())
    with _during(batch):
        yield


@contextmanager
def _during(span: Span) -> Iterator[None]:
    """Makes the span current and ends it. Records only the type of an error, where the library
    would record its message."""
    with _attached(trace.set_span_in_context(span, Context())):
        try:
            yield
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            span.end()


@contextmanager
def _attached(context: Context) -> Iterator[None]:
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)


def failure(error: BaseException) -> dict[str, str]:
    """An error as fields of a log record: its type and where it was raised.

    Never what it says: that may hold a citizen's words, as an error of validation does.
    """
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    raised_at = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "raised_at": raised_at}
