"""How the city is: what a person in charge looks at first."""

from __future__ import annotations

from scripts.k8s.dashboards.board import Board, Line, Number, Panel
from scripts.k8s.dashboards.figures import CITY, grown, most, per_second, slowest

_TOOK = f'{CITY}, service="intake", method="POST", route="/v1/inquiries", status="2xx"'
_TOLD = f'{CITY}, service="notify", result="accepted"'


def _delay(service: str, event: str) -> str:
    where = f'{CITY}, service="{service}", event="{event}"'
    return slowest("dasan_event_delay_seconds", "", where)


BOARD = Board(
    uid="dasan-city",
    title="Dasan: the city",
    about="Is the city well, and what do citizens notice? Begin here; the others say why.",
    rows={
        "At a glance": [
            Number(
                number=1,
                asks="How many services answer?",
                about="Five are all. Fewer: open `Dasan: a service` for the one that is missing.",
                unit="short",
                lines=(
                    Line(f'count(max by (service) (up{{job="dasan", {CITY}}} == 1))', "services"),
                ),
                alerts=("DasanServiceDown",),
            ),
            Number(
                number=2,
                asks="How many alerts speak?",
                about="The watchdog always does and is not counted. Each has its page: begin there."
                " Empty although something is wrong: is Prometheus evaluating rules at all?",
                unit="short",
                lines=(
                    Line(
                        'count(ALERTS{alertstate="firing", alertname=~"Dasan.+",'
                        ' alertname!="DasanWatchdog"}) or vector(0)',
                        "alerts",
                    ),
                ),
                alerts=("DasanWatchdog",),
                bound=1,
            ),
            Number(
                number=3,
                asks="How many wait for a person to find their office?",
                about="Assign them at routing's desk; the page of the alert says how.",
                unit="short",
                lines=(Line(most("dasan_unrouted", "namespace"), "unrouted"),),
                alerts=("DasanUnroutedWaits",),
                bound=1,
            ),
            Number(
                number=4,
                asks="How many are due by law and lie at no office?",
                about="The city breaks a statutory time: assign them now and call the office.",
                unit="short",
                lines=(Line(most("dasan_unrouted_overdue", "namespace"), "overdue"),),
                alerts=("DasanUnroutedOverdue",),
                bound=1,
            ),
            Number(
                number=5,
                asks="How many nightly audits failed?",
                about="An audit that fails found an event that was never told. Needs"
                " kube-state-metrics; empty without.",
                unit="short",
                lines=(
                    Line(
                        "count(max by (job_name)"
                        f' (kube_job_status_failed{{{CITY}, job_name=~".+-audit-.+"}}) > 0)'
                        " or vector(0)",
                        "audits",
                    ),
                ),
                alerts=("DasanAuditFails",),
                bound=1,
            ),
            Number(
                number=6,
                asks="How long ago did the oldest audit end well?",
                about="Each service has one every night. Longer than two days: it did not run."
                " Needs kube-state-metrics.",
                unit="s",
                lines=(
                    Line(
                        "max(time() - max by (cronjob) (kube_cronjob_status_last_successful_time"
                        f'{{{CITY}, cronjob=~".+-audit"}}))',
                        "since",
                    ),
                ),
                alerts=("DasanAuditStale",),
                bound=2 * 86_400,
            ),
        ],
        "From the question to the answer": [
            Panel(
                number=7,
                asks="How much comes in, and how much is told?",
                about="The two move together, several messages for each inquiry. Inquiries without"
                " messages: look at `Dasan: bus and outbox` for where events wait.",
                unit="ops",
                lines=(
                    Line(
                        per_second(
                            "dasan_http_server_request_duration_seconds_count", "namespace", _TOOK
                        ),
                        "inquiries taken",
                    ),
                    Line(per_second("dasan_deliveries_total", "namespace", _TOLD), "messages told"),
                ),
            ),
            Panel(
                number=8,
                asks="How long does a citizen wait for a receipt?",
                about="99 of 100 wait shorter than the upper line, which should stay below 0.3 s."
                " Above: is the database slow (`Dasan: a service`, intake)?",
                unit="s",
                lines=(
                    Line(
                        slowest("dasan_http_server_request_duration_seconds", "", _TOOK),
                        "99 of 100",
                    ),
                    Line(
                        slowest("dasan_http_server_request_duration_seconds", "", _TOOK, share=0.5),
                        "half",
                    ),
                ),
                bound=0.3,
                traces='{ resource.service.name = "intake" && duration > 300ms }',
            ),
            Panel(
                number=9,
                asks="How long until an inquiry is routed, at its office, told?",
                about="Each step from the event before it, 99 of 100. One line above the others:"
                " open that service. An event that never comes is not in here: see"
                " `Dasan: bus and outbox`.",
                unit="s",
                lines=(
                    Line(_delay("routing", "InquiryReceived"), "routed"),
                    Line(_delay("districts", "InquiryAssigned"), "at its office"),
                    Line(_delay("notify", "CaseAnswered"), "answer told"),
                ),
            ),
            Panel(
                number=10,
                asks="What became of the messages to citizens?",
                about="`held` and `unwritten` are the provider's fault or ours and are tried again:"
                " see the page of the alert. Other words are reasons why a recipient cannot be"
                " reached.",
                unit="ops",
                lines=(
                    Line(
                        per_second("dasan_deliveries_total", "channel, result"),
                        "{{channel}} {{result}}",
                    ),
                    Line(
                        per_second("dasan_notify_alarms_total", "channel, about"),
                        "alarm {{channel}} {{about}}",
                    ),
                ),
                alerts=("DasanProviderAlarm",),
                traces='{ resource.service.name = "notify" && status = error }',
            ),
        ],
        "Who takes what, and who decides": [
            Panel(
                number=17,
                asks="What has its office not taken in time?",
                about="By the highest who was told: the head of the office, of the agency, the"
                " coordinator. Routing's log names them (`routing.not_taken`): call the office.",
                unit="short",
                lines=(Line(most("dasan_untaken", "level"), "{{level}}"),),
                alerts=("DasanMattersUntaken",),
            ),
            Panel(
                number=16,
                asks="What waits for the coordinator?",
                about="Nobody works on a matter that is in arbitration. `GET /v1/arbitrations` of"
                " routing lists them: name an office.",
                unit="short",
                lines=(
                    Line(most("dasan_arbitrations_open", "namespace"), "open"),
                    Line(most("dasan_arbitrations_overdue", "namespace"), "overdue"),
                ),
                alerts=("DasanArbitrationOverdue",),
                bound=1,
            ),
            Panel(
                number=18,
                asks="Do the rules of competence fit the city?",
                about="Rules whose office is closed are passed over, and activated rules that a"
                " newer release cannot use. Routing's log names them.",
                unit="short",
                lines=(
                    Line(most("dasan_rulesets_unusable", "namespace"), "versions that do not fit"),
                    Line(most("dasan_rules_stale", "namespace"), "rules whose office is closed"),
                    Line(
                        grown("dasan_rules_passed_over_total", "namespace", over="1h"),
                        "rules passed over in an hour",
                    ),
                ),
                alerts=("DasanRulesUnfit",),
            ),
            Panel(
                number=19,
                asks="How many wait for their citizen's answer?",
                about="No office has them: the citizen was asked for the place or the kind of the"
                " matter. It only grows: are messages sent? `GET /v1/unrouted?waiting_for=citizen`"
                " of routing lists them.",
                unit="short",
                lines=(Line(most("dasan_asked", "namespace"), "asked"),),
            ),
        ],
        "The offices' work, and what citizens say": [
            Panel(
                number=11,
                asks="What lies at the offices?",
                about="Matters that nobody has answered. It grows: offices have more than they"
                " answer. Absent while routing's view is away.",
                unit="short",
                lines=(
                    Line(most("dasan_matters_open", "workload"), "open {{workload}}"),
                    Line(most("dasan_matters_due_today", "workload"), "due today {{workload}}"),
                    Line(
                        most("dasan_matters_arrived_today", "workload"),
                        "arrived today {{workload}}",
                    ),
                ),
                alerts=("DasanViewAway",),
            ),
            Panel(
                number=12,
                asks="How many matters are overdue?",
                about="Their statutory time is over. `GET /v1/workload` of routing names the"
                " offices: call them.",
                unit="short",
                lines=(
                    Line(most("dasan_matters_overdue", "workload"), "open {{workload}}"),
                    Line(
                        grown("dasan_cases_overdue_total", "namespace", over="24h"),
                        "ran out in a day",
                    ),
                ),
            ),
            Panel(
                number=15,
                asks="How many offices work at the edge?",
                about="More arrives there than is answered, and some of it is overdue, or more than"
                " the office can answer in a day. `/board` of routing names them.",
                unit="short",
                lines=(Line(most("dasan_offices_strained", "strain"), "{{strain}}"),),
            ),
            Panel(
                number=13,
                asks="How satisfied are citizens?",
                about="Mean of all answers on 100 points. Look at the share of answers beside it"
                " before believing a step.",
                unit="short",
                lines=(Line(most("dasan_satisfaction_points", "workload"), "{{workload}}"),),
            ),
            Panel(
                number=14,
                asks="Which share of the surveys is answered?",
                about="A fall at once: do invitations arrive, does survey's page open?",
                unit="percentunit",
                lines=(
                    Line(
                        f"{most('dasan_surveys_answered', 'workload')}"
                        f" / {most('dasan_surveys_invited', 'workload')}",
                        "{{workload}}",
                    ),
                ),
            ),
        ],
    },
)
