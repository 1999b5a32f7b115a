"""What is said of a day when it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from simulation.actors.offices import Watched
from simulation.actors.tray import Tray
from simulation.judge.competence import Verdict

KINDS = {"c": "city departments", "d": "districts", "o": "community offices"}
"""The tiers by what an office's id begins with."""
_FAULTS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Figures of one day, and everything that went wrong in it.

    `offices` and `answered` are by tier (`KINDS`): how many watched, and how many calls by rpc the
    city answered. `applications` and `decided` are by kind of permit, `acts` by the fact that tells
    of each. `own_acts` are what citizens did themselves by its name, `at_the_door` and
    `at_the_case` what of it the API and the cases refused, by the name of the refusal. `returned`
    counts the rounds that ended with documents sent back, `compared` the city's answers to who is
    competent that were compared.
    """

    seconds: float
    offices: Mapping[str, int]
    acknowledged: int
    applications: Mapping[str, int]
    decided: Mapping[str, int]
    acts: Mapping[str, int]
    answered: Mapping[str, Counter[str]]
    together: Sequence[Tray]
    refusals: Mapping[str, int]
    own_acts: Mapping[str, int]
    at_the_door: Mapping[str, int]
    at_the_case: Mapping[str, int]
    sent_again: int
    returned: int
    delegations: Mapping[str, int]
    went: Verdict
    compared: int
    watched: Watched
    noted: Mapping[str, int] = field(default_factory=dict)
    faults: Sequence[str] = ()

    @property
    def ok(self) -> bool:
        """Whether every promise was kept."""
        return not self.faults

    @property
    def calls(self) -> Counter[str]:
        """The calls that the city answered to all offices, by rpc."""
        return sum(self.answered.values(), Counter[str]())

    def show(self, console: Console) -> None:
        """Prints it for a person."""
        console.print(self._figures())
        console.print(self._calls())
        console.print(self._permits())
        if self.noted:
            told = ", ".join(f"{name} {count}×" for name, count in sorted(self.noted.items()))
            console.print(f"noted, not judged: {told}", style="yellow", markup=False)
        for fault in self.faults[:_FAULTS_SHOWN]:
            console.print(fault, style="red", markup=False, soft_wrap=True)
        if (hidden := len(self.faults) - _FAULTS_SHOWN) > 0:
            console.print(f"… and {hidden:,} more", style="red")
        console.print(self.verdict(), style="green" if self.ok else "red")

    def verdict(self) -> str:
        """In one line."""
        if not self.ok:
            return f"\n{len(self.faults):,} faults on a day of {self.acknowledged:,} matters"
        return (
            f"\nnothing lost, doubled, invented or leaked: all {self.acknowledged:,} matters ended "
            "as promised, each permit at the office that was competent"
        )

    def _figures(self) -> Table:
        table = Table(title="the day", title_justify="left", box=None, pad_edge=False)
        table.add_column("what", style="bold")
        table.add_column("figure", justify="right", style="cyan")
        table.add_column("detail", style="dim")
        for row in self._rows():
            table.add_row(*row)
        return table

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        watched, went = self.watched, self.went
        kinds = " · ".join(f"{name} {self.offices.get(key, 0):,}" for key, name in KINDS.items())
        yield "offices watching", f"{sum(self.offices.values()):,}", kinds
        yield "matters", f"{self.acknowledged:,}", f"in {self.seconds:,.0f} s"
        applied = sum(self.applications.values())
        yield "applications", f"{applied:,}", f"of {len(self.applications)} kinds"
        yield "permits decided", f"{sum(self.decided.values()):,}", f"of {len(self.decided)} kinds"
        done = " · ".join(f"{what} {times}" for what, times in self.delegations.items())
        yield "delegations, offices", f"{sum(self.delegations.values()):,}", done
        yield (
            "given by the rules",
            f"{went.turns:,}",
            f"only one office was right {went.clear:,} · received earlier "
            f"{went.of_earlier_days:,} · taken back by a recall {went.returned:,}",
        )
        yield "competence compared", f"{self.compared:,}", "answers of the register"
        yield (
            "citizens' own acts",
            f"{sum(self.own_acts.values()):,}",
            f"{_each(self.own_acts)} · sent twice {self.sent_again:,}",
        )
        yield (
            "refused of these",
            f"{sum(self.at_the_door.values()) + sum(self.at_the_case.values()):,}",
            f"at the door: {_each(self.at_the_door)}; by the case: {_each(self.at_the_case)}",
        )
        yield (
            "sent or taken back",
            f"{self.returned + self.acts.get('PermitRevoked', 0):,}",
            f"documents {self.returned:,} · permits {self.acts.get('PermitRevoked', 0):,}",
        )
        yield (
            "calls of many",
            f"{sum(tray.calls for tray in self.together):,}",
            " · ".join(
                f"{what} {tray.commands:,}, {tray.grouped:,} with others, the fullest {tray.most}"
                for what, tray in zip(("taken", "answered"), self.together, strict=True)
            ),
        )
        yield (
            "told to watches",
            f"{watched.messages:,}",
            f"known already {watched.repeated:,} · whole lists {watched.snapshots:,} · "
            f"cut off {watched.cut_off:,}",
        )
        yield "longest watch gap", f"{watched.longest_silence_seconds:.1f} s", "heartbeat: 15 s"
        yield "refused, as expected", f"{sum(self.refusals.values()):,}", _each(self.refusals)

    def _calls(self) -> Table:
        table = Table(title="\ncalls answered", title_justify="left", box=None, pad_edge=False)
        table.add_column("rpc", style="bold")
        for name in KINDS.values():
            table.add_column(name, justify="right", style="cyan")
        for rpc, _ in self.calls.most_common():
            table.add_row(rpc, *(f"{self.answered[key][rpc]:,}" for key in KINDS))
        return table

    def _permits(self) -> Table:
        table = Table(title="\npermits", title_justify="left", box=None, pad_edge=False)
        table.add_column("kind", style="bold")
        for name in ("applied for", "decided"):
            table.add_column(name, justify="right", style="cyan")
        for kind in sorted(self.applications):
            table.add_row(kind, f"{self.applications[kind]:,}", f"{self.decided.get(kind, 0):,}")
        return table


def _each(counts: Mapping[str, int]) -> str:
    """How often each was, by name."""
    return " · ".join(f"{what} {times:,}" for what, times in sorted(counts.items())) or "none"
