"""The bench's figures for a person: tables on the screen, and the page in docs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table

from deploy.local.bench.plan import Result
from deploy.local.simulation.summary import readable

if TYPE_CHECKING:
    from deploy.local.bench.measure import Measured

RATE_COLUMNS = (
    "lifecycles/s",
    "ended/s",
    "ack p50 / p99",
    "receipt → office p50 / p99",
    "complete p50 / p99",
    "backlog",
    "drained in",
    "kept up",
)
COST_COLUMNS = ("process", "CPU", "CPU per lifecycle", "memory")


def line(result: Result) -> str:
    """One measurement as it ends."""
    verdict = "kept up" if result.sustained else "did not keep up"
    return (
        f"{result.rate:g}/s: {verdict}; ack p99 {readable(result.ack[1])}, "
        f"office p99 {readable(result.office[1])}, complete p99 {readable(result.complete[1])}, "
        f"backlog {result.backlog}, growth {result.growth:+.2f}/s, "
        f"sends late by p99 {readable(result.late_sends)}"
    )


def tables(measured: Sequence[Measured]) -> Group:
    """All measurements, and the costs at the highest rate that was sustained."""
    rates = Table(title="open-loop load, whole lifecycles", title_justify="left", box=None)
    for column in RATE_COLUMNS:
        rates.add_column(column, justify="right")
    for one in measured:
        rates.add_row(*_rate_row(one))
    shown = best(measured)
    costs = Table(title=f"costs at {shown.result.rate:g}/s", title_justify="left", box=None)
    for column in COST_COLUMNS:
        costs.add_column(column, justify="right")
    for row in _cost_rows(shown):
        costs.add_row(*row)
    return Group("", rates, "", costs)


def best(measured: Sequence[Measured]) -> Measured:
    """The highest rate that was sustained, or the first measurement when none was."""
    kept = [one for one in measured if one.result.sustained]
    return max(kept, key=lambda one: one.result.rate) if kept else measured[0]


def problems(measured: Sequence[Measured]) -> list[str]:
    """What went wrong, by rate."""
    return [
        f"{one.result.rate:g}/s: {problem}"
        for one in measured
        for problem in (*one.result.errors, *one.result.faults)
    ]


def page(measured: Sequence[Measured], machine: Sequence[str], argv: Sequence[str]) -> str:
    """docs/benchmarks.md."""
    shown = best(measured)
    kept = (
        f"**{shown.result.rate:g} whole lifecycles a second**" if shown.result.sustained else "none"
    )
    return "\n".join(
        [
            "# Figures",
            "",
            "One lifecycle: an inquiry is posted, routed, accepted and answered by its office; the",
            "citizen is told at each step, is invited to the survey and answers it. The load comes",
            "at a constant rate whether or not the city keeps up, and every time counts from the",
            "moment a request was due. The city keeps up when its backlog doesn't grow over the",
            "second half and nothing is lost or doubled.",
            "",
            f"Measured with `python -m deploy.local {' '.join(argv)}` (`make bench`).",
            "",
            *(f"- {fact}" for fact in machine),
            "",
            f"Highest rate sustained: {kept}.",
            "",
            *_markdown(RATE_COLUMNS, [_rate_row(one) for one in measured]),
            "",
            f"Where the time goes at {shown.result.rate:g}/s (100 % is one core):",
            "",
            *_markdown(COST_COLUMNS, list(_cost_rows(shown))),
            "",
        ]
    )


def _rate_row(one: Measured) -> tuple[str, ...]:
    result = one.result
    return (
        f"{result.rate:g}",
        f"{one.ended / one.seconds:.1f}",
        *(" / ".join(map(readable, pair)) for pair in (result.ack, result.office, result.complete)),
        f"{result.backlog:,}",
        readable(result.drained_in),
        "yes" if result.sustained else "no",
    )


def _cost_rows(one: Measured) -> Iterator[tuple[str, ...]]:
    lifecycles = max(1, one.ended)
    total = 0.0
    for name, cost in one.costs.items():
        total += cost.cpu
        yield (
            name,
            f"{cost.cpu / one.seconds:.0%}",
            f"{cost.cpu / lifecycles * 1000:.2f} ms",
            f"{cost.rss / 2**20:.0f} MB",
        )
    yield "all", f"{total / one.seconds:.0%}", f"{total / lifecycles * 1000:.2f} ms", ""


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
