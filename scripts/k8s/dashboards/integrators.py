"""Offices, other systems and subscribers: are they served, refused, or left behind?"""

from __future__ import annotations

from scripts.k8s.dashboards.board import Board, Line, Panel
from scripts.k8s.dashboards.figures import CITY, added, grown, most, per_second, slowest

_OFFICES = f'{CITY}, service="districts"'
_TOKENS = f'{_OFFICES}, route="/v1/token"'

BOARD = Board(
    uid="dasan-integrators",
    title="Dasan: integrators",
    about="What the software of offices and other systems notices of us, and we of it.",
    rows={
        "The offices' gRPC": [
            Panel(
                number=1,
                asks="Do the calls of offices succeed?",
                about="OK, NOT_FOUND and refusals are answers. UNAVAILABLE, INTERNAL, UNKNOWN and"
                " DEADLINE_EXCEEDED are our fault: look at districts.",
                unit="reqps",
                lines=(
                    Line(
                        per_second(
                            "dasan_grpc_server_call_duration_seconds_count",
                            "method, code",
                            _OFFICES,
                        ),
                        "{{method}} {{code}}",
                    ),
                ),
                traces='{ resource.service.name = "districts" && status = error }',
            ),
            Panel(
                number=2,
                asks="How long do offices wait for an answer?",
                about="99 of 100 wait shorter. Slow as a whole: districts' database.",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_grpc_server_call_duration_seconds", "method", _OFFICES),
                        "{{method}}",
                    ),
                ),
                traces='{ resource.service.name = "districts" && duration > 1s }',
            ),
            Panel(
                number=3,
                asks="How many offices are watching?",
                about="A fall to 0 that no rollout explains: is the way to districts' gRPC open?",
                unit="short",
                lines=(
                    Line(added("dasan_grpc_server_open_streams", "method", _OFFICES), "{{method}}"),
                ),
            ),
            Panel(
                number=4,
                asks="How do watches end?",
                about="Connections end after minutes by themselves and begin again."
                " RESOURCE_EXHAUSTED: an office has more open than WATCHES_PER_OFFICE.",
                unit="ops",
                lines=(
                    Line(
                        per_second("dasan_grpc_server_streams_total", "method, code", _OFFICES),
                        "{{method}} {{code}}",
                    ),
                    Line(
                        per_second("dasan_feed_found_total", "namespace"),
                        "told only because of the list",
                    ),
                ),
            ),
        ],
        "Who may call": [
            Panel(
                number=5,
                asks="Who is refused, and why?",
                about="One slug at once: a key was changed on one side only. Many of"
                " `too_many_tokens`: software that asks for a token before every call.",
                unit="reqps",
                lines=(
                    Line(
                        per_second("dasan_calls_refused_total", "service, slug"),
                        "{{service}} {{slug}}",
                    ),
                ),
                alerts=("DasanCallsRefused",),
            ),
            Panel(
                number=6,
                asks="Are tokens given?",
                about="4xx: refused, the panel beside says why. 5xx: our fault.",
                unit="reqps",
                lines=(
                    Line(
                        per_second(
                            "dasan_http_server_request_duration_seconds_count", "status", _TOKENS
                        ),
                        "{{status}}",
                    ),
                ),
            ),
            Panel(
                number=7,
                asks="For how long has each key not been used?",
                about="Long unused: ask its holder, then take it out of callers.yaml. While a key"
                " is being changed: the old one may go once only the new one is used.",
                unit="s",
                lines=(
                    Line(
                        f"time() - {most('dasan_key_used_timestamp_seconds', 'caller, key')}",
                        "{{caller}} {{key}}",
                    ),
                ),
            ),
            Panel(
                number=8,
                asks="Are connections refused?",
                about="One address has as many open as it may. If that is the gateway, nobody gets"
                " in: HTTP_CONNECTIONS_PER_PEER must be 0 behind it.",
                unit="short",
                lines=(Line(grown("dasan_connections_refused_total", "service"), "{{service}}"),),
                alerts=("DasanConnectionsRefused",),
            ),
        ],
        "The topics": [
            Panel(
                number=9,
                asks="What flows on the topics?",
                about="What our own services hear of each event. Subscribers outside have groups of"
                " their own: their lag is with the broker's exporter.",
                unit="ops",
                lines=(
                    Line(
                        per_second(
                            "dasan_events_consumed_total",
                            "event",
                            f'{CITY}, outcome="ack"',
                        ),
                        "{{event}}",
                    ),
                ),
            ),
            Panel(
                number=10,
                asks="What is not handled: dead and parked?",
                about="Dead: `Dasan: bus and outbox` says which reason. Parked: finish the rollout."
                " An integrator who writes to our topics is not foreseen.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_events_dead_total", "service", over="1h"), "dead {{service}}"
                    ),
                    Line(
                        grown("dasan_events_parked_total", "service", over="1h"),
                        "parked {{service}}",
                    ),
                ),
            ),
        ],
    },
)
