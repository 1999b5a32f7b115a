"""The figures that every service shows: each name once, with its unit and its labels.

Owns the names; whoever makes something happen counts it. A label takes few values that are known
when the code is written, or that a city's files name: route templates, event types, stores; never a
path, an id or anything that a caller chose. The figures of one service alone are in its
`application/metrics.py`, so that no other exports a zero that would hide the owner's.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# The bounds of each histogram's buckets have the service levels among them, so that the share that
# kept one is read off exactly: a receipt within 0.3 s; an event routed within 10 s, at its office
# within 30 s, told to the citizen within 60 s. More bounds: each label combination costs more
# lines. Fewer: what lies between two bounds looks the same.

HTTP_DURATION = Histogram(
    "dasan_http_server_request_duration_seconds",
    "HTTP requests from their headers to the end of the answer, of a stream of events to its"
    " beginning; `route` is the template,"
    " `status` the class of the answer, none where the caller had left",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30),
)
HTTP_ACTIVE = Gauge("dasan_http_server_active_requests", "HTTP requests in hand")
GRPC_DURATION = Histogram(
    "dasan_grpc_server_call_duration_seconds",
    "gRPC calls with one answer; `method` is the full name, other for one that is not served",
    ["method", "code"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
GRPC_STREAMS = Counter(
    "dasan_grpc_server_streams_total", "gRPC streams that have ended", ["method", "code"]
)
GRPC_STREAMS_OPEN = Gauge(
    "dasan_grpc_server_open_streams",
    "gRPC streams that are open, such as offices' watches",
    ["method"],
)
GRPC_CLIENT_DURATION = Histogram(
    "dasan_grpc_client_call_duration_seconds",
    "gRPC calls to the other services, as their caller waited for them",
    ["peer", "code"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
HANDLER_DURATION = Histogram(
    "dasan_handler_duration_seconds",
    "How long the handler took for a batch: `outcome` is answered, away (a peer or the database)"
    " or failed",
    ["outcome"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
EVENT_DELAY = Histogram(
    "dasan_event_delay_seconds",
    "From the making of an event by its service to its effect here, by the two clocks",
    ["event"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 300, 1800),
)
SAVE_DURATION = Histogram(
    "dasan_db_save_duration_seconds",
    "Saves of a batch: `outcome` is done, lost where another writer was faster with some, away,"
    " slow, refused (this run must not save) or failed",
    ["store", "outcome"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10),
)
CONSUMED = Counter(
    "dasan_events_consumed_total",
    "Events heard, by what became of them: ack, retry or dead; `event` is unknown for a record that"
    " is none",
    ["event", "outcome"],
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
LAST_ACK_AGE = Gauge(
    "dasan_consumer_last_ack_age_seconds",
    "For how long nothing of a partition was settled although records wait; 0 when none waits",
    ["topic", "partition"],
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
OUTBOX_AGE = Gauge(
    "dasan_outbox_age_seconds",
    "Age of the oldest event not yet on the bus, over all runs that live",
)
OUTBOX_REFUSED = Counter(
    "dasan_outbox_refused_total", "Tries to send an event that cannot go as it is", ["type"]
)
WAKE_FAILURES = Counter(
    "dasan_wake_failures_total",
    "Documents whose waking was put off: it failed, or it changed nothing",
    ["ticker", "reason"],
)
# `task` and not `job`: a label of that name is Prometheus' own on everything that it reads.
JOB_FAILURES = Counter(
    "dasan_job_failures_total", "Rounds of a ticker or job that were left", ["task", "kind"]
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
STATES_UNREAD = Gauge(
    "dasan_view_states_unread",
    "Keys of a compacted topic whose last record this replica could not use",
    ["view"],
)
