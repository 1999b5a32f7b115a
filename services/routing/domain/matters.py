"""What lies at the offices: each matter from its assignment to its end, and the figures of them.

Pure. A matter is the same whatever the order of its events and however often each of them comes:
the highest attempt says where it lies, the earliest end when it ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.cities import Workload
from services.routing.domain.events import CaseAnswered, InquiryAssigned, PermitDecided

# An ended matter is remembered so long. Shorter than a topic may keep its assignment (7 days, and
# as many until the broker closes the file), and a view that reads the topic again would open it for
# good; longer costs memory. The surges need those of 8 days.
ENDED_KEPT = timedelta(days=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lies:
    """Where a matter lies since its `attempt`; `dong_code` is empty when no place was named."""

    attempt: int
    office_id: str
    workload: Workload
    service_code: str
    dong_code: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One inquiry. `lies` is None when its end came before its assignment; times are aware."""

    lies: Lies | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open matters by their due time: `open` holds the other two, which have none in common."""

    open: int = 0
    due_today: int = 0
    """Due later on this day of the city."""
    overdue: int = 0
    """Due before now."""

    def plus(self, other: Load) -> Load:
        """Both together."""
        return Load(
            open=self.open + other.open,
            due_today=self.due_today + other.due_today,
            overdue=self.overdue + other.overdue,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loads:
    """The load of a city, in all and by whose it is."""

    city: Load
    by_workload: Mapping[Workload, Load]
    by_office: Mapping[str, Load]


def apply(event: InquiryAssigned | CaseAnswered | PermitDecided, entry: Matter | None) -> Matter:
    """The matter after the event."""
    matter = entry or Matter()
    match event:
        case InquiryAssigned():
            known = matter.lies.attempt if matter.lies else 0
            return replace(matter, lies=_lies(event)) if event.attempt > known else matter
        case CaseAnswered():
            return _ended(matter, event.answered_at)
        case PermitDecided():
            return _ended(matter, event.decided_at)


def forget_at(matter: Matter) -> datetime | None:
    """When the matter may be forgotten; None while it is open."""
    return matter.ended_at + ENDED_KEPT if matter.ended_at is not None else None


def loads(matters: Iterable[Matter], now: datetime, zone: ZoneInfo) -> Loads:
    """The figures at `now` (aware), by the days of the city's zone."""
    by_office: dict[str, Load] = defaultdict(Load)
    by_workload: dict[Workload, Load] = defaultdict(Load)
    city = Load()
    for matter in matters:
        if matter.lies is None or matter.ended_at is not None:
            continue
        load = _load(matter.lies, now, zone)
        by_office[matter.lies.office_id] = by_office[matter.lies.office_id].plus(load)
        by_workload[matter.lies.workload] = by_workload[matter.lies.workload].plus(load)
        city = city.plus(load)
    return Loads(city=city, by_workload=dict(by_workload), by_office=dict(by_office))


def _load(lies: Lies, now: datetime, zone: ZoneInfo) -> Load:
    overdue = lies.due_at < now
    today = lies.due_at.astimezone(zone).date() == now.astimezone(zone).date()
    return Load(open=1, due_today=int(today and not overdue), overdue=int(overdue))


def _lies(event: InquiryAssigned) -> Lies:
    return Lies(
        attempt=event.attempt,
        office_id=event.office_id,
        workload=event.workload,
        service_code=event.service_code,
        dong_code=event.dong_code,
        received_at=event.received_at,
        due_at=event.due_at,
    )


def _ended(matter: Matter, at: datetime) -> Matter:
    return replace(matter, ended_at=min(at, matter.ended_at or at))
