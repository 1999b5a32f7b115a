"""A site inspection: the period does not run from its order until the office has looked.

The law gives a grievance fourteen days for it and seven more once, which do not count (Petitions
Decree 17 (4), (5)). For how long the inspection of a kind of permit stops the clock, the kind says;
that it may be prolonged in the same way is an assumption. The end of the time is `timing`'s.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import Cause, City, OutOfCalendar, Period, PetitionKind
from services.common.kernel import DomainError, Kind
from services.districts.domain.case import timing
from services.districts.domain.case.changes import (
    LONGEST_ANSWER,
    CaseChange,
    Entry,
    heading,
    occurred,
)
from services.districts.domain.case.commands import (
    EndInspection,
    InspectionCommand,
    OrderInspection,
    ProlongInspection,
)
from services.districts.domain.case.events import (
    InspectionDone,
    InspectionOrdered,
    InspectionProlonged,
    RecountCause,
)
from services.districts.domain.case.file import Inspection
from services.districts.domain.case.model import Accepted, Case, Open, Work
from services.districts.domain.case.transitions import Act

# Of a case without a period, whose date no stop moves.
_ANY = Period.parse("7d")


def days_of(work: Work, city: City) -> int:
    """For how many days an inspection of this matter stops the clock, before it is prolonged; 0
    where it stops none."""
    limit = city.stop_limit(Cause.INSPECTION)
    if limit is None or work.needs_document:
        return 0
    if work.matter.kind is PetitionKind.GRIEVANCE:
        return limit.days
    kind = city.permit_kinds.get(work.matter.service_code) if work.matter.permit else None
    if kind is None or kind.inspection is None or not kind.inspection.before_decision:
        return 0
    return min(kind.inspection.days, limit.days)


def carry_out(
    case: Case, city: City, command: InspectionCommand, entry: Entry
) -> CaseChange | None:
    """Orders an inspection, prolongs it, ends it.

    Raises those of `must_allow`; `no_inspection`, `inspected_already`, `prolonged_already`,
    `out_of_calendar` (CONFLICT), and `invalid_answer` for a finding that is too long (INVALID).
    """
    match command:
        case OrderInspection():
            return _order(case, city, command, entry)
        case ProlongInspection():
            return _prolong(case, city, command, entry)
        case EndInspection():
            return _end(case, city, command, entry)


def _order(case: Case, city: City, command: OrderInspection, entry: Entry) -> CaseChange | None:
    """The order again, while the inspection runs, is no change."""
    if isinstance(case, Open | Accepted) and case.file.inspecting(case.work.round) is not None:
        return None
    case, told = timing.at_hand(case, Act.ORDER_INSPECTION, city, entry.now)
    days = days_of(case.work, city)
    if not days:
        raise _conflict("no_inspection", "an inspection stops no clock in this matter")
    if case.file.inspection_of(case.work.round) is not None:
        raise _conflict("inspected_already", "one inspection of a round stops the clock")
    at = occurred(case, command, entry)
    ordered = Inspection(
        round=case.work.round, ordered_at=at, ends_by=_ends(city, case.work, at, days)
    )
    event = InspectionOrdered(
        **heading(case.work), ends_by=ordered.ends_by, ordered_at=at, entered_at=entry.now
    )
    return timing.then(timing.with_inspection(case, ordered), city, entry.now, *told, event)


def _prolong(case: Case, city: City, command: ProlongInspection, entry: Entry) -> CaseChange | None:
    """Once; only the command's id tells a repetition."""
    case, told = timing.at_hand(case, Act.PROLONG_INSPECTION, city, entry.now)
    running, limit = _running(case), city.stop_limit(Cause.INSPECTION)
    if running.prolonged_at is not None or limit is None or not limit.prolonged_days:
        raise _conflict("prolonged_already", "an inspection may be prolonged once")
    at = occurred(case, command, entry)
    days = days_of(case.work, city) + limit.prolonged_days
    longer = replace(
        running, prolonged_at=at, ends_by=_ends(city, case.work, running.ordered_at, days)
    )
    event = InspectionProlonged(
        **heading(case.work),
        ends_before=running.ends_by,
        ends_by=longer.ends_by,
        prolonged_at=at,
        entered_at=entry.now,
    )
    return timing.then(timing.with_inspection(case, longer), city, entry.now, *told, event)


def _end(case: Case, city: City, command: EndInspection, entry: Entry) -> CaseChange | None:
    """The same end again is no change. The period runs on from the next day."""
    finding = command.finding.strip()
    before = case.file.inspection_of(case.work.round)
    if before is not None and before.done_at is not None and before.finding == finding:
        return None
    case, told = timing.at_hand(case, Act.END_INSPECTION, city, entry.now)
    if len(finding) > LONGEST_ANSWER:
        raise DomainError(
            "invalid_answer", Kind.INVALID, f"at most {LONGEST_ANSWER} characters", field="finding"
        )
    at = occurred(case, command, entry)
    done = replace(_running(case), done_at=at, stopped_until=at, finding=finding)
    case, moved = timing.counted(
        timing.with_inspection(case, done), city, entry.now, RecountCause.INSPECTED
    )
    event = InspectionDone(
        **heading(case.work), due_at=case.work.due_at, done_at=at, entered_at=entry.now
    )
    return timing.then(case, city, entry.now, *told, event, *moved)


def _running(case: Case) -> Inspection:
    running = case.file.inspecting(case.work.round)
    assert running is not None, "the state says that one runs"
    return running


def _ends(city: City, work: Work, ordered_at: datetime, days: int) -> datetime:
    """The last moment of so many days, the day of the order included."""
    try:
        return city.stop_ends(ordered_at, days, Period.parse(work.period) if work.period else _ANY)
    except OutOfCalendar:
        raise _conflict("out_of_calendar", "the date lies beyond the city's calendar") from None


def _conflict(slug: str, message: str) -> DomainError:
    return DomainError(slug, Kind.CONFLICT, message)
