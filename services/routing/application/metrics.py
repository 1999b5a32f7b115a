"""The figures that routing shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

UNROUTED = Gauge("dasan_unrouted", "Inquiries without an office that wait for a person")
ASKED = Gauge("dasan_asked", "Inquiries without an office that wait for their citizen's answer")
UNROUTED_OVERDUE = Gauge(
    "dasan_unrouted_overdue", "Inquiries without an office whose answer was due"
)
RULESETS_UNUSABLE = Gauge(
    "dasan_rulesets_unusable", "Activated rules that do not fit the city of this release"
)
RULES_STALE = Gauge(
    "dasan_rules_stale", "Rules of competence in force whose office is closed today"
)
UNTAKEN = Gauge(
    "dasan_untaken",
    "Matters that their office has not taken in time, by the highest level that was told",
    ["level"],
)
ARBITRATIONS_OPEN = Gauge("dasan_arbitrations_open", "Matters that wait for the coordinator")
ARBITRATIONS_OVERDUE = Gauge(
    "dasan_arbitrations_overdue", "Open arbitrations whose time to decide is over"
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
MATTERS_ARRIVED_TODAY = Gauge(
    "dasan_matters_arrived_today",
    "Matters that came to their office on this day of the city",
    ["workload"],
)
OFFICES_STRAINED = Gauge(
    "dasan_offices_strained", "Offices that work at the edge, by why", ["strain"]
)
OF_THE_VIEW = (
    MATTERS_OPEN,
    MATTERS_DUE_TODAY,
    MATTERS_OVERDUE,
    MATTERS_ARRIVED_TODAY,
    OFFICES_STRAINED,
)
