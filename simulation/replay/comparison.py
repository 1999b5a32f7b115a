"""What the city did with recorded requests, beside what the record says was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rich.table import Table

from simulation.numbers import quantile
from simulation.replay.records import Recorded

_CONFUSIONS_SHOWN = 10
_DAY_SECONDS = 86_400.0


@dataclass(slots=True, kw_only=True)
class Handled:
    """What the bus told about one replayed request so far."""

    office: str = ""
    due_at: datetime | None = None
    answered_at: datetime | None = None
    overdue: bool = False


@dataclass(slots=True)
class Comparison:
    """Counts over all requests compared; pure."""

    counts: Counter[str] = field(default_factory=Counter)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    days_apart: list[float] = field(default_factory=list)

    def add(self, recorded: Recorded, handled: Handled) -> None:
        """Takes in one request."""
        n = self.counts
        n["received"] += 1
        self._add_office(recorded.office, handled.office)
        if handled.due_at and recorded.target_at:
            apart = (handled.due_at - recorded.target_at).total_seconds() / _DAY_SECONDS
            self.days_apart.append(apart)
            n["due later"] += apart > 0
        if handled.answered_at is None:
            n["open in the record"] += recorded.closed_at is None
            return
        n["answered"] += 1
        n["overdue by our clock"] += handled.overdue
        if recorded.overdue is not None:
            n["record says"] += 1
            n["overdue in the record"] += recorded.overdue
        if recorded.target_at is None:
            return
        n["had a target"] += 1
        late = handled.answered_at > recorded.target_at
        n["overdue by target"] += late
        n["same verdict"] += late == handled.overdue
        if recorded.overdue is not None:
            n["target and record comparable"] += 1
            n["target and record agree"] += late == recorded.overdue

    def _add_office(self, recorded: str, routed: str) -> None:
        if not routed:
            self.counts["without an office"] += 1
        elif recorded:
            self.counts["comparable"] += 1
            if recorded == routed:
                self.counts["as recorded"] += 1
            else:
                self.confusions[recorded, routed] += 1

    def rows(self) -> Iterator[tuple[str, int, str]]:
        """(what, count, remark)."""
        n = self.counts
        yield "received", n["received"], ""
        share = _share(n["as recorded"], n["comparable"])
        yield "routed to the recorded department", n["as recorded"], share
        yield "without an office", n["without an office"], ""
        yield "answered", n["answered"], _share(n["answered"], n["received"])
        yield "still open in the record", n["open in the record"], ""
        late = _share(n["overdue by target"], n["had a target"]) + " that had one and are answered"
        yield "answered after the recorded target", n["overdue by target"], late
        said = _share(n["overdue in the record"], n["record says"])
        yield "overdue in the record's own words", n["overdue in the record"], said
        agree = _share(n["target and record agree"], n["target and record comparable"])
        yield "target and record's words agree", n["target and record agree"], agree
        ours = _share(n["overdue by our clock"], n["answered"])
        yield "overdue by our clock", n["overdue by our clock"], ours
        same = _share(n["same verdict"], n["had a target"])
        yield "our clock and the target agree", n["same verdict"], same
        if self.days_apart:
            low, middle, high = (quantile(self.days_apart, q) for q in (0.1, 0.5, 0.9))
            remark = f"days from target to our due: p10 {low:.1f}, p50 {middle:.1f}, p90 {high:.1f}"
            yield "due later than the recorded target", n["due later"], remark

    def table(self) -> Table:
        """The counts for a person."""
        table = Table(title="the city beside the record", title_justify="left", box=None)
        table.add_column("what", style="bold")
        table.add_column("count", justify="right", style="cyan")
        table.add_column("", style="dim")
        for what, count, remark in self.rows():
            table.add_row(what, f"{count:,}", remark)
        return table

    def confusion_table(self, names: Mapping[str, str]) -> Table:
        """The largest confusions; `names` are the offices' names by id."""
        table = Table(title="largest confusions", title_justify="left", box=None)
        for column in ("recorded", "routed"):
            table.add_column(column)
        table.add_column("count", justify="right", style="cyan")
        for (recorded, routed), count in self.confusions.most_common(_CONFUSIONS_SHOWN):
            table.add_row(names.get(recorded, recorded), names.get(routed, routed), f"{count:,}")
        return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} of {whole:,}" if whole else "none to compare"
