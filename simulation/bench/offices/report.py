"""What a sitting with the offices found, for a person and for docs/benchmarks.md: one line each,
with the goals in the heads of the columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Group

from deploy.local.settings import Build
from simulation.bench import report
from simulation.bench.goals import Cost, Goal
from simulation.bench.offices.protocol import Commanded, Connected, Delivered, Listed
from simulation.numbers import readable

COMMANDS_PER_SECOND: Mapping[Build, float] = {"python": 150.0, "rust": 1_000.0}
TOLD_WITHIN_SECONDS = 0.7
LISTED_WITHIN_SECONDS = 0.02
SERVICE_BYTES = 300 * 2**20
# The list that an office's software reads first, by which the goal is measured.
FIRST_PAGE = "first page"

COMMAND_COLUMNS = (
    "sitting (UTC)",
    "commit",
    "database, cases stored",
    "fixed work",
    "calls",
    "commands/s (embedded ≥ 150, Rust ≥ 1,000)",
    "a call, p50 / p95 / p99",
    "refused",
    "CPU of districts, database, load",
)
LIST_COLUMNS = (
    "sitting (UTC)",
    "database, cases stored",
    "fixed work",
    "list",
    "cases on the page",
    "p50 / p95 / p99 (< 20 ms)",
)
WATCH_COLUMNS = (
    "sitting (UTC)",
    "database, cases stored",
    "fixed work",
    "watchers",
    "all have their lists after",
    "assignments/s",
    "told after, p50 / p95 / p99 (< 700 ms)",
    "not told",
    "districts without watchers / with (< 300 MB)",
    "database",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """When and on what it was measured: `fixed_work` in CPU seconds, just before."""

    at: str
    commit: str
    build: Build
    stored: int
    fixed_work: float

    @property
    def database(self) -> str:
        """The build of the database, and how many cases it held."""
        name = "embedded" if self.build == "python" else "Rust build"
        return f"{name}, {self.stored:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Resident bytes of districts before anybody watched, the most while all offices watched, and
    those of the database at the end."""

    before: int
    watched: int
    database: int


@dataclass(slots=True, kw_only=True)
class Found:
    """What a sitting found, as far as it went."""

    sitting: Sitting
    commands: dict[str, tuple[Commanded, Mapping[str, Cost]]] = field(default_factory=dict)
    lists: dict[str, Listed] = field(default_factory=dict)
    connected: Connected | None = None
    told: dict[float, Delivered] = field(default_factory=dict)
    memory: Memory | None = None


def goals(found: Found) -> Iterator[Goal]:
    """Each goal beside what was found."""
    wanted = COMMANDS_PER_SECOND[found.sitting.build]
    for name, (commanded, _) in found.commands.items():
        rate = commanded.stored / commanded.seconds
        yield Goal(
            wanted=f"≥ {wanted:,.0f} commands/s", found=f"{rate:,.0f}/s, {name}", met=rate >= wanted
        )
    first = found.lists.get(FIRST_PAGE)
    if first is not None:
        yield Goal(
            wanted=f"due list p99 < {readable(LISTED_WITHIN_SECONDS)}",
            found=readable(first.calls.p99),
            met=first.calls.p99 < LISTED_WITHIN_SECONDS,
        )
    for rate, told in found.told.items():
        yield Goal(
            wanted=f"watch p99 < {readable(TOLD_WITHIN_SECONDS)}",
            found=f"{readable(told.times.p99)} at {rate:g}/s",
            met=told.times.count == told.sent and told.times.p99 < TOLD_WITHIN_SECONDS,
        )
    if found.memory is not None:
        yield Goal(
            wanted=f"districts < {_megabytes(SERVICE_BYTES)}",
            found=_megabytes(found.memory.watched),
            met=found.memory.watched < SERVICE_BYTES,
        )


def shown(found: Found) -> Group:
    """All of it on the screen."""
    rows = ((goal.wanted, goal.found, "yes" if goal.met else "no") for goal in goals(found))
    return Group(
        report.table("commands", COMMAND_COLUMNS, command_rows(found)),
        report.table("lists", LIST_COLUMNS, list_rows(found)),
        report.table("watches", WATCH_COLUMNS, watch_rows(found)),
        report.table("goals", report.GOAL_COLUMNS, rows),
    )


def command_rows(found: Found) -> Iterator[Sequence[str]]:
    """A line for each way to send commands."""
    sitting = found.sitting
    for name, (commanded, costs) in found.commands.items():
        cpu = (costs.get(part) for part in ("districts", "mongo", "load"))
        yield (
            sitting.at,
            sitting.commit,
            sitting.database,
            readable(sitting.fixed_work),
            name,
            f"{commanded.stored / commanded.seconds:,.0f}",
            _quantiles(commanded.calls.p50, commanded.calls.p95, commanded.calls.p99),
            ", ".join(f"{slug}: {n}" for slug, n in commanded.refused.items()) or "none",
            " / ".join(f"{one.cpu / commanded.seconds:.0%}" if one else "–" for one in cpu),
        )


def list_rows(found: Found) -> Iterator[Sequence[str]]:
    """A line for each list."""
    sitting = found.sitting
    for name, listed in found.lists.items():
        yield (
            sitting.at,
            sitting.database,
            readable(sitting.fixed_work),
            name,
            str(listed.items),
            _quantiles(listed.calls.p50, listed.calls.p95, listed.calls.p99),
        )


def watch_rows(found: Found) -> Iterator[Sequence[str]]:
    """A line for each rate of assignments."""
    sitting, connected, memory = found.sitting, found.connected, found.memory
    if connected is None or memory is None:
        return
    for rate, told in found.told.items():
        yield (
            sitting.at,
            sitting.database,
            readable(sitting.fixed_work),
            f"{connected.watchers} ({connected.items:,} cases)",
            readable(connected.seconds),
            f"{rate:g}",
            _quantiles(told.times.p50, told.times.p95, told.times.p99),
            f"{told.sent - told.times.count} of {told.sent}",
            f"{_megabytes(memory.before)} / {_megabytes(memory.watched)}",
            _megabytes(memory.database),
        )


def _quantiles(*seconds: float) -> str:
    return " / ".join(map(readable, seconds))


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB"
