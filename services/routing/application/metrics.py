"""The figures that routing shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

UNROUTED = Gauge("dasan_unrouted", "Inquiries for which no office was found")
UNROUTED_OVERDUE = Gauge(
    "dasan_unrouted_overdue", "Inquiries without an office whose answer was due"
)
RULES_PASSED_OVER = Counter(
    "dasan_rules_passed_over_total",
    "Decisions for which a rule of competence was passed over because its office is closed",
)
# Absent while the view that knows them is away.
MATTERS_OPEN = Gauge("dasan_matters_open", "Matters that lie at an office unanswered", ["workload"])
MATTERS_DUE_TODAY = Gauge(
    "dasan_matters_due_today", "Open matters due later on this day of the city", ["workload"]
)
MATTERS_OVERDUE = Gauge(
    "dasan_matters_overdue", "Open matters whose statutory time is over", ["workload"]
)
