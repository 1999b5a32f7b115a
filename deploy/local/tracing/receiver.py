"""The OTLP/gRPC receiver: takes what exporters send and puts it into the span store.

A stand-in for a collector on one machine. An export is answered once its spans are stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span, Status

from deploy.local import ports
from deploy.local.tracing.store import SpanRecord, SpanRef, SpanStore

_MAX_MESSAGE_BYTES = 32 * 1024 * 1024


class TraceReceiver(trace_service_pb2_grpc.TraceServiceServicer):
    """OTLP's trace service over a span store."""

    def __init__(self, store: SpanStore) -> None:
        self._store = store

    def Export(
        self,
        request: trace_service_pb2.ExportTraceServiceRequest,
        context: grpc.ServicerContext,
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        """Stores all spans of one export."""
        self._store.add(records(request.resource_spans))
        return trace_service_pb2.ExportTraceServiceResponse()


def server(store: SpanStore, port: int) -> grpc.Server:
    """A server that isn't started yet; `RuntimeError` if the port is taken."""
    made = grpc.server(
        # SQLite has one writer, so more threads would only wait for each other.
        ThreadPoolExecutor(max_workers=2, thread_name_prefix="otlp"),
        options=[
            ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ],
    )
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(TraceReceiver(store), made)
    made.add_insecure_port(f"{ports.HOST}:{port}")
    return made


def records(resources: Iterable[ResourceSpans]) -> Iterable[SpanRecord]:
    """The spans of an export as we keep them."""
    for resource in resources:
        service = str(_plain(resource.resource.attributes).get("service.name", "unknown"))
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _record(service, span)


def _record(service: str, span: Span) -> SpanRecord:
    trace = span.trace_id.hex()
    return SpanRecord(
        ref=SpanRef(trace, span.span_id.hex()),
        parent=SpanRef(trace, span.parent_span_id.hex()) if span.parent_span_id else None,
        service=service,
        name=span.name,
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        attributes=_plain(span.attributes),
        links=[SpanRef(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
    )


def _plain(attributes: Iterable[KeyValue]) -> dict[str, object]:
    return {attribute.key: _value(attribute.value) for attribute in attributes}


def _value(value: AnyValue) -> object:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _plain(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case kind:
            return getattr(value, kind)
