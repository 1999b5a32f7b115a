"""What a measurement found, and which goals that meets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.local.settings import Build
from services.common.events import contracts
from simulation.bench.protocol import Result
from simulation.numbers import readable

# Lifecycles a second on two cores, load included.
WANTED_PER_SECOND: Mapping[Build, float] = {"python": 75.0, "rust": 200.0}
# At this rate a citizen has the receipt, and the office the work, within so many seconds (p99).
AT_PER_SECOND = 50.0
ACK_WITHIN_SECONDS = 0.1
OFFICE_WITHIN_SECONDS = 2.0
SERVICE_BYTES = 250 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process used during a measurement: CPU seconds, and resident bytes at its end."""

    cpu: float
    rss: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement: what came of it, over how long (seconds), at what cost by process.

    `loop` is what a fixed piece of work took just before (CPU seconds): how fast the machine was.
    """

    result: Result
    seconds: float
    ended: int
    costs: Mapping[str, Cost]
    loop: float

    @property
    def cpu_each(self) -> float:
        """CPU seconds of all processes for one lifecycle."""
        return sum(cost.cpu for cost in self.costs.values()) / max(1, self.ended)

    @property
    def work_each(self) -> float:
        """How many pieces of the fixed work one lifecycle costs. A faster machine is faster at
        both, so that machines may be compared by it."""
        return self.cpu_each / self.loop


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was wanted and what was found; `met` is None where it was not measured."""

    wanted: str
    found: str
    met: bool | None


def best(measured: Sequence[Measured]) -> Measured:
    """The highest rate that was sustained, or the first measurement when none was."""
    kept = [one for one in measured if one.result.sustained]
    return max(kept, key=lambda one: one.result.rate) if kept else measured[0]


def goals(measured: Sequence[Measured], build: Build) -> Iterator[Goal]:
    """The goals of the project, each beside what was found."""
    rate = max((one.result.rate for one in measured if one.result.sustained), default=0.0)
    yield Goal(
        wanted=f"{WANTED_PER_SECOND[build]:g} lifecycles/s kept up with",
        found=f"{rate:g}/s",
        met=rate >= WANTED_PER_SECOND[build],
    )
    at = next((one.result for one in measured if one.result.rate == AT_PER_SECOND), None)
    for wanted, limit, times in (
        (f"ack p99 at {AT_PER_SECOND:g}/s", ACK_WITHIN_SECONDS, at and at.ack),
        (f"receipt → office p99 at {AT_PER_SECOND:g}/s", OFFICE_WITHIN_SECONDS, at and at.office),
    ):
        yield Goal(
            wanted=f"{wanted} < {readable(limit)}",
            found=readable(times[1]) if times else "not measured",
            met=times[1] < limit if times else None,
        )
    name, most = max(
        ((n, c.rss) for one in measured for n, c in one.costs.items() if n in contracts.services()),
        key=lambda pair: pair[1],
    )
    yield Goal(
        wanted=f"each service < {SERVICE_BYTES / 2**20:.0f} MB",
        found=f"{most / 2**20:.0f} MB ({name})",
        met=most < SERVICE_BYTES,
    )
