"""Where events are on their way: out of the outboxes, on the topics, in the services, put away."""

from __future__ import annotations

from scripts.k8s.dashboards.board import Board, Line, Panel
from scripts.k8s.dashboards.figures import added, grown, most, per_second, slowest

BOARD = Board(
    uid="dasan-bus",
    title="Dasan: bus and outbox",
    about="Where does an event stand that should have had its effect? From left to right, top to"
    " bottom, as an event travels.",
    rows={
        "Out": [
            Panel(
                number=1,
                asks="For how long does an event wait to get on the bus?",
                about="Above 60 s it is no burst: is the broker there, do the topics exist?"
                " Restarting services helps nothing.",
                unit="s",
                lines=(Line(most("dasan_outbox_age_seconds", "service"), "{{service}}"),),
                alerts=("DasanOutboxOld",),
                bound=60,
                traces="{ status = error }",
            ),
            Panel(
                number=2,
                asks="How many events does the broker take?",
                about="It follows what comes in. 0 while inquiries come in: the outbox says why.",
                unit="ops",
                lines=(Line(per_second("dasan_events_published_total", "service"), "{{service}}"),),
            ),
            Panel(
                number=3,
                asks="Which events can never go as they are?",
                about="The broker refuses them: too large, or a time it does not take. Later ones"
                " of the same inquiry wait behind.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_outbox_refused_total", "service, type"), "{{service}} {{type}}"
                    ),
                ),
                alerts=("DasanOutboxRefused",),
            ),
            Panel(
                number=4,
                asks="How long does an event take to its effect?",
                about="From its making to what it does at each service, 99 of 100. What never comes"
                " is not in here: look at the panels around.",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_event_delay_seconds", "service, event"),
                        "{{event}} at {{service}}",
                    ),
                ),
            ),
        ],
        "In": [
            Panel(
                number=5,
                asks="How far is each service behind?",
                about="It falls: a burst is worked off. It stays: add replicas, up to 24, unless"
                " the database is the slow one.",
                unit="short",
                lines=(Line(added("dasan_consumer_lag", "service"), "{{service}}"),),
                alerts=("DasanConsumerBehind", "DasanReadsNothing"),
                bound=500,
            ),
            Panel(
                number=6,
                asks="Which partitions are furthest behind?",
                about="One alone: the replica that has it, or one event in it that waits.",
                unit="short",
                lines=(
                    Line(
                        f"topk(10, {added('dasan_consumer_lag', 'service, topic, partition')})",
                        "{{service}} {{topic}} {{partition}}",
                    ),
                ),
            ),
            Panel(
                number=7,
                asks="For how long has a partition stood still?",
                about="Nothing of it was settled although records wait. With events that wait"
                " (beside): mend what they wait for. Without: delete the pod that has it.",
                unit="s",
                lines=(
                    Line(most("dasan_consumer_last_ack_age_seconds", "service"), "{{service}}"),
                    Line(most("dasan_handler_in_hand_seconds", "service"), "in hand {{service}}"),
                ),
                alerts=("DasanPartitionStalls",),
                bound=180,
            ),
            Panel(
                number=8,
                asks="What do events wait for?",
                about="The slug names it: `…_away` a service or the database, `too_early` an event"
                " before it, `words_missing` a restore of one database alone.",
                unit="short",
                lines=(
                    Line(added("dasan_events_waiting", "service, slug"), "{{service}} {{slug}}"),
                ),
                alerts=("DasanEventsWait",),
            ),
            Panel(
                number=9,
                asks="How often does a service begin to read anew?",
                about="Some in a rollout. Many: the broker restarts, or a pod is short of"
                " processor.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_readers_failed_total", "service, reader"),
                        "{{service}} {{reader}}",
                    ),
                ),
                alerts=("DasanReadersReplaced",),
            ),
            Panel(
                number=10,
                asks="Were events forgotten before they were read?",
                about="`retention`: lost for this service until they are sent again. `markers` are"
                " no events.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_offsets_passed_over_total", "service, cause"),
                        "{{service}} {{cause}}",
                    ),
                ),
                alerts=("DasanEventsLostToRetention",),
            ),
        ],
        "Put away": [
            Panel(
                number=11,
                asks="Which events were put away as dead?",
                about="Mend the cause by its reason, then return them with `replay`.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_events_dead_total", "service, reason", over="1h"),
                        "{{service}} {{reason}}",
                    ),
                ),
                alerts=("DasanEventsDead",),
                traces="{ status = error }",
            ),
            Panel(
                number=12,
                asks="Are parked events brought back?",
                about="Parked: a newer version tells what this one does not know. They come back"
                " with the first version that does: finish the rollout.",
                unit="short",
                lines=(
                    Line(
                        grown("dasan_events_parked_total", "service", over="6h"),
                        "parked {{service}}",
                    ),
                    Line(
                        grown("dasan_events_unparked_total", "service", over="6h"),
                        "back {{service}}",
                    ),
                ),
                alerts=("DasanEventsStayParked",),
            ),
        ],
    },
)
