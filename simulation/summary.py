"""The result of a run: counts per stage, times, satisfaction, and whether anything is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dasan.common.v1.matter_pb2 import Workload
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulation.judge.history import Fact, Life
from simulation.judge.promises import Fault
from simulation.judge.reach import Reach
from simulation.numbers import quantile, readable

_FAULTS_SHOWN = 20
_ASTRAY_SHOWN = 5


@dataclass(slots=True)
class Stages:
    """How many inquiries came how far, counted as the facts come in."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, fact: Fact) -> None:
        """Counts a fact that was not seen before."""
        name = fact.label.partition(":")[0]
        self.counts[name] += 1
        if name == "InquiryAssigned":
            self.counts[f"assigned:{Workload.Name(fact.message.workload)}"] += 1
        elif name == "CaseAnswered" and fact.message.overdue:
            self.counts["overdue"] += 1

    def rows(self) -> Sequence[tuple[str, int, str]]:
        """(stage, count, detail) from the first to the last."""
        n = self.counts
        tiers = " · ".join(
            f"{label} {n[f'assigned:{name}']:,}"
            for name, label in (
                ("WORKLOAD_CITY", "city"),
                ("WORKLOAD_DISTRICT", "district"),
                ("WORKLOAD_DONG", "community office"),
            )
        )
        handed_on = f"handed on {n['CaseDeclined']:,} · no office found {n['InquiryUnrouted']:,}"
        return (
            (
                "received",
                n["CallAnswered"] + n["InquiryReceived"],
                f"on the call {n['CallAnswered']:,} · for an office {n['InquiryReceived']:,}",
            ),
            (
                "asked back",
                n["PlaceAsked"] + n["ServiceAsked"],
                f"where it is {n['PlaceAsked']:,} · what is meant {n['ServiceAsked']:,} · "
                f"answered {n['InquirySupplemented']:,}",
            ),
            ("assigned", n["InquiryAssigned"], tiers),
            ("accepted", n["CaseAccepted"], handed_on),
            (
                "answered",
                n["CaseAnswered"],
                f"permits decided {n['PermitDecided']:,} · overdue {n['overdue']:,}",
            ),
            ("surveyed", n["SurveyInvited"], f"answered {n['SurveyAnswered']:,}"),
            (
                "told",
                n["MessageDelivered"],
                f"messages; nobody to tell {n['MessageSkipped']:,} · "
                f"not sent {n['MessageFailed']:,}",
            ),
        )

    def table(self, title: str) -> Table:
        """The stages for a person."""
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        table.add_column("stage", style="bold")
        table.add_column("count", justify="right", style="cyan", min_width=8)
        table.add_column("of these", style="dim")
        for stage, count, detail in self.rows():
            table.add_row(stage, f"{count:,}", detail)
        return table


def durations(lives: Iterable[Life]) -> Mapping[str, Sequence[float]]:
    """Seconds from step to step of the first round, by the creation times of the facts."""
    steps = (
        ("receipt → office", ("InquiryReceived",), ("CaseOpened:1:1",)),
        ("receipt → first message", ("InquiryReceived",), ("MessageDelivered:received:1",)),
        ("receipt → answer", ("InquiryReceived",), ("CaseAnswered:1",)),
        ("answer → message", ("CaseAnswered:1",), ("MessageDelivered:answered:1",)),
        (
            "answer → survey message",
            ("CaseAnswered:1", "CallAnswered"),
            ("MessageDelivered:survey:1",),
        ),
    )
    found: dict[str, list[float]] = {name: [] for name, _, _ in steps}
    for life in lives:
        for name, starts, ends in steps:
            begun = next((life.told[label] for label in starts if label in life.told), None)
            ended = next((life.told[label] for label in ends if label in life.told), None)
            if begun is not None and ended is not None:
                found[name].append(ended - begun)
    return found


def duration_table(times: Mapping[str, Sequence[float]]) -> Table:
    """p50 and p99 of each step."""
    table = Table(title="time", title_justify="left", box=None, pad_edge=False)
    table.add_column("from → to", style="bold")
    for column in ("p50", "p99"):
        table.add_column(column, justify="right", style="cyan", min_width=9)
    for name, values in times.items():
        if values:
            table.add_row(name, *(readable(quantile(values, share)) for share in (0.5, 0.99)))
    return table


def _reached(reach: Reach) -> RenderableType:
    """Who found the office, and whether it was the right one."""
    lines = [
        f"\noffices: {reach.unaided:,} of {reach.matters:,} matters reached one without a person's "
        f"help ({reach.unaided_share:.1%}): {reach.right:,} the right one, "
        f"{len(reach.astray):,} a wrong one",
        *map(str, reach.astray[:_ASTRAY_SHOWN]),
    ]
    hidden = len(reach.astray) - _ASTRAY_SHOWN
    return Text("\n".join([*lines, f"… and {hidden:,} more"] if hidden > 0 else lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The result of one run. `problems` are what went wrong for those who visited the city, such as
    inquiries that it would not take; `noted` are events of types that the judge doesn't know."""

    stages: Stages
    times: Mapping[str, Sequence[float]]
    satisfaction: Mapping[str, Any] | None
    acknowledged: int
    faults: tuple[Fault, ...] = ()
    problems: tuple[str, ...] = ()
    noted: Mapping[str, int] = field(default_factory=dict)
    reach: Reach | None = None
    """How the matters for an office reached one; it is told, and no promise hangs on it."""
    receipt: tuple[str, str] | None = None
    """Receipt number and secret of one inquiry of this run, to look at."""

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not self.faults and not self.problems

    def show(self, console: Console) -> None:
        """Prints it for a person."""
        console.print(Group("", self.stages.table("the morning"), "", duration_table(self.times)))
        console.print(self._satisfaction())
        if self.reach is not None:
            console.print(_reached(self.reach))
        console.print(self.verdict())
        if self.noted:
            told = ", ".join(f"{name} {count}×" for name, count in sorted(self.noted.items()))
            console.print(f"noted, not judged: {told}", style="yellow", markup=False)

    def _satisfaction(self) -> RenderableType:
        if not self.satisfaction or self.satisfaction.get("points") is None:
            return Text("\nsatisfaction: nobody has answered yet")
        s = self.satisfaction
        return Text(
            f"\nsatisfaction: {s['points']:.1f} of 100 points; "
            f"{s['answered']:,} of {s['invited']:,} invited answered ({s['response_rate']:.1%})"
        )

    def verdict(self) -> RenderableType:
        """Whether anything is wrong, and with which inquiries."""
        if self.ok:
            return Text(
                f"\nnothing lost, doubled or invented: all {self.acknowledged:,} acknowledged "
                "inquiries ended as promised",
                style="green",
            )
        lines = [
            f"\n{len(self.faults):,} of {self.acknowledged:,} acknowledged inquiries went wrong, "
            f"{len(self.problems):,} visits failed:",
            *map(str, self.faults[:_FAULTS_SHOWN]),
            *self.problems[:_FAULTS_SHOWN],
        ]
        hidden = len(self.faults) + len(self.problems) - len(lines) + 1
        return Text("\n".join([*lines, f"… and {hidden:,} more"] if hidden > 0 else lines), "red")
