"""The same figures over OTLP: what `/metrics` shows is handed to a collector every so often.

There is one set of figures, `metrics`; this module only puts them into the form of the other
protocol. A collector that is away is told once, and once when it is back: nothing is lost by it,
because counts go on and the next hand-over brings them all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from opentelemetry.sdk.metrics import export as otlp
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

log = logging.getLogger(__name__)

_CUMULATIVE = otlp.AggregationTemporality.CUMULATIVE


class MetricPush:
    """Hands the figures to a collector every `every`, from a thread of its own, and once more at
    the end."""

    def __init__(
        self,
        exporter: otlp.MetricExporter,
        resource: Resource,
        *,
        every: timedelta,
        figures: Collector = REGISTRY,
    ) -> None:
        self._exporter = exporter
        self._resource = resource
        self._every_seconds = every.total_seconds()
        self._figures = figures
        self._away = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metric_push", daemon=True)

    def start(self) -> None:
        """Begins to hand over."""
        self._thread.start()

    def finish(self) -> None:
        """Begins the last hand-over; waits for nothing."""
        self._over.set()

    def join(self, within_seconds: float) -> None:
        """Returns when the last one has ended, at the latest after `within_seconds`."""
        self._thread.join(within_seconds)

    def push(self) -> None:
        """Hands over once. Never raises."""
        try:
            data = data_of(self._figures.collect(), self._resource, time.time_ns())
            taken = self._exporter.export(data) is otlp.MetricExportResult.SUCCESS
        except Exception as error:
            # The library's errors may quote the endpoint with its key.
            log.debug("metrics.not_taken", extra={"error": type(error).__name__})
            taken = False
        if taken is self._away:
            self._away = not taken
            tell = log.info if taken else log.warning
            tell("metrics.collector_back" if taken else "metrics.collector_away")

    def _run(self) -> None:
        while not self._over.wait(self._every_seconds):
            self.push()
        self.push()


def data_of(families: Iterable[Metric], resource: Resource, now_ns: int) -> otlp.MetricsData:
    """The figures in the form of OTLP at `now_ns` (POSIX nanoseconds): counters are monotonic sums,
    and all counts go on since the process began."""
    scope = otlp.ScopeMetrics(
        scope=InstrumentationScope("dasan"),
        metrics=[
            otlp.Metric(name=family.name, description=family.documentation, unit="", data=data)
            for family in families
            if (data := _data_of(family, now_ns)) is not None
        ],
        schema_url="",
    )
    of_process = otlp.ResourceMetrics(resource=resource, scope_metrics=[scope], schema_url="")
    return otlp.MetricsData(resource_metrics=[of_process])


def _data_of(family: Metric, now_ns: int) -> otlp.DataT | None:
    """A family's values; None for a kind that none of our figures has."""
    match family.type:
        case "gauge":
            return otlp.Gauge(list(_numbers(family, family.name, now_ns)))
        case "counter":
            points = list(_numbers(family, f"{family.name}_total", now_ns))
            return otlp.Sum(points, _CUMULATIVE, is_monotonic=True)
        case "histogram":
            return otlp.Histogram(list(_histograms(family, now_ns)), _CUMULATIVE)
        case _:
            return None


def _numbers(family: Metric, name: str, now_ns: int) -> Iterator[otlp.NumberDataPoint]:
    began = _began(family)
    for sample in family.samples:
        if sample.name == name:
            yield otlp.NumberDataPoint(
                attributes=sample.labels,
                start_time_unix_nano=began.get(_key(sample.labels), 0),
                time_unix_nano=now_ns,
                value=sample.value,
            )


def _histograms(family: Metric, now_ns: int) -> Iterator[otlp.HistogramDataPoint]:
    began = _began(family)
    buckets: dict[Any, list[tuple[float, float]]] = defaultdict(list)
    sums: dict[Any, float] = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        if sample.name == f"{family.name}_bucket":
            bound = float(labels.pop("le"))
            buckets[_key(labels)].append((bound, sample.value))
        elif sample.name == f"{family.name}_sum":
            sums[_key(labels)] = sample.value
    for key, counted in buckets.items():
        counted.sort()
        below = [0.0, *(count for _, count in counted)]
        yield otlp.HistogramDataPoint(
            attributes=dict(key),
            start_time_unix_nano=began.get(key, 0),
            time_unix_nano=now_ns,
            count=int(below[-1]),
            sum=sums[key],
            # Prometheus counts all up to a bound, OTLP those between two.
            bucket_counts=[int(up - low) for low, up in pairwise(below)],
            explicit_bounds=[bound for bound, _ in counted[:-1]],
            # Nobody keeps them; the field is optional in the protocol, not in the library's types.
            min=None,  # type: ignore[arg-type]
            max=None,  # type: ignore[arg-type]
        )


def _began(family: Metric) -> Mapping[Any, int]:
    """Since when each series counts, in POSIX nanoseconds, by its labels."""
    created = (sample for sample in family.samples if sample.name == f"{family.name}_created")
    return {_key(sample.labels): int(sample.value * 1e9) for sample in created}


def _key(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))
