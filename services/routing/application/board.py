"""What the board shows, gathered at one moment. Each part may be away for itself: it is then None,
and the rest is shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.common.kernel import DomainError
from services.routing.application.figures import Figures
from services.routing.application.ports import News
from services.routing.domain.lately import Fact, Flow, Latency, Satisfaction
from services.routing.domain.matters import Loads
from services.routing.domain.surges import Surges
from services.routing.domain.workload import Strain, Workloads

T = TypeVar("T")

# Whoever asks within this time gets the same snapshot: all pages of a second show one city, and
# cost one gathering. Longer: the board lags behind its figures.
FRESH_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What happened lately. `lag` is how many events were told and not read here yet, None while
    nobody knows."""

    flow: Flow
    latency: Latency
    satisfaction: Satisfaction
    last: Sequence[Fact]
    lag: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How the offices keep up, and which work at the edge, with why."""

    days: Workloads
    strained: Mapping[str, tuple[Strain, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The city at one moment."""

    as_of: datetime
    loads: Loads | None
    keeping: Keeping | None
    surges: Surges | None
    happened: Happened | None


class Board:
    """Gathers the figures of the board."""

    def __init__(
        self,
        figures: Figures,
        news: News,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._figures = figures
        self._news = news
        self._clock = clock
        self._monotonic = monotonic
        self._gathering = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._good_until = float("-inf")

    async def now(self) -> Snapshot:
        """The city now; never raises for a view that is away."""
        async with self._gathering:
            if self._snapshot is None or self._monotonic() >= self._good_until:
                self._snapshot = await self._gather()
                self._good_until = self._monotonic() + FRESH_SECONDS
            return self._snapshot

    async def _gather(self) -> Snapshot:
        loads = await _unless_away(self._figures.loads())
        return Snapshot(
            loads=loads,
            keeping=None if loads is None else await self._keeping(loads),
            surges=await _unless_away(self._figures.surges()),
            happened=self._happened(),
            as_of=self._clock(),
        )

    async def _keeping(self, loads: Loads) -> Keeping | None:
        days = await _unless_away(self._figures.workloads())
        if days is None:
            return None
        return Keeping(days=days, strained=self._figures.strained(loads, days))

    def _happened(self) -> Happened | None:
        try:
            lately = self._news.lately()
        except DomainError:
            return None
        now = self._clock()
        return Happened(
            flow=lately.flow(now),
            latency=lately.latency(now),
            satisfaction=lately.satisfaction(now),
            last=lately.last(),
            lag=self._news.lag,
        )


async def _unless_away(figure: Awaitable[tuple[datetime, T]]) -> T | None:
    """The figure; None while its view is away."""
    try:
        _, found = await figure
    except DomainError:
        return None
    return found
