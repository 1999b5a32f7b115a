"""How the offices keep up: what came to each, what it answered, and which work at the edge.

Pure. Counts matters by the days of the city, and never persons. A matter counts where it came to
last: what an office refused is no work of its own. What a sealed matter adds is not counted, for
readers could subtract (see `matters.Loads`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.cities import Workload
from services.routing.domain.matters import ENDED_KEPT, Load, Whereabouts

SHARED_DAYS = ENDED_KEPT.days - 1
"""Days of which the shares are told, today among them. More than the view remembers: the oldest
would lack what has ended since."""
PACE_DAYS = 5
"""Working days before today over which a pace is taken: a week, whose days differ. More: an office
that has fallen behind is seen later. Fewer: one bad day looks like a trend."""
_NO_CHANCE = 2.0
"""From so many standard deviations on, more arrivals than answers are no chance. Larger: seen
later. Smaller: an office that keeps up is called strained once in a while (here 1 in 40)."""


class Trend(StrEnum):
    """Whether the work at an office grows, beyond chance."""

    GROWING = "growing"
    STEADY = "steady"
    SHRINKING = "shrinking"


class Strain(StrEnum):
    """Why an office works at the edge."""

    FALLS_BEHIND = "falls_behind"
    """More comes than it answers, and some of its work is overdue already."""
    OVER_CAPACITY = "over_capacity"
    """More comes on a working day than the office can answer on one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What came to one office and what it answered: today, and from the first of the last
    `working_days` working days until yesterday, days off included."""

    arrived_today: int = 0
    answered_today: int = 0
    arrived: int = 0
    answered: int = 0
    working_days: int = PACE_DAYS

    @property
    def arrived_per_day(self) -> float:
        """Arrivals for each working day."""
        return self.arrived / self.working_days

    @property
    def answered_per_day(self) -> float:
        """Answers for each working day."""
        return self.answered / self.working_days

    @property
    def trend(self) -> Trend:
        """Whether the difference between arrivals and answers is more than chance makes it."""
        deviation = math.sqrt(self.arrived + self.answered) or 1.0
        if abs(self.arrived - self.answered) < _NO_CHANCE * deviation:
            return Trend.STEADY
        return Trend.GROWING if self.arrived > self.answered else Trend.SHRINKING

    def days_of_work(self, load: Load) -> float | None:
        """In how many working days the office would answer what is open, at its pace; None where
        it has answered nothing lately."""
        return load.open / self.answered_per_day if self.answered else None

    def strains(self, load: Load, capacity: float | None) -> tuple[Strain, ...]:
        """Why the office works at the edge, empty where it keeps up. `capacity` is how many
        matters it can answer on a working day; None where nobody has said."""
        behind = self.trend is Trend.GROWING and load.overdue > 0
        over = capacity is not None and self.arrived_per_day > capacity
        return (Strain.FALLS_BEHIND,) * behind + (Strain.OVER_CAPACITY,) * over


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How many matters came to the city, the districts and the community offices on a day."""

    day: date
    arrived: Mapping[Workload, int]

    def of(self, workload: Workload) -> float | None:
        """The part that came to one of them, 0 to 1; None where nothing came at all."""
        total = sum(self.arrived.values())
        return self.arrived.get(workload, 0) / total if total else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workloads:
    """The pace of each office, and the shares of the last days, the earliest day first."""

    by_office: Mapping[str, Pace] = field(default_factory=dict)
    shares: Sequence[Shares] = ()


def workloads(
    known: Iterable[Whereabouts],
    now: datetime,
    *,
    zone: ZoneInfo,
    working_days: Sequence[date],
    sealed: Collection[str] = (),
) -> Workloads:
    """The figures at `now` (aware). `working_days` are the last ones before today, the earliest
    first, at least one."""
    today = now.astimezone(zone).date()
    since = min(working_days[0], today - timedelta(days=SHARED_DAYS - 1))
    arrived: Counter[tuple[str, date]] = Counter()
    answered: Counter[tuple[str, date]] = Counter()
    shared: Counter[tuple[Workload, date]] = Counter()
    for matter in known:
        lies = matter.lies
        if lies is None or lies.service_code in sealed:
            continue
        came_on = lies.assigned_at.astimezone(zone).date()
        if came_on >= since:
            arrived[lies.office_id, came_on] += 1
            shared[lies.workload, came_on] += 1
        if matter.still_lies is None and matter.ended is not None:
            answered[lies.office_id, matter.ended.at.astimezone(zone).date()] += 1
    offices = {office_id for office_id, _ in (*arrived, *answered)}
    days = [working_days[0] + timedelta(days=n) for n in range((today - working_days[0]).days)]
    return Workloads(
        by_office={
            office_id: Pace(
                arrived_today=arrived[office_id, today],
                answered_today=answered[office_id, today],
                arrived=sum(arrived[office_id, day] for day in days),
                answered=sum(answered[office_id, day] for day in days),
                working_days=len(working_days),
            )
            for office_id in offices
        },
        shares=[
            Shares(day=day, arrived={kind: shared[kind, day] for kind in Workload})
            for day in (today - timedelta(days=n) for n in reversed(range(SHARED_DAYS)))
        ],
    )
