"""The figures that notify shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Counter

DELIVERIES = Counter(
    "dasan_deliveries_total", "Tries to tell a citizen by what they led to", ["channel", "result"]
)
ALARMS = Counter(
    "dasan_notify_alarms_total",
    "Answers of providers, and texts that could not be written, that somebody has to look at",
    ["channel", "about"],
)
