"""The figures that notify shows beside the kit's."""

from __future__ import annotations

from prometheus_client import Counter

DELIVERIES = Counter(
    "dasan_deliveries_total", "Tries to tell a citizen by what they led to", ["channel", "result"]
)
