"""What time alone brings to an open case, and when: reminders, progress notices, a later date.

Pure. How long each takes is data of the city's pack: the limits below. Where a limit is missing,
what it would bring never comes; the examiner's reminder needs none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.cities import (
    FIRST_ROUND,
    Cause,
    City,
    Due,
    Extension,
    InvalidPeriod,
    OutOfCalendar,
    Period,
    Suspension,
    Term,
    Unit,
)
from services.districts.domain.case.events import OverdueLevel
from services.districts.domain.case.model import Case, Work

# The database keeps times to the millisecond: this much after the due moment is the first moment
# that is too late.
MOMENT = timedelta(milliseconds=1)
# Limits of the pack, counted from the due moment.
_AFTER_DUE = {OverdueLevel.HEAD: "overdue_to_head", OverdueLevel.CITY: "overdue_to_city"}
# The limit of the pack after which, and each time that it has passed again, the citizen is told.
_NOTICE = "progress_notice"
# All days count, the first excluded.
_CIVIL = Unit.CALENDAR_DAYS


def is_over(due_at: datetime, now: datetime) -> bool:
    """Whether the statutory time has run out. A period ends with its last moment (Civil Act 159),
    so that the due moment itself is in time."""
    return now > due_at


def reminders(
    city: City, due_at: datetime, after: OverdueLevel | None
) -> Iterator[tuple[OverdueLevel, datetime]]:
    """The levels above `after`, each with the moment from which it is told that what was due at
    `due_at` is not answered. The examiner is the first and at once (Petitions Decree 28)."""
    levels = list(OverdueLevel)
    for level in levels[0 if after is None else levels.index(after) + 1 :]:
        at = due_at if level is OverdueLevel.EXAMINER else _end(city, _AFTER_DUE[level], due_at)
        if at is None:
            return
        yield level, at + MOMENT


def notices(city: City, work: Work, after: int) -> Iterator[tuple[int, datetime]]:
    """The progress notices of the round behind the one of number `after`, and when each is due.

    They are counted from the receipt (Petitions Decree 23), or from the reopening. The last day
    ends at midnight, when nobody wants to be written to: the notice is due when the next working
    day begins.
    """
    begun_at = work.matter.received_at if work.round == FIRST_ROUND else work.clock_from
    number = after + 1
    while (end := _end(city, _NOTICE, begun_at, times=number)) is not None:
        try:
            yield number, city.opening_after(end)
        except OutOfCalendar:
            return
        number += 1


def later_end(city: City, case: Case) -> datetime | None:
    """When the period of the case ends by the city's calendar of today, with the supplements and
    extensions of the round, where that is later than was told; None for a date that no period gave,
    and while a supplement is waited for or the place is inspected."""
    work = case.work
    if not work.period or case.file.clock_stands(work.round):
        return None
    period = Period.parse(work.period)
    return city.later_end(
        work.clock_from, period, work.due_at, _pauses(city, case), _extensions(case, period)
    )


def term(city: City, case: Case) -> Term:
    """All that decides when the period of the case ends; its work must have one."""
    period = Period.parse(case.work.period)
    return Term(
        received_at=case.work.clock_from,
        period=period,
        suspensions=_pauses(city, case),
        extensions=_extensions(case, period),
    )


def end_of_days(city: City, days: int, begun_at: datetime) -> datetime:
    """The last moment of so many days, the first excluded, rolled off days off (Civil Act 157 to
    161). Raises OutOfCalendar."""
    return _due(city, Term(received_at=begun_at, period=Period(amount=days, unit=_CIVIL)))


def _due(city: City, term: Term) -> datetime:
    due = city.due_of(term)
    assert isinstance(due, Due), "a term without open suspensions is never paused"
    return due.at


def _pauses(city: City, case: Case) -> tuple[Suspension, ...]:
    """The days on which a supplement was waited for, and those on which the place was inspected:
    the first and the last of them do not count either (Petitions Decree 20, 17 (4))."""
    inspected = case.file.inspection_of(case.work.round)
    stops = [
        (Cause.SUPPLEMENT, one.requested_at, one.stopped_until, False)
        for one in case.file.supplements_of(case.work.round)
    ]
    if inspected is not None:
        prolonged = inspected.prolonged_at is not None
        stops.append((Cause.INSPECTION, inspected.ordered_at, inspected.stopped_until, prolonged))
    return tuple(
        Suspension(
            cause=cause,
            start=start.astimezone(city.timezone).date(),
            end=end.astimezone(city.timezone).date(),
            prolonged=prolonged,
        )
        for cause, start, end, prolonged in stops
        if end is not None
    )


def _extensions(case: Case, period: Period) -> tuple[Extension, ...]:
    return tuple(
        Extension(period=Period(amount=one.amount, unit=period.unit), consent=one.consent)
        for one in case.file.lengthenings_of(case.work.round)
    )


def _end(city: City, limit: str, begun_at: datetime, *, times: int = 1) -> datetime | None:
    """When a limit that began then has passed so many times; None where the city has no such limit,
    or its calendar ends before."""
    if limit not in city.limits:
        return None
    period = city.limit(limit)
    try:
        repeated = Period(amount=period.amount * times, unit=period.unit)
        due = city.due_of(Term(received_at=begun_at, period=repeated))
    except (InvalidPeriod, OutOfCalendar):
        return None
    assert isinstance(due, Due), "a term without suspensions is never paused"
    return due.at
