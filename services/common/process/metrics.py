"""The figures that every service shows: each name once, with its unit and its labels.

Owns the names; whoever makes something happen counts it. A label takes few values that are known
when the code is written, or that a city's files name: route templates, event types, stores; never a
path, an id or anything that a caller chose. The figures of one service alone are in its
`application/metrics.py`, so that no other exports a zero that would hide the owner's.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CONSUMED = Counter(
    "dasan_events_consumed_total",
    "Events heard, by what became of them: ack, retry or dead",
    ["outcome"],
)
PUBLISHED = Counter("dasan_events_published_total", "Events that the broker took")
PARKED = Counter(
    "dasan_events_parked_total", "Events of a newer version, kept until a start that knows them"
)
UNPARKED = Counter("dasan_events_unparked_total", "Parked events that a start brought back")
DEAD = Counter("dasan_events_dead_total", "Records put into the dead-letter topic", ["reason"])
WAITING = Gauge("dasan_events_waiting", "Events that wait, by what they wait for", ["slug"])
LAG = Gauge(
    "dasan_consumer_lag", "Offsets not yet settled of what is assigned here", ["topic", "partition"]
)
PASSED_OVER = Counter(
    "dasan_offsets_passed_over_total", "Offsets that were never read, by the reason", ["cause"]
)
READERS_FAILED = Counter(
    "dasan_readers_failed_total", "Readers that were replaced by a new one", ["reader"]
)
HANDLER_SECONDS = Gauge(
    "dasan_handler_in_hand_seconds", "For how long the handler has had the batch in hand"
)
BATCH_SIZE = Histogram(
    "dasan_batch_events",
    "Events that were settled in one batch",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
OUTBOX_AGE = Gauge("dasan_outbox_age_seconds", "Age of the oldest event not yet on the bus")
OUTBOX_REFUSED = Counter(
    "dasan_outbox_refused_total", "Tries to send an event that cannot go as it is", ["type"]
)
WAKE_FAILURES = Counter(
    "dasan_wake_failures_total",
    "Documents whose waking was put off: it failed, or it changed nothing",
    ["ticker", "reason"],
)
JOB_FAILURES = Counter(
    "dasan_job_failures_total", "Rounds of a ticker or job that were left", ["job", "kind"]
)
UNREADABLE = Counter(
    "dasan_documents_unreadable_total", "Reads of a document this version does not understand"
)
CALLS_REFUSED = Counter(
    "dasan_calls_refused_total", "Calls without a key, with a wrong one, or beyond scope", ["slug"]
)
CONNECTIONS_REFUSED = Counter(
    "dasan_connections_refused_total", "HTTP connections of a peer that had too many open"
)
KEY_USED = Gauge(
    "dasan_key_used_timestamp_seconds",
    "When a caller's key was used last; `key` is the begin of its digest",
    ["caller", "key"],
)
REFUSED_COMMANDS = Counter(
    "dasan_commands_refused_total",
    "Commands that were not even tried, by the reason",
    ["slug"],
)
SPANS_LOST = Counter("dasan_spans_lost_total", "Spans that did not arrive at the collector")
LINES_LOST = Counter("dasan_log_lines_lost_total", "Log lines that could not be written")
VIEW_ENDS = Counter("dasan_view_ends_total", "Ends of a live view, each begun again", ["cause"])
VIEW_PASSED_OVER = Counter(
    "dasan_view_records_passed_over_total", "Records a live view could not use", ["view"]
)
