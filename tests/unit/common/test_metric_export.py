"""The figures over OTLP say the same as `/metrics`, and a collector that is away is told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.metrics.v1 import (
    metrics_service_pb2,
    metrics_service_pb2_grpc,
)
from opentelemetry.sdk.metrics import export as otlp
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from deploy.local.authority import Authority
from services.common.process import telemetry
from services.common.process.metric_export import MetricPush, data_of

NOW_NS = 1_700_000_000_000_000_000
RESOURCE = Resource({"service.name": "intake"})


def metrics_of(data: otlp.MetricsData) -> dict[str, otlp.Metric]:
    [of_process] = data.resource_metrics
    assert of_process.resource is RESOURCE
    [scope] = of_process.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


def test_each_kind_has_its_form() -> None:
    registry = CollectorRegistry()
    Counter("seen_total", "Seen", ["what"], registry=registry).labels("it").inc(3)
    Gauge("held", "Held", registry=registry).set(7)
    duration = Histogram("took_seconds", "Took", ["how"], buckets=(1, 5), registry=registry)
    for seconds in (0.5, 2, 3, 9):
        duration.labels("well").observe(seconds)
    found = metrics_of(data_of(registry.collect(), RESOURCE, NOW_NS))
    assert found.keys() == {"seen", "held", "took_seconds"}
    counted: Any = found["seen"].data
    assert (counted.is_monotonic, counted.data_points[0].value) == (True, 3)
    assert dict(counted.data_points[0].attributes) == {"what": "it"}
    assert counted.data_points[0].start_time_unix_nano > 0
    gauge: Any = found["held"].data
    assert [point.value for point in gauge.data_points] == [7]
    histogram: Any = found["took_seconds"].data
    [point] = histogram.data_points
    assert (point.count, point.sum) == (4, 14.5)
    assert (list(point.explicit_bounds), list(point.bucket_counts)) == ([1, 5], [1, 2, 1])
    assert point.time_unix_nano == NOW_NS


def test_the_library_can_send_them() -> None:
    """Its own encoder takes what is made here."""
    from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics

    registry = CollectorRegistry()
    Histogram("took_seconds", "Took", registry=registry).observe(1)
    sent = encode_metrics(data_of(registry.collect(), RESOURCE, NOW_NS))
    [point] = sent.resource_metrics[0].scope_metrics[0].metrics[0].histogram.data_points
    assert (point.count, point.HasField("min"), point.HasField("max")) == (1, False, False)


class Collector(otlp.MetricExporter):
    """Takes what comes, unless it is away or broken."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[otlp.MetricsData] = []
        self.away = False
        self.broken = False

    def export(
        self, metrics_data: otlp.MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> otlp.MetricExportResult:
        if self.broken:
            raise OSError("https://user:password@collector")
        if self.away:
            return otlp.MetricExportResult.FAILURE
        self.taken.append(metrics_data)
        return otlp.MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Nothing to end."""


def test_the_absence_of_the_collector_is_told_once_and_its_return(
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector = Collector()
    push = MetricPush(collector, RESOURCE, every=timedelta(hours=1))
    with caplog.at_level("INFO"):
        push.push()
        assert caplog.messages == []
        collector.away = True
        push.push()
        collector.broken = True
        push.push()
        assert caplog.messages == ["metrics.collector_away"]
        collector.away = collector.broken = False
        push.push()
        push.push()
    assert caplog.messages == ["metrics.collector_away", "metrics.collector_back"]
    assert "password" not in caplog.text


def test_the_last_figures_are_handed_over_at_the_end() -> None:
    collector = Collector()
    push = MetricPush(collector, RESOURCE, every=timedelta(hours=1))
    push.start()
    push.finish()
    push.join(5)
    assert len(collector.taken) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_collector_gets_the_figures_of_this_process_with_the_name_of_its_service(
    scheme: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way, with the library's own exporter; with TLS, too, where the endpoint says so."""
    taken: list[metrics_service_pb2.ExportMetricsServiceRequest] = []

    class Service(metrics_service_pb2_grpc.MetricsServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            taken.append(request)
            return metrics_service_pb2.ExportMetricsServiceResponse()

    server = grpc.server(ThreadPoolExecutor(1))
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Service(), server)
    if scheme == "https":
        certificate, key = authority.issues("collector")
        pair = (key.read_bytes(), certificate.read_bytes())
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(authority.file))
    else:
        port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        push = telemetry.metric_push(
            "intake", endpoint=f"{scheme}://127.0.0.1:{port}", every=timedelta(hours=1)
        )
        push.push()
    finally:
        server.stop(None)
    [request] = taken
    [of_process] = request.resource_metrics
    about = {one.key: one.value.string_value for one in of_process.resource.attributes}
    assert about["service.name"] == "intake"
    names = {metric.name for metric in of_process.scope_metrics[0].metrics}
    assert {"dasan_consumer_lag", "dasan_events_consumed", "dasan_batch_events"} <= names
