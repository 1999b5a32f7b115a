"""What lies at the offices: each matter from its assignment to its end, and the figures of them.

Pure. A matter's whereabouts are the same whatever the order of its events and however often each of
them comes. The assignment with the latest round and attempt says where the matter lies. Of the
latest round that has ended, the earliest end says when. A later round opens the matter again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.cities import Workload
from services.routing.domain.events import CaseAnswered, InquiryAssigned, PermitDecided

# For how long an ended matter is remembered. Longer: more memory. Shorter than a topic may keep the
# assignment (7 days, and up to 7 more until the broker closes the file): a view that has forgotten
# the end and reads the topic again would open the matter for good. Surges need 8 days.
ENDED_KEPT = timedelta(days=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lies:
    """Where a matter lies since this attempt of the round; `dong_code` is empty when no place was
    named."""

    round: int
    attempt: int
    office_id: str
    workload: Workload
    service_code: str
    dong_code: str
    received_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """When a round of a matter ended, aware."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where one matter lies or last lay, and the last end of it. `lies` is None when the end is
    heard of before the assignment, `ended` when there was none."""

    lies: Lies | None = None
    ended: Ended | None = None

    @property
    def still_lies(self) -> Lies | None:
        """Where the matter lies if it is open: its round has not ended."""
        over = self.lies is None or (self.ended is not None and self.ended.round >= self.lies.round)
        return None if over else self.lies


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open matters by their due time. `open` counts all of them; `due_today` and `overdue` each
    count some of these, and never the same one."""

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
    """The load of a city: in all, by workload and by office id."""

    city: Load
    by_workload: Mapping[Workload, Load]
    by_office: Mapping[str, Load]


def apply(
    event: InquiryAssigned | CaseAnswered | PermitDecided, entry: Whereabouts | None
) -> Whereabouts:
    """The matter's whereabouts after the event."""
    known = entry or Whereabouts()
    match event:
        case InquiryAssigned():
            return _assigned(known, event)
        case CaseAnswered():
            return _ended(known, Ended(round=event.round, at=event.answered_at))
        case PermitDecided():
            return _ended(known, Ended(round=event.round, at=event.decided_at))


def forget_at(known: Whereabouts) -> datetime | None:
    """When the matter may be forgotten; None while it is open."""
    if known.still_lies is not None or known.ended is None:
        return None
    return known.ended.at + ENDED_KEPT


def loads(known: Iterable[Whereabouts], now: datetime, zone: ZoneInfo) -> Loads:
    """The figures at `now` (aware), by the days of the city's zone."""
    by_office: dict[str, Load] = defaultdict(Load)
    by_workload: dict[Workload, Load] = defaultdict(Load)
    city = Load()
    for lies in (whereabouts.still_lies for whereabouts in known):
        if lies is None:
            continue
        load = _load(lies, now, zone)
        by_office[lies.office_id] = by_office[lies.office_id].plus(load)
        by_workload[lies.workload] = by_workload[lies.workload].plus(load)
        city = city.plus(load)
    return Loads(city=city, by_workload=dict(by_workload), by_office=dict(by_office))


def _load(lies: Lies, now: datetime, zone: ZoneInfo) -> Load:
    overdue = lies.due_at < now
    today = lies.due_at.astimezone(zone).date() == now.astimezone(zone).date()
    return Load(open=1, due_today=int(today and not overdue), overdue=int(overdue))


def _assigned(known: Whereabouts, event: InquiryAssigned) -> Whereabouts:
    lies = known.lies
    if lies is not None and (lies.round, lies.attempt) >= (event.round, event.attempt):
        return known
    later = Lies(
        round=event.round,
        attempt=event.attempt,
        office_id=event.office_id,
        workload=event.workload,
        service_code=event.matter.service_code,
        dong_code=event.matter.dong_code,
        received_at=event.matter.received_at,
        due_at=event.due_at,
    )
    return replace(known, lies=later)


def _ended(known: Whereabouts, end: Ended) -> Whereabouts:
    ended = known.ended
    if ended is None or ended.round < end.round:
        return replace(known, ended=end)
    if ended.round == end.round:
        return replace(known, ended=min(ended, end, key=lambda e: e.at))
    return known
