"""A collector that is away: told once, counted, told once more when it is back."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from services.common.process import metrics
from services.common.process.span_export import ToldOnce
from tests.support.figures import moved
from tests.support.logs import logged

SPANS = [ReadableSpan(name="one"), ReadableSpan(name="two")]


class Collector(SpanExporter):
    """One that takes, refuses or breaks as it is told."""

    def __init__(self, answers: Iterator[SpanExportResult | Exception]) -> None:
        self._answers = answers

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


TAKEN, REFUSED = SpanExportResult.SUCCESS, SpanExportResult.FAILURE


def test_an_absence_is_told_at_its_begin_and_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answers: list[SpanExportResult | Exception] = [
        *(TAKEN, REFUSED, REFUSED, OSError("away")),
        *(TAKEN, TAKEN, REFUSED),
    ]
    lost: list[int] = []
    exporter = ToldOnce(Collector(iter(answers)), lost.append)
    results = [exporter.export(SPANS) for _ in answers]
    assert results == [TAKEN, REFUSED, REFUSED, REFUSED, TAKEN, TAKEN, REFUSED]
    assert lost == [2, 2, 2, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "traces.collector_away",
        "traces.collector_back",
        "traces.collector_away",
    ]
    assert logged(caplog, "traces.collector_back")[0]["spans_lost"] == 6


def test_the_library_says_by_its_result_that_nobody_listens() -> None:
    """What ToldOnce stands on, seen with the library's own exporter and a port that is closed."""
    absent = OTLPSpanExporter(endpoint="http://127.0.0.1:9", timeout=0.1)
    exporter = ToldOnce(absent, metrics.SPANS_LOST.inc)
    with moved("dasan_spans_lost_total", by=2):
        assert exporter.export(SPANS) is REFUSED
    exporter.shutdown()
