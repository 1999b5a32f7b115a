"""One service from the inside: requests, calls, events, what is stored, what it does by itself."""

from __future__ import annotations

from scripts.k8s.dashboards.board import Board, Line, Panel
from scripts.k8s.dashboards.figures import CITY, SERVICE, added, grown, most, per_second, slowest

_OF_IT = '{ resource.service.name = "${service}" && status = error }'

BOARD = Board(
    uid="dasan-service",
    title="Dasan: a service",
    about="One of the five (choose above): its requests, calls and events, and what it does by"
    " itself.",
    by_service=True,
    rows={
        "Is it there?": [
            Panel(
                number=1,
                asks="Which replicas answer?",
                about="1 answers, 0 does not. All at 0: look at the pods. One at 0 for long: its"
                " log says why. How many are ready is told by kube-state-metrics.",
                unit="short",
                lines=(
                    Line(f'max by (pod) (up{{job="dasan", {SERVICE}}})', "{{pod}}"),
                    Line(
                        "max(kube_deployment_status_replicas_available"
                        f'{{{CITY}, deployment=~"$service"}})',
                        "ready",
                    ),
                ),
                alerts=("DasanServiceDown",),
            ),
            Panel(
                number=2,
                asks="Are traces and log lines lost?",
                about="Spans: is the collector there? Lines: a bug of the call that logs.",
                unit="short",
                lines=(
                    Line(grown("dasan_spans_lost_total", "service", SERVICE), "spans"),
                    Line(grown("dasan_log_lines_lost_total", "service", SERVICE), "log lines"),
                ),
                alerts=("DasanSpansLost", "DasanLogLinesLost"),
            ),
        ],
        "HTTP": [
            Panel(
                number=3,
                asks="What is asked of it, and how does it answer?",
                about="5xx is our fault: the traces show where. `none`: the caller had left.",
                unit="reqps",
                lines=(
                    Line(
                        per_second(
                            "dasan_http_server_request_duration_seconds_count",
                            "method, route, status",
                            SERVICE,
                        ),
                        "{{method}} {{route}} {{status}}",
                    ),
                ),
                alerts=("DasanRequestsFail",),
                traces=_OF_IT,
            ),
            Panel(
                number=4,
                asks="How long do its answers take?",
                about="99 of 100 are faster. All routes slow: processor or database (below). One:"
                " its peer.",
                unit="s",
                lines=(
                    Line(
                        slowest(
                            "dasan_http_server_request_duration_seconds", "method, route", SERVICE
                        ),
                        "{{method}} {{route}}",
                    ),
                ),
                traces='{ resource.service.name = "${service}" && duration > 300ms }',
            ),
            Panel(
                number=5,
                asks="How many requests are in hand?",
                about="It grows without end: answers no longer keep up with questions; add replicas"
                " once the database is well.",
                unit="short",
                lines=(
                    Line(added("dasan_http_server_active_requests", "pod", SERVICE), "{{pod}}"),
                ),
            ),
            Panel(
                number=6,
                asks="Which commands did it refuse untried?",
                about="The slug says why: `…_away` and `…_slow` are its database or a peer.",
                unit="ops",
                lines=(
                    Line(per_second("dasan_commands_refused_total", "slug", SERVICE), "{{slug}}"),
                ),
            ),
        ],
        "gRPC": [
            Panel(
                number=7,
                asks="Which calls does it answer, and how?",
                about="UNAVAILABLE, INTERNAL, UNKNOWN and DEADLINE_EXCEEDED are our fault.",
                unit="reqps",
                lines=(
                    Line(
                        per_second(
                            "dasan_grpc_server_call_duration_seconds_count", "method, code", SERVICE
                        ),
                        "{{method}} {{code}}",
                    ),
                ),
                traces=_OF_IT,
            ),
            Panel(
                number=8,
                asks="How long do its calls take?",
                about="99 of 100 are faster. Slow as a whole: its database (below).",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_grpc_server_call_duration_seconds", "method", SERVICE),
                        "{{method}}",
                    ),
                ),
            ),
            Panel(
                number=9,
                asks="Whom does it call, and what do they answer?",
                about="A peer that fails makes events wait here; open that peer's page.",
                unit="reqps",
                lines=(
                    Line(
                        per_second(
                            "dasan_grpc_client_call_duration_seconds_count", "peer, code", SERVICE
                        ),
                        "{{peer}} {{code}}",
                    ),
                ),
            ),
            Panel(
                number=10,
                asks="How long does it wait for the others?",
                about="99 of 100 wait shorter. Longer than the peer's own figure: the way between.",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_grpc_client_call_duration_seconds", "peer", SERVICE),
                        "{{peer}}",
                    ),
                ),
            ),
        ],
        "Events": [
            Panel(
                number=11,
                asks="What becomes of the events that it hears?",
                about="`retry` comes again by itself; `dead` needs a person.",
                unit="ops",
                lines=(
                    Line(
                        per_second("dasan_events_consumed_total", "event, outcome", SERVICE),
                        "{{event}} {{outcome}}",
                    ),
                ),
                traces=_OF_IT,
            ),
            Panel(
                number=12,
                asks="How long does it work on a batch?",
                about="99 of 100 are faster. `away`: a peer or the database; `failed`: a bug.",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_handler_duration_seconds", "outcome", SERVICE), "{{outcome}}"
                    ),
                ),
            ),
            Panel(
                number=13,
                asks="How many events does a batch hold?",
                about="Large batches: it is behind and catches up. Always 1 under load: something"
                " slows down reading.",
                unit="short",
                lines=(
                    Line(
                        f"{per_second('dasan_batch_events_sum', 'service', SERVICE)}"
                        f" / {per_second('dasan_batch_events_count', 'service', SERVICE)}",
                        "mean",
                    ),
                ),
            ),
            Panel(
                number=14,
                asks="How long do its channels take to tell citizens?",
                about="Of notify alone. Near 60 s: the provider is slow; raise NOTIFY_PARALLEL or"
                " ask it.",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_delivery_duration_seconds", "channel", SERVICE),
                        "{{channel}}",
                    ),
                ),
            ),
        ],
        "What it stores, and what it does by itself": [
            Panel(
                number=15,
                asks="How long does a save take?",
                about="99 of 100 are faster. All stores slow: look at MongoDB.",
                unit="s",
                lines=(
                    Line(slowest("dasan_db_save_duration_seconds", "store", SERVICE), "{{store}}"),
                ),
            ),
            Panel(
                number=16,
                asks="How do saves end?",
                about="`lost`: another replica was faster, which is well. `away`, `slow`: MongoDB."
                " `failed`: a bug.",
                unit="ops",
                lines=(
                    Line(
                        per_second(
                            "dasan_db_save_duration_seconds_count", "store, outcome", SERVICE
                        ),
                        "{{store}} {{outcome}}",
                    ),
                ),
            ),
            Panel(
                number=17,
                asks="Which of its rounds fail?",
                about="Tickers and jobs. `unavailable`: the database was away. `unexpected`: a"
                " bug.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_job_failures_total", "task, kind", SERVICE),
                        "{{task}} {{kind}}",
                    ),
                ),
                alerts=("DasanJobFails",),
            ),
            Panel(
                number=18,
                asks="Which documents cannot be woken or read?",
                about="Unreadable: a newer version wrote them; finish the rollout.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_wake_failures_total", "ticker, reason", SERVICE),
                        "{{ticker}} {{reason}}",
                    ),
                    Line(
                        grown("dasan_documents_unreadable_total", "service", SERVICE), "unreadable"
                    ),
                ),
                alerts=("DasanWakingFails", "DasanDocumentsUnreadable"),
            ),
            Panel(
                number=19,
                asks="Do its live views hold?",
                about="Each end is followed by a new beginning; many in a row: `views.ended` in the"
                " log says why. Records passed over make a figure wrong until the next beginning;"
                " unread: the last state of so many offices or delegations is not known.",
                unit="short",
                lines=(
                    Line(grown("dasan_view_ends_total", "cause", SERVICE), "ended {{cause}}"),
                    Line(
                        grown("dasan_view_records_passed_over_total", "view", SERVICE),
                        "passed over {{view}}",
                    ),
                    Line(most("dasan_view_states_unread", "view", SERVICE), "unread {{view}}"),
                ),
                alerts=("DasanViewBeginsAgain", "DasanStatesUnread"),
            ),
            Panel(
                number=20,
                asks="For how long has it had a batch in hand?",
                about="Longer than a minute: a peer or the database does not answer; see its log.",
                unit="s",
                lines=(Line(most("dasan_handler_in_hand_seconds", "pod", SERVICE), "{{pod}}"),),
                bound=60,
            ),
        ],
    },
)
