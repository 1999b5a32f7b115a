"""The figures that routing shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Gauge

UNROUTED = Gauge("dasan_unrouted", "Inquiries without an office that wait for a person")
ASKED = Gauge("dasan_asked", "Inquiries without an office that wait for their citizen's answer")
UNROUTED_OVERDUE = Gauge(
    "dasan_unrouted_overdue", "Inquiries without an office whose answer was due"
)
# Absent while the view that knows them is away.
MATTERS_OPEN = Gauge("dasan_matters_open", "Matters that lie at an office unanswered", ["workload"])
MATTERS_DUE_TODAY = Gauge(
    "dasan_matters_due_today", "Open matters due later on this day of the city", ["workload"]
)
MATTERS_OVERDUE = Gauge(
    "dasan_matters_overdue", "Open matters whose statutory time is over", ["workload"]
)
