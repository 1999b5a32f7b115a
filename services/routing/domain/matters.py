"""What lies at the offices: each matter from its assignment to its end, and the figures of them.

Pure. A matter's whereabouts are the same whatever the order of its events and however often each of
them comes. The assignment with the latest round and attempt says where the matter lies. Of the
latest round that has ended, the earliest end says when. A later round opens the matter again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.cities import Workload
from services.routing.domain.assignment.events import (
    CaseAnswered,
    CaseClosed,
    DeadlineRecounted,
    InquiryAssigned,
    InspectionDone,
    InspectionOrdered,
    InspectionOverrun,
    InspectionProlonged,
    PermitDecided,
    RepeatClosed,
    SupplementProlonged,
    SupplementReceived,
    SupplementRequested,
    SupplementUnanswered,
)

MatterEvent = (
    InquiryAssigned
    | CaseAnswered
    | CaseClosed
    | PermitDecided
    | RepeatClosed
    | DeadlineRecounted
    | SupplementRequested
    | SupplementProlonged
    | SupplementReceived
    | SupplementUnanswered
    | InspectionOrdered
    | InspectionProlonged
    | InspectionDone
    | InspectionOverrun
)

# For how long an ended matter is remembered. Longer: more memory. Shorter than a topic may keep the
# assignment (7 days, and up to 7 more until the broker closes the file): a view that has forgotten
# the end and reads the topic again would open the matter for good. Surges need 8 days.
ENDED_KEPT = timedelta(days=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lies:
    """Where a matter lies since this attempt of the round, which began at `assigned_at`;
    `dong_code` is empty when no place was named."""

    round: int
    attempt: int
    office_id: str
    workload: Workload
    service_code: str
    dong_code: str
    received_at: datetime
    assigned_at: datetime
    due_at: datetime
    waits_until: datetime | None = None
    """Until when something stops the clock at most, so that `due_at` is the date before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """When a round of a matter ended, aware."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """The latest date to which the matter was moved in a round, aware."""

    round: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The clock of a round stands still since `at`, until `until` at most: a supplement is waited
    for, or the place is inspected."""

    round: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """When the clock of a round ran on."""

    round: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where one matter lies or last lay, the last end of it, the last date to which it was moved,
    and the last times at which its clock was stopped and ran on. `lies` is None when the end is
    heard of before the assignment, the others when there was none."""

    lies: Lies | None = None
    ended: Ended | None = None
    recounted: Recounted | None = None
    stopped: Stopped | None = None
    resumed: Resumed | None = None

    @property
    def still_lies(self) -> Lies | None:
        """Where the matter lies if it is open: its round has not ended. Its date is the later one
        of what the assignment and a recount of the round said, whichever was heard first."""
        lies, ended, recounted = self.lies, self.ended, self.recounted
        if lies is None or (ended is not None and ended.round >= lies.round):
            return None
        lies = replace(lies, waits_until=self._waits_until(lies.round))
        if recounted is None or recounted.round != lies.round or recounted.due_at <= lies.due_at:
            return lies
        return replace(lies, due_at=recounted.due_at)

    def _waits_until(self, round_: int) -> datetime | None:
        """Until when the clock of the round is stopped at most; None while it runs."""
        stopped, resumed = self.stopped, self.resumed
        if stopped is None or stopped.round != round_:
            return None
        if resumed is not None and (resumed.round, resumed.at) >= (round_, stopped.at):
            return None
        return stopped.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Open matters by their due time. `open` counts all of them; `due_today` and `overdue` each
    count some of these, and never the same one. One whose clock stands still is neither: its date
    will move."""

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
    """The load of a city: in all, by workload and by office id, without the sealed matters.

    Readers can subtract: what is told of an office's other matters would leave its sealed ones, and
    the second in which one came. `watched` is by workload with the sealed ones, so that the monitor
    hears of what is late there, too; no reader is shown it.
    """

    city: Load
    by_workload: Mapping[Workload, Load]
    by_office: Mapping[str, Load]
    watched: Mapping[Workload, Load]


def apply(event: MatterEvent, entry: Whereabouts | None) -> Whereabouts:
    """The matter's whereabouts after the event."""
    known = entry or Whereabouts()
    match event:
        case InquiryAssigned():
            return _assigned(known, event)
        case CaseAnswered():
            return _ended(known, Ended(round=event.round, at=event.answered_at))
        case PermitDecided():
            return _ended(known, Ended(round=event.round, at=event.decided_at))
        case RepeatClosed() | CaseClosed():
            return _ended(known, Ended(round=event.round, at=event.closed_at))
        case DeadlineRecounted():
            return _recounted(known, Recounted(round=event.round, due_at=event.due_at))
        case SupplementRequested():
            return _stopped(known, event.round, event.requested_at, event.answer_by)
        case SupplementProlonged():
            return _stopped(known, event.round, event.prolonged_at, event.answer_by)
        case InspectionOrdered():
            return _stopped(known, event.round, event.ordered_at, event.ends_by)
        case InspectionProlonged():
            return _stopped(known, event.round, event.prolonged_at, event.ends_by)
        case SupplementReceived():
            return _resumed(known, Resumed(round=event.round, at=event.received_at))
        case SupplementUnanswered():
            return _resumed(known, Resumed(round=event.round, at=event.unanswered_at))
        case InspectionDone():
            return _resumed(known, Resumed(round=event.round, at=event.done_at))
        case InspectionOverrun():
            return _resumed(known, Resumed(round=event.round, at=event.overrun_at))


def forget_at(known: Whereabouts) -> datetime | None:
    """When the matter may be forgotten; None while it is open."""
    if known.still_lies is not None or known.ended is None:
        return None
    return known.ended.at + ENDED_KEPT


def loads(
    known: Iterable[Whereabouts], now: datetime, zone: ZoneInfo, sealed: Collection[str] = ()
) -> Loads:
    """The figures at `now` (aware), by the days of the city's zone. `sealed` are the codes of the
    services whose matters are sealed."""
    by_office: dict[str, Load] = defaultdict(Load)
    by_workload: dict[Workload, Load] = defaultdict(Load)
    watched: dict[Workload, Load] = defaultdict(Load)
    city = Load()
    for lies in (whereabouts.still_lies for whereabouts in known):
        if lies is None:
            continue
        load = _load(lies, now, zone)
        watched[lies.workload] = watched[lies.workload].plus(load)
        if lies.service_code in sealed:
            continue
        by_office[lies.office_id] = by_office[lies.office_id].plus(load)
        by_workload[lies.workload] = by_workload[lies.workload].plus(load)
        city = city.plus(load)
    return Loads(
        city=city,
        by_workload=dict(by_workload),
        by_office=dict(by_office),
        watched=dict(watched),
    )


def _load(lies: Lies, now: datetime, zone: ZoneInfo) -> Load:
    if lies.waits_until is not None and now <= lies.waits_until:
        return Load(open=1)
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
        assigned_at=event.assigned_at,
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


def _recounted(known: Whereabouts, later: Recounted) -> Whereabouts:
    before = known.recounted
    if before is None or (before.round, before.due_at) < (later.round, later.due_at):
        return replace(known, recounted=later)
    return known


def _stopped(known: Whereabouts, round_: int, at: datetime, until: datetime) -> Whereabouts:
    later, before = Stopped(round=round_, at=at, until=until), known.stopped
    if before is None or (before.round, before.at, before.until) < (round_, at, until):
        return replace(known, stopped=later)
    return known


def _resumed(known: Whereabouts, later: Resumed) -> Whereabouts:
    before = known.resumed
    if before is None or (before.round, before.at) < (later.round, later.at):
        return replace(known, resumed=later)
    return known
