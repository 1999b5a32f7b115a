"""Handing spans to the collector: a collector that is away is told once, and once when it is back.

The library retries, drops what it cannot hand over, and would log each try. What is lost meanwhile
is counted by whoever gives `on_lost`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

log = logging.getLogger(__name__)


class ToldOnce(SpanExporter):
    """An exporter that logs the begin and the end of its collector's absence and nothing between.

    `on_lost` gets the number of spans of each batch that did not arrive.
    """

    def __init__(self, exporter: SpanExporter, on_lost: Callable[[int], None]) -> None:
        self._exporter = exporter
        self._on_lost = on_lost
        self._away = False
        self._lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hands over a batch; what does not arrive is lost. Never raises."""
        try:
            result = self._exporter.export(spans)
        except Exception:
            # The library's thread would log each one, with what the error says.
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            if not self._away:
                self._away, self._lost = True, 0
                log.warning("traces.collector_away", extra={"spans": len(spans)})
            self._lost += len(spans)
            self._on_lost(len(spans))
        elif self._away:
            self._away = False
            log.info("traces.collector_back", extra={"spans_lost": self._lost})
        return result

    def shutdown(self) -> None:
        """Ends the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As the exporter does."""
        return self._exporter.force_flush(timeout_millis)
