"""The figures of what lies at the offices, for those who ask and for the monitor. Counting one
takes at most a twentieth of the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from services.cities import City, Workload
from services.common.kernel import DomainError
from services.routing.application import metrics
from services.routing.application.ports import Matters
from services.routing.application.present_city import PresentCity
from services.routing.domain import matters, surges, workload
from services.routing.domain.matters import Load, Loads, Whereabouts
from services.routing.domain.surges import Surges
from services.routing.domain.workload import PACE_DAYS, Strain, Workloads

T = TypeVar("T")

# A figure is served for this long before it is counted again. Longer: whoever has just answered a
# case still sees it as open. Shorter: every screen that polls makes a count.
LEAST_AGE_SECONDS = 1.0
# Or for this many times as long as its count took, if that is longer. Larger: figures are older in
# a large city. Smaller: counting takes more of the process's time.
SHARE = 20


class Figures:
    """Load, pace and surges. Each answer says as of when it is. No reader of the load and the pace
    is shown the city's sealed matters."""

    def __init__(
        self,
        known: Matters,
        *,
        city: City,
        present: PresentCity,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._city = city
        self._present = present
        count = partial(matters.loads, zone=city.timezone, sealed=city.sealed)
        self._loads = _Counted[Loads](known, count, clock, monotonic)
        self._workloads = _Counted[Workloads](known, self._of_days, clock, monotonic)
        self._surges = _Counted[Surges](known, surges.surges, clock, monotonic)

    async def loads(self) -> tuple[datetime, Loads]:
        """Open, due today and overdue; raises DomainError UNAVAILABLE `view_away`."""
        return await self._loads.now()

    async def open_work(self) -> Mapping[str, int]:
        """What lies unanswered at each office, sealed matters left out; nothing while the view is
        away: equally competent offices are then chosen by their capacity and ids alone."""
        try:
            _, loads = await self.loads()
        except DomainError:
            return {}
        return {office_id: load.open for office_id, load in loads.by_office.items()}

    async def workloads(self) -> tuple[datetime, Workloads]:
        """How the offices keep up, by the days of the city; raises DomainError UNAVAILABLE
        `view_away`."""
        return await self._workloads.now()

    async def surges(self) -> tuple[datetime, Surges]:
        """The surges of the last hour; raises DomainError UNAVAILABLE `view_away`."""
        return await self._surges.now()

    def strained(self, loads: Loads, days: Workloads) -> Mapping[str, tuple[Strain, ...]]:
        """The offices that work at the edge, with why; by the capacities of today, or the pack's
        while the record of offices is away."""
        offices = self._present.as_known().offices
        found = {}
        for office_id, pace in days.by_office.items():
            office = offices.get(office_id)
            load = loads.by_office.get(office_id, Load())
            strains = pace.strains(load, None if office is None else office.capacity)
            if strains:
                found[office_id] = strains
        return found

    def _of_days(self, known: Iterable[Whereabouts], now: datetime) -> Workloads:
        today = now.astimezone(self._city.timezone).date()
        return workload.workloads(
            known,
            now,
            zone=self._city.timezone,
            working_days=self._city.working_days_before(today, PACE_DAYS),
            sealed=self._city.sealed,
        )


class LoadWatch:
    """Keeps the gauges of the load true."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def look(self) -> None:
        """Shows the load as it is now. Shows none while the view is away: an old figure would look
        like a new one. Raises DomainError UNAVAILABLE."""
        try:
            _, loads = await self._figures.loads()
            _, days = await self._figures.workloads()
        except DomainError:
            for gauge in metrics.OF_THE_VIEW:
                gauge.clear()
            raise
        today = days.shares[-1]
        for tier in Workload:
            load = loads.watched.get(tier, Load())
            metrics.MATTERS_OPEN.labels(tier.value).set(load.open)
            metrics.MATTERS_DUE_TODAY.labels(tier.value).set(load.due_today)
            metrics.MATTERS_OVERDUE.labels(tier.value).set(load.overdue)
            metrics.MATTERS_ARRIVED_TODAY.labels(tier.value).set(today.arrived.get(tier, 0))
        strained = self._figures.strained(loads, days)
        for strain in Strain:
            count = sum(strain in strains for strains in strained.values())
            metrics.OFFICES_STRAINED.labels(strain.value).set(count)


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
