"""The figures that districts shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Counter

OVERDUE = Counter("dasan_cases_overdue_total", "Cases whose statutory time ran out unanswered")
FEED_FOUND = Counter(
    "dasan_feed_found_total", "Changes that an office's watch was told only because of the list"
)
