"""What time brings to an unfinished case: the end of what stops its clock, reminders, notices, a
later date."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.cities import City
from services.common.kernel import Change
from services.districts.domain.case import dates
from services.districts.domain.case.changes import CaseChange, Told, Unfinished, heading
from services.districts.domain.case.events import (
    CaseClosed,
    CaseClosedCause,
    CaseOverdue,
    CaseWithdrawn,
    ConsultationOverdue,
    DeadlineRecounted,
    InspectionOverrun,
    OverdueLevel,
    ProgressNoticeDue,
    RecountCause,
    SupplementUnanswered,
)
from services.districts.domain.case.file import Inspection, Supplement
from services.districts.domain.case.model import Accepted, Case, Closed, Open, Work, ended
from services.districts.domain.case.transitions import Act, must_allow

# Requests of a round without an answer after which the matter is deemed withdrawn. The article
# speaks of requests that came back (Petitions Decree 25 (2)); that it also holds for those that
# stay without an answer is this service's assumption.
UNANSWERED_TO_WITHDRAW = 2


def by_now(case: Unfinished, city: City, now: datetime) -> CaseChange:
    """The case with all that time has brought by now. A period that has become longer is not over
    yet, so its date is counted first. While a supplement is waited for or the place is inspected,
    the period does not run, and nobody is reminded of it."""
    waited = case.file.waited_for(case.work.round)
    lapsed: list[Told] = []
    if waited is not None and dates.is_over(waited.answer_by, now):
        case = with_supplement(case, replace(waited, stopped_until=waited.answer_by))
        if _unanswered(case) >= UNANSWERED_TO_WITHDRAW:
            return _withdrawn(case, waited, now)
        case, lapsed = _lapsed(case, waited, city, now)
        waited = None
    inspected = case.file.inspecting(case.work.round)
    if inspected is not None and dates.is_over(inspected.ends_by, now):
        case, overrun = _overrun(case, inspected, city, now)
        lapsed += overrun
        inspected = None
    stands_until = [one.answer_by for one in (waited,) if one is not None]
    stands_until += [one.ends_by for one in (inspected,) if one is not None]
    moved: list[Told] = []
    reminders: list[Told] = []
    next_at: datetime | None
    if not stands_until:
        case, moved = counted(case, city, now)
        case, reminders, next_at = _reminded(case, city, now)
    else:
        next_at = min(stands_until) + dates.MOMENT
    case, notices, notice_at = _noticed(case, city, now)
    case, asked, asked_at = _consulted_reminded(case, city, now)
    look_at = min((at for at in (next_at, notice_at, asked_at) if at is not None), default=None)
    case = replace(case, changed_at=now, look_at=look_at)
    events = (*lapsed, *moved, *reminders, *notices, *asked)
    return Change(state=case, events=events, wake_at=look_at)


def at_hand(
    case: Case, act: Act, city: City, now: datetime, occurred_at: datetime | None = None
) -> tuple[Unfinished, tuple[Told, ...]]:
    """The case by the date that the city's calendar gives now, with what that tells; it must allow
    the act by then. What was due has happened before (`in_time`), but for a citizen's act of the
    time of a supplement, which is heard later: it comes before the end of that time. Raises those
    of `must_allow`."""
    must_allow(case, act)
    assert isinstance(case, Open | Accepted), "the table allows it in no other state"
    waited = case.file.waited_for(case.work.round)
    if waited and occurred_at and not dates.is_over(waited.answer_by, occurred_at):
        return case, ()
    change = by_now(case, city, now)
    must_allow(change.state, act)
    assert isinstance(change.state, Open | Accepted)
    return change.state, change.events


def then(case: Unfinished, city: City, now: datetime, *told: Told) -> CaseChange:
    """What an act told, and after it what time brings to the case as it is now."""
    change = by_now(case, city, now)
    return replace(change, events=(*told, *change.events))


def with_supplement(case: Unfinished, changed: Supplement) -> Unfinished:
    """The case with this state of a request that it has."""
    supplements = tuple(
        changed if (one.round, one.number) == (changed.round, changed.number) else one
        for one in case.file.supplements
    )
    return replace(case, file=replace(case.file, supplements=supplements))


def with_inspection(case: Unfinished, changed: Inspection) -> Unfinished:
    """The case with this state of the inspection of its round."""
    others = tuple(one for one in case.file.inspections if one.round != changed.round)
    return replace(case, file=replace(case.file, inspections=(*others, changed)))


def _overrun(
    case: Unfinished, inspected: Inspection, city: City, now: datetime
) -> tuple[Unfinished, list[Told]]:
    """The case once its inspection has taken all of the time for which it stops the clock."""
    case = with_inspection(case, replace(inspected, stopped_until=inspected.ends_by))
    case, moved = counted(case, city, now, RecountCause.INSPECTED)
    overrun = InspectionOverrun(
        **heading(case.work),
        due_at=case.work.due_at,
        overrun_at=inspected.ends_by + dates.MOMENT,
    )
    return case, [overrun, *moved]


def _lapsed(
    case: Unfinished, waited: Supplement, city: City, now: datetime
) -> tuple[Unfinished, list[Told]]:
    """The case once the time of its supplement is over: the period runs on from the next day."""
    case, moved = counted(case, city, now, RecountCause.SUPPLEMENTED)
    return case, [_told_unanswered(case.work, waited), *moved]


def _unanswered(case: Unfinished) -> int:
    return sum(one.unanswered for one in case.file.supplements_of(case.work.round))


def _withdrawn(case: Unfinished, waited: Supplement, now: datetime) -> CaseChange:
    """The matter ends: no date moves any more."""
    at, cause = waited.answer_by + dates.MOMENT, CaseClosedCause.DEEMED_WITHDRAWN
    closed = Closed(**ended(case, now), closed_at=at, cause=cause)
    head = heading(case.work)
    unanswered = _told_unanswered(case.work, waited)
    withdrawn = CaseWithdrawn(**head, deemed=True, withdrawn_at=at, entered_at=now)
    told_closed = CaseClosed(**head, cause=cause, closed_at=at, entered_at=now)
    return Change(state=closed, events=(unanswered, withdrawn, told_closed))


def _told_unanswered(work: Work, waited: Supplement) -> SupplementUnanswered:
    return SupplementUnanswered(
        **heading(work),
        number=waited.number,
        due_at=work.due_at,
        unanswered_at=waited.answer_by + dates.MOMENT,
    )


def counted(
    case: Unfinished, city: City, now: datetime, cause: RecountCause = RecountCause.HOLIDAY
) -> tuple[Unfinished, list[Told]]:
    """The case by the date that the city's calendar gives now, with what its file stops and adds.

    A case that is marked as overdue keeps its date. A holiday prolongs a period that has not ended,
    and that one had: so everybody was told, and a mark is never taken back.
    """
    later = None if case.overdue else dates.later_end(city, case)
    if later is None:
        return case, []
    told = _told_recounted(case.work, cause, later, now)
    return replace(case, work=replace(case.work, due_at=later)), [told]


def _reminded(
    case: Unfinished, city: City, now: datetime
) -> tuple[Unfinished, list[Told], datetime | None]:
    """The case once everybody was reminded whose time has come, and when the next one's comes."""
    case = replace(case, overdue=case.overdue or dates.is_over(case.work.due_at, now))
    told: list[Told] = []
    for level, at in dates.reminders(city, case.work.due_at, case.reminded):
        if now < at:
            return case, told, at
        told.append(_told_overdue(case.work, level, at))
        case = replace(case, reminded=level)
    return case, told, None


def _noticed(
    case: Unfinished, city: City, now: datetime
) -> tuple[Unfinished, list[Told], datetime | None]:
    """The case once the newest notice was told whose time has come, and when the next one's comes.
    Who is told of the newest needs no older one: after an outage one notice goes out."""
    told: list[Told] = []
    for number, at in dates.notices(city, case.work, case.notices):
        if now < at:
            return case, told, at
        told = [_told_notice(case, number, at)]
        case = replace(case, notices=number)
    return case, told, None


def _consulted_reminded(
    case: Unfinished, city: City, now: datetime
) -> tuple[Unfinished, list[Told], datetime | None]:
    """The case once everybody was reminded of what an office that was asked has not answered in
    its time, and when the next one's comes. The clock of the question runs for itself."""
    told: list[Told] = []
    next_at: datetime | None = None
    questions = []
    for one in case.file.consultations:
        waited = one.answered_at is None and one.office_id in case.consulting
        levels = dates.reminders(city, one.due_at, one.reminded) if waited else ()
        for level, at in levels:
            if now < at:
                next_at = at if next_at is None else min(at, next_at)
                break
            told.append(
                ConsultationOverdue(
                    **heading(case.work),
                    number=one.number,
                    consulted_office_id=one.office_id,
                    level=level,
                    due_at=one.due_at,
                    overdue_at=at,
                )
            )
            one = replace(one, reminded=level)
        questions.append(one)
    if not told:
        return case, told, next_at
    file = replace(case.file, consultations=tuple(questions))
    return replace(case, file=file), told, next_at


def _told_recounted(
    work: Work, cause: RecountCause, later: datetime, now: datetime
) -> DeadlineRecounted:
    return DeadlineRecounted(
        **heading(work),
        cause=cause,
        due_before=work.due_at,
        due_at=later,
        recounted_at=now,
    )


def _told_overdue(work: Work, level: OverdueLevel, at: datetime) -> CaseOverdue:
    return CaseOverdue(
        **heading(work),
        level=level,
        due_at=work.due_at,
        overdue_at=at,
    )


def _told_notice(case: Unfinished, number: int, at: datetime) -> ProgressNoticeDue:
    work = case.work
    return ProgressNoticeDue(
        **heading(work),
        number=number,
        accepted=isinstance(case, Accepted),
        due_at=work.due_at,
        overdue=case.overdue,
        notice_at=at,
    )
