"""The figures that notify shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

DELIVERIES = Counter(
    "dasan_deliveries_total", "Tries to tell a citizen by what they led to", ["channel", "result"]
)
DELIVERY_DURATION = Histogram(
    "dasan_delivery_duration_seconds",
    "From the hand-over of a batch of messages to a channel to its answer for all of them",
    ["channel"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60),
)
ALARMS = Counter(
    "dasan_notify_alarms_total",
    "Answers of providers, and texts that could not be written, that somebody has to look at",
    ["channel", "about"],
)
