"""The figures of what lies at the offices, for those who ask and for the monitor. Counting one
takes at most a twentieth of the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from services.cities import Workload
from services.common.kernel import DomainError
from services.routing.application import metrics
from services.routing.application.ports import Matters
from services.routing.domain import matters, surges
from services.routing.domain.matters import Load, Loads, Whereabouts
from services.routing.domain.surges import Surges

T = TypeVar("T")

# A figure is served for this long before it is counted again. Longer: whoever has just answered a
# case still sees it as open. Shorter: every screen that polls makes a count.
LEAST_AGE_SECONDS = 1.0
# Or for this many times as long as its count took, if that is longer. Larger: figures are older in
# a large city. Smaller: counting takes more of the process's time.
SHARE = 20


class Figures:
    """Workload and surges. Each answer says as of when it is. `sealed` are the codes of the
    services whose matters no reader of the workload is shown."""

    def __init__(
        self,
        known: Matters,
        *,
        zone: ZoneInfo,
        sealed: Collection[str],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        count = partial(matters.loads, zone=zone, sealed=sealed)
        self._loads = _Counted[Loads](known, count, clock, monotonic)
        self._surges = _Counted[Surges](known, surges.surges, clock, monotonic)

    async def loads(self) -> tuple[datetime, Loads]:
        """Open, due today and overdue; raises DomainError UNAVAILABLE `view_away`."""
        return await self._loads.now()

    async def surges(self) -> tuple[datetime, Surges]:
        """The surges of the last hour; raises DomainError UNAVAILABLE `view_away`."""
        return await self._surges.now()


class LoadWatch:
    """Keeps the gauges of the load true."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def look(self) -> None:
        """Shows the load as it is now. Shows none while the view is away: an old figure would look
        like a new one. Raises DomainError UNAVAILABLE."""
        try:
            _, loads = await self._figures.loads()
        except DomainError:
            for gauge in (metrics.MATTERS_OPEN, metrics.MATTERS_DUE_TODAY, metrics.MATTERS_OVERDUE):
                gauge.clear()
            raise
        for workload in Workload:
            load = loads.watched.get(workload, Load())
            metrics.MATTERS_OPEN.labels(workload.value).set(load.open)
            metrics.MATTERS_DUE_TODAY.labels(workload.value).set(load.due_today)
            metrics.MATTERS_OVERDUE.labels(workload.value).set(load.overdue)


class _Counted(Generic[T]):
    """One figure. Readers who come while it is counted share the count."""

    def __init__(
        self,
        known: Matters,
        count: Callable[[Iterable[Whereabouts], datetime], T],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._known = known
        self._count = count
        self._clock = clock
        self._monotonic = monotonic
        self._counting = asyncio.Lock()
        self._good_until = float("-inf")
        self._figure: tuple[datetime, T] | None = None

    async def now(self) -> tuple[datetime, T]:
        """The figure, and as of when it is."""
        async with self._counting:
            known = self._known.known()
            begun = self._monotonic()
            if self._figure is None or begun >= self._good_until:
                as_of = self._clock()
                # Counting 100,000 matters takes a third of a second: a thread does it, so that
                # the event loop goes on.
                self._figure = as_of, await asyncio.to_thread(self._count, known, as_of)
                ended = self._monotonic()
                self._good_until = ended + max(LEAST_AGE_SECONDS, SHARE * (ended - begun))
            return self._figure
