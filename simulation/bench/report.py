"""The bench's figures for a person: tables on the screen, and a section of the page in docs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Group
from rich.table import Table

from deploy.local.settings import Build
from simulation.bench.goals import Goal, Measured, best, goals
from simulation.bench.protocol import Result
from simulation.numbers import readable

RATE_COLUMNS = (
    "lifecycles/s",
    "ended/s",
    "ack p50 / p99",
    "receipt → office p50 / p99",
    "complete p50 / p99",
    "backlog",
    "drained in",
    "CPU each",
    "fixed work",
    "CPU ÷ fixed work",
    "kept up",
)
COMPACT_COLUMNS = (
    "rate",
    "ack p50",
    "ack p99",
    "office p50",
    "office p99",
    "whole p99",
    "CPU each",
    "fixed",
    "CPU/fixed",
    "kept up",
)
COST_COLUMNS = ("process", "CPU", "CPU per lifecycle", "CPU per event", "memory")
GOAL_COLUMNS = ("wanted", "found", "met")
COMPARABLE = (
    "Of the costs, only CPU ÷ fixed work may be compared between machines: how many pieces of a "
    "fixed work one lifecycle takes."
)
_MET = {True: "yes", False: "no", None: "–"}


def line(result: Result) -> str:
    """One measurement as it ends."""
    verdict = "kept up" if result.sustained else "did not keep up"
    office = " p99 ".join(map(readable, result.office))
    return (
        f"{result.rate:g}/s: {verdict}; ack p99 {readable(result.ack[1])}, "
        f"office p50 {office}, complete p99 {readable(result.complete[1])}, "
        f"backlog {result.backlog}, growth {result.growth:+.2f}/s, "
        f"sends late by p99 {readable(result.late_sends)}"
    )


def tables(measured: Sequence[Measured], build: Build) -> Group:
    """All measurements, the costs at the highest rate that was sustained, and the goals."""
    shown = best(measured)
    return Group(
        "",
        table("open-loop load, whole lifecycles", RATE_COLUMNS, map(_rate_row, measured)),
        COMPARABLE,
        "",
        table(f"costs at {shown.result.rate:g}/s", COST_COLUMNS, _cost_rows(shown)),
        "",
        table("goals", GOAL_COLUMNS, map(_goal_row, goals(measured, build))),
    )


def compact(measured: Sequence[Measured], made_on: Iterable[str]) -> list[str]:
    """The lines of a narrow table in plain text, to be put beside that of another sitting; above
    it what it was `made_on`."""
    rows = [COMPACT_COLUMNS, *map(_compact_row, measured)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.rjust, row, widths)) for row in rows]
    return [", ".join(filter(None, made_on)), *lines]


def problems(measured: Sequence[Measured]) -> list[str]:
    """What went wrong, by rate."""
    return [
        f"{one.result.rate:g}/s: {problem}"
        for one in measured
        for problem in (*one.result.errors, *one.result.faults)
    ]


def section(
    measured: Sequence[Measured], build: Build, machine: Sequence[str], argv: Sequence[str]
) -> str:
    """The figures of one build of the database, for docs/benchmarks.md; `argv` made them."""
    shown = best(measured)
    return "\n".join(
        [
            f"Measured with `.venv/bin/python -m simulation {' '.join(argv)}`.",
            "",
            *(f"- {fact}" for fact in machine),
            "",
            *markdown(GOAL_COLUMNS, map(_goal_row, goals(measured, build))),
            "",
            *markdown(RATE_COLUMNS, map(_rate_row, measured)),
            "",
            COMPARABLE,
            "",
            f"Where the time goes at {shown.result.rate:g}/s (100 % is one core):",
            "",
            *markdown(COST_COLUMNS, _cost_rows(shown)),
        ]
    )


def sections(page: Path) -> Sequence[str]:
    """The names of the sections that `write` can put into the page."""
    return re.findall(r"<!-- (\S+): begin -->", page.read_text(encoding="utf-8"))


def write(page: Path, name: str, text: str) -> None:
    """Puts the section of this name into the page, between its two marks.

    Raises ValueError when the page has no such marks.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"{page.name} needs the lines '{begin}' and '{end}'")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def add(page: Path, name: str, lines: Sequence[str]) -> None:
    """Adds lines at the end of the table of this name in the page. Raises as `added` does."""
    text = page.read_text(encoding="utf-8")
    page.write_text(added(text, name, lines), encoding="utf-8")


def added(page: str, name: str, lines: Sequence[str]) -> str:
    """The page with more lines at the end of the table of this name. Raises ValueError for a page
    without the table's end."""
    end = f"\n\n<!-- {name}: end -->"
    before, found, after = page.partition(end)
    if not found:
        raise ValueError(f"the page needs the line '{end.strip()}' after an empty one")
    return "\n".join([before, *lines]) + end + after


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table for the screen."""
    shown = Table(title=title, title_justify="left", box=None)
    for column in columns:
        shown.add_column(column, justify="right")
    for row in rows:
        shown.add_row(*row)
    return shown


def _rate_row(one: Measured) -> tuple[str, ...]:
    result = one.result
    return (
        f"{result.rate:g}",
        f"{one.ended / one.seconds:.1f}",
        *(" / ".join(map(readable, pair)) for pair in (result.ack, result.office, result.complete)),
        f"{result.backlog:,}",
        readable(result.drained_in),
        f"{one.cpu_each * 1000:.1f} ms",
        readable(one.loop),
        f"{one.work_each:.3f}",
        "yes" if result.sustained else "no",
    )


def _compact_row(one: Measured) -> tuple[str, ...]:
    result = one.result
    times = (*result.ack, *result.office, result.complete[1])
    return (
        f"{result.rate:g}",
        *map(readable, times),
        f"{one.cpu_each * 1000:.1f} ms",
        readable(one.loop),
        f"{one.work_each:.3f}",
        "yes" if result.sustained else "no",
    )


def _cost_rows(one: Measured) -> Iterator[tuple[str, ...]]:
    lifecycles = max(1, one.ended)
    events = lifecycles * one.result.events / one.result.sent
    for name, cost in one.costs.items():
        yield (name, *_shares(cost.cpu, one.seconds, lifecycles, events), _megabytes(cost.rss))
    total = sum(cost.cpu for cost in one.costs.values())
    yield ("all", *_shares(total, one.seconds, lifecycles, events), "")


def _shares(cpu: float, seconds: float, lifecycles: int, events: float) -> tuple[str, str, str]:
    return (
        f"{cpu / seconds:.0%}",
        f"{cpu / lifecycles * 1000:.2f} ms",
        f"{cpu / events * 1000:.2f} ms",
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB"


def _goal_row(goal: Goal) -> tuple[str, str, str]:
    return goal.wanted, goal.found, _MET[goal.met]


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table for a page."""
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
