"""What the city promises, and how fast it uses up what may go wrong of it.

Owns the promises: one `Level` each, from which follow the recorded ratios of several windows and
the two alerts (Google's SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts").
docs/slo.md says them for people; a test compares the two. `make k8s` writes the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

HEAD = "# Generated from scripts/k8s/service_levels.py: make k8s. Do not edit.\n"
# The windows that the alerts look at, and the month over which a budget lasts.
WINDOWS = ("5m", "30m", "1h", "6h", "3d")
MONTH = "30d"
# How many times faster than allowed a budget may burn, seen over a short and a long window: at 14.4
# times a month's budget ends in two days, at 6 in five, at 1 with the month. The short window ends
# the alert soon after the fault.
PAGE = ((14.4, "5m", "1h"), (6, "30m", "6h"))
TICKET = ((1, "6h", "3d"),)
# So many must have gone wrong before somebody is woken: at night one of the ten inquiries of a
# small city is a tenth. More: a small city is woken later. Fewer: one odd request wakes somebody.
FEW = 5

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A promise. `total` and `bad` are PromQL with the word WINDOW for a window; `kept` is the
    share promised over a month, in percent; `summary` is what its alert says; `panel` is the number
    of its panel on the dashboard of service levels."""

    sli: str
    alert: str
    kept: float
    total: str
    bad: str
    summary: str
    panel: int

    @property
    def budget(self) -> float:
        """The share that may go wrong."""
        return round(1 - self.kept / 100, 6)


def _slower(histogram: str, bound: str, chosen: str) -> Mapping[str, str]:
    """Of the chosen observations of a histogram those above a bound, which must be one of its
    buckets in Prometheus' own writing, such as 10.0."""
    within = (
        f'sum by (namespace, service) (rate({histogram}_bucket{{{chosen}, le="{bound}"}}[WINDOW]))'
    )
    total = f"sum by (namespace, service) (rate({histogram}_count{{{chosen}}}[WINDOW]))"
    return {"total": total, "bad": f"{total}\n- {within}"}


def _faulty(counter: str, chosen: str, faulty: str) -> Mapping[str, str]:
    """Of the chosen counts the faulty ones; 0 where there is no such series yet."""
    total = f"sum by (namespace, service) (rate({counter}{{{chosen}}}[WINDOW]))"
    bad = f"sum by (namespace, service) (rate({counter}{{{faulty}}}[WINDOW]))"
    return {"total": total, "bad": f"({bad} or 0 * {total})"}


_POSTED = 'service="intake", method="POST", route="/v1/inquiries"'
# Codes of gRPC that say that it was our fault.
_OURS = "UNKNOWN|INTERNAL|UNAVAILABLE|DATA_LOSS|DEADLINE_EXCEEDED"

LEVELS = (
    Level(
        sli="taken",
        alert="DasanInquiriesNotTaken",
        kept=99.95,
        **_faulty(
            "dasan_http_server_request_duration_seconds_count",
            f'{_POSTED}, status!="none"',
            f'{_POSTED}, status="5xx"',
        ),
        summary="{{ $value | humanizePercentage }} of the inquiries are answered 5xx",
        panel=1,
    ),
    Level(
        sli="receipt",
        alert="DasanReceiptsSlow",
        kept=99,
        **_slower("dasan_http_server_request_duration_seconds", "0.3", f'{_POSTED}, status="2xx"'),
        summary="{{ $value | humanizePercentage }} of the receipts take longer than 0.3 s",
        panel=2,
    ),
    Level(
        sli="routed",
        alert="DasanRoutingLate",
        kept=99.9,
        **_slower(
            "dasan_event_delay_seconds", "10.0", 'service="routing", event="InquiryReceived"'
        ),
        summary="{{ $value | humanizePercentage }} of the inquiries are routed later than 10 s",
        panel=3,
    ),
    Level(
        sli="at_office",
        alert="DasanOfficesHearLate",
        kept=99.5,
        **_slower(
            "dasan_event_delay_seconds", "20.0", 'service="districts", event="InquiryAssigned"'
        ),
        summary="{{ $value | humanizePercentage }} of the assignments are on no office's list"
        " within 20 s",
        panel=4,
    ),
    Level(
        sli="told_in_time",
        alert="DasanCitizensToldLate",
        kept=99,
        **_slower("dasan_event_delay_seconds", "60.0", 'service="notify"'),
        summary="{{ $value | humanizePercentage }} of the news go to citizens later than 60 s",
        panel=5,
    ),
    Level(
        sli="told",
        alert="DasanCitizensNotTold",
        kept=99,
        **_faulty("dasan_deliveries_total", 'service="notify"', 'result=~"held|unwritten"'),
        summary="{{ $value | humanizePercentage }} of the tries to tell citizens fail by the"
        " provider's fault or ours",
        panel=6,
    ),
    Level(
        sli="handled",
        alert="DasanManyEventsDead",
        kept=99.9,
        **_faulty("dasan_events_consumed_total", 'outcome=~"ack|dead"', 'outcome="dead"'),
        summary="{{ $value | humanizePercentage }} of the events that {{ $labels.service }} hears"
        " are dead",
        panel=7,
    ),
    Level(
        sli="office_calls",
        alert="DasanOfficeCallsFail",
        kept=99.9,
        **_faulty(
            "dasan_grpc_server_call_duration_seconds_count",
            'service="districts"',
            f'service="districts", code=~"{_OURS}"',
        ),
        summary="{{ $value | humanizePercentage }} of the offices' calls fail by our fault",
        panel=8,
    ),
)


def groups() -> Sequence[Rule]:
    """The groups of rules."""
    recorded = [rule for level in LEVELS for rule in _recorded(level)]
    return [
        # In one group, whose rules run one after another: an alert sees what was recorded just now.
        {"name": "dasan.service-levels", "rules": [*recorded, *_alerts()]},
        # A month is read slowly.
        {
            "name": "dasan.service-levels.month",
            "interval": "5m",
            "rules": [_ratio(level, MONTH) for level in LEVELS],
        },
    ]


def _recorded(level: Level) -> Iterator[Rule]:
    yield _record("dasan:budget:ratio", f"vector({level.budget:g})", level)
    for window in WINDOWS:
        yield _ratio(level, window)
    for _, _, window in PAGE:
        count = level.bad.replace("rate(", "increase(").replace("WINDOW", window)
        yield _record(f"dasan:bad:count{window}", count, level)


def _ratio(level: Level, window: str) -> Rule:
    ratio = (
        f"({level.bad})\n/ {level.total}" if "\n" in level.bad else f"{level.bad}\n/ {level.total}"
    )
    return _record(f"dasan:bad:ratio{window}", ratio.replace("WINDOW", window), level)


def _record(name: str, expression: str, level: Level) -> Rule:
    return {"record": name, "expr": expression, "labels": {"sli": level.sli}}


def _alerts() -> Iterator[Rule]:
    for level in LEVELS:
        yield _alert(level, PAGE, "page", "1m", few=True)
        yield _alert(level, TICKET, "ticket", "15m", few=False)


def _alert(
    level: Level,
    burns: Sequence[tuple[float, str, str]],
    severity: str,
    lasting: str,
    *,
    few: bool,
) -> Rule:
    return {
        "alert": level.alert,
        "expr": "\nor\n".join(_burning(level, *burn, few=few) for burn in burns),
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {
            "summary": level.summary,
            "runbook_url": f"docs/runbooks/{level.alert}.md",
            "dashboard_url": f"/d/dasan-levels?viewPanel={level.panel}",
        },
    }


def _burning(level: Level, times: float, short: str, long: str, *, few: bool) -> str:
    of_it = f'{{sli="{level.sli}"}}'
    conditions = [
        f"dasan:bad:ratio{window}{of_it} > {times:g} * {level.budget:g}" for window in (short, long)
    ]
    if few:
        conditions.append(f"dasan:bad:count{long}{of_it} >= {FEW}")
    return "(\n  " + "\n  and ".join(conditions) + "\n)"


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as they are read."""


_Blocks.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


def rendered() -> str:
    """The rules as the operator's resource."""
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "service-levels"},
        "spec": {"groups": groups()},
    }
    return HEAD + yaml.dump(resource, Dumper=_Blocks, sort_keys=False, width=1000)
