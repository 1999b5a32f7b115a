"""The figures that routing shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Gauge

UNROUTED = Gauge("dasan_unrouted", "Inquiries for which no office was found")
UNROUTED_OVERDUE = Gauge(
    "dasan_unrouted_overdue", "Inquiries without an office whose answer was due"
)
